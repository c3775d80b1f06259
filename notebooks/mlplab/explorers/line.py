"""The explorer of one line by hand: three sliders, no training."""

from typing import NamedTuple

import ipywidgets as widgets
import numpy as np

from .. import plots
from ..data import X, truth_table
from .base import Explorer, Panel, Preset
from .controls import gate_chooser, slider

START = {"w1": 1.0, "w2": 1.0, "b": -0.5}


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


class LineExplorer(Explorer):
    """The line w1 x1 + w2 x2 + b = 0; the side above 0 is predicted to be 1."""

    size = (4.2, 4)
    panels = {
        "picture": Panel(
            plots.HalfPlane,
            lambda view, line: view.update(line.w1, line.w2, line.b, line.y),
        )
    }
    presets = {
        "AND": Preset(
            "One line does it.", {"gate": "AND", "w1": 1, "w2": 1, "b": -1.5}
        ),
        "OR": Preset(
            "The same slope, moved towards 00.",
            {"gate": "OR", "w1": 1, "w2": 1, "b": -0.5},
        ),
        "the best for XOR": Preset(
            "Three of four. Move the line as you like: it never gets all four.",
            {"gate": "XOR", "w1": 1, "w2": 1, "b": -0.5},
        ),
    }
    challenges = {
        "find a line for AND, all 4 correct": _found("AND", 4),
        "find a line for NAND: which signs do the weights need?": _found("NAND", 4),
        "get 3 of 4 correct for XOR": _found("XOR", 3),
    }

    def make_controls(self):
        """Return the gate, both weights and the bias."""
        return {"gate": gate_chooser("AND")} | {
            name: slider(
                widgets.FloatSlider, name, value=value, min=-3, max=3, step=0.1
            )
            for name, value in START.items()
        }

    def compute(self, gate, **typed):
        """Return the line, and what it says of the rows."""
        # tenths, as the status shows them, and 0 for -0
        w1, w2, b = (round(value, 1) + 0.0 for value in typed.values())
        y = truth_table(gate)[1]
        # this removes what binary fractions add
        scores = np.round(X @ np.array([w1, w2]) + b, 6)
        correct = int(((scores > 0) == (y[:, 0] == 1)).sum())
        return Line(gate, w1, w2, b, y, scores, correct)

    def words(self, line):
        """Say where the line is, and how many rows it gets right."""
        text = (
            f"{line.gate}, w1 {line.w1:.1f}, w2 {line.w2:.1f}, b {line.b:.1f}:"
            f" {line.correct} of 4 correct"
        )
        if line.w1 == line.w2 == 0:
            text += ". Both weights are 0: there is no line, all rows get one answer"
        elif (line.scores == 0).any():
            text += ". A row on the line counts as output 0"
        return text


def explore_line():
    """Move a line over the four rows of a gate."""
    return LineExplorer()
