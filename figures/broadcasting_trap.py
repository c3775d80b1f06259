"""A trap of broadcasting: four numbers minus four numbers are sixteen

A column of four ones, of shape (4, 1), minus a list of four ones, of shape (4,). The
column has three dashed copies to its right, the list three below. The result has the
shape (4, 4): sixteen zeros.
"""

import numpy as np
from broadcasting import in_a_row
from tensor import sheet

COLUMN, FLAT = np.ones((4, 1)), np.ones(4)


def draw():
    figure, ax = sheet(7.6, 2.7)
    result = COLUMN - FLAT
    columns, rows = np.broadcast_arrays(COLUMN, FLAT)
    cells = np.argwhere(result == 0).tolist()
    parts = [
        ("", columns, COLUMN.shape, [(row, column) for row, column in cells if column]),
        ("-", rows, FLAT.shape, [(row, column) for row, column in cells if row]),
        ("=", result, result.shape, ()),
    ]
    in_a_row(ax, 2.6, parts, 0.48)
    return figure
