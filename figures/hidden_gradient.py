"""The gradient on its way through a hidden unit

Matrices with numbers, of the 2-2-1 network before its first step. dlogits times W2.T is
dh1, a line for each row of XOR and a column for each hidden unit. Each entry of dh1
times the slope of its sigmoid, h1 * (1 - h1), is dz1. In colour, one path: the first
row, through the weight and the slope of the first hidden unit.
"""

from style import BACKWARD, FORWARD, LARGE, canvas, first_pass, label, matrix

MIDDLE = 1.2
LOGITS, W2, H1, SLOPE, Z1 = 0.65, 2.55, 5.05, 7.45, 9.85


def draw():
    figure, ax = canvas(11, 3)
    h1, dlogits, dh1, dz1, weights = first_pass()
    lit = [(0, 0)]
    matrix(ax, LOGITS, MIDDLE, dlogits, "dlogits", BACKWARD, lit)
    matrix(ax, W2, MIDDLE, weights.T, "W2.T", FORWARD, lit)
    matrix(ax, H1, MIDDLE, dh1, "dh1", BACKWARD, lit)
    matrix(ax, SLOPE, MIDDLE, h1 * (1 - h1), "h1 * (1 - h1)", FORWARD, lit)
    matrix(ax, Z1, MIDDLE, dz1, "dz1", BACKWARD, lit)
    for x, sign in [(1.36, "@"), (3.8, "="), (6.25, "*"), (8.65, "=")]:
        label(ax, x, MIDDLE, sign, fontsize=LARGE)
    return figure
