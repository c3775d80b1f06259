"""XOR solved by folding: from the input plane to the hidden plane

Two panels of one trained 2-2-1 network. Left, the input plane: the network answers 1 in
a strip that holds the rows 01 and 10. Right, the hidden plane, whose axes are the
outputs of the two hidden units. The input plane is folded onto a bent curve there: the
rows 01 and 10 fall on one point, and one straight line parts it from 00 and 11.
"""

import numpy as np
from matplotlib.figure import Figure
from style import (
    FORMULA,
    GREY,
    SMALL,
    arrow,
    input_plane,
    label,
    outputs_of,
    rows,
    sides,
    weights_at,
)

from mlplab.data import truth_table
from mlplab.network import Settings, train
from mlplab.plots import row_names

HIDDEN = -0.25, 1.25  # along both axes of the hidden plane
GRID_LINES = 5
SIDE = 41  # points along each side of a plane


def draw():
    X, y = truth_table("XOR")
    run = train(Settings())
    weights = weights_at(run, run.settings.steps)
    h1, _ = outputs_of(weights, X)

    figure = Figure(figsize=(10, 4), layout="constrained")
    left, middle, right = figure.subplots(1, 3, width_ratios=[6, 2.6, 6])

    input_plane(left, "input plane")
    sides(left, weights, n=SIDE)

    sides(right, weights[1:], low=HIDDEN[0], high=HIDDEN[1], n=SIDE)
    right.set(xlim=HIDDEN, ylim=HIDDEN)
    right.set(xticks=[0, 1], yticks=[0, 1], aspect="equal", title="hidden plane")
    right.set(xlabel="hidden unit 1", ylabel="hidden unit 2")

    # a grid on the unit square, and where the hidden layer takes it
    along = np.linspace(0, 1, 41)
    for fixed in np.linspace(0, 1, GRID_LINES):
        level = np.stack([along, np.full_like(along, fixed)], axis=1)
        for line in (level, level[:, ::-1]):
            left.plot(*line.T, color=GREY, linewidth=1)
            right.plot(*outputs_of(weights, line)[0].T, color=GREY, linewidth=1)

    for ax, points in ((left, X), (right, h1)):
        rows(ax, y, points)
        for (x1, x2), name in zip(points, row_names(points), strict=True):
            away = 0.09 * np.ptp(ax.get_ylim()) * (1 if x2 > 0.5 else -1)
            label(ax, x1, x2 + away, name, fontsize=SMALL)

    middle.set(xlim=(0, 1), ylim=(0, 1))
    middle.axis("off")
    label(middle, 0.5, 0.56, "h1 = sigmoid(\nX @ W1 + b1)", **FORMULA)
    arrow(middle, (0.1, 0.46), (0.9, 0.46))
    return figure
