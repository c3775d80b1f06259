"""XOR in the input plane: no line separates it

Four panels show the four rows of XOR in the plane of x1 and x2. In each, a straight
line puts three of the rows on the side of their output; the ringed fourth row stands
on the wrong side. It is a different row each time.
"""

import numpy as np
from matplotlib.figure import Figure
from style import INK, input_plane, line, logits_at, rows, sides
from xor_two_lines import NAND, OR

from mlplab.data import truth_table

LINES = [NAND, line(1, -1, -0.5), line(-1, 1, -0.5), OR]


def draw():
    X, y = truth_table("XOR")
    figure = Figure(figsize=(11, 3), layout="constrained")
    for ax, weights in zip(figure.subplots(1, 4, sharey=True), LINES, strict=True):
        (wrong,) = np.flatnonzero((logits_at(X, weights) > 0) != y)
        sides(ax, weights)
        rows(ax, y, X)
        ax.scatter(*X[wrong], 1000, "none", edgecolors=INK, linewidths=2, zorder=5)
        x1, x2 = X[wrong].astype(int)
        input_plane(ax, f"fails at {x1}{x2}")
        ax.label_outer()
    return figure
