"""The film of the folding plane: each picture is what PyTorch gives at its step."""

import math

import numpy as np
import pytest
import torch

from mlplab import plots
from mlplab.data import X, truth_table
from mlplab.explorers import explore_folding
from mlplab.network import Settings, train
from support.explorers import full, send, take

STEPS = (0, 90, 1_000, 2_150, 2_180, 3_000)


@pytest.fixture
def film():
    explorer = full("explore_folding")
    explorer.set(**explorer.start)
    return explorer


def units(run, step, points):
    """What the two hidden units say at points (n, 2), by PyTorch in float64."""
    (W1, b1), _ = run.weights_at(step)
    z1 = torch.tensor(points).double() @ torch.tensor(W1).double() + torch.tensor(b1)
    return torch.sigmoid(z1).numpy()


def test_it_begins_where_the_fold_is_done(film):
    assert film.values() == {"step": 3_000}
    assert film.text.startswith("Step 3000: loss 0.0140, 4 of 4 correct.")
    assert list(film.controls) == ["step"]
    assert film.controls["step"].play == 1


def test_it_is_the_run_of_the_lesson(film):
    lesson = train(Settings())
    assert np.array_equal(film.state.run.loss, lesson.loss[:3_000])


@pytest.mark.parametrize("step", STEPS)
def test_each_line_of_the_grid_stands_where_the_units_take_it(film, step):
    film.set(step=step)
    flat = np.array(film.views["input"].grid.get_segments())
    bent = np.array(film.views["hidden"].grid.get_segments())
    assert flat.shape == bent.shape and flat.shape[1:] == (2, 2)
    for end in (0, 1):
        said = units(film.state.run, step, flat[:, end])
        np.testing.assert_allclose(bent[:, end], said, atol=1e-6)


def test_the_grid_goes_through_the_rows_and_covers_the_plane(film):
    ends = np.array(film.views["input"].grid.get_segments()).reshape(-1, 2)
    for row in X:
        assert np.abs(ends - row).max(axis=1).min() < 1e-6
    assert (ends.min(), ends.max()) == (plots.LOW, plots.HIGH)
    across = np.ptp(np.array(film.views["input"].grid.get_segments()), axis=1)
    assert ((across > 0).sum(axis=1) == 1).all()  # each piece is level or upright
    for axis in (0, 1):  # as many of both
        assert (across[:, axis] > 0).mean() == 0.5


def test_a_colour_is_one_sum_of_the_inputs_on_both_sides(film):
    sums = np.array(film.views["input"].grid.get_segments()).sum(axis=2).mean(axis=1)
    colours = film.views["input"].grid.get_colors()
    assert np.array_equal(colours, film.views["hidden"].grid.get_colors())
    for some in np.unique(sums.round(6))[::12]:
        of_it = colours[np.abs(sums - some) < 1e-6]
        assert np.ptp(of_it, axis=0).max() < 1e-6
    assert len(np.unique(colours.round(6), axis=0)) > 50


@pytest.mark.parametrize("step", STEPS)
def test_the_line_is_one_on_the_right_and_the_same_on_the_left(film, step):
    film.set(step=step)
    W2, b2 = film.state.run.weights_at(step)[1]
    right = film.views["hidden"].line.get_xydata()
    np.testing.assert_allclose(right @ W2 + b2, 0, atol=2e-4 * np.abs(W2).max())
    for line in film.views["input"].line.get_segments():
        logits = units(film.state.run, step, line) @ W2 + b2
        assert np.abs(logits).max() < 0.1  # between points of the grid it is traced


def test_solved_it_is_two_lines_on_the_left(film):
    counts = []
    for step in (0, 2_000, 3_000):
        film.set(step=step)
        counts.append(len(film.views["input"].line.get_segments()))
    assert counts == [0, 1, 2]


def test_the_rows_are_shown_on_both_sides(film):
    y = truth_table("XOR")[1][:, 0]
    film.set(step=2_150)
    said = units(film.state.run, 2_150, X)
    for name, points in (("input", X), ("hidden", said)):
        for value, artist in enumerate(film.views[name].rows.artists):
            np.testing.assert_allclose(artist.get_xydata(), points[y == value], 1e-5)


def test_the_words_say_how_far_apart_the_rows_are(film):
    film.set(step=2_150)
    h1 = units(film.state.run, 2_150, X)
    wide = max(math.dist(one, other) for one in h1 for other in h1)
    apart = math.dist(h1[1], h1[2])
    assert f"rows are up to {wide:.2f} apart, 01 and 10 {apart:.2f}." in film.text


def test_a_drag_along_the_curve_scrubs(film):
    take(film, "loss", "the step", (2_148, 0.6), (1_012, 0.6))
    assert film.values() == {"step": 1_000}


def test_the_film_passes_the_whole_run(film):
    options = film.controls["step"].options
    assert options == sorted(set(options)) and options[0] == 0
    kept = set(film.state.run.snapshot_steps.tolist())
    assert kept.issuperset(options)  # none is drawn from another step
    for place in (0, len(options) - 1):
        send(film, "move", control="step", place=place)
        assert film.text.startswith(f"Step {options[place]}:")


def test_each_call_makes_its_own():
    first, second = explore_folding(), explore_folding()
    first.set(step=0)
    assert second.values() == {"step": 3_000}
    first.close()
    second.close()
