"""The explorer of one line by hand: three sliders, no training."""

import ipywidgets as widgets
import numpy as np

from .. import plots
from ..data import GATES, X, truth_table
from . import texts
from .base import Explorer, chooser, slider

START = {"w1": 1.0, "w2": 1.0, "b": -0.5}


class LineExplorer(Explorer):
    """The line w1 x1 + w2 x2 + b = 0; the side above 0 is predicted to be 1."""

    def __init__(self, **parts):
        controls = {"gate": chooser(texts.LABELS["gate"], GATES)}
        controls["gate"].value = "AND"
        for name, value in START.items():
            controls[name] = slider(
                widgets.FloatSlider,
                texts.LABELS[name],
                value=value,
                min=-3,
                max=3,
                step=0.1,
            )
        super().__init__(controls, size=(4.2, 4), **parts)
        self.update()

    def make_views(self):
        """Draw the plane."""
        self._plane = plots.HalfPlane(self.figure.subplots())
        return [self._plane]

    def show(self):
        """Draw the line and count the rows on their right side."""
        gate, *typed = self.values().values()
        y = truth_table(gate)[1]
        # tenths, as the status shows them, and 0 for -0
        w1, w2, b = (round(value, 1) + 0.0 for value in typed)
        # this removes what binary fractions add
        scores = np.round(X @ np.array([w1, w2]) + b, 6)
        correct = int(((scores > 0) == (y[:, 0] == 1)).sum())
        self._plane.update(w1, w2, b, y)
        text = f"{gate}, w1 {w1:.1f}, w2 {w2:.1f}, b {b:.1f}: {correct} of 4 correct"
        if w1 == w2 == 0:
            text += ". Both weights are 0: there is no line, all rows get one answer"
        elif (scores == 0).any():
            text += ". A row on the line counts as output 0"
        return text, (gate, correct), False


def explore_line():
    """Move a line over the four rows of a gate."""
    can = [("AND", 4), ("NAND", 4), ("XOR", 3)]
    return LineExplorer(
        presets=texts.LINE_PRESETS,
        challenges=[
            (text, lambda got, wanted=wanted: got == wanted)
            for text, wanted in zip(texts.LINE_CHALLENGES, can, strict=True)
        ],
    )
