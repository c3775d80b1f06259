"""Broadcasting: a list is added to every row of a table

A table of shape (4, 3), plus a list of shape (3,), 100, 200 and 300. Below the list
stand three dashed copies of it, one for each further row. The result has the shape
(4, 3).
"""

import numpy as np
from style import PALE
from tensor import CELL, shape, sheet, sign, table

from mlplab.data import X

W, SHIFT = np.array([[1, 2, 3], [10, 20, 30]]), np.array([100, 200, 300])


def in_a_row(ax, top, parts, width):
    """Draw tables side by side: (sign before, values, shape, copied cells)."""
    x = 0
    for sign_before, values, its_shape, copied in parts:
        sign(ax, x + 0.3, top - len(values) * CELL / 2, sign_before)
        end = table(ax, x + 0.6, top, values, PALE, copied, width)
        below = top - len(values) * CELL - 0.3
        shape(ax, (x + 0.6 + end) / 2, below, its_shape)
        x = end


def draw():
    figure, ax = sheet(8.4, 2.7)
    values = X @ W
    copies = np.broadcast_to(SHIFT, values.shape)
    copied = [(row, column) for row in range(1, 4) for column in range(3)]
    result = values + SHIFT
    parts = [
        ("", values, values.shape, ()),
        ("+", copies, SHIFT.shape, copied),
        ("=", result, result.shape, ()),
    ]
    in_a_row(ax, 2.6, parts, 0.7)
    return figure
