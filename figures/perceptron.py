"""A perceptron: weighted sum, bias, sigmoid

A diagram read from left to right. The inputs x1 and x2 go along arrows with the weights
w1 and w2 into a circle that adds them up; the bias b joins from above. The sum, the
logit w1 x1 + w2 x2 + b, goes through the sigmoid curve, and the probability comes out.
"""

from style import (
    CODE,
    FORMULA,
    GREY,
    SMALL,
    arrow,
    canvas,
    circle,
    label,
    sigmoid_unit,
)

from mlplab.graph import NEURON, OPERATIONS

INPUT, UNIT = 0.32, 0.48  # radii
MIDDLE, APART = 1.52, 0.72
LOGIT, PROB = "logit", "prob"  # notebook 02's names of the neuron's z and p


def draw():
    figure, ax = canvas(10.1, 2.75)
    code = {"family": CODE}
    total, activation = (3.2, MIDDLE), (6.6, MIDDLE)
    adds_up, *sources = NEURON.nodes["z"]
    *terms, b = sources
    weighted_sum = OPERATIONS[adds_up].symbols(*sources).replace(" × ", " ")
    squashes, _ = NEURON.nodes["p"]

    for w, x, side in zip(terms[::2], terms[1::2], (1, -1), strict=True):
        start = (0.55, MIDDLE + side * APART)
        circle(ax, *start, INPUT, x, **code)
        arrow(ax, start, total, gaps=(INPUT, UNIT))
        label(ax, 1.7, MIDDLE + side * 0.64, w, **code)
    bias = (total[0], MIDDLE + 1.1)
    label(ax, *bias, b, **code)
    arrow(ax, bias, total, gaps=(0.14, UNIT))
    circle(ax, *total, UNIT, OPERATIONS["add"].sign, fontsize=26)

    arrow(ax, total, activation, gaps=(UNIT, UNIT))
    label(ax, 4.9, MIDDLE + 0.22, LOGIT, **code)
    label(ax, 4.9, MIDDLE - 0.22, f"= {weighted_sum}", **FORMULA)
    sigmoid_unit(ax, *activation, UNIT)
    arrow(ax, activation, (8.3, MIDDLE), gaps=(UNIT, 0))
    label(ax, 9.2, MIDDLE, PROB, **code)
    label(ax, 9.2, MIDDLE - 0.3, f"= {OPERATIONS[squashes].symbols(LOGIT)}", **FORMULA)

    for x, words in [
        (0.55, "inputs"),
        (1.55, "weights"),
        (3.2, "weighted sum + bias"),
        (6.6, f"activation: {squashes}"),
        (9.2, "output"),
    ]:
        label(ax, x, 0.25, words, color=GREY, fontsize=SMALL)
    return figure
