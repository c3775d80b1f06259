"""The 16 gates, and a line for 14 of them

Each gate is a square with four corners, an orange square or a blue circle at each.
Eight gates have one square or three; a line cuts off the corner that differs. Four
have two squares side by side; a line runs through the middle. Two have none or four; a
line passes beside the corners. Two have squares at opposite corners, XOR and XNOR: no
line, but the two diagonals, which cross at a star.
"""

import numpy as np
from style import (
    BLUE,
    INK,
    ORANGE,
    SMALL,
    canvas,
    input_plane,
    label,
    line,
    logits_at,
    rows,
    sides,
)

from mlplab.data import GATES, X, truth_table

WIDTH, HEIGHT, PANEL, COLUMNS = 12.5, 4.4, 1.42, 8
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
    figure, sheet = canvas(WIDTH, HEIGHT)
    place = 0
    for name, gates in zip(GROUPS, found, strict=True):
        row, first = divmod(place, COLUMNS)
        bottom = HEIGHT - (row + 1) * HEIGHT / 2
        middle = (first + len(gates) / 2) * WIDTH / COLUMNS
        title = f"{name}: {len(gates)}"
        label(sheet, middle, bottom + PANEL + 0.55, title, weight="bold")
        for column, gate in enumerate(gates, start=first):
            left = (column + 0.5) * WIDTH / COLUMNS - PANEL / 2
            corner = left / WIDTH, (bottom + 0.08) / HEIGHT
            ax = figure.add_axes((*corner, PANEL / WIDTH, PANEL / HEIGHT))
            draw_one(ax, gate)
        place += len(gates)
    return figure
