"""A tensor: the table X, with its two axes and its shape

The table X of XOR: four rows of two numbers, 00, 01, 10 and 11. An arrow down its left
side is axis 0, with 4 rows; an arrow along its top is axis 1, with 2 columns. The shape
is (4, 2).
"""

from style import (
    CODE,
    DASHES,
    GREY,
    INK,
    LARGE,
    NORMAL,
    PALE,
    arrow,
    canvas,
    grid,
    label,
)  # fmt: skip

from mlplab.data import X

CELL = 0.5  # the height of a cell, and its least width
SCALE = 1.25  # of a sheet, whose text is as large as a slide's
TEXT, SIGN = SCALE * NORMAL, SCALE * LARGE


def sheet(width, height):
    """Return a figure and Axes for tables."""
    figure, ax = canvas(width, height)
    figure.set_size_inches(SCALE * width, SCALE * height)
    return figure, ax


def table(ax, left, top, values, colours="none", copied=(), width=CELL):
    """Draw a table of numbers or texts; rows and columns that are `copied` are grey.

    `colours` is one for all cells, or one for each row. Return its right end.
    """
    if isinstance(colours, str):
        colours = [colours] * len(values)

    def look(row, column):
        copy = (row, column) in copied
        ink = GREY if copy else INK
        dashes = (0, DASHES) if copy else "solid"
        frame = {"edgecolor": ink, "facecolor": colours[row], "linestyle": dashes}
        frame["zorder"] = 2 - copy
        return frame, {"color": ink, "family": CODE, "fontsize": TEXT}

    texts = [[v if isinstance(v, str) else f"{v:g}" for v in line] for line in values]
    grid(ax, left, top, texts, (width, CELL), look)
    return left + len(texts[0]) * width


def sign(ax, x, y, text):
    """Write a sign between two tables."""
    label(ax, x, y, text, fontsize=SIGN, weight="bold", family=CODE)


def shape(ax, x, y, values):
    """Write a shape, or any text, below a table."""
    label(ax, x, y, str(values), fontsize=TEXT, family=CODE, color=GREY)


def draw():
    figure, ax = sheet(6.6, 3)
    left, top = 2.6, 2.3
    right = table(ax, left, top, X, PALE, width=0.7)
    bottom = top - len(X) * CELL
    arrow(ax, (left - 0.25, top), (left - 0.25, bottom))
    arrow(ax, (left, top + 0.25), (right, top + 0.25))
    rows, columns = X.shape
    middle = (top + bottom) / 2
    label(ax, left - 0.45, middle, f"axis 0\n{rows} rows", fontsize=TEXT, ha="right")
    label(
        ax, (left + right) / 2, top + 0.48, f"axis 1: {columns} columns", fontsize=TEXT
    )
    label(ax, right + 0.3, middle, f"shape {X.shape}", fontsize=TEXT, ha="left")
    return figure
