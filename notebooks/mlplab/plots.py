"""Pictures of the course, from arrays.

Each picture is a class that draws itself on Axes and can be updated in place, which
the explorers do, and a function of one call for the notebooks. Nothing here trains.

Not through pyplot: what a reader has set for it (a backend, a style, a matplotlibrc)
must not change what the course shows, nor the other way round.
"""

import base64
import contextlib
import functools
import io
import itertools
import math

import numpy as np
from contourpy import contour_generator
from IPython.display import display
from matplotlib import colormaps, style
from matplotlib.artist import Artist
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image

from . import stored
from .data import GATES, X, input_grid, truth_table
from .network import LN2, UNDECIDED_MARGIN

# Two colours of the Okabe-Ito palette, told apart in every colour-vision deficiency
# and in grey; marker shapes say the same.
BLUE, ORANGE, INK, FAINT = "#0072B2", "#D55E00", "#222222", "#999999"
CLASS_COLOURS, CLASS_MARKERS = (BLUE, ORANGE), ("o", "s")
PROBS_COLOURS = ["#6BAED6", "#F7F7F7", "#F4A06B"]
PROBS_CMAP = LinearSegmentedColormap.from_list("probs", PROBS_COLOURS)
PROBS_TABLE = PROBS_CMAP(np.arange(256), bytes=True).view(np.uint32)[:, 0]
LAYER_CMAP = colormaps["viridis"]
LOW, HIGH, SIDE = -0.5, 1.5, 61  # the part of the input plane that pictures show
GRID = input_grid(SIDE, LOW, HIGH)
ONE_LABEL = 0.15  # rows closer than this in the hidden plane share a label
FAR = 99  # beyond every picture
CENTRED = {"ha": "center", "va": "center"}
LEGEND_ENTRIES = 12  # at most: more would not fit
LOSS_POINTS = 1000  # a longer curve is drawn by the extremes of as many bins
DPI = 100
PLANE, CURVE = (3.6, 3.4), (5, 3.4)  # inches: a plane is square, a curve is wide

# As matplotlib is when it has just been installed; afterwards the reader's settings are
# back. Whatever makes Axes, ticks, text or a picture does it in here.
course_look = functools.partial(style.context, "default")


