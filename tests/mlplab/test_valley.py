"""The loss valley: the path, the map, the words, what a learner is asked to try."""

import itertools
import math

import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from mlplab import plots
from mlplab.data import GATES, X, truth_table
from mlplab.descent import loss_of, sigmoid
from mlplab.explorers import explore_valley, valley
from mlplab.explorers.controls import RATES
from mlplab.explorers.valley import (
    HALF,
    LEVELS,
    Ball,
    LossValley,
    bottom,
    describe_descent,
    fate,
    loss_grid,
    roll,
)
from mlplab.network import LN2
from support.contrast import contrast
from support.pytorch import torch_rows

pytestmark = pytest.mark.filterwarnings("error")

PRESETS = valley.ValleyExplorer.presets
CHALLENGES = valley.ValleyExplorer.challenges
START = {"gate": "XOR", "b": 0.0, "learning_rate": 3.0, "w1": -5.0, "w2": 3.0}
SETTINGS = [("AND", -1.5), ("OR", -0.5), ("NAND", 1.5), ("XOR", 0.0), ("x1", -3.0)]
WITH_BOTTOM = {"AND", "NAND", "XOR", "XNOR"}


def torch_loss(gate, b, w):
    """PyTorch's loss at weights w, a tensor (2,)."""
    rows, y = torch_rows(gate, torch.float64)
    return torch.nn.functional.binary_cross_entropy_with_logits(rows @ w + b, y[:, 0])


def torch_roll(gate, b, learning_rate, start, steps):
    """The path of torch.optim.SGD with w alone as a parameter, and its losses."""
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=learning_rate)
    path, losses = [], []
    for _ in range(steps + 1):
        optimizer.zero_grad()
        loss = torch_loss(gate, b, w)
        path.append(w.detach().numpy().copy())
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    return np.array(path), np.array(losses)


def slopes(gate, b, place):
    """The gradient by PyTorch's autograd."""
    w = torch.tensor(place, dtype=torch.float64, requires_grad=True)
    torch_loss(gate, b, w).backward()
    return w.grad.numpy()


def largest_curvature(gate, b):
    """At the bottom, by finite differences of the loss alone, and by autograd."""
    w, h = np.array(bottom(gate, b)), 1e-3

    def at(i, j):
        return roll(gate, b, 1, w + h * np.array([i, j]), 0).loss[0]

    mixed = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / 4
    twice = [at(1, 0) - 2 * at(0, 0) + at(-1, 0), at(0, 1) - 2 * at(0, 0) + at(0, -1)]
    table = np.array([[twice[0], mixed], [mixed, twice[1]]]) / h**2
    exact = torch.autograd.functional.hessian(
        lambda weights: torch_loss(gate, b, weights), torch.from_numpy(w)
    )
    assert table == pytest.approx(exact.numpy(), abs=1e-6)
    return np.linalg.eigvalsh(table).max()


def rolled(number=100, **values):
    """The Descent of values of the controls."""
    values = START | values
    start = values["w1"], values["w2"]
    return roll(values["gate"], values["b"], values["learning_rate"], start, number)


def starts(count):
    """Places on the map, none of them on a diagonal."""
    return np.random.default_rng(0).uniform(-HALF, HALF, (count, 2)).tolist()


# The path


@pytest.mark.parametrize("learning_rate", [0.1, 1, 10, 30])
@pytest.mark.parametrize("gate", GATES)
def test_the_path_is_pytorchs(gate, learning_rate):
    found = roll(gate, 0.7, learning_rate, (-5, 2.5), 30)
    path, losses = torch_roll(gate, 0.7, learning_rate, (-5, 2.5), 30)
    assert found.path.dtype == found.loss.dtype == np.float64
    assert found.path == pytest.approx(path, abs=1e-9)
    assert found.loss == pytest.approx(losses, abs=1e-9)
    assert found[:3] == (gate, 0.7, learning_rate)


@pytest.mark.parametrize("learning_rate", [1, 10, 30, 100])
def test_the_bits_are_those_of_descents_sigmoid(learning_rate):
    for (gate, b), start in itertools.product(SETTINGS, starts(4)):
        found = roll(gate, b, learning_rate, start)
        w1, w2 = found.path[:-1].T
        p01, p10, p11 = sigmoid(np.array([w2 + b, w1 + b, w1 + w2 + b]))
        _, y01, y10, y11 = GATES[gate]
        w1 = w1 - learning_rate * ((p10 - y10) + (p11 - y11)) / 4
        w2 = w2 - learning_rate * ((p01 - y01) + (p11 - y11)) / 4
        assert np.array_equal(found.path[1:], np.stack([w1, w2], axis=1))


