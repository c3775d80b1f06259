"""The explorer of one line by hand: drag it, turn it; no training."""

import math
from functools import partial
from typing import NamedTuple

import numpy as np

from .. import plots
from ..data import X, truth_table
from ..language import tr
from .base import Explorer, Handle, Panel, Preset
from .controls import gate_chooser, number_slider

START = {"w1": 1.0, "w2": 1.0, "b": -0.5}
FARTHEST = 3  # from 0, of a weight and the bias
INSET = 0.12  # of the line's ends from the border, where a hand turns it


class Line(NamedTuple):
    """The line w1 x1 + w2 x2 + b = 0, the rows' y (4, 1) and scores (4,) above it."""

    gate: str
    w1: float
    w2: float
    b: float
    y: np.ndarray
    scores: np.ndarray
    correct: int


def _found(gate, correct):
    return lambda line: (line.gate, line.correct) == (gate, correct)


def _only_row_00_wrong(line):
    return (line.gate, line.correct) == ("XOR", 3) and line.scores[0] > 0


class HeldLine(plots.HalfPlane):
    """A half plane whose line has two ends that a hand can turn."""

    def __init__(self, ax):
        super().__init__(ax)
        look = {"markersize": 10, "color": "white", "markeredgecolor": plots.INK}
        (self.dots,) = ax.plot([], [], "o", markeredgewidth=2, zorder=6, **look)
        self.artists = [*self.artists, self.dots]
        self.ends = np.empty((0, 2))

    def show(self, line):
        """Show a Line, and its ends."""
        self.update(line.w1, line.w2, line.b, line.y)
        self.ends = visible_ends(line)
        self.dots.set_data(*self.ends.T)

    def handles(self, line):
        """Return the ends, which turn the line, and the line, which moves."""
        if not len(self.ends):
            return []
        middle = self.ends.mean(axis=0)
        return [
            Handle("turn the line", self.ends[:1], partial(_turned, line, middle, -1)),
            Handle("turn it here", self.ends[1:], partial(_turned, line, middle, 1)),
            Handle("move the line", self.ends, partial(_moved, line)),
        ]


def visible_ends(line):
    """Return where a line leaves the picture, two points (2, 2), or none (0, 2)."""
    low, high = plots.LOW + INSET, plots.HIGH - INSET
    w, ends = np.array([line.w1, line.w2]), []
    for axis in (0, 1):
        for edge in (low, high):
            if w[1 - axis]:
                across = -(line.b + w[axis] * edge) / w[1 - axis]
                if low <= across <= high:
                    ends.append((edge, across) if axis == 0 else (across, edge))
    along = np.array([-line.w2, line.w1])
    ends = np.unique(np.reshape(ends, (-1, 2)), axis=0)
    ends = ends[np.argsort(ends @ along)]
    return ends[[0, -1]] if len(ends) > 1 else np.empty((0, 2))


def _within(w1, w2, b):
    """Return the same line with weights that the sliders have."""
    factor = min(1, FARTHEST / max(abs(w1), abs(w2), abs(b), 1e-9))
    return {"w1": factor * w1, "w2": factor * w2, "b": factor * b}


def _moved(line, x, y):
    """Return the parallel line through the hand, or the nearest that b allows."""
    return {"b": -(line.w1 * x + line.w2 * y)}


def _turned(line, middle, side, x, y):
    """Return the line through its middle and the hand, weights as long as before."""
    dx, dy = side * (x - middle[0]), side * (y - middle[1])
    factor = math.hypot(line.w1, line.w2) / max(math.hypot(dx, dy), 1e-9)
    w1, w2 = factor * dy, -factor * dx
    return _within(w1, w2, -(w1 * middle[0] + w2 * middle[1]))


class LineExplorer(Explorer):
    """The line w1 x1 + w2 x2 + b = 0; the side above 0 is predicted to be 1."""

    title = "a line by hand"
    invitation = "Drag the line. Turn it at a white dot."
    size = (5, 4.6)
    panels = {"picture": Panel(HeldLine, HeldLine.show, HeldLine.handles)}
    presets = {
        "AND": Preset(
            "One line does it.", {"gate": "AND", "w1": 1, "w2": 1, "b": -1.5}
        ),
        "OR": Preset(
            "The same slope, moved towards 00.",
            {"gate": "OR", "w1": 1, "w2": 1, "b": -0.5},
        ),
        "XOR": Preset(
            "Three of four. Move the line as you like: it never gets all four.",
            {"gate": "XOR", "w1": 1, "w2": 1, "b": -0.5},
        ),
    }
    challenges = {
        "find a line for AND, all 4 correct": _found("AND", 4),
        "find a line for NAND: which signs do the weights need?": _found("NAND", 4),
        "XOR: let row 00 be the only wrong one": _only_row_00_wrong,
    }

    def make_controls(self):
        """Return the gate, both weights and the bias."""
        return {"gate": gate_chooser("XOR")} | {
            name: number_slider(name, value, -FARTHEST, FARTHEST)
            for name, value in START.items()
        }

    def compute(self, gate, w1, w2, b):
        """Return the line, and what it says of the rows."""
        y = truth_table(gate)[1]
        # this removes what binary fractions add
        scores = np.round(X @ np.array([w1, w2]) + b, 6)
        correct = int(((scores > 0) == (y[:, 0] == 1)).sum())
        return Line(gate, w1, w2, b, y, scores, correct)

    def words(self, line):
        """Say where the line is, and how many rows it gets right."""
        text = tr(
            "{its.gate}, w1 {its.w1:.2f}, w2 {its.w2:.2f}, b {its.b:.2f}: {its.correct}"
            " of 4 correct",
            its=line,
        )
        if line.w1 == line.w2 == 0:
            why = "Both weights are 0: there is no line, all rows get one answer"
        elif (line.scores == 0).any():
            why = "A row on the line counts as output 0"
        else:
            return text
        return f"{text}. {tr(why)}"


def explore_line():
    """Move a line over the four rows of a gate."""
    return LineExplorer()