@contextlib.contextmanager
def picture(rows=1, columns=1, size=PLANE, **options):
    """Give Axes to draw on, one or an array of them, and show the picture at the end.

    `size` is its width and height in inches; `options` are those of `Figure.subplots`.
    """
    with course_look():
        figure = Figure(figsize=size, dpi=DPI, layout="constrained")
        yield figure.subplots(rows, columns, **options)
        file = io.BytesIO()
        # Twice the pixels that are shown, sharp on a fine screen; titles stick out
        figure.savefig(file, format="png", dpi=2 * DPI, bbox_inches="tight")
        drawn = Image.open(file).convert("RGB")
        size = {"width": drawn.width // 2, "height": drawn.height // 2}
        shown = {"image/png": base64.b64encode(stored.small_png(drawn)).decode()}
        shown["text/plain"] = repr(figure)
        display(shown, metadata={"image/png": size}, raw=True)


@contextlib.contextmanager
def _on(ax, size=PLANE):
    """Draw on the given Axes, or in a picture of its own."""
    with picture(size=size) if ax is None else course_look() as own:
        yield own if ax is None else ax


def _clean(ax, x_label, y_label, title=None):
    ax.set(xlabel=x_label, ylabel=y_label, title=title)
    ax.spines[["top", "right"]].set_visible(False)


def _input_axes(ax, title):
    ax.set(xlim=(LOW, HIGH), ylim=(LOW, HIGH), xticks=[0, 1], yticks=[0, 1])
    ax.set(xlabel="x1", ylabel="x2", title=title, aspect="equal")


class RowPoints:
    """The four rows as points: blue circles for output 0, orange squares for 1."""

    def __init__(self, ax):
        look = {"markersize": 11, "markeredgecolor": "white", "zorder": 5}
        self.artists = [
            ax.plot([], [], marker, color=colour, **look)[0]
            for colour, marker in zip(CLASS_COLOURS, CLASS_MARKERS, strict=True)
        ]

    def update(self, y, points=X):
        """Show the outputs y (4, 1) at points (4, 2)."""
        for value, artist in enumerate(self.artists):
            artist.set_data(*np.asarray(points)[np.ravel(y) == value].T)


class HeatMaps(Artist):
    """Values from 0 to 1 as coloured squares, smooth from point to point.

    As `imshow` draws them with bilinear interpolation, but several times as fast.
    """

    values, centres, reach = np.empty((0, 2, 2)), np.empty((0, 2)), 0  # nothing yet

    def show(self, values, centres, reach):
        """Show values (k, side, side), upwards and to the right, as k squares.

        Their outer points lie on the edges, `reach` from the centres (k, 2).
        """
        self.values, self.centres, self.reach = values, np.asarray(centres), reach

    def draw(self, renderer):
        """Draw the squares, their edges on whole pixels."""
        place, out = self.axes.transData.transform, self.reach
        starts = np.rint(place(self.centres - out)).astype(int)
        pixels = round(np.diff(place([(0, 0), (2 * out, 0)])[:, 0])[0])
        levels = _stretch(_stretch(255 * self.values, pixels), pixels)
        squares = PROBS_TABLE[(levels + 0.5).astype(np.uint8)][..., None].view(np.uint8)
        for start, square in zip(starts, squares, strict=False):
            renderer.draw_image(renderer.new_gc(), *start, square)


def _stretch(values, pixels):
    """Return values (k, rows, side) between the points of a row: (k, pixels, rows)."""
    at = (np.arange(pixels) + 0.5) / pixels * (values.shape[2] - 1)
    left = at.astype(int)
    low, high = values[..., left], values[..., left + 1]
    return (low + (high - low) * (at - left)).swapaxes(1, 2)


class InputPlane:
    """Probabilities over the input plane, the line where they are 0.5, the rows."""

    def __init__(self, ax, title="decision boundary"):
        self.ax = ax
        self.map = self.ax.add_artist(HeatMaps())
        # Below the map, seen where there is none: to draw a text each time takes long.
        self.note = self.ax.text(0.5, 0.5, "", color=INK, zorder=-1, **CENTRED)
        self.ax.set_facecolor(PROBS_CMAP(0.5))
        self.rows = RowPoints(self.ax)
        self.boundary = ax.add_collection(LineCollection([], colors=INK, linewidths=2))
        self.artists = [self.map, self.boundary, *self.rows.artists]
        _input_axes(self.ax, title)
        self.ax.spines[:].set_visible(False)

    def update(self, values, y, boundary=True):
        """Show values at the points GRID, shape (SIDE * SIDE,), and the rows' y.

        They are probabilities, or without a boundary what else is from 0 to 1. Where
        all are as good as 0.5 no boundary is drawn: it would be rounding.
        """
        picture = np.reshape(values, (1, SIDE, SIDE))
        far = np.abs(picture - 0.5).max()
        undecided = boundary and far < UNDECIDED_MARGIN
        note = "undecided" if undecided else "" if np.isfinite(far) else "not finite"
        lines = []
        if boundary and not note:
            # as Axes.contour traces the line, without a new artist each time
            side = np.linspace(LOW, HIGH, SIDE)
            lines = contour_generator(side, side, picture[0]).lines(0.5)
        self.note.set_text(f"{note or 'undecided'}:\nno boundary")
        self.boundary.set_segments(lines)
        self.map.show(picture[: 0 if note else 1], [[0.5, 0.5]], (HIGH - LOW) / 2)
        self.rows.update(y)


class HalfPlane:
    """A line in the input plane, the side where it predicts 1, and the rows."""

    def __init__(self, ax, title=None):
        self.ax = ax
        self.shade = self.ax.fill([], [], color=CLASS_COLOURS[1], alpha=0.25)[0]
        (self.line,) = self.ax.plot([], [], color=INK, linewidth=2)
        self.rows = RowPoints(self.ax)
        self.artists = [self.shade, self.line, *self.rows.artists]
        _input_axes(self.ax, title)

    def update(self, w1, w2, b, y):
        """Show the line w1 x1 + w2 x2 + b = 0 and the outputs y (4, 1)."""
        ends, normal = _line_at(w1, w2, b)
        corners = np.concatenate([ends, ends[::-1] + FAR * normal])
        # no line near: all or nothing above 0
        if math.hypot(w1, w2) * FAR / 2 <= abs(float(b)):
            ends, corners = np.full((2, 2), np.nan), np.full((4, 2), np.nan)
            if b > 0:
                corners = FAR * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        self.line.set_data(*ends.T)
        self.shade.set_xy(corners)
        self.rows.update(y)


def _line_at(w1, w2, b):
    """Return two far points of the line w1 x1 + w2 x2 + b = 0, and its normal."""
    w1, w2, b = float(w1), float(w2), float(b)  # float32 would overflow sooner
    length = math.hypot(w1, w2) or 1
    with np.errstate(all="ignore"):  # where they are not finite there is no line
        normal = np.array([w1, w2]) / length
        foot = -b / length * normal
    along = FAR * np.array([-normal[1], normal[0]])
    return np.stack([foot - along, foot + along]), normal


class LossCurve:
    """The loss over the steps, with the level ln 2 and a mark at one step."""

    def __init__(self, ax, title="loss"):
        self.ax = ax
        self.ax.axhline(LN2, color=FAINT, linewidth=1, linestyle="--")
        at = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points"}
        look = {"color": "#666666", "fontsize": 9, "ha": "right", "va": "bottom"}
        ax.annotate("ln 2", (1, LN2), (-8, 0), **at, **look)  # off the last mark
        (self.line,) = self.ax.plot([], [], color=INK, linewidth=1.5)
        (self.kept,) = self.ax.plot([], [], "--", color=BLUE, linewidth=1.5)
        (self.mark,) = ax.plot([], [], "o", color=ORANGE, markersize=8, clip_on=False)
        self.artists = [self.kept, self.line, self.mark]
        _clean(self.ax, "step", "binary cross-entropy", title)

    def update(self, loss, step=None, loss_at_step=None, kept=None):
        """Show a loss per step, shape (steps,), and mark `loss_at_step` at `step`.

        `kept` is the loss of another run to compare with.
        """
        self.kept.set_data(_extremes(kept) if kept is not None else ([], []))
        steps, values = _extremes(loss)
        self.line.set_data(steps, values)
        finite = values[np.isfinite(values)]
        top = 1.0
        while len(finite) and top < np.quantile(finite, 0.98) and top < 1e6:
            top *= 2
        marked = ([], []) if step is None else ([step], [min(loss_at_step, top)])
        self.mark.set_data(marked)
        limits = (0, len(loss)), (0, top)
        # equal ones, set again, would make the figure stale
        if limits != (self.ax.get_xlim(), self.ax.get_ylim()):
            self.ax.set(xlim=limits[0], ylim=limits[1])


def _extremes(loss):
    """Return steps and losses to draw: of each bin of steps the lowest and highest."""
    steps, size = np.arange(len(loss)), -(-len(loss) // LOSS_POINTS)
    if size < 3:
        return steps, np.asarray(loss)
    cut = len(loss) // size * size
    bins = np.where(np.isfinite(loss[:cut]), loss[:cut], np.inf).reshape(-1, size)
    in_bin = np.sort([bins.argmin(axis=1), bins.argmax(axis=1)], axis=0)
    chosen = np.append((in_bin + steps[:cut:size]).T, steps[cut:])
    return chosen, loss[chosen]


class HiddenPlane:
    """The four rows as the two hidden units see them, and the output's line there."""

    def __init__(self, ax, title="hidden plane"):
        self.ax = ax
        (self.line,) = self.ax.plot([], [], color=INK, linewidth=2)
        self.rows = RowPoints(self.ax)
        self.rows.artists[0].set_markersize(17)  # it shows around a square on its spot
        self.labels = [ax.text(0, 0, "", fontsize=9, zorder=6, **CENTRED) for _ in X]
        self.artists = [self.line, *self.rows.artists, *self.labels]
        _input_axes(self.ax, title)
        self.ax.set(xlabel="h1[0]", ylabel="h1[1]", xlim=(-0.3, 1.4), ylim=(-0.3, 1.4))

    def update(self, h1, W2, b2, y):
        """Show activations h1 (4, 2), output weights W2 (2, 1), b2 (1,), y (4, 1).

        A label stands on its rows' side of the line, so that no line goes through it.
        """
        h1 = np.where(np.abs(h1) < FAR, h1, np.nan)  # no text can be set so far away
        self.rows.update(y, h1)
        ends, normal = _line_at(*np.ravel(W2), b2[0])
        self.line.set_data(*ends.T)
        beyond = ((h1 - ends[0]) * normal).sum(axis=1, keepdims=True)
        names = row_names(h1)
        away = normal * [(0.14 + 0.02 * len(name), 0.17) for name in names]
        # a row on the line, where rounding would decide, counts as beyond it
        places = h1 + np.copysign(1, beyond + 0.01) * away
        for label, at, name in zip(self.labels, places, names, strict=True):
            label.set(position=at, text=name if np.isfinite(at).all() else "")


def row_names(points):
    """Name rows 00 to 11; rows that fall together share one label, at the first."""
    names = ["00", "01", "10", "11"]
    for earlier, later in itertools.combinations(range(4), 2):
        apart = np.abs(np.subtract(points[later], points[earlier])).max()
        if names[earlier] and names[later] and apart < ONE_LABEL:
            names[earlier] += ", " + names[later]
            names[later] = ""
    return names


class GradientNorms:
    """The norm of each layer's weight gradient over the steps, on log axes."""

    def __init__(self, ax, title="gradient norm of each layer", layers=8):
        self.ax = ax
        self.lines = [self.ax.plot([], [], linewidth=1.5)[0] for _ in range(layers)]
        self.mark = self.ax.axvline(1, color=ORANGE, linewidth=1)
        self.artists = [*self.lines, self.mark]
        self._norms = self._shown = None
        # not quite to 10, whose tick would stand in the title
        self.ax.set(yscale="log", xscale="log", ylim=(1e-8, 9))
        _clean(self.ax, "step + 1", "L2 norm", title)

    def update(self, steps, norms, step=None):
        """Show norms (k, layers) at steps (k,); layer 1 is dark, the last one light."""
        self.mark.set_xdata([math.nan if step is None else step + 1] * 2)
        if norms is self._norms:
            return
        self._norms = None  # none, if what follows stops halfway
        layers = norms.shape[1]
        for number, line in enumerate(self.lines):
            shown = number < layers
            line.set_data((steps + 1, norms[:, number]) if shown else ([], []))
            line.set_color(LAYER_CMAP(0.9 * number / max(1, layers - 1)))
            line.set_label(f"layer {number + 1}" if shown else f"_{number}")
        shown = (layers, (1, steps[-1] + 1))
        if shown != self._shown:
            self._shown = None
            self.ax.set_xlim(shown[1])
            few = slice(0, layers, -(-layers // LEGEND_ENTRIES))
            look = {"frameon": False, "fontsize": 8, "ncols": 2, "loc": "lower left"}
            self.ax.legend(handles=self.lines[few], **look)
            self._shown = shown
        self._norms = norms


def draw_gate(gate, ax=None):
    """Draw the four rows of a gate in the input plane."""
    with _on(ax, (2.6, 2.6)) as ax:
        RowPoints(ax).update(truth_table(gate)[1])
        _input_axes(ax, gate)


def draw_gates():
    """Draw all 16 gates in a 2 by 8 grid."""
    with picture(2, 8, size=(11, 3.2)) as axes:
        for gate, ax in zip(GATES, axes.flat, strict=True):
            draw_gate(gate, ax)
            ax.set(xlabel="", ylabel="", xticks=[], yticks=[])
            ax.set_title(gate, fontsize=9)


def draw_boundary(probs, y, ax=None, title="decision boundary"):
    """Draw probs at the points GRID, the line where they are 0.5, and the rows."""
    with _on(ax) as ax:
        InputPlane(ax, title).update(probs, y)


def draw_line(w1, w2, b, y, ax=None, title=None):
    """Draw the line w1 x1 + w2 x2 + b = 0, shade the side above 0, and the rows."""
    with _on(ax) as ax:
        HalfPlane(ax, title).update(w1, w2, b, y)


def draw_loss(losses, ax=None, title="loss", log_steps=False):
    """Draw one loss curve, or several as {label: loss}."""
    several = losses if isinstance(losses, dict) else {None: losses}
    several = {label: np.asarray(loss) for label, loss in several.items()}
    longest = max(several.values(), key=len)
    with _on(ax, CURVE) as ax:
        curve = LossCurve(ax, title)
        curve.update(np.concatenate(list(several.values())))  # room for all of them
        curve.line.set_data([], [])
        ax.set_xlim(0, len(longest))
        points = {label: _extremes(loss) for label, loss in several.items()}
        if log_steps:
            ax.set(xscale="log", xlabel="step + 1", xlim=(1, max(2, len(longest))))
            points = {n: (np.arange(len(v)) + 1, v) for n, v in several.items()}
        _named_lines(ax, points, named=isinstance(losses, dict))


def _named_lines(ax, curves, named):
    """Plot {label: (x values, y values)}; where named, in many colours with a key."""
    for number, (label, (x, y)) in enumerate(curves.items()):
        colour = LAYER_CMAP(0.9 * number / len(curves)) if named else INK
        ax.plot(x, y, color=colour, label=label)
    if named:
        ax.legend(frameon=False)


def draw_curves(curves, x_label, y_label, title=None, ax=None, log_axes=""):
    """Draw curves, {label: (x values, y values)}, and their labels.

    `log_axes` names the axes with a log scale: "", "x", "y" or "xy".
    """
    with _on(ax, CURVE) as ax:
        _named_lines(ax, curves, named=len(curves) > 1)
        _clean(ax, x_label, y_label, title)
        ax.set(**{f"{name}scale": "log" for name in log_axes})


def draw_hidden_plane(h1, W2, b2, y, ax=None, title="hidden plane"):
    """Draw the rows at their activations h1 (4, 2) and the output's line there."""
    with _on(ax) as ax:
        HiddenPlane(ax, title).update(h1, W2, b2, y)


def draw_gradient_norms(steps, norms, ax=None, title="gradient norm of each layer"):
    """Draw norms (k, layers) at steps (k,) on log axes."""
    with _on(ax, CURVE) as ax:
        GradientNorms(ax, title, norms.shape[1]).update(steps, norms)
