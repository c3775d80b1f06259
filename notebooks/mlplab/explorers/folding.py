"""The film of a hidden plane that folds until one line solves XOR."""

import numpy as np
from contourpy import contour_generator
from matplotlib.collections import LineCollection

from .. import plots
from ..data import X, truth_table
from ..language import tr
from ..network import Settings
from .base import Panel
from .controls import step_slider
from .runs import LOSS, RunExplorer, rows_correct

THREAD = 5  # of so many lines of the points GRID one is drawn; 0 and 1 are among them
Y = truth_table("XOR")[1]
# Where the film has a picture: few where nothing happens.
FILM = [*range(0, 100, 10), *range(100, 1_900, 50), *range(1_900, 3_001, 10)]


def threads(points):
    """Return the grid's lines through points (SIDE * SIDE, 2), cut into short pieces.

    They have the shape (pieces, 2, 2). The lines with x2 fixed come first.
    """
    square = np.reshape(points, (plots.SIDE, plots.SIDE, 2))
    lines = np.concatenate([square[::THREAD], square.swapaxes(0, 1)[::THREAD]])
    lines = lines[:, ::3]  # as smooth to the eye, and drawn in a third of the time
    return np.stack([lines[:, :-1], lines[:, 1:]], axis=2).reshape(-1, 2, 2)


def coloured(ax):
    """Return the grid as an artist: a colour for each x1 + x2, on both sides."""
    sums = threads(plots.GRID).sum(axis=2).mean(axis=1)
    colours = plots.LAYER_CMAP(0.9 * (sums - sums.min()) / np.ptp(sums))
    return ax.add_collection(
        LineCollection([], colors=colours, linewidths=1.5, capstyle="round")
    )


class FlatPlane:
    """The input plane with its grid, the rows, and where the output is 0.5."""

    def __init__(self, ax):
        self.ax, self.grid = ax, coloured(ax)
        self.grid.set_segments(threads(plots.GRID))
        self.line = ax.add_collection(LineCollection([], colors="k", linewidths=2))
        self.rows = plots.RowPoints(ax)
        self.artists = [self.line, *self.rows.artists]  # the grid never moves
        ax.set(xlim=(plots.LOW, plots.HIGH), ylim=(plots.LOW, plots.HIGH))
        ax.set(xlabel="x1", ylabel="x2", title="input plane", aspect="equal")
        ax.set(xticks=[0, 1], yticks=[0, 1])

    def show(self, moment):
        """Show a Moment."""
        side = np.linspace(plots.LOW, plots.HIGH, plots.SIDE)
        probs = np.reshape(moment.outputs[-1], (plots.SIDE, plots.SIDE))
        self.line.set_segments(contour_generator(side, side, probs).lines(0.5))
        self.rows.update(Y)


class FoldedPlane(plots.HiddenPlane):
    """The hidden plane with the grid where the two hidden units take it."""

    def __init__(self, ax):
        super().__init__(ax)
        self.grid = coloured(ax)
        self.artists = [self.grid, *self.artists]

    def show(self, moment):
        """Show a Moment."""
        run, step = moment.run, moment.step
        self.grid.set_segments(threads(moment.outputs[0]))
        self.update(run.outputs_at(step, X)[0], *run.weights_at(step)[1], Y)


class FoldingExplorer(RunExplorer):
    """The run of the lecture notes, 2-2-1 on XOR, as a film along its steps."""

    title = "the plane folds"
    invitation = "Press play, or drag along the loss curve."
    size, heights = (8.4, 5.0), [3, 1]
    mosaic = [["input", "hidden"], ["loss", "loss"]]
    panels = {
        "input": Panel(FlatPlane, FlatPlane.show),
        "hidden": Panel(FoldedPlane, FoldedPlane.show),
        "loss": LOSS,
    }
    steps = FILM[-1]
    challenges = {
        "find a step before 2,200 at which all four rows are right": lambda at: (
            at.step < 2_200 and rows_correct(at.run, at.step) == 4
        ),
    }

    def make_controls(self):
        """Return the step, the only control."""
        return {"step": step_slider(FILM, play=1)}

    def settings(self):
        """Return the settings of the run."""
        return Settings(steps=self.steps)

    def words(self, moment):
        """Say how far the rows are apart, and how many are right."""
        run, step = moment.run, moment.step
        h1 = run.outputs_at(step, X)[0]
        apart = np.linalg.norm(h1[:, None] - h1, axis=2)
        return tr(
            "Step {step}: loss {loss:.4f}, {correct} of 4 correct. In the hidden plane"
            " the rows are up to {most:.2f} apart, 01 and 10 {middle:.2f}.",
            step=step, loss=run.loss_at(step), correct=rows_correct(run, step),
            most=apart.max(), middle=apart[1, 2],
        )  # fmt: skip


def explore_folding():
    """Scrub through the run in which two hidden units learn to fold the plane."""
    return FoldingExplorer()
