"""XOR in the input plane: no line separates it

Four panels show the four rows of XOR in the plane of x1 and x2. In each, a straight
line puts three of the rows on the side of their output; the ringed fourth row stands
on the wrong side. It is a different row each time.
"""

import numpy as np
from matplotlib.figure import Figure
from style import HIGH, INK, LOW, input_plane, preactivation, rows, save, sides

from mlplab.data import truth_table

# w1, w2, b: output 1 where w1 x1 + w2 x2 + b > 0
LINES = [(-1, -1, 1.5), (1, -1, -0.5), (-1, 1, -0.5), (1, 1, -0.5)]


def draw():
    X, y = truth_table("XOR")
    figure = Figure(figsize=(11, 3), layout="constrained")
    for ax, (w1, w2, b) in zip(figure.subplots(1, 4, sharey=True), LINES, strict=True):
        above = X @ [w1, w2] + b > 0
        (wrong,) = np.flatnonzero(above != (y[:, 0] == 1))
        sides(ax, LOW, HIGH, preactivation(w1, w2, b))
        rows(ax, y, X)
        ax.scatter(*X[wrong], 1000, "none", edgecolors=INK, linewidths=2, zorder=5)
        x1, x2 = X[wrong].astype(int)
        input_plane(ax, f"fails at {x1}{x2}")
        ax.label_outer()
    return figure


if __name__ == "__main__":
    save(draw, __file__, __doc__)