@pytest.mark.parametrize("gate", GATES)
def test_a_step_is_never_longer_than_half_the_rate(gate):
    for start in [(-6, -6), (6, 6), (-6, 6), (1e6, -1e6), (-1e300, 9)]:
        found = roll(gate, 6, 100, start)
        assert np.isfinite(found.path).all() and np.isfinite(found.loss).all()
        steps = np.abs(np.diff(found.path, axis=0)).max()
        assert steps <= 50 * (1 + 1e-9)
    assert np.abs(roll("TRUE", -6, 100, (-60, -60), 1).path[1] + 10).max() < 1e-9


def test_no_step_is_the_start_alone():
    found = roll("AND", -1.5, 1, (2, 3), 0)
    assert found.path.tolist() == [[2, 3]] and found.loss.shape == (1,)


def test_an_unknown_gate_is_named():
    with pytest.raises(ValueError, match="gate must be one of .*, got 'and'"):
        roll("and", 0, 1, (0, 0))


# The map


@pytest.mark.parametrize(("gate", "b"), SETTINGS)
def test_the_map_is_pytorchs(gate, b):
    grid, side = loss_grid(gate, b), torch.linspace(-HALF, HALF, 121).double()
    rows, y = torch_rows(gate, torch.float64)
    w2, w1 = torch.meshgrid(side, side, indexing="ij")
    logits = torch.stack([w1, w2], dim=-1) @ rows.T + b  # (121, 121, 4)
    wanted = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, y[:, 0].expand_as(logits), reduction="none"
    ).mean(dim=-1)
    assert grid == pytest.approx(wanted.numpy(), abs=1e-5)
    assert loss_grid(gate, b) is grid
    with pytest.raises(ValueError, match="read-only"):
        grid[0, 0] = 0


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("b", [-6.0, -1.5, 0.0, 0.5, 6.0])
def test_the_bottom_is_where_the_slopes_are_zero(gate, b):
    low = bottom(gate, b)
    assert (low is not None) == (gate in WITH_BOTTOM)
    if low:
        assert np.abs(slopes(gate, b, low)).max() < 1e-15
        assert max(map(abs, low)) <= HALF
        assert math.copysign(1, low[0]) == 1 or b > 0  # not -0
    else:  # in some direction the loss falls, from everywhere, for ever
        ways = [(1, 1), (1, 0), (0, 1), (1, -0.5), (-0.5, 1), (1, -1)]
        ways += [(-x, -y) for x, y in ways]
        lines = [
            roll(gate, b, 1, (size * x, size * y), 0).loss[0]
            for x, y in ways
            for size in (5, 10, 20)
        ]
        falls = np.diff(np.reshape(lines, (-1, 3)), axis=1) < 0
        assert falls.all(axis=1).any()


def test_the_bottom_of_xor_without_bias_is_ln_2():
    assert bottom("XOR", 0) == (0, 0)
    assert loss_grid("XOR", 0).min() == pytest.approx(LN2, abs=1e-15)
    assert bottom("XOR", 3) == (-2, -2)


# How a path ends


@pytest.mark.parametrize(
    ("gate", "b", "limit"), [("XOR", 0, 10.67), ("AND", -1.5, 11.35), ("AND", -6, 25.4)]
)
def test_past_two_by_the_largest_curvature_the_ball_jumps(gate, b, limit):
    assert 2 / largest_curvature(gate, b) == pytest.approx(limit, abs=0.01)
    below = {fate(roll(gate, b, 0.9 * limit, start)) for start in starts(10)}
    assert below <= {valley.AT_BOTTOM, valley.ACROSS}
    above = {fate(roll(gate, b, 1.05 * limit, start)) for start in starts(10)}
    assert above == {valley.BOUNCING}
    # beside the bottom, in the steepest direction: up to half of it without a jump
    near = np.array(bottom(gate, b)) + [0.2, 0.2]
    assert fate(roll(gate, b, 0.45 * limit, near)) == valley.AT_BOTTOM
    assert fate(roll(gate, b, 0.7 * limit, near)) == valley.ACROSS


