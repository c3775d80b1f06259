"""What all figures share: the look, the pieces of a diagram, and how to save one.

Every script imports it before mlplab: it tells Python where mlplab is.
"""

import io
import sys
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "notebooks"))

from mlplab.network import forward, sigmoid
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
DASHES = 4, 2  # of a gradient's arrow, so that colour is not all that tells it

SMALL, NORMAL, LARGE = 13, 15, 17  # points; the smallest text is readable at half size
CODE = "DejaVu Sans Mono"  # the font of names that stand in the notebooks' code
DECIMALS = 3  # of what a training run found, in float32
DIGITS = 9  # decimals of what is computed from that, in float64
POINTS = 72  # per inch
PNG_DPI = 100

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


def save(draw, script, text, png=False):
    """Write the figure that `draw()` returns beside its script, under the same stem.

    `text` is the script's docstring: its first line becomes the title of the SVG, the
    rest its description, for readers who cannot see the picture. With `png`, a PNG of
    the same picture is written too.
    """
    title, _, description = text.partition("\n")
    svg = io.StringIO()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # no reader's own settings
        matplotlib.rcParams.update(STYLE)
        figure = draw()
        # no date, and no version of matplotlib
        metadata = {"Title": title, "Date": None, "Creator": None}
        figure.savefig(svg, format="svg", metadata=metadata)
        if png:
            path = Path(script).with_suffix(".png")
            figure.savefig(path, dpi=PNG_DPI, metadata={"Software": None})
    described = svg.getvalue().replace(
        "</title>", f"</title>\n <desc>{' '.join(description.split())}</desc>", 1
    )
    Path(script).with_suffix(".svg").write_bytes(described.encode())


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


def circle(ax, x, y, radius):
    """Draw a circle over whatever lines end in it."""
    ax.add_patch(
        Circle((x, y), radius, facecolor="white", edgecolor=INK, linewidth=2, zorder=3)
    )


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


def sides(ax, low, high, z):
    """Colour a plane by the output, 1 where z > 0, and draw the line between.

    z, shape (n, n), holds the values on a grid from `low` to `high` along both axes.
    """
    side = np.linspace(low, high, len(z))
    top = 1 + np.abs(z).max()
    colours = PROBS_CMAP([0.25, 0.75])
    ax.contourf(side, side, z, levels=[-top, 0, top], colors=colours)
    ax.contour(side, side, z, levels=[0], colors=INK, linewidths=2)


def preactivation(w1, w2, b):
    """Return w1 x1 + w2 x2 + b on a coarse grid, shape (9, 9), for `sides`."""
    side = np.linspace(LOW, HIGH, 9)
    return w1 * side + w2 * side[:, None] + b


# Processors differ in the last bit of what they compute. What is drawn must not.


def weights_at(run, step):
    """Return a run's weights at a step in float64, rounded."""
    return [
        (W.astype(float).round(DECIMALS), b.astype(float).round(DECIMALS))
        for W, b in run.weights_at(step)
    ]


def outputs_of(weights, points):
    """Return what sigmoid layers give at points (n, 2), rounded: [h1, ..., logits]."""
    alone = [(W[..., None], b[..., None]) for W, b in weights]  # one network
    layers = forward(alone, "sigmoid", points)
    return [layer[:, :, 0].T.round(DIGITS) for layer in layers]


def rounded_sigmoid(z):
    """Return sigmoid(z), rounded."""
    return sigmoid(z).round(DIGITS)
