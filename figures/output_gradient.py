"""The gradient of an output weight adds up four rows

A matrix product with numbers, of the 2-2-1 network before its first step. On the left
h1.T, a line for each hidden unit and a column for each row of XOR, then dlogits, a line
for each row. Their product is dW2. In colour, the first line of h1.T and all of dlogits
make the first entry of dW2: a product for each row, and their sum.
"""

from style import (
    BACKWARD,
    CELL,
    FORWARD,
    GREY,
    LARGE,
    canvas,
    first_pass,
    label,
    matrix,
)

ROWS = "00", "01", "10", "11"
MIDDLE = 1.35
H1, AT, LOGITS, EQUALS, W2 = 2.05, 4.3, 5.1, 5.9, 6.7


def draw():
    figure, ax = canvas(7.3, 3.1)
    h1, dlogits, *_ = first_pass()
    four = range(len(ROWS))
    matrix(ax, H1, MIDDLE, h1.T, "h1.T", FORWARD, [(0, row) for row in four])
    matrix(ax, LOGITS, MIDDLE, dlogits, "dlogits", BACKWARD, [(row, 0) for row in four])
    matrix(ax, W2, MIDDLE, h1.T @ dlogits, "dW2", BACKWARD, [(0, 0)])
    for x, sign in [(AT, "@"), (EQUALS, "=")]:
        label(ax, x, MIDDLE, sign, fontsize=LARGE)
    for number, row in enumerate(ROWS):
        place = H1 + (number - 1.5) * CELL[0], MIDDLE - CELL[1] - 0.25
        label(ax, *place, row, color=GREY)
    return figure
