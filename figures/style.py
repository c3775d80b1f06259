"""What all figures share: the look, the pieces of a diagram, and how to save one.

A figure is a script with a function `draw()`. Its docstring says in words what the
picture shows. It imports style before mlplab: style tells Python where mlplab is.
"""

import io
import sys
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "notebooks"))

from mlplab.data import input_grid, truth_table
from mlplab.graph import OPERATIONS
from mlplab.network import LN2, Settings, forward, initial_weights, sigmoid
from mlplab.plots import (
    BLUE,
    CLASS_COLOURS,
    CLASS_MARKERS,
    HIGH,
    INK,
    LOW,
    ORANGE,
    PROBS_CMAP,
)

# In a computational graph, values run forward and gradients run backward.
FORWARD, BACKWARD = BLUE, ORANGE
GREY = "#666666"  # what frames the story and does not tell it; readable as text
PALE = "#F2F2F2"
HIGHLIGHT = "#FBE3CC"  # of what the words are about
DASHES = 4, 2  # of a gradient's arrow, so that colour is not all that tells it

SMALL, NORMAL, LARGE = 13, 15, 17  # points; the smallest text is readable at half size
CODE = "DejaVu Sans Mono"  # the font of names that stand in the notebooks' code
FORMULA = {"family": CODE, "fontsize": SMALL}
DECIMALS = 3  # of what a training run found, in float32
START_DECIMALS = 5  # of random weights, in float32
DIGITS = 9  # decimals of what is computed from that, in float64
POINTS = 72  # per inch

STYLE = {
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": NORMAL,
    "axes.titlesize": NORMAL,
    "axes.labelsize": NORMAL,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "savefig.facecolor": "white",  # opaque: readable in a dark theme
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.08,  # around Axes that need room; a canvas has its own
    "svg.fonttype": "path",  # the same letters everywhere, whatever fonts are there
    "svg.hashsalt": "mlp-course",  # the same ids every time
}


def save(script):
    """Write the figure that a script's `draw()` returns beside it, under its stem.

    The first line of its docstring becomes the title of the SVG, the rest its
    description, for readers who cannot see the picture. A script with `frames()`
    instead, pictures and how long each is shown, becomes a GIF that moves.
    """
    if hasattr(script, "frames"):
        (first, *others), times = zip(*script.frames(), strict=True)
        path = Path(script.__file__).with_suffix(".gif")
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=times,
            loop=0,
            disposal=1,
        )
        return
    title, _, description = script.__doc__.partition("\n")
    svg = io.StringIO()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # no reader's own settings
        matplotlib.rcParams.update(STYLE)
        figure = script.draw()
        # no date, and no version of matplotlib
        metadata = {"Title": title, "Date": None, "Creator": None}
        figure.savefig(svg, format="svg", metadata=metadata)
    described = svg.getvalue().replace(
        "</title>", f"</title>\n <desc>{' '.join(description.split())}</desc>", 1
    )
    Path(script.__file__).with_suffix(".svg").write_bytes(described.encode())


# Diagrams: one unit is one inch, so that circles are round and sizes are known.


def canvas(width, height):
    """Return a figure of that many inches and Axes that fill it, without frame."""
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.axis("off")
    return figure, ax


def label(ax, x, y, text, **options):
    """Write text around (x, y)."""
    return ax.text(x, y, text, **{"ha": "center", "va": "center"} | options)


def circle(ax, x, y, radius, text="", **options):
    """Draw a circle over whatever lines end in it, and a text in it."""
    ax.add_patch(
        Circle((x, y), radius, facecolor="white", edgecolor=INK, linewidth=2, zorder=3)
    )
    if text:
        label(ax, x, y, text, **options)


def sigmoid_unit(ax, x, y, radius):
    """Draw a unit: a circle with the sigmoid's curve in it."""
    circle(ax, x, y, radius)
    z = np.linspace(-5, 5, 41)
    curve = rounded_sigmoid(z) - 0.5
    ax.plot(
        x + 0.13 * radius * z, y + 0.9 * radius * curve, color=FORWARD, linewidth=3,
        zorder=4,
    )  # fmt: skip


def arrow(ax, start, end, colour=INK, gaps=(0, 0), dashed=False):
    """Draw an arrow; `gaps`, in inches, keep its ends off `start` and `end`."""
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>,head_length=7,head_width=3.5",
            linestyle=(0, DASHES) if dashed else "solid",
            shrinkA=gaps[0] * POINTS,
            shrinkB=gaps[1] * POINTS,
            color=colour,
            linewidth=2,
            zorder=2,
        )
    )


CELL = 0.95, 0.5  # inches, of a matrix


def grid(ax, left, top, texts, size, look):
    """Write texts into cells of a size; `look(row, column)` gives a cell's options.

    They are those of its frame, and those of its text.
    """
    width, height = size
    for row, line_of_texts in enumerate(texts):
        for column, text in enumerate(line_of_texts):
            x, y = left + column * width, top - (row + 1) * height
            frame, written = look(row, column)
            ax.add_patch(Rectangle((x, y), width, height, **frame))
            label(ax, x + width / 2, y + height / 2, text, **written)


