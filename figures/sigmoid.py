"""The sigmoid and its derivative, which is at most 1/4

Two curves over z from -8 to 8. The sigmoid rises from 0 through 1/2 at z = 0 to 1. Its
derivative is a bell: highest at z = 0, where it is 1/4, and almost 0 where the sigmoid
is flat.
"""

import numpy as np
from matplotlib.figure import Figure
from style import BACKWARD, CODE, FORWARD, curve_axes, label, rounded_sigmoid


def draw():
    z = np.linspace(-8, 8, 321)
    h = rounded_sigmoid(z)
    derivative = h * (1 - h)
    assert z[derivative.argmax()] == 0 and derivative.max() == 1 / 4

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    ax = figure.subplots()
    curve_axes(ax, 1 / 4)
    ax.plot(z, h, color=FORWARD, linewidth=3)
    ax.plot(z, derivative, color=BACKWARD, linewidth=3)
    ax.plot(0, derivative.max(), "o", color=BACKWARD, markersize=10)
    text = {"family": CODE, "ha": "left"}
    label(ax, 2.6, 0.8, "h = sigmoid(z)", color=FORWARD, **text)
    label(ax, 1.9, 0.17, "derivative = h * (1 - h)", color=BACKWARD, **text)
    ax.set(xlim=(-8, 8), ylim=(0, 1.03), xlabel="z")
    ax.set_yticks([0, 1 / 4, 1 / 2, 1], ["0", "1/4", "1/2", "1"])
    return figure
