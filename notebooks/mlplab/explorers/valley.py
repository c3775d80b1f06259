"""The loss valley: a ball rolls over the loss of a perceptron's two weights.

The bias is held. So the map is a slice of the loss, and descent moves w1 and w2 alone.
"""

import functools
import math
from typing import NamedTuple

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.patheffects import withStroke

from .. import plots
from ..data import X, truth_table
from ..descent import loss_of
from ..language import tr
from ..network import LN2, LOOK_AHEAD
from ..plots import BLUE, CENTRED, INK, ORANGE
from .base import Explorer, Handle, Panel, Preset, whole
from .controls import gate_chooser, number_slider, rate_slider, step_slider
from .runs import step_handles

STEPS = 100  # of a path
HALF = 6.0  # the map shows both weights from -HALF to HALF
SIDE = 121  # points along each side of the map
SIDE_WEIGHTS = np.linspace(-HALF, HALF, SIDE)
NEAR = 0.05  # closer to the bottom than this the ball lies on its mark
LEVELS = (0.1, 0.15, 0.2, 0.3, 0.4, 0.5, LN2, 0.8, 1, 1.25, 1.5, 2, 2.5, 3, 4, 6, 8, 10)
LEVEL_NAMES = {n: "ln 2" if n == LN2 else f"{n:g}" for n in LEVELS}
INVERSES = [1 / k for k in range(12, 0, -1)]  # of Taylor's series of exp
ARROW = np.array([(1, 0), (-0.7, 0.6), (-0.35, 0), (-0.7, -0.6)])  # to the right
LABEL_GAP = 0.7  # between the labels of level lines, in weights
LINE = "#5A6570"
MAP_CMAP = LinearSegmentedColormap.from_list("valley", ["#FFFFFF", "#8FA5B5"])

AT_BOTTOM, ACROSS = "at the bottom", "at the bottom, after jumps across the valley"
BOUNCING, OFF = "jumping to and fro over the valley", "off the map"
ROLLING = "still rolling"


class Descent(NamedTuple):
    """A path of gradient descent: at step k the weights have been moved k times."""

    gate: str
    b: float
    learning_rate: float
    path: np.ndarray  # (steps + 1, 2) float64: w1, w2
    loss: np.ndarray  # (steps + 1,) float64


class Ball(NamedTuple):
    """A descent, and the step at which the ball is shown."""

    descent: Descent
    step: int


def _losses(gate, b, w1, w2):
    """Return the loss at weights w1, w2, both numbers or (n,), as an array (n,)."""
    x1, x2 = X.T[:, :, None].astype(np.float64)  # (4, 1) each
    return loss_of(x1 * w1 + x2 * w2 + b, truth_table(gate)[1])


def _sigmoid(z):
    """Return descent's sigmoid of one number, with the same bits, in a sixth the time.

    A path is a thousand small operations in a row, for which NumPy's arrays are slow.
    """
    x = max(-abs(z), -700)
    n = round(x / LN2)
    r = x - n * LN2
    series = 1.0
    for inverse in INVERSES:
        series = series * r * inverse + 1
    t = math.ldexp(series, n)
    return (1 if z >= 0 else t) / (1 + t)


def roll(gate, b, learning_rate, start, steps=STEPS):
    """Return the Descent of the loss over (w1, w2) from `start`, a pair, b held.

    Full batch, on the mean binary cross-entropy, with the same bits on every processor.
    The slope along a weight is never above 1/2, since two rows at most push, each by a
    quarter. So a step is at most learning_rate / 2 along each weight: too large a rate
    throws the ball far, but never to infinity. Raises ValueError for an unknown gate.
    """
    _, y01, y10, y11 = truth_table(gate)[1].ravel().tolist()
    w1, w2 = map(float, start)
    path = [(w1, w2)]
    for _ in range(steps):
        # row 00 has no share in the slopes: both of its inputs are 0
        p01, p10, p11 = _sigmoid(w2 + b), _sigmoid(w1 + b), _sigmoid(w1 + w2 + b)
        w1 -= learning_rate * ((p10 - y10) + (p11 - y11)) / 4
        w2 -= learning_rate * ((p01 - y01) + (p11 - y11)) / 4
        path.append((w1, w2))
    path = np.array(path)
    return Descent(gate, b, learning_rate, path, _losses(gate, b, *path.T))


