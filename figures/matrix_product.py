"""A matrix product: rows of the left table times columns of the right one

The table with the rows 1, 2 and 3, 4, times the column 5, 6. The first row with the
column gives 1*5 + 2*6 = 17, the second 3*5 + 4*6 = 39. Below, the shapes: (2, 2) @
(2, 1) gives (2, 1).
"""

import numpy as np
from style import PROBS_CMAP
from tensor import CELL, shape, sheet, sign, table

LEFT, RIGHT = np.array([[1, 2], [3, 4]]), np.array([[5], [6]])


def draw():
    figure, ax = sheet(8.4, 1.9)
    top, colours = 1.75, [PROBS_CMAP(0.75), PROBS_CMAP(0.25)]
    product = LEFT @ RIGHT
    sums = [
        [" + ".join(f"{a}*{b}" for a, b in zip(row, RIGHT[:, 0], strict=True))]
        for row in LEFT
    ]
    x, middle, below = 0.2, top - CELL, top - 2 * CELL - 0.35
    for sign_after, values, shades, width in [
        ("@", LEFT, colours, 0.6),
        ("=", RIGHT, "none", 0.6),
        ("=", sums, colours, 1.9),
        ("", product, colours, 0.8),
    ]:
        end = table(ax, x, top, values, shades, width=width)
        if values is not sums:
            shape(ax, (x + end) / 2, below, np.shape(values))
        sign(ax, end + 0.4, middle, sign_after)
        x = end + 0.8
    return figure
