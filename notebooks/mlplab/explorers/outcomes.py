"""The explorer of many runs: which seeds and rates solve XOR, and how often."""

import dataclasses
import time

import ipywidgets as widgets
import numpy as np

from .. import plots
from ..data import truth_table
from ..network import SIDE_BY_SIDE, sweep, train
from . import texts
from .base import Explorer, slider
from .training import control, describe, rate_slider, settings_of

# Not 20: there the verdict of a seed can hang on the last digit of its start.
MAP_RATES = (0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
MAP_SEEDS = tuple(range(16))
SHARE_SEEDS = tuple(range(256))
CHUNK = 2 * SIDE_BY_SIDE  # seeds between two reports of progress
PATIENCE = 0.3  # seconds without a report


class OutcomesExplorer(Explorer):
    """A map of verdicts by seed and learning rate; the chosen cell's run beside it."""

    def __init__(self, **parts):
        controls = {
            name: control(name) for name in ("activation", "init", "hidden_units")
        }
        controls["learning_rate"] = rate_slider(MAP_RATES)
        controls["seed"] = slider(
            widgets.IntSlider, texts.LABELS["seed"], max=MAP_SEEDS[-1]
        )
        super().__init__(controls, size=(10.8, 4.4), **parts)
        self._of_map = self._of_share = None
        self.update()

    def make_views(self):
        """Draw the map, and the chosen run beside it."""
        axes = self.figure.subplot_mosaic(
            [["map", "loss"], ["map", "boundary"]], width_ratios=[2.2, 1]
        )
        self._map = plots.OutcomeMap(axes["map"])
        self._loss = plots.LossCurve(axes["loss"])
        self._plane = plots.InputPlane(axes["boundary"])
        return [self._map, self._loss, self._plane]

    def show(self):
        """Train what the controls ask for: the map, the share, and the chosen run."""
        settings = settings_of(self.values())
        shared = dataclasses.replace(settings, seed=0)
        mapped = dataclasses.replace(shared, learning_rate=1)
        map_changed = mapped != self._of_map
        if map_changed:
            self._verdicts = self._sweep(mapped, MAP_RATES, MAP_SEEDS)
            self._of_map = None  # of none, if what follows stops halfway
            self._map.update(self._verdicts, MAP_RATES, MAP_SEEDS)
            self._of_map = mapped
        if shared != self._of_share:
            verdicts = self._sweep(shared, [settings.learning_rate], SHARE_SEEDS)
            self._solved = int((verdicts == "solved").sum())
            self._of_share = shared
        column = MAP_RATES.index(self.controls["learning_rate"].value)
        self._map.choose(column, settings.seed)
        run = train(settings)
        loss_changed = self._loss.update(run.loss, settings.steps, run.final_loss)
        probs = run.probs_at(settings.steps, plots.GRID)
        self._plane.update(probs, truth_table(settings.gate)[1])
        text = (
            f"At learning rate {settings.learning_rate:g}, {self._solved} of"
            f" {len(SHARE_SEEDS)} networks (seeds 0 to {SHARE_SEEDS[-1]}) solve"
            f" {settings.gate}: {100 * self._solved / len(SHARE_SEEDS):.0f} %."
            f" Chosen run: {describe(run, settings.steps)}"
        )
        return text, run, map_changed or loss_changed

    def _sweep(self, settings, rates, seeds):
        """Return the verdicts (seeds, rates); report progress where it takes long."""
        parts, began = [], time.monotonic()
        for start in range(0, len(seeds), CHUNK):
            if time.monotonic() - began > PATIENCE:
                self._say(
                    f"training {len(seeds) * len(rates)} networks,"
                    f" {start * len(rates)} of them done ..."
                )
            parts.append(sweep(settings, rates, seeds[start : start + CHUNK]).verdict)
        return np.concatenate(parts)


def explore_outcomes():
    """Map the outcomes of XOR by seed and learning rate, and measure how often."""
    return OutcomesExplorer(presets=texts.OUTCOMES_PRESETS)
