"""The digit pad: ink, what the network gets of it, and what the pad says."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from mlplab.digits import held_out_digits, read_digits
from mlplab.explorers import explore_pad, pad
from mlplab.explorers.pad import (
    POINTS,
    THICK,
    TURNED,
    YOURS,
    Ink,
    as_drawn,
    drawn,
    filled,
    percent,
    shifted,
)
from support.explorers import at_data, full, picture, send, take

PRESETS = pad.PadExplorer.presets
CHALLENGES = list(pad.PadExplorer.challenges)
STROKES = {
    0: [(16, 2), (9, 6), (7, 16), (9, 26), (16, 30), (23, 26), (25, 16), (23, 6),
        (16, 2)],
    1: [(16, 2), (16, 30)],
    2: [(8, 8), (11, 3), (19, 2), (23, 6), (23, 11), (16, 20), (8, 29), (25, 29)],
    3: pad.THREE,
    5: [(24, 2), (10, 2), (9, 13), (18, 12), (24, 18), (22, 27), (15, 30), (8, 28)],
    6: [(20, 2), (12, 8), (8, 20), (11, 29), (20, 30), (24, 23), (19, 17), (10, 21)],
    8: [(16, 15), (9, 9), (12, 3), (20, 3), (23, 8), (16, 15), (8, 23), (12, 30),
        (21, 30), (24, 23), (16, 15)],
    9: [(23, 8), (17, 2), (10, 5), (10, 12), (17, 15), (23, 9), (22, 20), (18, 30)],
}  # fmt: skip


@pytest.fixture
def explorer():
    explorer = full("explore_pad")
    explorer.press("a 7 without a bar")
    return explorer


def points_of(ink):
    return np.frombuffer(ink.points, np.uint8).reshape(POINTS, POINTS)


def draw(explorer, *places):
    take(explorer, "pad", "draw here", *places)


# Ink


@pytest.mark.parametrize("width", [1, 2, 5, 10])
def test_a_line_has_ink_as_far_as_the_pen_is_wide(width):
    ends = np.array([(5.3, 20.2), (27.1, 8.8)])
    ink = Ink().line(*ends[0], width).line(*ends[1], width)
    found = points_of(ink)
    assert set(np.unique(found)) == {0, 16} and ink.end == (27.1, 8.8)
    for row, column in itertools.product(range(POINTS), repeat=2):
        way = np.linspace(*ends, 2000)
        away = np.hypot(*(way - (column + 0.5, row + 0.5)).T).min()
        if abs(away - width / 2) > 0.25:
            assert (found[row, column] > 0) == (away < width / 2), (row, column)


def test_the_thinnest_line_has_no_gaps():
    ink = drawn(1, [(1, 1), (30, 22), (9, 2)])
    inked = {tuple(place) for place in np.argwhere(points_of(ink))}
    near = [place for place in itertools.product((-1, 0, 1), repeat=2) if any(place)]
    for row, column in inked:
        count = sum((row + down, column + right) in inked for down, right in near)
        assert count >= 1, (row, column)
    columns = {column for _, column in inked}
    assert columns >= set(range(1, 30))


def test_a_pen_that_is_lifted_makes_a_dot():
    one = Ink().line(4, 4, 3).line(28, 28, 3, lift=True)
    assert points_of(one)[15:17, 15:17].sum() == 0
    assert points_of(one)[4, 4] == points_of(one)[27, 27] == 16


def test_ink_is_never_changed():
    before = Ink()
    before.line(9, 9, 5)
    assert before == Ink() and not any(before.points)


# What is done with pictures


@pytest.mark.parametrize(("right", "down"), [(0, 0), (2, 0), (-1, 0), (0, 3), (-2, 1)])
def test_a_shift_moves_whole_cells_and_loses_what_leaves_the_pad(right, down):
    points = np.random.default_rng(0).integers(0, 17, (32, 32)).astype(np.uint8)
    moved = shifted(points, right, down)
    for row, column in itertools.product(range(32), repeat=2):
        old = row - 4 * down, column - 4 * right
        inside = min(old) >= 0 and max(old) < 32
        assert moved[row, column] == (points[old] if inside else 0)


def test_what_fills_the_box_reaches_from_top_to_bottom_in_the_middle():
    small = points_of(drawn(2, [(3, 5), (9, 5), (4, 16)]))
    large = filled(small)
    rows, columns = (np.flatnonzero(large.any(axis=axis)) for axis in (1, 0))
    assert (rows[0], rows[-1]) == (0, 31)
    assert abs(columns[0] + columns[-1] - 31) <= 1
    old_rows, old_columns = (np.ptp(np.nonzero(small)[k]) + 1 for k in (0, 1))
    wanted = 32 * old_columns / old_rows
    assert abs(len(columns) - wanted) <= 1
    assert np.array_equal(filled(large), large)


def test_a_wide_drawing_leaves_a_margin_as_the_training_pictures_do():
    large = filled(points_of(drawn(2, [(2, 16), (30, 16)])))
    columns = np.flatnonzero(large.any(axis=0))
    assert (columns[0], columns[-1]) == (3, 28)


def test_an_empty_pad_has_nothing_to_fill():
    assert not filled(points_of(Ink())).any()


def test_the_network_gets_the_mean_ink_of_each_cell(explorer):
    explorer.set(**as_drawn(drawn(3, [(4, 8), (26, 30)])))
    points, cells = explorer.state.points, explorer.state.cells
    for row, column in itertools.product(range(8), repeat=2):
        block = points[4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
        assert cells[row, column] == np.round(block.mean())


# What is read


@pytest.mark.parametrize("digit", STROKES)
def test_digits_drawn_large_and_thick_are_read(digit, explorer):
    for width in (4, THICK, 6):
        explorer.set(**as_drawn(drawn(width, STROKES[digit])))
        assert explorer.state.probs.argmax() == digit, width


def test_a_held_out_picture_is_read_as_it_is(explorer):
    X, y = held_out_digits()
    misread = []
    for digit in range(10):
        explorer.set(**explorer.start | {"digit": str(digit)})
        row = X[y == digit][:1]
        assert np.array_equal(explorer.state.cells.ravel(), 16 * row[0])
        logits = torch.from_numpy(read_digits(row))
        probs = torch.softmax(logits, dim=1)[0].numpy()
        np.testing.assert_allclose(explorer.state.probs, probs, rtol=1e-9)
        read = int(probs.argmax())
        article = "an" if read == 8 else "a"
        assert explorer.text.startswith(f"Held-out {digit}: I read {article} {read} (")
        if read != digit:
            misread.append((digit, read))
    assert misread == [(5, 9)]  # as notebook 07 says
    survive = []
    for digit in range(10):
        explorer.set(**explorer.start | {"digit": str(digit), "turn": TURNED})
        if explorer.state.probs.argmax() == digit:
            survive.append(digit)
    assert survive == [0, 4, 8]
    explorer.set(digit="6")
    assert "I read a 9" in explorer.text


def test_the_status_tells_the_first_two(explorer):
    explorer.read = lambda X: np.log([[1, 1, 1, 1, 1, 1, 4, 60, 1, 29]])
    try:
        explorer.update()
        assert explorer.text == "Your picture: I read a 7 (60 %); next 9 (29 %)."
        explorer.set(digit="4", right=-1, down=2, turn=TURNED)
        assert explorer.text.startswith(
            "Held-out 4, upside down, 1 cell left, 2 cells down: I read a 7"
        )
    finally:
        explorer.read = read_digits


def test_a_digit_that_is_not_there_is_read_nevertheless(explorer):
    explorer.press("wipe")
    assert explorer.text.startswith("There is no ink, and yet: I read a 0 (24 %); next")


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (1.0, "over 99 %"),
        (0.9901, "over 99 %"),
        (0.99, "99 %"),
        (0.734, "73 %"),
        (0.01, "1 %"),
        (0.0099, "under 1 %"),
        (0.0, "under 1 %"),
    ],
)
def test_a_share_in_words(share, words):
    assert percent(share) == words


def test_the_bars_are_the_probabilities(explorer):
    bars = explorer.views["bars"].bars
    assert [bar.get_height() for bar in bars] == pytest.approx(explorer.state.probs)
    assert sum(explorer.state.probs) == pytest.approx(1)
    colours = {digit: bar.get_facecolor() for digit, bar in enumerate(bars)}
    assert [d for d, c in colours.items() if c != colours[0]] == [3]


# The hand, and the keys


def test_a_hand_draws_a_line_from_point_to_point(explorer):
    explorer.press("wipe")
    draw(explorer, (16, 2), (16, 30))
    assert explorer.state.points[:, 16].sum() >= 28 * 16
    assert "I read a 1" in explorer.text
    assert (explorer.values()["column"], explorer.values()["row"]) == (16, 30)
    draw(explorer, (4, 4), (4, 6))  # a second stroke does not begin where one ended
    assert explorer.state.points[20, 8] == 0
    assert explorer.state.points[5, 4] == 16 and explorer.state.points[20, 16] == 16


def test_the_points_of_dropped_moves_are_drawn_too(explorer):
    explorer.press("wipe")
    way = [(6, 4), (26, 4), (20, 16), (14, 30)]
    draw(explorer, *way)
    wanted = explorer.state.points
    explorer.press("wipe")
    places = [at_data(explorer, "pad", *place) for place in way]
    x, y = places[-1]
    what = {"panel": "pad", "says": "draw here", "x": x, "y": y}
    send(explorer, "take", **what, way=places[:-1], first=True)
    assert np.array_equal(explorer.state.points, wanted)


def test_a_drawing_begins_anew_on_a_held_out_picture(explorer):
    explorer.set(digit="8", right=1)
    draw(explorer, (16, 2), (16, 30))
    assert explorer.values()["digit"] == YOURS and explorer.values()["right"] == 0
    wanted = points_of(Ink().line(16, 2, THICK).line(16, 30, THICK))
    assert np.array_equal(explorer.state.points, wanted)


def test_a_stroke_is_added_to_what_is_seen(explorer):
    explorer.set(turn=TURNED, down=1)
    before = explorer.state.points
    draw(explorer, (2, 2))
    after = explorer.state.points
    assert (after[before > 0] == 16).all()
    assert after[2, 2] == 16 and explorer.values()["turn"] != TURNED


def test_a_hand_beyond_the_pad_draws_up_to_its_border(explorer):
    explorer.press("wipe")
    draw(explorer, (16, 16), (60, 16))
    assert explorer.state.points[16, 31] == 16
    assert explorer.values()["column"] == 32


def test_the_pad_asks_for_every_point_and_for_the_finger(explorer):
    (handle,) = explorer.page.handles
    assert (handle["draws"], handle["area"]) == (True, True)


def test_a_1_by_the_keys_alone(explorer):
    explorer.press("wipe")
    explorer.set(column=17, row=2)
    explorer.press("ink here")
    assert np.count_nonzero(explorer.state.points) < 40
    explorer.set(row=31)
    explorer.press("line to here")
    assert "I read a 1" in explorer.text
    explorer.set(column=4)
    explorer.press("ink here")
    assert explorer.state.points[15, 10] == 0  # no line to it


def test_a_drawing_can_be_continued_by_keys(explorer):
    explorer.press("wipe")
    draw(explorer, (4.5, 4.5), (20.5, 4.5))
    explorer.set(row=29)
    explorer.press("line to here")
    assert explorer.state.points[15, 20] == 16


def test_the_pen_is_seen_where_it_is(explorer):
    explorer.set(column=10, row=3, width=8)
    circle = explorer.views["pad"].pen
    assert (*circle.center, circle.radius) == (9.5, 2.5, 4)


# What the presets claim


def test_a_7_without_a_bar_becomes_a_7_by_a_bar(explorer):
    assert explorer.values() == explorer.start
    assert explorer.text == "Your picture: I read a 3 (73 %); next 7 (16 %)."
    for left, right, row in (11, 25, 16), (10, 24, 15), (12, 26, 18):
        explorer.press("a 7 without a bar")
        draw(explorer, (left, row), (right, row))
        assert "I read a 7" in explorer.text


def test_drawn_with_care(explorer):
    explorer.press("drawn with care")
    assert "I read a 3 (over 99 %)" in explorer.text


def test_small_in_a_corner_and_the_filled_box(explorer):
    explorer.press("small, in a corner")
    assert "I read a 5 (over 99 %)" in explorer.text
    assert not explorer.state.points[16:].any()
    explorer.press("fill the box")
    assert "I read a 2 (over 99 %)" in explorer.text


def test_a_thin_pen(explorer):
    explorer.press("a thin pen")
    assert explorer.values()["width"] == 1 and "I read a 3" in explorer.text
    explorer.set(**as_drawn(drawn(5, pad.ONE)))
    assert "I read a 1" in explorer.text


def test_two_cells_to_the_right(explorer):
    explorer.press("two cells to the right")
    assert "I read a 1" in explorer.text
    explorer.set(right=0)
    assert "I read a 0 (over 99 %)" in explorer.text


def test_upside_down(explorer):
    explorer.press("upside down")
    assert "I read a 1 (over 99 %)" in explorer.text
    assert PRESETS["upside down"].values["digit"] == "7"


def done(explorer):
    return [sentence for sentence, met in explorer.page.challenges if met]


def test_every_challenge_can_be_met_and_is_not_met_nearby():
    between, shift, turned = CHALLENGES
    explorer = explore_pad()
    for values in ({"digit": "0"}, {"digit": "5"}, {"digit": "0", "right": 0},
                   {"digit": "6", "turn": TURNED}, {"turn": TURNED},
                   {"digit": "4", "turn": TURNED, "right": 1}):  # fmt: skip
        explorer.set(**explorer.start | values)
        assert done(explorer) == [], values
    explorer.set(**explorer.start | {"digit": "0", "right": 2})
    assert done(explorer) == [shift]
    explorer.set(**explorer.start | {"digit": "8", "turn": TURNED})
    assert done(explorer) == [shift, turned]
    explorer.set(**as_drawn(drawn(3, [(7, 2), (25, 2), (15, 30)])))  # a 5, or a 3
    assert done(explorer) == [between, shift, turned]
    explorer.close()


# A model of the learner's


def a_model(*sizes):
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(sizes[0], 5), nn.Sigmoid(), nn.Linear(5, sizes[1]))


def test_any_model_reads():
    model = a_model(64, 10)
    for each in model, lambda X: model(X), lambda X: model(X).detach().numpy():
        explorer = explore_pad(each)
        rows = torch.from_numpy(explorer.state.cells / 16).float().view(1, 64)
        wanted = torch.softmax(model(rows), dim=1)[0].detach().numpy()
        np.testing.assert_allclose(explorer.state.probs, wanted, rtol=1e-5)
        explorer.close()


def test_a_model_that_learns_on_is_read_as_it_is_then():
    model = a_model(64, 10)
    explorer = explore_pad(model)
    with torch.no_grad():
        model[2].bias[6] += 50
    explorer.update()
    assert "I read a 6 (over 99 %)" in explorer.text
    explorer.close()


def test_a_model_is_read_whatever_the_learner_has_set():
    usual, model = explore_pad(a_model(64, 10)), a_model(64, 10)
    torch.set_default_dtype(torch.float64)
    try:
        explorer = explore_pad(model)
    finally:
        torch.set_default_dtype(torch.float32)
    assert explorer.text == usual.text and "I read" in usual.text
    for each in usual, explorer:
        each.close()


def give_nan(X):
    return torch.full((len(X), 10), torch.nan)


def test_logits_that_are_not_finite_are_said_to_be_so():
    explorer = explore_pad(give_nan)
    assert explorer.text == "Your picture: The network's logits are not finite."
    assert picture(explorer).any()
    explorer.close()


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (3, "got 3, which cannot be called"),
        ("model", "got 'model', which cannot be called"),
        (a_model(64, 2), r"for 3 rows it gave the shape \(3, 2\)"),
        (lambda X: a_model(64, 10)(X)[0], r"for 3 rows it gave the shape \(10,\)"),
        (a_model(784, 10), "it raised RuntimeError: mat1 and mat2 shapes"),
        (lambda X: None, "it raised"),
        (nn.Sequential(a_model(64, 10), nn.Softmax(1)), "leave out softmax"),
    ],
)
def test_what_is_no_model_is_refused_in_clear_words(model, words):
    with pytest.raises(ValueError, match=r"turn X of shape \(n, 64\)") as caught:
        explore_pad(model)
    assert caught.match(words)
