"""XOR solved by two lines: OR and NAND

Three panels of the input plane, read as an equation: the side of a line where OR is 1,
AND the side of another line where NAND is 1, give the strip between the two lines. The
rows 01 and 10, where XOR is 1, stand in the strip; 00 and 11 stand outside.
"""

from matplotlib.figure import Figure
from style import LARGE, input_plane, label, line, logits_at, rows, sides

from mlplab.data import truth_table

# output 1 where the logit is positive
OR, NAND = line(1, 1, -0.5), line(-1, -1, 1.5)


def draw():
    figure = Figure(figsize=(10, 3.15), layout="constrained")
    axes = figure.subplots(1, 5, width_ratios=[6, 1.2, 6, 1.2, 6])
    panels = {"OR": [OR], "NAND": [NAND], "XOR": [OR, NAND]}
    for ax, (gate, lines) in zip(axes[::2], panels.items(), strict=True):
        X, y = truth_table(gate)
        outputs = logits_at(X, *lines) > 0
        assert (outputs == y).all(), f"these lines do not give {gate}"
        sides(ax, *lines)
        rows(ax, y, X)
        input_plane(ax, gate)
    for ax in axes[2::2]:
        ax.set(ylabel="", yticklabels=[])
    for ax, sign in zip(axes[1::2], ["AND", "="], strict=True):
        label(ax, 0.5, 0.5, sign, fontsize=LARGE, weight="bold")
        ax.axis("off")
    return figure
