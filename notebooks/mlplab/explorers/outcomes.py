"""The explorer of many runs: which seeds and rates solve XOR, and how often."""

import dataclasses
import functools
import time
from typing import NamedTuple

import numpy as np

from .. import plots
from ..network import SIDE_BY_SIDE, Settings, sweep, train
from .base import Explorer, Handle, Panel, Preset, no_handles
from .controls import (
    activation_chooser,
    count_slider,
    init_chooser,
    rate_slider,
    seed_slider,
)
from .runs import BOUNDARY, LOSS, Moment, describe, moment_of

# Not 20: there the verdict of a seed can hang on the last digit of its start.
MAP_RATES = (0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
MAP_SEEDS = tuple(range(16))
SHARE_SEEDS = tuple(range(256))
CHUNK = 2 * SIDE_BY_SIDE  # seeds between two reports of progress
PATIENCE = 0.3  # seconds without a report
SWEEPS = 64  # that are kept


class Outcomes(NamedTuple):
    """A map of verdicts (seeds, rates), how many solve, and the chosen run's end."""

    verdicts: np.ndarray
    solved: int  # of SHARE_SEEDS, at the chosen rate
    moment: Moment


def map_panel(view, outcomes):
    """Show the map, and frame the chosen cell."""
    settings = outcomes.moment.run.settings
    view.update(outcomes.verdicts, MAP_RATES, MAP_SEEDS)
    view.choose(MAP_RATES.index(settings.learning_rate), settings.seed)


def map_handles(view, outcomes):
    """Return the cells, each of which opens its run."""
    return [
        Handle(
            f"seed {seed}, learning rate {rate:g}: {outcomes.verdicts[row, column]}",
            [(column - 0.5, row - 0.5), (column + 0.5, row + 0.5)],
            open_run,
            area=True,
        )
        for row, seed in enumerate(MAP_SEEDS)
        for column, rate in enumerate(MAP_RATES)
    ]


def open_run(x, y):
    """Return the cell of the map at a place, or the nearest."""
    column = int(np.clip(round(x), 0, len(MAP_RATES) - 1))
    row = int(np.clip(round(y), 0, len(MAP_SEEDS) - 1))
    return {"learning_rate": MAP_RATES[column], "seed": MAP_SEEDS[row]}


def of_moment(panel):
    """Return a panel of a run's moment for the outcomes."""
    return panel._replace(show=lambda view, state: panel.show(view, state.moment))


class OutcomesExplorer(Explorer):
    """A map of verdicts by seed and learning rate; the chosen cell's run beside it."""

    steps = Settings.steps  # of each run
    title = "which runs solve XOR"
    invitation = "Click a cell of the map, or drag over it: its run opens beside it."
    size = (8.4, 4.8)
    mosaic, widths = [["map", "loss"], ["map", "boundary"]], [2.2, 1]
    panels = {
        "map": Panel(plots.OutcomeMap, map_panel, map_handles),
        "loss": of_moment(LOSS)._replace(handles=no_handles),
        "boundary": of_moment(BOUNDARY),
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
        self.trained = functools.lru_cache(1)(lambda settings: train(settings))
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
        return Outcomes(verdicts, solved, moment_of(self.trained(settings), self.steps))

    def words(self, outcomes):
        """Say how many networks solve the gate, and what the chosen run does."""
        moment = outcomes.moment
        settings = moment.run.settings
        return (
            f"At learning rate {settings.learning_rate:g}, {outcomes.solved} of"
            f" {len(SHARE_SEEDS)} networks (seeds 0 to {SHARE_SEEDS[-1]}) solve"
            f" {settings.gate}: {100 * outcomes.solved / len(SHARE_SEEDS):.0f} %."
            f" Chosen run: {describe(moment.run, moment.step)}"
        )

    def _sweep(self, settings, rates, seeds):
        """Return the verdicts (seeds, rates); report progress where it takes long."""
        parts, began = [], time.monotonic()
        for start in range(0, len(seeds), CHUNK):
            if time.monotonic() - began > PATIENCE:
                self.report(
                    f"training {len(seeds) * len(rates)} networks,"
                    f" {start * len(rates)} of them done ..."
                )
            parts.append(sweep(settings, rates, seeds[start : start + CHUNK]).verdict)
        return np.concatenate(parts)


def explore_outcomes():
    """Map the outcomes of XOR by seed and learning rate, and measure how often."""
    return OutcomesExplorer()