def test_the_end_is_told_by_the_last_place():
    assert fate(roll("XOR", 0, 1, (5, -3), 5)) == valley.ROLLING
    assert fate(roll("XOR", 0, 1, (0, 0))) == valley.AT_BOTTOM
    assert fate(roll("OR", -0.5, 1, (5, -3))) == valley.ROLLING
    assert fate(roll("OR", -0.5, 10, (5, -3))) == valley.OFF
    assert fate(roll("FALSE", 0, 30, (5, -3))) == valley.OFF
    assert fate(roll("AND", -6, 4, (-5, 5))) in (valley.AT_BOTTOM, valley.ACROSS)


def test_ends_at_the_bottom_are_told_apart_by_distance():
    for steps in range(5, 101):
        found = roll("XOR", 0, 1, (5, -3), steps)
        near = math.hypot(*found.path[-1]) < 0.05
        assert fate(found) == (valley.AT_BOTTOM if near else valley.ROLLING)


# The words


def test_the_words_say_where_the_ball_is_and_how_it_ends():
    found = roll("AND", -1.5, 3, (-5, 3))
    w1, w2 = found.path[4]
    assert describe_descent(found, 4) == (
        "AND, b -1.5, learning rate 3, start -5.00, 3.00, step 4:"
        f" w1 {w1:.2f}, w2 {w2:.2f}, loss {found.loss[4]:.4f}."
        " After 100 steps: at the bottom, loss 0.4059."
    )


def test_the_words_know_no_minus_zero():
    assert "start 0.00, 0.00, step 0: w1 0.00, w2 0.00" in describe_descent(
        roll("XOR", 0, 1, (-0.001, -0.0)), 0
    )


def test_the_words_of_a_ball_that_jumps_give_both_losses():
    words = describe_descent(roll("AND", -1.5, 15, (4, -3)), 100)
    late = torch_roll("AND", -1.5, 15, (4, -3), 100)[1][-20:]
    assert words.endswith(f"loss {min(late):.4f} to {max(late):.4f}.")
    words = describe_descent(rolled(learning_rate=15, w1=4, w2=-3), 100)
    assert words.endswith("jumping to and fro over the valley, loss 0.9957.")


def test_the_words_say_that_a_valley_has_no_bottom_and_the_ball_is_outside():
    found = roll("OR", -0.5, 10, (-5, -4))
    out = int(np.flatnonzero(np.abs(found.path).max(axis=1) > HALF)[0])
    assert "outside" in describe_descent(found, out)
    assert "outside" not in describe_descent(found, out - 1)
    assert "has no bottom: the loss falls for ever" in describe_descent(found, 0)
    assert "no bottom" not in describe_descent(rolled(), 0)


# The picture