def matrix(ax, x, y, values, name, colour, lit=()):
    """Write a matrix around (x, y), its name and shape above; cells of `lit` shine."""

    def look(row, column):
        face = HIGHLIGHT if (row, column) in lit else "white"
        return {"facecolor": face, "edgecolor": colour, "linewidth": 1.5}, FORMULA

    rows, columns = values.shape
    left, top = x - columns * CELL[0] / 2, y + rows * CELL[1] / 2
    texts = [[f"{value:.4f}" for value in line] for line in values]
    grid(ax, left, top, texts, CELL, look)
    text = f"{name}\n{values.shape}"
    label(ax, x, top + 0.42, text, color=colour, weight="bold", **FORMULA)


# Graphs: what is written comes from mlplab.graph


def in_numbers(operation, *values):
    """Write an operation on numbers, negative ones in brackets but for a first term."""
    numbers = [f"({value:g})" if value < 0 else f"{value:g}" for value in values]
    if len(values) > 1:
        numbers[0] = f"{values[0]:g}"
    return OPERATIONS[operation].symbols(*numbers)


def upstream_times_local(graph, values, edge):
    """Write what the backward pass does on an edge (source, place, node)."""
    products, gradients = graph.backward(values)
    _, place, node = edge
    local = graph.slopes(node, values)[place]
    return f"{in_numbers('multiply', gradients[node], local)} = {products[edge]:g}"


# Curves


def curve_axes(ax, level):
    """Mark a level in Axes, and leave their frame open."""
    ax.axhline(level, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    ax.spines[["top", "right"]].set_visible(False)


def loss_axes(ax):
    """Prepare Axes for a loss that begins on the plateau at ln 2."""
    curve_axes(ax, LN2)
    ax.set(ylim=(0, 0.82), yticks=[0, 0.25, 0.5, 0.75])
    ax.xaxis.set_major_formatter("{x:,.0f}")


# The input plane


def input_plane(ax, title=""):
    """Make Axes the part of the input plane that the explorers show."""
    ax.set(xlim=(LOW, HIGH), ylim=(LOW, HIGH), xticks=[0, 1], yticks=[0, 1])
    ax.set(xlabel="x1", ylabel="x2", title=title, aspect="equal")


def rows(ax, y, points, size=18, digits=True):
    """Draw the four rows: blue circles with a 0, orange squares with a 1."""
    for output, (x1, x2) in zip(y.ravel().astype(int), points, strict=True):
        ax.plot(
            x1, x2, CLASS_MARKERS[output], color=CLASS_COLOURS[output], zorder=5,
            markersize=size, markeredgecolor="white", markeredgewidth=1.5,
        )  # fmt: skip
        if digits:
            label(
                ax, x1, x2, str(output), color="white", weight="bold", zorder=6,
                va="center_baseline",
            )  # fmt: skip


def sides(ax, *networks, low=LOW, high=HIGH, n=9):
    """Colour a plane, 1 where all networks answer 1, and draw the line between.

    The plane is a grid of n by n points; few are enough for a `line`.
    """
    z = logits_at(input_grid(n, low, high), *networks).reshape(n, n)
    side = np.linspace(low, high, n)
    top = 1 + np.abs(z).max()
    colours = PROBS_CMAP([0.25, 0.75])
    ax.contourf(side, side, z, levels=[-top, 0, top], colors=colours)
    ax.contour(side, side, z, levels=[0], colors=INK, linewidths=2)


def line(w1, w2, b):
    """Return the weights of a perceptron: its logit is w1 x1 + w2 x2 + b."""
    return [(np.array([[w1], [w2]]), np.array([b]))]


# Processors differ in the last bit of what they compute. What is drawn must not.


def weights_at(run, step):
    """Return a run's weights at a step in float64, rounded."""
    return [
        (W.astype(float).round(DECIMALS), b.astype(float).round(DECIMALS))
        for W, b in run.weights_at(step)
    ]


def start():
    """Return W1, b1, W2 and b2 of seed 777 at its start in float64, rounded."""
    parts = [part for pair in initial_weights(Settings()) for part in pair]
    return [part.astype(float).round(START_DECIMALS) for part in parts]


def first_pass():
    """Return h1, dlogits, dh1 and dz1 of that start, and its W2."""
    X, y = (part.astype(float) for part in truth_table("XOR"))
    W1, b1, W2, b2 = start()
    h1 = sigmoid(X @ W1 + b1)
    dlogits = (sigmoid(h1 @ W2 + b2) - y) / len(X)
    dh1 = dlogits @ W2.T
    return h1, dlogits, dh1, dh1 * h1 * (1 - h1), W2


def outputs_of(weights, points):
    """Return what sigmoid layers give at points (n, 2), rounded: [h1, ..., logits]."""
    alone = [(W[..., None], b[..., None]) for W, b in weights]  # one network
    layers = forward(alone, "sigmoid", points)
    return [layer[:, :, 0].T.round(DIGITS) for layer in layers]


def logits_at(points, *networks):
    """Return the lowest of the networks' logits at points (n, 2), shape (n, 1)."""
    return np.min([outputs_of(weights, points)[-1] for weights in networks], axis=0)


def rounded_sigmoid(z):
    """Return sigmoid(z), rounded."""
    return sigmoid(z).round(DIGITS)
