"""Plateau and escape: the loss of the deep network over the steps

The loss of the 2-10-10-10-1 sigmoid network while it trains on XOR. From the start it
lies on a plateau at ln 2 = 0.6931, marked by a dashed line, for about 5,000 steps. Then
it drops steeply, the escape, and stays close to 0. A dotted line stands for about 200
steps of the drop, in which the loss jumps up and down.
"""

import numpy as np
from matplotlib.figure import Figure
from style import DECIMALS, FORWARD, GREY, label, loss_axes

from mlplab.network import LN2, Settings, first_below, train

STRIDE = 20  # steps from one point of the curve to the next
CALM = 0.01  # from the escape until this loss the run jumps, at every rounding anew


def draw():
    run = train(Settings(hidden_sizes=(10, 10, 10)))
    loss = run.loss.round(DECIMALS)
    steps = np.arange(0, len(loss), STRIDE)
    before = steps[steps < run.exit_step]
    after = steps[steps >= first_below(run.loss, CALM)]

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    ax = figure.subplots()
    loss_axes(ax)
    for part in (before, after):
        ax.plot(part, loss[part], color=FORWARD, linewidth=3)
    gap = [before[-1], after[0]]
    ax.plot(gap, loss[gap], color=FORWARD, linewidth=3, linestyle=":")
    label(ax, 2500, 0.75, "plateau")
    label(ax, steps[-1], 0.75, f"ln 2 = {LN2:.4f}", ha="right", color=GREY)
    label(ax, run.exit_step + 250, 0.4, f"escape: step {run.exit_step:,}", ha="left")
    label(ax, 7600, 0.06, "solved")
    ax.set(xlim=(0, steps[-1]), xlabel="step", ylabel="loss")
    return figure