def shown(descent, step, size=(4.2, 4.0), dpi=100):
    """A view of its own on a canvas, drawn as an explorer draws it."""
    with plots.course_look():
        figure = Figure(figsize=size, dpi=dpi, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        view = LossValley(figure.subplots())
        view.update(descent, step)
        for artist in view.artists:
            artist.set_animated(True)
        canvas.draw()
        figure.set_layout_engine("none")
        canvas.draw()
    return view


def pixels(view):
    """The picture with what moves, an array of red, green and blue to 1."""
    canvas = view.ax.figure.canvas
    with plots.course_look():
        canvas.draw()
        for artist in view.artists:
            view.ax.figure.draw_artist(artist)
    return np.asarray(canvas.buffer_rgba())[..., :3] / 255


def centre_of(view, colour):
    """Where a colour is in the picture, in weights: the middle of its pixels."""
    picture = pixels(view)
    rows, columns = np.nonzero(np.abs(picture - to_rgb(colour)).max(axis=2) < 0.02)
    assert len(rows) > 30
    middle = columns.mean() + 0.5, len(picture) - rows.mean() - 0.5
    return view.ax.transData.inverted().transform(middle)


@pytest.mark.parametrize("step", [0, 3, 100])
def test_the_ball_is_where_the_path_is(step):
    found = roll("AND", -1.5, 3, (-4, 3))
    view = shown(found, step)
    assert centre_of(view, plots.ORANGE) == pytest.approx(found.path[step], abs=0.05)
    assert centre_of(view, plots.BLUE) == pytest.approx(found.path[0], abs=0.1)
    assert np.array_equal(np.transpose(view.path.get_data()), found.path)


@pytest.mark.parametrize("dpi", [100, 200])
@pytest.mark.parametrize(("gate", "sign"), [("OR", 1), ("NOR", -1)])
def test_a_ball_beyond_the_map_is_an_arrow_at_its_border(gate, sign, dpi):
    found = roll(gate, -0.5 * sign, 30, (-5 * sign, -3 * sign))
    assert np.abs(found.path[-1]).max() > HALF
    view = shown(found, 100, dpi=dpi)
    at = centre_of(view, plots.ORANGE)
    assert at == pytest.approx(np.clip(found.path[-1], -HALF, HALF), abs=0.3)
    inside = shown(found, 0, dpi=dpi)
    assert inside.ball.get_marker() == "o" and view.ball.get_marker() != "o"


@pytest.mark.parametrize(
    "beyond", [(9, 1), (-9, 1), (2, 9), (2, -9), (9, 9), (-7, 9), (7, -20)]
)
def test_the_arrow_points_outwards(beyond):
    view = shown(roll("XOR", 0, 1, beyond, 0), 0)
    tip, *others = np.array(view.ball.get_marker())
    way = np.subtract(beyond, np.clip(beyond, -HALF, HALF))
    assert tip == pytest.approx(way / np.linalg.norm(way))
    assert all(np.dot(tip, other) < 0 for other in others)


def test_only_gate_and_b_draw_the_map_anew():
    view = shown(roll("AND", -1.5, 3, (-4, 3)), 100)
    figure = view.ax.figure
    for learning_rate, start, step in [(10, (2, 2), 5), (30, (5, -5), 99)]:
        view.update(roll("AND", -1.5, learning_rate, start), step)
        assert not figure.stale
    view.update(roll("OR", -0.5, 30, (5, -5)), 100)
    assert figure.stale  # another gate
    pixels(view)
    view.update(roll("OR", -0.5, 1, (5, -5)), 0)
    assert not figure.stale  # the ball is back from beyond
    view.update(roll("OR", -0.4, 1, (5, -5)), 0)
    assert figure.stale  # another b


def test_a_valley_without_a_bottom_has_no_mark_of_the_one_before():
    view = shown(roll("AND", -6.0, 3, (-4, 3)), 0)
    assert np.transpose(view.bottom.get_data()).tolist() == [[4, 4]]
    assert view.lowest.get_position()[1] == 4
    view.update(roll("OR", -6.0, 3, (-4, 3)), 0)
    assert not len(view.bottom.get_xdata()) and not view.lowest.get_text()


def test_a_map_that_was_interrupted_is_drawn_again(monkeypatch):
    view = shown(roll("AND", -1.5, 3, (-4, 3)), 0)

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as changed:
        changed.setattr(view.ax, "set_title", stop)
        with pytest.raises(KeyboardInterrupt):
            view.update(roll("OR", -1.5, 3, (-4, 3)), 0)
    view.update(roll("OR", -1.5, 3, (-4, 3)), 0)
    assert view.ax.get_title() == "loss on OR, b -1.5"


def test_a_thousand_maps_leave_as_many_artists():
    view = shown(roll("AND", -1.5, 3, (-4, 3)), 0)
    before = len(view.ax.get_children())
    for b in (0.0, 3.0, -1.5):
        view.update(roll("AND", b, 3, (-4, 3)), 0)
    assert len(view.ax.get_children()) == before


@pytest.mark.parametrize(("gate", "b"), SETTINGS)
def test_each_level_line_is_where_the_loss_has_its_label(gate, b):
    view = shown(roll(gate, b, 3, (-4, 3)), 0)
    drawn = dict(zip(view.levels.levels, view.levels.get_paths(), strict=True))
    assert [*drawn] == [*LEVELS]
    for level, path in drawn.items():
        if len(path.vertices):
            w1, w2 = path.vertices.T
            scores = X.astype(float) @ np.stack([w1, w2]) + b
            near = loss_of(scores, truth_table(gate)[1])
            assert near == pytest.approx(np.full(len(w1), level), abs=0.01)
    for label in view.labels:
        name = label.get_text()
        level = LN2 if name == "ln 2" else float(name)
        there = roll(gate, b, 1, label.get_position(), 0).loss[0]
        assert there == pytest.approx(level, rel=0.06)


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("b", [-6.0, 0.0, 3.0])
def test_labels_are_whole_and_apart(gate, b):
    view = shown(roll(gate, b, 3, (-4, 3)), 0)
    labels = [*view.labels, view.lowest]
    boxes = [text.get_window_extent() for text in labels if text.get_text()]
    edge = view.ax.get_window_extent()
    for box in boxes:
        assert edge.x0 < box.x0 and box.x1 < edge.x1
        assert edge.y0 < box.y0 and box.y1 < edge.y1
    middles = [((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2) for box in boxes]
    for one, other in itertools.combinations(middles, 2):
        assert math.dist(one, other) > 11  # the height of a line of text


@pytest.mark.parametrize(("gate", "b"), SETTINGS)
def test_the_level_of_knowing_nothing_is_named_where_it_occurs(gate, b):
    view = shown(roll(gate, b, 3, (-4, 3)), 0)
    names = [label.get_text() for label in view.labels]
    assert ("ln 2" in names) == (loss_grid(gate, b).min() < LN2 - 0.01)
    assert view.lowest.get_text() == (
        {"XOR": "0.6931", "AND": "0.4059", "NAND": "0.4059"}.get(gate, "")
    )
    assert len(view.bottom.get_xdata()) == (gate in WITH_BOTTOM)


def test_what_stands_on_the_map_can_be_read():
    darkest = valley.MAP_CMAP(1.0)[:3]
    assert contrast(plots.INK, darkest) > 4.5
    assert contrast("white", plots.ORANGE) > 3  # the rim that parts ball and map


@pytest.mark.parametrize(("gate", "b"), SETTINGS)
def test_the_lowest_place_is_white_and_the_highest_darkest(gate, b):
    view = shown(roll("FALSE", 0, 1, (0, 0)), 0)  # another map before
    view.update(roll(gate, b, 1, (0, 0)), 0)
    picture, side = pixels(view), np.linspace(-HALF, HALF, 121)[1:-1]
    for find, colour in [(np.argmin, (1, 1, 1)), (np.argmax, valley.MAP_CMAP(1.0)[:3])]:
        inner = loss_grid(gate, b)[1:-1, 1:-1]  # beside the frame
        row, column = np.unravel_index(find(inner), inner.shape)
        x, y = view.ax.transData.transform((side[column], side[row]))
        shown_there = picture[len(picture) - 1 - int(y), int(x)]
        marked = find is np.argmin and bottom(gate, b)  # there is the cross
        assert marked or shown_there == pytest.approx(colour, abs=0.04)
    assert view.image.norm(loss_grid(gate, b).min()) == 0


def test_the_level_of_knowing_nothing_is_drawn_thicker():
    view = shown(roll("AND", -1.5, 1, (0, 0)), 0)
    widths = dict(zip(LEVELS, view.levels.get_linewidths(), strict=True))
    assert all(widths[LN2] > 2 * width for n, width in widths.items() if n != LN2)


# What is proposed


def preset(label, steps=100):
    return rolled(steps, **PRESETS[label].values)


def test_presets_and_start_can_be_set():
    start = explore_valley().start
    assert {name: start[name] for name in START} == START
    for _, values in PRESETS.values():
        values = START | values
        assert values.keys() == START.keys()
        assert values["learning_rate"] in RATES and values["gate"] in GATES
        assert max(abs(values[name]) for name in ("w1", "w2", "b")) <= HALF


def test_and_rolls_straight_downhill_to_1_1():
    found = preset("AND: roll to the bottom")
    assert fate(found) == valley.AT_BOTTOM
    assert found.path[-1] == pytest.approx([1, 1], abs=0.05)
    assert (np.diff(found.loss) < 1e-12).all()
    for step in (0, 3, 8):  # against the slope, which is at right angles to the lines
        slope = slopes("AND", -1.5, found.path[step])
        move = found.path[step + 1] - found.path[step]
        assert move == pytest.approx(-found.learning_rate * slope)


def test_xor_ends_at_0_0_from_everywhere():
    found = preset("XOR: the bottom is at 0, 0")
    for start in [*starts(20), (6, 6), (-6, 6), (6, -6), (-6, -6)]:
        other = roll("XOR", found.b, found.learning_rate, start)
        assert fate(other) == valley.AT_BOTTOM
        assert other.path[-1] == pytest.approx([0, 0], abs=0.001)
        assert other.loss[-1] == pytest.approx(LN2, abs=1e-6)
        probs = sigmoid(X.astype(float) @ other.path[-1])
        assert probs == pytest.approx(np.full(4, 0.5), abs=0.001)
    assert found.b == 0 and fate(found) == valley.AT_BOTTOM


def test_or_rolls_for_ever_slower_and_slower():
    found = preset("OR: a valley without a bottom", 2000)
    assert bottom("OR", found.b) is None
    assert (np.diff(found.loss) < 0).all()
    lengths = np.hypot(*np.diff(found.path, axis=0).T)
    assert (np.diff(lengths[5:]) < 0).all()
    assert (np.diff(found.path, axis=0) > 0).all()  # towards larger weights
    # the limit: row 00 sees the bias alone
    assert found.loss[-1] > math.log1p(math.exp(found.b)) / 4


def test_the_long_flat_valley_is_long_and_flat():
    found = preset("a long flat valley")
    assert found.loss[0] - found.loss[10] > 0.9 * (found.loss[0] - found.loss[-1])
    lengths = np.hypot(*np.diff(found.path, axis=0).T)
    assert lengths[0] > 10 * lengths[50]
    assert fate(found) == valley.OFF
    # the floor has nearly one level where the ball leaves the map
    out = np.abs(found.path).max(axis=1) > HALF
    assert out[-1] and not out[10] and np.ptp(found.loss[out]) < 0.06


def test_too_large_a_step_jumps_between_two_places():
    found = preset("too large a step")
    assert fate(found) == valley.BOUNCING
    assert 2 / largest_curvature("XOR", 0) == pytest.approx(10.7, abs=0.05)
    near = [roll("XOR", 0, rate, (0.01, 0.01), 20).path for rate in (10.5, 10.8, 15)]
    growing = [np.diff(np.hypot(*path[:10].T)) > 0 for path in near]
    assert not growing[0].any() and growing[1].all() and growing[2][:5].all()
    assert all((path[1:] * path[:-1] < 0).all() for path in near)  # across the bottom
    assert found.path[-1] == pytest.approx(found.path[-3], abs=1e-6)
    assert np.abs(found.path[-1] - found.path[-2]).max() > 1


def test_no_challenge_is_met_at_the_start():
    assert not any(met(Ball(rolled(), 100)) for met in CHALLENGES.values())


MEETING = [
    ({"learning_rate": 15.0, "w2": 2.0}, {"learning_rate": 7.0, "w2": 2.0}),
    ({"gate": "AND", "b": -1.5, "learning_rate": 10.0}, {"learning_rate": 10.0}),
    ({"gate": "AND", "b": -6.0, "learning_rate": 10.0}, {"gate": "AND", "b": -5.5}),
    ({"gate": "NOR"}, {"gate": "OR"}),
]


@pytest.mark.parametrize(
    ("met", "values", "others"),
    [(met, *case) for met, case in zip(CHALLENGES.values(), MEETING, strict=True)],
    ids=CHALLENGES,
)
def test_each_challenge_can_be_met_and_missed(met, values, others):
    assert met(Ball(rolled(**values), 100))
    assert not met(Ball(rolled(**others), 100))


def test_and_in_ten_steps_asks_for_all_three():
    met = CHALLENGES["AND: from a loss above 1 to one below 0.42 within 10 steps"]
    values = {"gate": "AND", "b": -1.5, "learning_rate": 10.0}
    assert met(Ball(rolled(**values), 0))
    assert not met(Ball(rolled(**values | {"learning_rate": 1.0}), 0))  # slow
    assert not met(Ball(rolled(**values | {"w1": 2.0, "w2": 1.0}), 0))  # begins low
    assert not met(Ball(rolled(**values | {"gate": "OR"}), 0))


def test_only_a_lower_b_lets_and_end_below_a_tenth():
    met = CHALLENGES["AND: find a b with which the ball ends at a loss below 0.1"]
    for b, below in [(-6.0, True), (-5.5, False), (0.0, False), (6.0, False)]:
        assert (roll("AND", b, 1, bottom("AND", b), 0).loss[0] < 0.1) == below
        assert met(Ball(rolled(gate="AND", b=b, learning_rate=10.0), 0)) == below
    assert rolled(gate="OR", b=-3.0, learning_rate=10.0).loss[-1] < 0.1
    assert not met(Ball(rolled(gate="OR", b=-3.0, learning_rate=10.0), 0))
