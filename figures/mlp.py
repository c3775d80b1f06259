"""A multilayer perceptron and the names of its layers

The 2-2-1 network from left to right: two inputs, a hidden layer of two sigmoid units,
an output of one sigmoid unit. An arrow leads from every input to every hidden unit;
these arrows are weight layer 1, with W1 and b1. An arrow leads from every hidden unit
to the output; these are weight layer 2, with W2 and b2.
"""

from matplotlib.patches import Rectangle
from style import (
    CODE,
    FORMULA,
    GREY,
    PALE,
    arrow,
    canvas,
    circle,
    label,
    sigmoid_unit,
)

from mlplab.network import Settings, initial_weights

INPUT, UNIT = 0.32, 0.45  # radii
MIDDLE, APART = 1.95, 0.7
TOP, BOTTOM = 3.3, 0.4  # of the names
COLUMNS = 0.75, 4.1, 7.45
NAMES = ("inputs", "X"), ("hidden layer", "h1"), ("output", "probs")


def draw():
    figure, ax = canvas(8.3, 3.6)
    settings = Settings(hidden_sizes=(2,))
    places = [
        [(x, MIDDLE + side * APART) for side in ((1, -1) if units == 2 else (0,))]
        for x, units in zip(COLUMNS, settings.sizes, strict=True)
    ]
    radii = INPUT, UNIT, UNIT

    for column, (words, name) in enumerate(NAMES):
        for number, (x, y) in enumerate(places[column], start=1):
            if column == 0:
                circle(ax, x, y, INPUT, f"x{number}", family=CODE)
            else:
                sigmoid_unit(ax, x, y, UNIT)
        label(ax, COLUMNS[column], TOP, words)
        label(ax, COLUMNS[column], BOTTOM, name, family=CODE)

    for layer, (W, b) in enumerate(initial_weights(settings), start=1):
        left, right = COLUMNS[layer - 1 : layer + 1]
        left, right = left + 0.75, right - 0.75
        ax.add_patch(Rectangle((left, 0.12), right - left, 3.4, color=PALE, zorder=0))
        centre = (left + right) / 2
        label(ax, centre, TOP, f"weight layer {layer}", color=GREY)
        shapes = f"W{layer} {W.shape}\nb{layer} {b.shape}"
        label(ax, centre, BOTTOM, shapes, **FORMULA)
        for start in places[layer - 1]:
            for end in places[layer]:
                arrow(ax, start, end, gaps=radii[layer - 1 : layer + 1])
    return figure