@functools.lru_cache(64)
def loss_grid(gate, b):
    """Return the loss over the map, (SIDE, SIDE), w1 along a row, both ascending."""
    w1, w2 = np.meshgrid(SIDE_WEIGHTS, SIDE_WEIGHTS)
    grid = _losses(gate, b, w1.ravel(), w2.ravel()).reshape(SIDE, SIDE)
    grid.setflags(write=False)  # all callers share it
    return grid


def bottom(gate, b):
    """Return w1 and w2 where the slice is lowest, or None: it falls for ever.

    Rows 01, 10 and 11 have the scores w1 + b, w2 + b and w1 + w2 + b. Only if the first
    two want another answer than the third do they stop each other; then all three are
    equally right (or wrong) at w1 = w2 = -2 b / 3, and there the slopes cancel.
    """
    _, y01, y10, y11 = truth_table(gate)[1].ravel()
    if not y01 == y10 != y11:
        return None
    return (-2 * b / 3 + 0.0,) * 2  # 0 for -0


def fate(descent):
    """Return how a path ends: the first of these that holds.

    jumping to and fro   the last 20 steps are together at least 3 times as long as the
                         way from their first place to their last, and 0.001 on average
    at the bottom        the last place is closer than 0.05 to the bottom; after jumps
                         where at least one step turned back by more than 90 degrees
    off the map          a last weight is beyond the map
    still rolling        else
    """
    path, moves = descent.path, np.diff(descent.path, axis=0)
    walked = np.hypot(*moves[-LOOK_AHEAD:].T).sum()
    got = math.dist(path[-1], path[-1 - len(moves[-LOOK_AHEAD:])])
    if walked >= max(3 * got, LOOK_AHEAD * 1e-3):
        return BOUNCING
    low = bottom(descent.gate, descent.b)
    if low and math.dist(path[-1], low) < NEAR:
        # tiny moves beside the bottom are rounding
        turned = (moves[1:] * moves[:-1]).sum(axis=1) < -1e-6
        return ACROSS if turned.any() else AT_BOTTOM
    return OFF if np.abs(path[-1]).max() > HALF else ROLLING


def _number(value):
    return f"{round(float(value), 2) + 0.0:.2f}"  # 0 for -0


def describe_descent(descent, step):
    """Return the status: what is set, the ball at a step, and how the path ends."""
    (w1, w2), loss, end = descent.path[step], descent.loss, fate(descent)
    start, low = descent.path[0], bottom(descent.gate, descent.b)
    last = loss[-LOOK_AHEAD:] if end == BOUNCING else loss[-1:]
    low_loss, high_loss = f"{last.min():.4f}", f"{last.max():.4f}"
    if low_loss != high_loss:
        low_loss = tr("{low} to {high}", low=low_loss, high=high_loss)
    text = tr(
        "{its.gate}, b {its.b:g}, learning rate {its.learning_rate:g}, start {start},"
        " step {step}: w1 {w1}, w2 {w2}, loss {loss:.4f}{outside}. After {steps} steps:"
        " {end}, loss {end_loss}.",
        its=descent, start=", ".join(map(_number, start)), step=step, w1=_number(w1),
        w2=_number(w2), loss=loss[step], steps=len(loss) - 1, end=tr(end),
        outside=tr(", outside the map") if max(abs(w1), abs(w2)) > HALF else "",
        end_loss=low_loss,
    )  # fmt: skip
    if low:
        return text
    endless = "This valley has no bottom: the loss falls for ever, slower and slower."
    return f"{text} {tr(endless)}"


def _arrow(x, y):
    """Return the marker of an arrow in the direction (x, y)."""
    x, y = np.array([x, y]) / math.hypot(x, y)
    return [(x * u - y * v, y * u + x * v) for u, v in ARROW]


