"""The explorer of a slope: a point on a curve, a nudge, and the line through both."""

import math
from typing import NamedTuple

from ..language import tr
from ..plots import BLUE, FAINT, INK, ORANGE
from .base import Explorer, Handle, Panel
from .controls import TENTH, Control, chooser, number_slider

FIRST, LAST = 0.2, 4.0  # of the curve
MOST = 1.0  # of a nudge
AT = [FIRST + k * (LAST - FIRST) / 200 for k in range(201)]


class Curve(NamedTuple):
    """A function, its slope by the rule, and the heights that its picture shows."""

    value: object
    slope: object
    heights: tuple


CURVES = {
    "t²": Curve(lambda t: t * t, lambda t: 2 * t, (-2, 16)),
    "1/t": Curve(lambda t: 1 / t, lambda t: -1 / t**2, (-0.5, 5.2)),
    "exp(-t)": Curve(lambda t: math.exp(-t), lambda t: -math.exp(-t), (-0.2, 1)),
    "ln t": Curve(math.log, lambda t: 1 / t, (-2, 2)),
}


class Nudged(NamedTuple):
    """A point of a curve at t, a second one at t + nudge.

    `measured` is the slope of the line through both, `rule` that of the curve at t.
    """

    name: str
    t: float
    nudge: float
    values: tuple
    measured: float
    rule: float


class SlopePicture:
    """A curve with two points on it, and the line through them."""

    def __init__(self, ax):
        self.ax, self._shown = ax, None
        (self.curve,) = ax.plot([], [], color=INK, linewidth=2)
        (self.line,) = ax.plot([], [], color=BLUE, linewidth=1.5)
        (self.steps,) = ax.plot([], [], "--", color=FAINT, linewidth=1)
        look = {"markersize": 11, "markeredgecolor": "white", "zorder": 5}
        (self.second,) = ax.plot([], [], "s", color=BLUE, **look)
        (self.point,) = ax.plot([], [], "o", color=ORANGE, **look)
        self.artists = [self.curve, self.steps, self.line, self.second, self.point]
        ax.set(xlim=(0, LAST), xlabel="t", ylabel="f(t)")
        ax.spines[["top", "right"]].set_visible(False)

    def update(self, state):
        """Show a Nudged."""
        t, there, (low, high) = state.t, state.t + state.nudge, state.values
        if state.name != self._shown:
            curve = CURVES[state.name]
            self.curve.set_data(AT, [curve.value(t) for t in AT])
            self.ax.set(ylim=curve.heights, title=f"f(t) = {state.name}")
            self._shown = state.name
        self.line.set_data(
            [0, LAST], [low + state.measured * (x - t) for x in (0, LAST)]
        )
        self.steps.set_data([t, there, there], [low, low, high])
        self.point.set_data([t], [low])
        self.second.set_data([there], [high])

    def handles(self, state):
        """Return both points, which a hand moves along the curve."""
        t, there = state.t, state.t + state.nudge
        first, second = zip((t, there), state.values, strict=True)
        return [
            Handle("drag the point", [first], lambda x, y: {"t": x}),
            Handle("drag the nudge", [second], lambda x, y: {"nudge": x - t}),
        ]


def _slope_is(name, slope):
    return lambda state: state.name == name and math.isclose(state.rule, slope)


class SlopeExplorer(Explorer):
    """The slope of a curve, measured by a nudge."""

    title = "a slope by a nudge"
    invitation = "Drag the orange point. Drag the blue one towards it."
    size = (5.6, 4.2)
    panels = {"picture": Panel(SlopePicture, SlopePicture.update, SlopePicture.handles)}
    challenges = {
        "t²: find the point where the curve has slope 3": _slope_is("t²", 3),
        "1/t: find the point where the curve has slope -4": _slope_is("1/t", -4),
        "measure a slope of ln t to within 0.001": lambda state: (
            state.name == "ln t" and abs(state.measured - state.rule) < 0.001
        ),
    }

    def make_controls(self):
        """Return the function, the point and the nudge."""
        nudges = [0.001, *(k / 100 for k in range(1, round(100 * MOST) + 1))]
        return {
            "function": chooser("function", CURVES, "t²"),
            "t": number_slider("t", 1.0, FIRST, LAST - MOST),
            "nudge": Control("nudge", nudges, MOST, "{:g}".format, stride=TENTH),
        }

    def compute(self, function, t, nudge):
        """Return both points, and the slope measured and by the rule."""
        curve = CURVES[function]
        values = curve.value(t), curve.value(t + nudge)
        measured = (values[1] - values[0]) / nudge
        return Nudged(function, t, nudge, values, measured, curve.slope(t))

    def words(self, state):
        """Say how the slope is measured, and what the rule gives."""
        low, high = (f"{value + 0.0:.4f}" for value in state.values)
        return tr(
            "f(t) = {its.name}, t {its.t:g}, nudge {its.nudge:g}: f goes from {low} to"
            " {high}. Rise divided by nudge: {its.measured:.4f}. The curve itself has"
            " slope {its.rule:.4f} at t.",
            its=state, low=low, high=high,
        )  # fmt: skip


def explore_slope():
    """Measure the slope of a curve by a nudge."""
    return SlopeExplorer()
