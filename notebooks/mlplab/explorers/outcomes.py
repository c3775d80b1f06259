"""The explorer of many runs: which seeds and rates solve XOR, and how often."""

import dataclasses
import functools
import time
from typing import NamedTuple

import numpy as np

from .. import plots
from ..network import SIDE_BY_SIDE, Run, Settings, sweep, train
from .base import Explorer, Panel, Preset
from .controls import (
    activation_chooser,
    count_slider,
    init_chooser,
    rate_slider,
    seed_slider,
)
from .runs import BOUNDARY, LOSS, describe

# Not 20: there the verdict of a seed can hang on the last digit of its start.
MAP_RATES = (0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
MAP_SEEDS = tuple(range(16))
SHARE_SEEDS = tuple(range(256))
CHUNK = 2 * SIDE_BY_SIDE  # seeds between two reports of progress
PATIENCE = 0.3  # seconds without a report
SWEEPS = 4  # that are kept


class Outcomes(NamedTuple):
    """A map of verdicts (seeds, rates), how many solve, and the chosen run's end."""

    verdicts: np.ndarray
    solved: int  # of SHARE_SEEDS, at the chosen rate
    run: Run
    step: int
    kept: None = None


def map_panel(view, outcomes):
    """Show the map, and frame the chosen cell."""
    settings = outcomes.run.settings
    view.update(outcomes.verdicts, MAP_RATES, MAP_SEEDS)
    view.choose(MAP_RATES.index(settings.learning_rate), settings.seed)


class OutcomesExplorer(Explorer):
    """A map of verdicts by seed and learning rate; the chosen cell's run beside it."""

    steps = Settings.steps  # of each run
    size = (10.8, 4.4)
    mosaic, widths = [["map", "loss"], ["map", "boundary"]], [2.2, 1]
    panels = {
        "map": Panel(plots.OutcomeMap, map_panel),
        "loss": LOSS,
        "boundary": BOUNDARY,
    }
    presets = {
        "2 sigmoid units": Preset(
            "About nine in ten seeds solve XOR at moderate rates.",
        ),
        "4 sigmoid units": Preset(
            "More units than XOR needs: the failures vanish at moderate rates.",
            {"hidden_units": 4},
        ),
        "2 relu units": Preset(
            "Fast when it works. But about half of the seeds begin with a unit that"
            " gives 0 for all four rows: it never learns, and one unit is not enough.",
            {"activation": "relu"},
        ),
        "too large a step": Preset(
            "At rate 30 nearly every seed bounces.",
            {"learning_rate": 30.0},
        ),
    }

    def __init__(self):
        self.swept = functools.lru_cache(SWEEPS)(self._sweep)
        super().__init__()

    def make_controls(self):
        """Return what the map depends on, and what chooses a cell."""
        return {
            "activation": activation_chooser(),
            "init": init_chooser(),
            "hidden_units": count_slider("hidden units", 2, most=8),
            "learning_rate": rate_slider(MAP_RATES),
            "seed": seed_slider(MAP_SEEDS[-1], value=0),
        }

    def settings(self, hidden_units, **others):
        """Return the settings of the chosen run."""
        return Settings(hidden_sizes=(hidden_units,), steps=self.steps, **others)

    def compute(self, **values):
        """Return the map, the share, and the run of the chosen cell."""
        settings = self.settings(**values)
        # neither the seed nor the rate of the rest decides what is swept
        shared = dataclasses.replace(settings, seed=0, learning_rate=1)
        verdicts = self.swept(shared, MAP_RATES, MAP_SEEDS)
        share = self.swept(shared, (settings.learning_rate,), SHARE_SEEDS)
        solved = int((share == "solved").sum())
        return Outcomes(verdicts, solved, train(settings), self.steps)

    def words(self, outcomes):
        """Say how many networks solve the gate, and what the chosen run does."""
        settings = outcomes.run.settings
        return (
            f"At learning rate {settings.learning_rate:g}, {outcomes.solved} of"
            f" {len(SHARE_SEEDS)} networks (seeds 0 to {SHARE_SEEDS[-1]}) solve"
            f" {settings.gate}: {100 * outcomes.solved / len(SHARE_SEEDS):.0f} %."
            f" Chosen run: {describe(outcomes.run, outcomes.step)}"
        )

    def _sweep(self, settings, rates, seeds):
        """Return the verdicts (seeds, rates); report progress where it takes long."""
        parts, began = [], time.monotonic()
        for start in range(0, len(seeds), CHUNK):
            if time.monotonic() - began > PATIENCE:
                self.say(
                    f"training {len(seeds) * len(rates)} networks,"
                    f" {start * len(rates)} of them done ..."
                )
            parts.append(sweep(settings, rates, seeds[start : start + CHUNK]).verdict)
        return np.concatenate(parts)


def explore_outcomes():
    """Map the outcomes of XOR by seed and learning rate, and measure how often."""
    return OutcomesExplorer()
