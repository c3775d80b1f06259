"""The slope explorer: what it measures and what the rules give, against autograd."""

import math
import re

import pytest
import torch

from mlplab.explorers import explore_slope
from support.explorers import take

TORCH = {
    "t²": torch.square,
    "1/t": torch.reciprocal,
    "exp(-t)": lambda t: torch.exp(-t),
    "ln t": torch.log,
}


@pytest.fixture(scope="module")
def explorer():
    return explore_slope()


def test_every_function_is_tried(explorer):
    assert explorer.controls["function"].options == list(TORCH)


@pytest.mark.parametrize("t", [0.2, 1.0, 1.37, 3.0])
@pytest.mark.parametrize("name", TORCH)
def test_it_says_the_slope_measured_and_the_slope_by_the_rule(explorer, name, t):
    at = torch.tensor(t, dtype=torch.float64, requires_grad=True)
    value = TORCH[name](at)
    value.backward()
    for nudge in (0.001, 0.25, 1.0):
        explorer.set(function=name, t=t, nudge=nudge)
        there = TORCH[name](torch.tensor(t + nudge, dtype=torch.float64)).item()
        numbers = [float(n) for n in re.findall(r"(?<= )-?\d+\.\d{4}", explorer.text)]
        measured = (there - value.item()) / nudge
        wanted = [value.item(), there, measured, at.grad.item()]
        assert numbers == pytest.approx(wanted, abs=6e-5), explorer.text
        assert f"f(t) = {name}, t {t:g}, nudge {nudge:g}:" in explorer.text


def test_the_rule_is_what_ever_smaller_nudges_approach(explorer):
    for name in TORCH:
        explorer.set(function=name, t=1.2)
        off = []
        for nudge in (1.0, 0.1, 0.01, 0.001):
            explorer.set(nudge=nudge)
            off.append(abs(explorer.state.measured - explorer.state.rule))
        assert off[0] > 4 * off[1] > 16 * off[2] > 64 * off[3]


@pytest.mark.parametrize("name", TORCH)
def test_the_line_goes_through_both_points_of_the_curve(explorer, name):
    explorer.set(function=name, t=0.8, nudge=0.5)
    view = explorer.views["picture"]
    (x, last), (y, top) = view.line.get_data()
    for point, t in ((view.point, 0.8), (view.second, 1.3)):
        height = TORCH[name](torch.tensor(t)).item()
        assert point.get_data() == (pytest.approx([t]), pytest.approx([height]))
        on_line = y + (top - y) * (t - x) / (last - x)
        assert height == pytest.approx(on_line)
    low, high = view.ax.get_ylim()
    assert all(low <= value <= high for value in view.curve.get_ydata())


def test_both_points_follow_the_hand_along_the_curve(explorer):
    explorer.set(**explorer.start)
    take(explorer, "picture", "drag the point", (1, 1), (2.004, 9))
    assert explorer.values() == {"function": "t²", "t": 2.0, "nudge": 1.0}
    take(explorer, "picture", "drag the nudge", (3, 9), (2.5, 1))
    assert explorer.values() == {"function": "t²", "t": 2.0, "nudge": 0.5}
    # neither leaves the curve, nor do they change places
    take(explorer, "picture", "drag the nudge", (2.5, 6.25), (1, 1))
    assert explorer.values()["nudge"] == 0.001
    take(explorer, "picture", "drag the point", (2, 4), (9, 9))
    assert explorer.values()["t"] == 3
    assert math.isclose(explorer.views["picture"].second.get_xdata()[0], 3.001)
