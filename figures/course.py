"""The course in one picture: a network waits, folds the plane, and solves XOR

Left, the loss of the 2-2-1 network over 4,000 steps: a plateau at ln 2, then a steep
drop. Four dots mark steps. Right, a column for each of them. Upper row: the input plane
with the four rows of XOR, coloured by the network's probability. At first all of it is
the same, at last a strip between two lines holds the rows 01 and 10. Lower row: the
hidden plane, where the rows move until one line parts 01 and 10 from 00 and 11.
"""

import numpy as np
from matplotlib.figure import Figure
from style import (
    DECIMALS,
    GREY,
    HIGH,
    INK,
    LOW,
    SMALL,
    label,
    logits_at,
    loss_axes,
    outputs_of,
    rounded_sigmoid,
    rows,
    weights_at,
)

from mlplab.data import input_grid, truth_table
from mlplab.network import LN2, Settings, train
from mlplab.plots import PROBS_CMAP

STEPS = 0, 2000, 2200, 4000
STRIDE = 20  # steps from one point of the curve to the next
HIDDEN_LOW, HIDDEN_HIGH = -0.2, 1.2
SIDE = 31  # points along each side of a plane
SHADES = np.linspace(0, 1, 21)


def draw_loss(ax, run):
    steps, marked = np.arange(0, STEPS[-1] + 1, STRIDE), list(STEPS)
    loss = run.loss.round(DECIMALS)
    loss_axes(ax)
    ax.plot(steps, loss[steps], color=INK, linewidth=3)
    ax.scatter(
        marked, loss[marked], 140, INK, edgecolors="white", zorder=3, clip_on=False
    )
    label(ax, STEPS[-1], LN2 - 0.045, "ln 2", ha="right", color=GREY, fontsize=SMALL)
    ax.set(title="loss over the steps", xticks=np.arange(0, STEPS[-1] + 1, 1000))


def draw_plane(ax, low, high, weights, y, points):
    """Colour a plane by the probability that layers with these weights give there."""
    logits = logits_at(input_grid(SIDE, low, high), weights).reshape(SIDE, SIDE)
    side = np.linspace(low, high, SIDE)
    probs = rounded_sigmoid(logits)
    ax.contourf(side, side, probs, levels=SHADES, cmap=PROBS_CMAP)
    if logits.min() < 0 < logits.max():
        ax.contour(side, side, logits, levels=[0], colors=INK, linewidths=2)
    rows(ax, y, points, size=12, digits=False)
    ax.set(aspect="equal", xticks=[], yticks=[])


def draw():
    X, y = truth_table("XOR")
    run = train(Settings())
    figure = Figure(figsize=(12, 3.95), layout="constrained")
    grid = figure.add_gridspec(2, 1 + len(STEPS), width_ratios=[2.2, 1, 1, 1, 1])
    draw_loss(figure.add_subplot(grid[:, 0]), run)
    for column, step in enumerate(STEPS, start=1):
        weights = weights_at(run, step)
        h1, _ = outputs_of(weights, X)
        top, bottom = (figure.add_subplot(grid[row, column]) for row in (0, 1))
        draw_plane(top, LOW, HIGH, weights, y, X)
        draw_plane(bottom, HIDDEN_LOW, HIDDEN_HIGH, weights[1:], y, h1)
        top.set_title(f"step {step:,}")
        if column == 1:
            top.set_ylabel("input plane")
            bottom.set_ylabel("hidden plane")
    return figure