class LossValley:
    """The loss over both weights as a map with level lines, a path on it, the ball."""

    def __init__(self, ax):
        self.ax = ax
        ends, ticks = (-HALF, HALF), range(-6, 7, 2)
        # half a cell further, so that the outer points' centres are on the border
        extent = np.array(ends * 2) * SIDE / (SIDE - 1)
        look = {"cmap": MAP_CMAP, "norm": PowerNorm(0.6), "origin": "lower"}
        look |= {"interpolation": "bilinear", "extent": extent}
        self.image = ax.imshow(np.zeros((SIDE, SIDE)), **look)
        self.levels, self.labels = None, []
        (self.bottom,) = ax.plot([], [], "x", color=INK, markersize=9, mew=2.5)
        self.lowest = ax.text(0, 0, "", color=INK, fontsize=9, **CENTRED)
        look = {"color": INK, "linewidth": 1, "markersize": 3, "zorder": 4}
        (self.path,) = ax.plot([], [], "o-", **look)
        look = {"mfc": "none", "mec": BLUE, "mew": 2.5, "markersize": 19, "zorder": 5}
        (self.start,) = ax.plot([], [], "o", **look)
        look = {"color": ORANGE, "mec": "white", "mew": 1.5, "clip_on": False}
        (self.ball,) = ax.plot([], [], "o", zorder=6, **look)
        self.artists = [self.path, self.start, self.ball]
        self._shown = None
        ax.set(xlim=ends, ylim=ends, xticks=ticks, yticks=ticks, aspect="equal")
        ax.set(xlabel="w1", ylabel="w2")

    def update(self, descent, step):
        """Show a Descent, and the ball at a step; beyond the map it is an arrow."""
        if (descent.gate, descent.b) != self._shown:
            self._shown = None  # of none, if what follows stops halfway
            self._draw_map(descent.gate, descent.b)
            self._shown = descent.gate, descent.b
        self.path.set_data(*descent.path.T)
        self.start.set_data(*descent.path[:1].T)
        at = descent.path[step]
        place = np.clip(at, -HALF, HALF)
        self.ball.set_data(*place[:, None])
        outside = (at != place).any()
        self.ball.set_marker(_arrow(*(at - place)) if outside else "o")
        self.ball.set_markersize(18 if outside else 12)

    def _draw_map(self, gate, b):
        grid = loss_grid(gate, b)
        self.image.set_data(grid)
        self.image.set_clim(grid.min(), grid.max())
        if self.levels:
            self.levels.remove()
        widths = [1.6 if level == LN2 else 0.7 for level in LEVELS]
        look = {"colors": LINE, "linewidths": widths}
        self.levels = self.ax.contour(SIDE_WEIGHTS, SIDE_WEIGHTS, grid, LEVELS, **look)
        for label in self.labels:
            label.remove()
        halo = [withStroke(linewidth=3, foreground="#E4E9ED")]
        look = {"color": INK, "fontsize": 8, "path_effects": halo, **CENTRED}
        self.labels = [
            self.ax.text(*place, LEVEL_NAMES[level], **look)
            for level, place in _label_places(gate, b)
        ]
        low = bottom(gate, b)
        self.bottom.set_data(*([[w] for w in low] if low else ([], [])))
        self.lowest.set_text("")
        if low:
            w1, w2 = low
            side = -1 if w1 > 0 else 1  # away from the border
            self.lowest.set_position((w1 + 1.3 * side, w2))
            self.lowest.set_text(f"{_losses(gate, b, w1, w2)[0]:.4f}")
        self.ax.set_title(f"loss on {gate}, b {b:g}")


def _label_places(gate, b):
    """Return [(level, (w1, w2))] of the labels: along a line uphill, none too near.

    From the lowest point of the map, kept off the border, towards a far corner, but not
    along the diagonals, on which most paths lie. ln 2 is placed first.
    """
    grid = loss_grid(gate, b)
    row, column = np.unravel_index(grid.argmin(), grid.shape)
    low = np.clip(SIDE_WEIGHTS[[column, row]], -0.8 * HALF, 0.8 * HALF)
    far = -np.copysign([0.4 * HALF, HALF - 0.6], low)
    shares = np.linspace(0, 1, 200)
    losses = _losses(gate, b, *(low + shares[:, None] * (far - low)).T)
    gap = LABEL_GAP / math.dist(low, far)
    placed = {None: 0.0}  # the lowest point has a label of its own
    for level in (LN2, *LEVELS):
        share = np.interp(level, losses, shares, np.nan, np.nan)
        if all(abs(share - other) > gap for other in placed.values()):
            placed[level] = share
    del placed[None]
    return [(level, low + share * (far - low)) for level, share in placed.items()]


