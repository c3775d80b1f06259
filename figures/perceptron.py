"""A perceptron: weighted sum, bias, sigmoid

A diagram read from left to right. The inputs x1 and x2 go along arrows with the weights
w1 and w2 into a circle that adds them up; the bias b joins from above. The sum, the
logit w1 x1 + w2 x2 + b, goes through the sigmoid curve, and the probability comes out.
"""

from style import (
    CODE,
    GREY,
    SMALL,
    arrow,
    canvas,
    circle,
    label,
    save,
    sigmoid_unit,
)

INPUT, UNIT = 0.32, 0.48  # radii
MIDDLE, APART = 1.52, 0.72


def draw():
    figure, ax = canvas(10.1, 2.75)
    code = {"family": CODE}
    formula = code | {"fontsize": SMALL}
    total, activation = (3.2, MIDDLE), (6.6, MIDDLE)

    for number, side in ((1, 1), (2, -1)):
        start = (0.55, MIDDLE + side * APART)
        circle(ax, *start, INPUT)
        label(ax, *start, f"x{number}", **code)
        arrow(ax, start, total, gaps=(INPUT, UNIT))
        label(ax, 1.7, MIDDLE + side * 0.64, f"w{number}", **code)
    bias = (total[0], MIDDLE + 1.1)
    label(ax, *bias, "b", **code)
    arrow(ax, bias, total, gaps=(0.14, UNIT))
    circle(ax, *total, UNIT)
    label(ax, *total, "+", fontsize=26)

    arrow(ax, total, activation, gaps=(UNIT, UNIT))
    label(ax, 4.9, MIDDLE + 0.22, "logit", **code)
    label(ax, 4.9, MIDDLE - 0.22, "= w1 x1 + w2 x2 + b", **formula)
    sigmoid_unit(ax, *activation, UNIT)
    arrow(ax, activation, (8.3, MIDDLE), gaps=(UNIT, 0))
    label(ax, 9.2, MIDDLE, "prob", **code)
    label(ax, 9.2, MIDDLE - 0.3, "= sigmoid(logit)", **formula)

    for x, words in [
        (0.55, "inputs"),
        (1.55, "weights"),
        (3.2, "weighted sum + bias"),
        (6.6, "activation: sigmoid"),
        (9.2, "output"),
    ]:
        label(ax, x, 0.25, words, color=GREY, fontsize=SMALL)
    return figure


if __name__ == "__main__":
    save(draw, __file__, __doc__)
