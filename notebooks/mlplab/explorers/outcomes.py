"""The explorer of many runs: which seeds and rates solve XOR, and how often."""

import dataclasses
import functools
import time
from typing import NamedTuple

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle

from .. import plots
from ..language import tr
from ..network import SIDE_BY_SIDE, VERDICTS, Settings, sweep, train
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

# Of the Okabe-Ito palette, as all colours of the course.
COLOURS = ["#009E73", "#E8E8E8", "#56B4E9", "#0072B2", "#F0E442", "#D55E00", "#222222"]
VERDICT_COLOURS = dict(zip(VERDICTS, COLOURS, strict=True))
DARK_VERDICTS = ("solved", "stuck at 0.3466", "bouncing", "not finite")
# In the map's cells, so that colour is not needed; 4 and 3 begin the stuck losses.
VERDICT_LETTERS = dict(zip(VERDICTS, "SU43LBN", strict=True))


class Outcomes(NamedTuple):
    """A map of verdicts (seeds, rates), how many solve, and the chosen run's end."""

    verdicts: np.ndarray
    solved: int  # of SHARE_SEEDS, at the chosen rate
    moment: Moment


class OutcomeMap:
    """The verdict of every seed and learning rate as a coloured, lettered grid."""

    def __init__(self, ax, title="verdict of every seed and learning rate"):
        self.ax = ax
        self._title = title
        self.chosen = Rectangle(
            (-9, -9), 1, 1, fill=False, edgecolor=plots.INK, linewidth=3
        )
        self.artists = [self.chosen]
        self._shown = None

    def update(self, verdicts, learning_rates, seeds):
        """Show verdicts (seeds, learning_rates), and how many of each rate solve."""
        if verdicts is self._shown:
            return
        self._shown = None  # of none, if what follows stops halfway
        codes = np.vectorize(VERDICTS.index)(verdicts)
        self.ax.clear()
        colours = ListedColormap(list(VERDICT_COLOURS.values()))
        self.ax.imshow(codes, colours, vmin=0, vmax=len(VERDICTS) - 1, aspect="auto")
        for code, verdict in enumerate(VERDICTS):
            rows, columns = np.nonzero(codes == code)
            colour = "white" if verdict in DARK_VERDICTS else plots.INK
            # as markers: 160 texts take ten times as long to draw
            look = {"color": colour, "markersize": 5, "markeredgewidth": 0}
            letters = rf"$\mathrm{{{VERDICT_LETTERS[verdict]}}}$"
            self.ax.plot(columns, rows, linestyle="", marker=letters, **look)
        solved = (codes == VERDICTS.index("solved")).sum(axis=0)
        labels = [
            f"{rate:g}\n{count}/{len(seeds)}"
            for rate, count in zip(learning_rates, solved, strict=True)
        ]
        self.ax.set_xticks(range(len(learning_rates)), labels, fontsize=8)
        self.ax.set_yticks(range(len(seeds)), seeds)
        x_label = "learning rate, and how many seeds solve"
        self.ax.set(xlabel=x_label, ylabel="seed", title=self._title)
        self.ax.legend(
            [Rectangle((0, 0), 1, 1, color=c) for c in VERDICT_COLOURS.values()],
            [f"{VERDICT_LETTERS[verdict]}: {verdict}" for verdict in VERDICTS],
            loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=8,
        )  # fmt: skip
        self.ax.add_patch(self.chosen)
        self._shown = verdicts

    def choose(self, column, row):
        """Frame one cell."""
        self.chosen.set_xy((column - 0.5, row - 0.5))


def map_panel(view, outcomes):
    """Show the map, and frame the chosen cell."""
    settings = outcomes.moment.run.settings
    view.update(outcomes.verdicts, MAP_RATES, MAP_SEEDS)
    view.choose(MAP_RATES.index(settings.learning_rate), settings.seed)


def map_handles(view, outcomes):
    """Return the cells, each of which opens its run."""
    return [
        Handle(
            tr(
                "seed {seed}, learning rate {rate:g}: {verdict}",
                seed=seed,
                rate=rate,
                verdict=tr(outcomes.verdicts[row, column]),
            ),
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
        "map": Panel(OutcomeMap, map_panel, map_handles),
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
        return tr(
            "At learning rate {its.learning_rate:g}, {solved} of {all} networks (seeds"
            " 0 to {last}) solve {its.gate}: {share:.0f} %. Chosen run: {run}",
            its=settings, solved=outcomes.solved, all=len(SHARE_SEEDS),
            last=SHARE_SEEDS[-1], share=100 * outcomes.solved / len(SHARE_SEEDS),
            run=describe(moment.run, moment.step),
        )  # fmt: skip

    def _sweep(self, settings, rates, seeds):
        """Return the verdicts (seeds, rates); report progress where it takes long."""
        parts, began = [], time.monotonic()
        for start in range(0, len(seeds), CHUNK):
            if time.monotonic() - began > PATIENCE:
                self.report(
                    tr(
                        "training {all} networks, {done} of them done ...",
                        all=len(seeds) * len(rates),
                        done=start * len(rates),
                    )  # fmt: skip
                )
            parts.append(sweep(settings, rates, seeds[start : start + CHUNK]).verdict)
        return np.concatenate(parts)


def explore_outcomes():
    """Map the outcomes of XOR by seed and learning rate, and measure how often."""
    return OutcomesExplorer()