def valley_panel(view, ball):
    """Show the path, and the ball at its step."""
    view.update(*ball)


def valley_handles(view, ball):
    """Return the ball's start, which a hand moves; it is dropped at any other place."""
    return [
        Handle("drag the start", ball.descent.path[:1], drop),
        Handle("drop the ball here", whole(view), drop, area=True),
    ]


def drop(x, y):
    """Return a start of the ball: where the hand is."""
    return {"w1": x, "w2": y}


def path_panel(view, ball):
    """Show the loss along the path, and the mark at the step."""
    view.update(ball.descent.loss, ball.step, ball.descent.loss[ball.step])


def _fast_down(ball):
    descent = ball.descent
    return descent.gate == "AND" and descent.loss[0] > 1 and descent.loss[10] < 0.42


class ValleyExplorer(Explorer):
    """A ball on the map of the loss over both weights of a perceptron."""

    title = "the loss valley"
    invitation = "Drag the ball's start, the ring, and see where the ball rolls."
    size, widths, mosaic = (8.4, 4.2), [1.35, 1], [["map", "loss"]]
    panels = {
        "map": Panel(LossValley, valley_panel, valley_handles),
        "loss": Panel(plots.LossCurve, path_panel, step_handles),
    }
    presets = {
        "AND: roll to the bottom": Preset(
            "Each step goes straight downhill, across the level lines. The ball comes"
            " to rest at 1, 1.",
            {"gate": "AND", "b": -1.5},
        ),
        "XOR: the bottom is at 0, 0": Preset(
            "Drop the ball wherever you like: it ends at 0, 0, where every probability"
            " is 0.5 and the loss is ln 2.",
        ),
        "OR: a valley without a bottom": Preset(
            "There is no cross on this map. The larger the weights, the lower the loss:"
            " the ball rolls on for ever, slower and slower.",
            {"gate": "OR", "b": -0.5, "learning_rate": 10.0, "w2": -4.0},
        ),
        "a long flat valley": Preset(
            "In ten steps the ball has almost all of its fall behind it. Then it creeps"
            " along the flat floor and leaves the map: the arrow shows where.",
            {"gate": "x1", "b": -3.0, "learning_rate": 4.0, "w1": -3.0, "w2": 5.0},
        ),
        "too large a step": Preset(
            "Past a learning rate of about 10.7 the ball cannot rest at the bottom:"
            " each jump across it lands farther away. In the end it jumps between two"
            " places.",
            {"learning_rate": 15.0, "w1": -4.0},
        ),
    }
    challenges = {
        "find a learning rate at which the ball jumps to and fro": lambda ball: (
            fate(ball.descent) == BOUNCING
        ),
        "AND: from a loss above 1 to one below 0.42 within 10 steps": _fast_down,
        "AND: find a b with which the ball ends at a loss below 0.1": lambda ball: (
            ball.descent.gate == "AND" and ball.descent.loss[-1] < 0.1
        ),
        "find a gate, other than OR, whose valley has no bottom": lambda ball: (
            ball.descent.gate != "OR" and not bottom(ball.descent.gate, ball.descent.b)
        ),
    }

    def make_controls(self):
        """Return the gate, the bias held, the rate, the start and the step."""
        steps = range(STEPS + 1)
        return {
            "gate": gate_chooser(),
            "learning_rate": rate_slider(value=3.0),
            "b": number_slider("b, held", 0.0, -HALF, HALF),
            "w1": number_slider("start w1", -5.0, -HALF, HALF),
            "w2": number_slider("start w2", 3.0, -HALF, HALF),
            "step": step_slider(steps, play=1),
        }

    def compute(self, gate, learning_rate, b, w1, w2, step):
        """Return the path from the start, and the step."""
        return Ball(roll(gate, b, learning_rate, (w1, w2)), step)

    def words(self, ball):
        """Say where the ball is, and how its path ends."""
        return describe_descent(*ball)


def explore_valley():
    """Let a ball roll down the loss of a perceptron's two weights."""
    return ValleyExplorer()
