"""The sums of the table X over its two axes

The table X of XOR, rows 00, 01, 10 and 11. sum(dim=0), an arrow down, gives one number
for each column: 2 and 2. sum(dim=1), an arrow to the right, gives one number for each
row: 0, 1, 1 and 2.
"""

from style import BLUE, CODE, ORANGE, PALE, arrow, label
from tensor import CELL, TEXT, shape, sheet, table

from mlplab.data import X


def draw():
    figure, ax = sheet(7, 3.3)
    left, top, width = 1.7, 3.25, 0.7
    right = table(ax, left, top, X, PALE, width=width)
    bottom, middle = top - len(X) * CELL, top - len(X) * CELL / 2

    arrow(ax, ((left + right) / 2, bottom - 0.05), ((left + right) / 2, bottom - 0.6))
    down, look = X.sum(axis=0), {"family": CODE, "fontsize": TEXT, "weight": "bold"}
    label(ax, left - 0.1, bottom - 0.32, "sum(dim=0)", ha="right", color=BLUE, **look)
    table(ax, left, bottom - 0.65, [down], width=width)
    shape(ax, right + 0.45, bottom - 0.65 - CELL / 2, down.shape)

    arrow(ax, (right + 0.05, middle), (right + 1.75, middle))
    across = X.sum(axis=1)
    label(ax, right + 0.85, middle + 0.3, "sum(dim=1)", color=ORANGE, **look)
    end = table(ax, right + 1.85, top, across[:, None], width=width)
    shape(ax, end + 0.45, middle, across.shape)
    return figure
