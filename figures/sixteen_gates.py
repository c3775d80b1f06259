"""The 16 gates, and a line for 14 of them

Each gate is a square with four corners, orange squares for output 1 and blue circles
for 0. Eight gates have one square or three; a line cuts off the corner that differs.
Four have two squares side by side; a line runs through the middle. Two have none or
four; a line passes beside the corners. Two have squares at opposite corners, XOR and
XNOR: no line, but the two diagonals, which cross at a star.
"""

import numpy as np
from matplotlib.figure import Figure
from style import BLUE, INK, ORANGE, SMALL, input_plane, line, logits_at, rows, sides

from mlplab.data import GATES, X, truth_table

BESIDE = np.array([1, 1, -2.5])  # a line with all corners off its positive side
GROUPS = ["one square, or three", "two side by side", "none, or four", "opposite"]


def line_of(y):
    """Return w1, w2, b of a line that decides outputs y (4, 1), or None."""
    signs = 2 * y - 1
    if abs(signs.sum()) == 4:
        return -signs[0, 0] * BESIDE
    w1, w2 = (signs * (2 * X - 1)).mean(axis=0)  # how the outputs go with each input
    return (2 * w1, 2 * w2, signs.mean() - w1 - w2) if w1 or w2 else None


def group_of(y):
    if line_of(y) is None:
        return 3
    return {1: 0, 3: 0, 2: 1, 0: 2, 4: 2}[int(y.sum())]


def draw_one(ax, gate):
    _, y = truth_table(gate)
    numbers = line_of(y)
    if numbers is None:
        ax.plot([0, 1], [1, 0], color=ORANGE if y[1] else BLUE, linewidth=2)
        ax.plot([0, 1], [0, 1], color=BLUE if y[1] else ORANGE, linewidth=2)
        ax.plot(0.5, 0.5, "*", color=INK, markersize=15)
    else:
        weights = line(*numbers)
        assert ((logits_at(X, weights) > 0) == y).all(), gate
        sides(ax, weights)
    rows(ax, y, X, size=11, digits=False)
    input_plane(ax)
    ax.set(xlabel="", ylabel="", xticks=[], yticks=[])
    ax.set_title(gate, fontsize=SMALL)


def draw():
    found = [[] for _ in GROUPS]
    for gate in GATES:
        found[group_of(truth_table(gate)[1])].append(gate)
    figure = Figure(figsize=(12.5, 4.3), layout="constrained")
    upper, lower = figure.subfigures(2, 1)
    widths = [len(gates) for gates in found[1:]]
    parts = [upper, *lower.subfigures(1, 3, width_ratios=widths)]
    for part, name, gates in zip(parts, GROUPS, found, strict=True):
        part.suptitle(f"{name}: {len(gates)}", fontweight="bold")
        for ax, gate in zip(part.subplots(1, len(gates)), gates, strict=True):
            draw_one(ax, gate)
    return figure
