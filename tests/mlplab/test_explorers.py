"""The explorers in the kernel: every control, picture, number and error.

The browser is the business of test_browser.py, what presets claim of test_stories.py.
"""

import base64
import contextlib
import dataclasses
import gc
import html
import io
import random
import re
import sys
import threading
import tracemalloc
import types
import uuid
from itertools import product

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from ipywidgets.widgets import widget as widget_module
from matplotlib.artist import Artist
from PIL import Image
from traitlets import HasTraits

from mlplab import plots
from mlplab.data import GATES, X
from mlplab.descent import ACTIVATIONS
from mlplab.explorers import base, outcomes, runs, training
from mlplab.network import INITS, VERDICTS, Run, Settings, sweep, train
from mlplab.pytorch_code import pytorch_code
from support.explorers import (
    NAMES,
    assert_shows,
    full,
    is_error,
    make,
    move,
    picture,
    press,
    range_of,
    tree,
)
from support.pytorch import torch_network, torch_rows, torch_seeded, torch_train
from support.shown import shown
from tools.execute import WIDGET_VIEW

# Neither a move nor a diverging run may warn: in a notebook it would be red text.
pytestmark = pytest.mark.filterwarnings("error")

RUNS = ["explore_perceptron", "explore_backprop", "explore_training", "explore_depth"]
WITH_A_PLANE = ["explore_line", "explore_outcomes", *RUNS]
COMPARING = "explore_training"
CODE, KEEP, DROP = (
    "Show the PyTorch code", "Keep this run to compare", "Forget the kept run"
)  # fmt: skip
MOVES, SLOW_MOVES = 300, 100
SLOW = ["explore_depth", "explore_outcomes"]  # they draw four panels, or a whole map
SMALL_PICTURE = 1500  # bytes, less than any picture of the explorers in small
SHORT = 301  # steps of a run where the run itself does not matter

every_explorer = pytest.mark.parametrize("name", NAMES)
every_run_explorer = pytest.mark.parametrize("name", RUNS)


@pytest.fixture
def steps(monkeypatch):
    """Sets the number of steps of every run; the map and the pictures become small."""

    def set_steps(number):
        monkeypatch.setattr(base, "DPI", 40)
        for kind in (runs.RunExplorer, outcomes.OutcomesExplorer):
            monkeypatch.setattr(kind, "steps", number)
        monkeypatch.setattr(outcomes, "MAP_RATES", (0.1, 1.0, 30.0))
        monkeypatch.setattr(outcomes, "MAP_SEEDS", (0, 1))
        monkeypatch.setattr(outcomes, "SHARE_SEEDS", (0, 1, 2))

    return set_steps


@pytest.fixture
def short(steps):
    steps(SHORT)


def raising(error):
    def function(*_, **__):
        raise error

    return function


# Every control, and many moves


@every_explorer
def test_every_control_over_its_range(name, short):
    explorer, other = make(name), make(name)
    size, start = picture(explorer).shape, explorer.start
    for control_name, control in explorer.controls.items():
        values = range_of(control)
        assert (
            start[control_name] in values
            or np.isclose(values, start[control_name]).any()
        )
        places = np.linspace(0, len(values) - 1, min(12, len(values))).astype(int)
        for value in [values[place] for place in places]:
            control.value = value
            assert control.value == value
            assert not is_error(explorer.text), (control_name, value)
            assert picture(explorer).shape == size
        for value in (values[0], values[-1]):  # both ends
            control.value = value
            assert_shows(explorer, name, start | {control_name: value}, other)
        control.value = start[control_name]
    assert_shows(explorer, name, start)


@every_run_explorer
def test_all_controls_at_their_ends_together(name):
    explorer = full(name)
    for ends in (0, -1), (-1, 0):
        values = {
            control_name: range_of(control)[ends[place % 2]]
            for place, (control_name, control) in enumerate(explorer.controls.items())
        }
        explorer.set(**values)
        assert explorer.values() == values
        assert not is_error(explorer.text)


def observers(explorer):
    """How many callbacks hang on the widgets of an explorer."""
    return sum(
        len(callbacks)
        for widget in tree(explorer.box)
        for by_type in widget._trait_notifiers.values()
        for callbacks in by_type.values()
    )


def kept_alive():
    """How many objects there are of the kinds that a careless callback would leave.

    Not all objects: matplotlib keeps the sizes of the last 4,096 texts.
    """
    gc.collect()
    kinds = Artist, HasTraits, Run, types.FunctionType, types.MethodType
    return sum(issubclass(type(each), kinds) for each in gc.get_objects())


def assert_moves_leave_nothing(name, moves):
    """So many random moves end on the last value, and leave what was there before."""
    explorer, other = make(name), make(name)
    chance = random.Random(4)
    tenth = moves // 10

    def wander(moves):
        for _ in range(moves):
            move(explorer, chance)
        assert_shows(explorer, name, explorer.values(), other)
        for each in explorer, other:  # what is shown takes as much memory as before
            each.set(**each.start)

    def counts():
        return {
            "widgets": len(widget_module._instances),
            "figures": len(plt.get_fignums()),
            "observers": observers(explorer),
            "artists": len(explorer.figure.findobj()),
        }

    wander(tenth)
    before, objects = counts(), kept_alive()
    for _ in range(4):
        wander(2 * tenth)
    assert counts() == before
    # Fewer than one in four moves: some are ticks, made when first needed.
    assert kept_alive() - objects < 2 * tenth
    assert before["figures"] == 0
    # Bytes, too, but of few moves: to count them makes everything slow.
    counted = min(tenth, MOVES // 10) // 5
    tracemalloc.start()
    try:
        used = []
        for _ in range(2):
            wander(counted)
            gc.collect()
            taken = tracemalloc.take_snapshot().filter_traces(
                # without matplotlib's, which keeps the sizes of the last texts
                [tracemalloc.Filter(True, "*/mlplab/*")]
            )
            used.append(sum(trace.size for trace in taken.traces))
    finally:
        tracemalloc.stop()
    assert used[1] - used[0] < counted * SMALL_PICTURE


@every_explorer
def test_many_random_moves_end_on_the_last_value_and_leave_nothing(name, short):
    assert_moves_leave_nothing(name, SLOW_MOVES if name in SLOW else MOVES)


@pytest.mark.long
@pytest.mark.parametrize("name", ["explore_line", *RUNS])
def test_a_long_lesson_of_moves_leaves_nothing(name, short):
    """10,000 moves of the line, and as many of the explorers of a run together."""
    assert_moves_leave_nothing(name, 10_000 // (len(RUNS) if name in RUNS else 1))


@pytest.mark.parametrize(
    "name",
    [n if n == COMPARING else pytest.param(n, marks=pytest.mark.long) for n in NAMES],
)
def test_two_explorers_of_a_kind_on_one_page_share_nothing(name, short):
    pair, other = (make(name), make(name)), make(name)
    chance = random.Random(5)

    def all_of(explorer):
        parts = (part.value for part in (explorer.image, explorer.status))
        return explorer.values(), *parts, explorer.story.value

    for place in (0, 1, 0, 1, 1):
        moved, still = pair[place], pair[1 - place]
        before = all_of(still)
        move(moved, chance)
        assert all_of(still) == before
        assert_shows(moved, name, moved.values(), other)
    pair[0].close()
    move(pair[1], chance)
    assert_shows(pair[1], name, pair[1].values(), other)


@every_explorer
def test_a_move_draws_once(name, short, monkeypatch):
    explorer, drawn = make(name), []
    show = explorer.show

    def count(state):
        drawn.append(explorer.values())
        show(state)

    monkeypatch.setattr(explorer, "show", count)
    for control_name, control in explorer.controls.items():
        control.value = next(v for v in range_of(control) if v != control.value)
        assert [each[control_name] for each in drawn] == [control.value]
        drawn.clear()
    explorer.set(**explorer.start)
    assert drawn == [explorer.values()]


@every_explorer
def test_a_move_that_changes_no_axes_draws_only_what_moves(name, short, monkeypatch):
    explorer = make(name)
    (control,) = [explorer.controls[n] for n in ("seed", "step", "position", "w1")
                  if n in explorer.controls][:1]  # fmt: skip
    values = range_of(control)
    control.value = values[1]
    monkeypatch.setattr(explorer.figure, "draw", raising(AssertionError("all anew")))
    for value in values[:2]:
        control.value = value
        assert not is_error(explorer.text)


# What the picture shows


def side_shown(pixel):
    """0 or 1, the class whose colour a pixel has; None for a pale one."""
    red, _, blue = (int(channel) for channel in pixel)
    return None if abs(red - blue) < 20 else int(red > blue)


def around(pixels, ax, point, reach):
    """The pixel at a point, and those at a distance from it, away from the middle."""
    (x, y), (dx, dy) = point, np.sign(np.subtract(point, 0.5)) * reach

    def at(xy):
        column, up = np.round(ax.transData.transform(xy)).astype(int)
        return pixels[pixels.shape[0] - 1 - up, column]

    return at(point), [at((x + dx, y)), at((x, y + dy)), at((x + dx, y + dy))]


@pytest.mark.parametrize("name", WITH_A_PLANE)
def test_the_boundary_is_the_right_way_round(name, monkeypatch):
    # True for 10 alone: mirrored or transposed, another row would be.
    gate = "x1 and not x2"
    monkeypatch.setattr(outcomes, "MAP_SEEDS", (0, 1))
    monkeypatch.setattr(outcomes, "SHARE_SEEDS", (0,))
    explorer = make(name)
    values = {"gate": gate} if "gate" in explorer.controls else {}
    if name == "explore_line":
        values |= {"w1": 1, "w2": -1, "b": -0.5}
    elif not values:  # without a chooser of gates
        of_xor = explorer.settings
        monkeypatch.setattr(
            explorer,
            "settings",
            lambda **values: dataclasses.replace(of_xor(**values), gate=gate),
        )
    explorer.set(**values)
    assert explorer.text.count(f"{gate}, ") == 1
    assert "4 of 4 correct" in explorer.text

    kinds = plots.InputPlane | plots.HalfPlane
    (plane,) = [view for view in explorer.views.values() if isinstance(view, kinds)]
    ax, pixels = plane.ax, picture(explorer)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x1", "x2")
    place = {point: ax.transData.transform(point) for point in product((0, 1), (0, 1))}
    assert place[1, 0][0] > place[0, 0][0]  # x1 to the right
    assert place[0, 1][1] > place[0, 0][1]  # x2 upwards
    for point, wanted in zip(X, GATES[gate], strict=True):
        marker, ring = around(pixels, ax, tuple(point), reach=0.25)
        colour = plots.CLASS_COLOURS[wanted]
        assert tuple(marker) == tuple(bytes.fromhex(colour[1:])), point
        if isinstance(plane, plots.HalfPlane):  # the other side is white
            assert {side_shown(pixel) for pixel in ring} == {1 if wanted else None}
        else:
            assert {side_shown(pixel) for pixel in ring} == {wanted}, point


def test_the_line_explorer_counts_as_the_rule_says():
    explorer = full("explore_line")
    chance = random.Random(1)
    tenths_of = [[chance.randint(-30, 30) for _ in "123"] for _ in range(60)]
    one_weight = [[-10, 0, 5], [10, 0, 5], [0, -10, 5], [0, 10, 5], [0, 0, 5]]
    for tenths in tenths_of + one_weight:
        gate = chance.choice(list(GATES))
        w1, w2, b = (whole / 10 for whole in tenths)
        explorer.set(gate=gate, w1=w1, w2=w2, b=b)
        scores = [tenths[0] * x1 + tenths[1] * x2 + tenths[2] for x1, x2 in X]
        outputs = zip(scores, GATES[gate], strict=True)
        correct = sum((score > 0) == bool(output) for score, output in outputs)
        assert explorer.text.startswith(
            f"{gate}, w1 {w1:.1f}, w2 {w2:.1f}, b {b:.1f}: {correct} of 4 correct"
        )
        no_line = tenths[:2] == [0, 0]
        assert ("row on the line" in explorer.text) == (0 in scores and not no_line)
        assert ("there is no line" in explorer.text) == no_line


@pytest.mark.parametrize(
    ("typed", "shown"), [(0.04, "0.0"), (-0.04, "0.0"), (-0.0, "0.0"), (0.26, "0.3")]
)
def test_the_line_explorer_counts_with_the_numbers_that_it_shows(typed, shown):
    # A readout takes any number that is typed into it.
    explorer = full("explore_line")
    explorer.set(gate="AND", w1=typed, w2=0, b=0)
    assert f"w1 {shown}, w2 0.0, b 0.0" in explorer.text
    assert ("there is no line" in explorer.text) == (shown == "0.0")


# The numbers, against PyTorch


def said_by_pytorch(weights, settings):
    """Loss, correct rows and verdict of weights [(W1, b1), ...] by their definitions.

    A row whose probability is 0.5 decides nothing.
    """
    inputs, y = torch_rows(settings.gate)
    with torch.no_grad():
        logits = torch_network(weights, settings.activation)(inputs)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, y).item()
        probs = torch.sigmoid(logits)
    right = ((probs - 0.5).abs() >= 0.001) & ((probs > 0.5) == (y > 0.5))
    stuck = [level for level in (0.4774, 0.3466) if abs(loss - level) < 0.01]
    if right.all() and loss < 0.1:
        verdict = "solved"
    elif (probs - 0.5).abs().max() < 0.001:
        verdict = "undecided at ln 2"
    else:
        verdict = f"stuck at {stuck[0]}" if stuck else "still learning"
    return loss, int(right.sum()), verdict


STATUS = re.compile(
    r"(?P<gate>[\w ]+), layers (?P<layers>\d), learning rate (?P<rate>[\d.e-]+),"
    r" seed (?P<seed>\d+), step (?P<step>\d+): loss (?P<loss>[\d.]+),"
    r" (?P<correct>\d) of 4 correct\. After (?P<steps>\d+) steps: (?P<verdict>[^.]+"
    r"(\.\d+)?)\."
)
ORACLE_STEPS = 1001  # enough for the run of the lecture notes at rate 3
ORACLE = [
    ("explore_perceptron", {"gate": "x2 or not x1", "learning_rate": 2.0, "step": 20}),
    ("explore_perceptron", {"gate": "XOR", "step": 50}),
    ("explore_backprop", {"learning_rate": 3.0, "seed": 777, "step": 750}),
    ("explore_backprop", {"learning_rate": 3.0, "seed": 8, "step": ORACLE_STEPS}),
    ("explore_backprop", {"learning_rate": 0.3, "seed": 5, "step": 500}),
    ("explore_training", {"activation": "tanh", "seed": 3, "step": 40}),
    (
        "explore_training",
        {"gate": "NAND", "hidden_units": 5, "activation": "relu", "step": 10},
    ),
    ("explore_training", {"activation": "none", "hidden_units": 1, "step": 900}),
    ("explore_training", {"hidden_units": 1, "learning_rate": 3.0, "step": 80}),
    ("explore_depth", {"layers": 3, "width": 6, "activation": "tanh", "step": 30}),
    ("explore_depth", {"layers": 1, "learning_rate": 3.0, "step": 5}),
]


@pytest.mark.parametrize(("name", "values"), ORACLE)
def test_status_and_verdict_are_those_of_pytorch(name, values, steps):
    steps(ORACLE_STEPS)
    explorer = make(name)
    explorer.set(**values)
    settings, step = explorer.state.run.settings, values["step"]
    with torch.random.fork_rng(devices=[]):
        model = torch_seeded(settings)
    _, weights = torch_train(model, settings, keep={step, ORACLE_STEPS})
    loss, correct, _ = said_by_pytorch(weights[step], settings)
    found = STATUS.fullmatch(explorer.text)
    assert found, explorer.text
    assert (found["gate"], int(found["layers"])) == (settings.gate, settings.layers)
    assert float(found["rate"]) == settings.learning_rate
    assert int(found["seed"]) == settings.seed
    assert (int(found["step"]), int(found["steps"])) == (step, ORACLE_STEPS)
    assert float(found["loss"]) == pytest.approx(loss, abs=1e-4)
    assert int(found["correct"]) == correct
    assert found["verdict"] == said_by_pytorch(weights[ORACLE_STEPS], settings)[2]


def test_the_chosen_run_and_the_share_are_those_of_pytorch(steps, monkeypatch):
    steps(ORACLE_STEPS)
    seeds, rate = range(12), 3.0
    monkeypatch.setattr(outcomes, "MAP_RATES", (1.0, rate))
    monkeypatch.setattr(outcomes, "SHARE_SEEDS", tuple(seeds))
    explorer = make("explore_outcomes")
    explorer.set(learning_rate=rate, seed=1)
    ends = []
    for seed in seeds:
        settings = Settings(learning_rate=rate, steps=ORACLE_STEPS, seed=seed)
        with torch.random.fork_rng(devices=[]):
            model = torch_seeded(settings)
        _, weights = torch_train(model, settings, keep={ORACLE_STEPS})
        ends.append(said_by_pytorch(weights[ORACLE_STEPS], settings))
    solved = [verdict for _, _, verdict in ends].count("solved")
    assert 0 < solved < len(seeds)
    share, chosen = explorer.text.split(" Chosen run: ")
    assert share == (
        f"At learning rate 3, {solved} of 12 networks (seeds 0 to 11) solve XOR:"
        f" {100 * solved / 12:.0f} %."
    )
    found = STATUS.fullmatch(chosen)
    assert float(found["loss"]) == pytest.approx(ends[1][0], abs=1e-4)
    assert (found["seed"], found["verdict"]) == ("1", ends[1][2])


@every_run_explorer
def test_all_numbers_of_a_status_belong_to_the_same_weights(name):
    explorer = full(name)
    chance = random.Random(2)
    all_steps = range_of(explorer.controls["step"])
    explorer.set(**explorer.start)
    plateau_ends = explorer.state.run.exit_step or 500  # here one step changes much
    near = min(all_steps, key=lambda step: abs(step - plateau_ends))
    place = all_steps.index(near)
    for step in [0, 1, 99, 100, *all_steps[place - 3 : place + 4], all_steps[-1]]:
        if step in (1, 100):
            values = {
                control: chance.choice(range_of(explorer.controls[control]))
                for control in ("gate", "seed", "activation")
                if control in explorer.controls
            }
            explorer.set(**explorer.start | values)
        explorer.controls["step"].value = step
        run, found = explorer.state.run, STATUS.fullmatch(explorer.text)
        loss, correct, _ = said_by_pytorch(run.weights_at(step), run.settings)
        assert int(found["step"]) == step
        assert float(found["loss"]) == pytest.approx(loss, abs=1e-4)
        assert int(found["correct"]) == correct
        assert found["verdict"] == run.verdict
        # the mark in the loss curve, too
        x, height = explorer.views["loss"].mark.get_data()
        assert (x[0], height[0]) == (step, pytest.approx(loss, abs=1e-4))
        if step in (1, 100):
            explorer.set(**explorer.start)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_diverging_run_says_so_without_a_warning(activation):
    explorer = full(COMPARING)
    verdicts = set()
    for init, units in product(INITS, (1, 8)):
        values = {"activation": activation, "init": init, "hidden_units": units}
        explorer.set(**explorer.start | values | {"learning_rate": 100.0})
        run = explorer.state.run
        verdicts.add(run.verdict)
        assert run.verdict in VERDICTS and run.verdict in explorer.text
        diverged = not np.isfinite(run.final_loss)
        assert ("the run has diverged" in explorer.text) == diverged
        assert "nan" not in explorer.text and not is_error(explorer.text)
    assert ("not finite" in verdicts) == (activation == "none")
    explorer.controls["step"].value = 0  # before it diverged
    assert re.search(r"step 0: loss \d+\.\d{4}, \d of 4 correct", explorer.text)


# Scrubbing


@pytest.fixture
def trained(monkeypatch):
    """The settings of every call of train."""
    calls = []

    def count(settings):
        calls.append(settings)
        return train(settings)

    monkeypatch.setattr(runs, "train", count)
    return calls


def player_of(explorer):
    (play,) = [part for part in tree(explorer.box) if isinstance(part, widgets.Play)]
    return play


@every_run_explorer
def test_scrubbing_and_playing_do_not_train(name, short, trained):
    explorer = make(name)
    assert len(trained) == 1
    pictures = set()
    for step in range_of(explorer.controls["step"])[::20]:
        explorer.controls["step"].value = step
        pictures.add(explorer.image.value)
    assert len(pictures) > 4
    play = player_of(explorer)
    for value in range(play.min, play.max + 1, play.step):
        play.value = value
        assert explorer.controls["step"].index == value
        assert f"step {explorer.controls['step'].value}:" in explorer.text
    assert len(trained) == 1
    explorer.set(learning_rate=2.0)
    assert len(trained) == 2


@every_run_explorer
def test_play_starts_again_from_the_end_and_goes_on_from_the_middle(name, short):
    explorer = make(name)
    step, play = explorer.controls["step"], player_of(explorer)
    assert (play.min, play.max) == (0, len(step.options) - 1)
    assert play.value == play.max
    play.playing = True
    assert (play.value, step.value) == (0, 0)
    play.playing = False
    step.index = 40
    assert play.value == 40
    play.playing = True
    assert (play.value, step.index) == (40, 40)
    step.value = step.options[-1]  # a preset, say
    assert play.value == play.max


# Presets


def test_all_presets_set_what_they_say_and_nothing_else(steps):
    steps(1001)  # a preset goes to step 1,000
    for name in NAMES:
        explorer = make(name)
        chance = random.Random(3)
        for label, preset in explorer.presets.items():
            for _ in range(4):
                move(explorer, chance)
            assert explorer.story.value == ""  # a story does not outlive its values
            press(explorer, label)
            assert explorer.values() == explorer.start | preset.values
            assert html.escape(preset.story) in explorer.story.value
            assert not is_error(explorer.text)
        explorer.close()


def test_a_value_that_the_browser_sends_back_changes_nothing():
    # Seen in JupyterLab: the slider counts -3 + 25 * 0.1.
    explorer = make("explore_line")
    press(explorer, "OR")
    picture_shown, story = explorer.image.value, explorer.story.value
    explorer.controls["b"].value = -3 + 25 * 0.1 + 4e-16
    assert explorer.controls["b"].value != -0.5
    assert (explorer.image.value, explorer.story.value) == (picture_shown, story)
    assert "b -0.5: 4 of 4 correct" in explorer.text
    explorer.controls["b"].value = -0.4
    assert explorer.story.value == ""
    assert "b -0.4" in explorer.text


# The PyTorch code, and the kept run


def test_the_code_follows_every_control(short):
    explorer = make(COMPARING)
    assert explorer.code.value == ""
    press(explorer, CODE)

    def code():
        text = explorer.code.value
        found = re.fullmatch(r'<pre tabindex="0">(.*)</pre>', text, re.DOTALL)
        return html.unescape(found[1])

    for control_name, control in explorer.controls.items():
        before = code()
        control.value = next(v for v in range_of(control) if v != control.value)
        assert (code() != before) == (control_name != "step")
        assert code() == pytorch_code(explorer.state.run.settings)
    press(explorer, CODE)
    assert explorer.code.value == ""


KEPT = re.compile(
    r".*\. Kept run \(dashed\): loss ([\d.]+), ([^;]+); different: ([^;]+);"
    r" (the same|other) initial weights\.",
)
# What one control may change of the start; "init" and sizes always do.
COMPARISONS = [
    ({}, "nothing", "the same"),
    ({"learning_rate": 2.0}, "learning rate", "the same"),
    ({"gate": "AND"}, "gate", "the same"),
    ({"activation": "tanh"}, "activation", "the same"),
    ({"seed": 3}, "seed", "other"),
    ({"hidden_units": 3}, "hidden units", "other"),
    ({"init": "large"}, "initialisation", "other"),
    ({"gate": "OR", "seed": 1}, "gate, seed", "other"),
    ({"step": 50}, "nothing", "the same"),
]


@pytest.mark.parametrize(("values", "different", "start"), COMPARISONS)
def test_a_comparison_names_exactly_what_differs(values, different, start, short):
    explorer = make(COMPARING)
    press(explorer, KEEP)
    kept, all_values = explorer.state.run, explorer.start | values
    explorer.set(**all_values)
    loss, verdict, names, weights = KEPT.fullmatch(explorer.text).groups()
    assert (loss, verdict) == (f"{kept.final_loss:.4f}", kept.verdict)
    assert sorted(names.split(", ")) == sorted(different.split(", "))
    assert weights == start
    same = np.array_equal(kept.snapshots[0], explorer.state.run.snapshots[0])
    assert same == (start == "the same")
    # the picture, too, has the kept run in it
    with_kept = picture(explorer)
    x, losses = explorer.views["loss"].kept.get_data()
    assert np.array_equal(losses, kept.loss[x.astype(int)])
    press(explorer, DROP)
    assert "Kept run" not in explorer.text
    assert_shows(explorer, COMPARING, all_values)
    if values and "step" not in values:
        assert not np.array_equal(with_kept, picture(explorer))


def test_equal_weights_of_other_seeds_are_called_the_same(short):
    explorer = make(COMPARING)
    explorer.set(init="zeros")
    press(explorer, KEEP)
    explorer.set(seed=5)
    assert KEPT.fullmatch(explorer.text).groups()[2:] == ("seed", "the same")


def test_the_kept_run_is_the_one_that_was_shown(short, trained):
    explorer = make(COMPARING)
    for seed in (4, 5):
        explorer.set(seed=seed)
        press(explorer, KEEP)
        assert KEPT.fullmatch(explorer.text)[3] == "nothing"
    assert len(trained) == 3  # keeping a run does not train one
    explorer.set(seed=6)
    press(explorer, "a way out: tanh")
    wanted = train(Settings(steps=SHORT, seed=5)).final_loss
    assert KEPT.fullmatch(explorer.text)[1] == f"{wanted:.4f}"


# Errors are shown, and leave nothing behind


@every_explorer
def test_an_error_is_shown_and_overcome(name, short, monkeypatch):
    explorer = make(name)
    control = list(explorer.controls.values())[-1]
    end = next(v for v in reversed(range_of(control)) if v != control.value)
    before = explorer.image.value
    with monkeypatch.context() as patch:
        error = RuntimeError("the <disk> is full")
        patch.setattr(explorer, "show", raising(error))
        control.value = end
        assert explorer.text == "RuntimeError: the <disk> is full"
        assert html.escape(explorer.text) in explorer.status.value
        assert explorer.image.value == before
    explorer.update()
    assert_shows(explorer, name, explorer.values())


@every_run_explorer
def test_an_error_of_the_trainer_is_shown(name, short, monkeypatch):
    explorer = make(name)
    with monkeypatch.context() as patch:
        patch.setattr(runs, "train", raising(MemoryError("no room for the weights")))
        explorer.set(learning_rate=2.0)
        assert explorer.text == "MemoryError: no room for the weights"
    explorer.set(learning_rate=1.0)
    assert_shows(explorer, name, explorer.values())


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@every_run_explorer
def test_a_view_that_fails_halfway_leaves_no_stale_background(
    name, error, short, monkeypatch
):
    explorer = make(name)
    loud = explorer.start | {"learning_rate": 100.0}  # needs other axes
    last = list(explorer.views.values())[-1]
    with monkeypatch.context() as patch:
        patch.setattr(last, "update", raising(error("halfway")))
        # What stops the kernel goes on to the reader; all else is shown.
        stops = issubclass(error, KeyboardInterrupt)
        with pytest.raises(error) if stops else contextlib.nullcontext():
            explorer.set(**loud)
        assert stops or explorer.text == "RuntimeError: halfway"
    explorer.update()
    assert_shows(explorer, name, loud)


@every_explorer
def test_an_interrupt_while_all_is_drawn_leaves_no_stale_background(
    name, short, monkeypatch
):
    explorer = make(name)
    start = explorer.start
    with monkeypatch.context() as patch:
        patch.setattr(explorer.figure, "draw_artist", raising(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            explorer.set(**{n: range_of(c)[-1] for n, c in explorer.controls.items()})
    explorer.set(**start)
    assert_shows(explorer, name, start)


@pytest.mark.parametrize("part", ["legend", "add_patch"])
def test_a_map_that_fails_halfway_is_drawn_anew(part, short, monkeypatch):
    name = "explore_outcomes"
    explorer = make(name)
    with monkeypatch.context() as patch:
        ax = explorer.views["map"].ax
        patch.setattr(ax, part, raising(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            explorer.set(activation="relu", hidden_units=4)
    wanted = explorer.start | {"activation": "relu", "hidden_units": 4}
    explorer.update()
    assert_shows(explorer, name, wanted)
    explorer.set(**explorer.start)
    assert_shows(explorer, name, explorer.start)


def test_an_error_in_judging_a_challenge_is_shown(short, monkeypatch):
    explorer = make("explore_line")
    broken = dict.fromkeys(explorer.challenges, raising(KeyError("gate")))
    monkeypatch.setattr(explorer, "challenges", broken)
    explorer.set(b=1.0)
    assert explorer.text == "KeyError: 'gate'"


def test_an_error_in_the_code_is_shown(short, monkeypatch):
    explorer = make(COMPARING)
    error = LookupError("no such module")
    monkeypatch.setattr(training, "pytorch_code", raising(error))
    press(explorer, CODE)
    assert explorer.text == "LookupError: no such module"


# Cells that run again, and what a cell stores


@pytest.fixture
def run_cell(monkeypatch):
    """Makes explorers as a cell with an id does in its n-th execution."""
    here = uuid.uuid4().hex

    def run(cell, execution, *names):
        metadata = {} if cell is None else {"cellId": here + cell}
        parent = {"header": {"msg_id": execution}, "metadata": metadata}
        shell = types.SimpleNamespace(get_parent=lambda: parent)
        with monkeypatch.context() as patch:
            patch.setattr(base, "get_ipython", lambda: shell)
            return [make(name) for name in names]

    return run


def is_open(explorer):
    (alive,) = {part.comm is not None for part in tree(explorer.box)}
    return alive


def test_running_a_cell_again_closes_its_explorers_and_no_others(short, run_cell):
    two = run_cell("a", "first", "explore_line", "explore_perceptron")
    (other,) = run_cell("b", "second", "explore_line")
    (nowhere,) = run_cell(None, "third", "explore_line")  # as in Voila
    assert all(map(is_open, [*two, other, nowhere]))
    (again,) = run_cell("a", "fourth", "explore_line")
    assert not any(map(is_open, two))
    assert all(map(is_open, [again, other, nowhere]))
    run_cell(None, "fifth", "explore_line")
    assert all(map(is_open, [again, other, nowhere]))


@every_explorer
def test_running_a_cell_many_times_leaves_one_explorer(name, short, run_cell):
    counts = []
    for execution in range(3):
        run_cell("a", str(execution), name)
        gc.collect()
        counts.append(len(widget_module._instances))
    # layouts and styles are widgets, too
    assert len(set(counts)) == 1, counts


@every_explorer
def test_a_closed_explorer_can_be_collected(name, short):
    gc.collect()
    before = len(widget_module._instances)
    make(name).close()
    assert len(widget_module._instances) == before


@every_explorer
def test_a_cell_shows_a_widget_and_then_a_picture_and_then_a_status(name):
    explorer = full(name)
    explorer.set(**explorer.start)
    live, stored, words = shown(explorer)
    # JupyterLab shows the widget wherever there is one, alive or not.
    assert set(live) == {WIDGET_VIEW}
    assert set(stored) == {"image/png", "text/plain"}
    assert set(words) == {"text/html"}
    assert live[WIDGET_VIEW]["model_id"] == explorer.box.model_id
    png = base64.b64decode(stored["image/png"], validate=True)
    with Image.open(io.BytesIO(png)) as image:
        image.verify()
        assert image.format == "PNG"
    assert stored["text/plain"] == explorer.text
    assert f">{html.escape(explorer.text)}</p>" in words["text/html"]
    assert "0x" not in explorer.text  # an address would differ each time
    assert_shows(explorer, name, explorer.values())
    another = make(name)
    assert shown(another)[1:] == [stored, words]
    another.close()


# Two threads, as with JupyterLab's subshells


@every_explorer
def test_moves_from_two_threads_end_in_one_consistent_state(name, short):
    explorer, errors = make(name), []
    names = list(explorer.controls)

    def wander(mine, seed):
        chance = random.Random(seed)
        try:
            for _ in range(30):
                control = explorer.controls[chance.choice(mine)]
                control.value = chance.choice(range_of(control))
        except Exception as error:  # a thread's error would end unseen
            errors.append(error)

    threads = [
        threading.Thread(target=wander, args=(names[part::2], part)) for part in (0, 1)
    ]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert errors == []
    assert_shows(explorer, name, explorer.values())


@every_run_explorer
def test_a_slow_earlier_move_does_not_overwrite_a_later_one(name, short, monkeypatch):
    explorer = make(name)
    begun, later = threading.Event(), threading.Event()

    def slow_at_first(settings):
        if settings.learning_rate == 2:
            begun.set()
            later.wait(0.2)  # longer, where the other move can come in between
        return train(settings)

    monkeypatch.setattr(runs, "train", slow_at_first)

    def last_move():
        begun.wait()
        explorer.controls["learning_rate"].value = 3.0
        later.set()

    thread = threading.Thread(target=last_move)
    thread.start()
    explorer.controls["learning_rate"].value = 2.0
    thread.join()
    assert "learning rate 3," in explorer.text
    assert_shows(explorer, name, explorer.values())


# Outcomes


def test_every_cell_of_the_map_is_the_verdict_of_its_run():
    explorer = full("explore_outcomes")
    explorer.set(**explorer.start | {"seed": 6, "learning_rate": 10.0})
    rates, seeds, view = outcomes.MAP_RATES, outcomes.MAP_SEEDS, explorer.views["map"]
    letters = {letter: verdict for verdict, letter in plots.VERDICT_LETTERS.items()}
    cells = {
        tuple(int(place) for place in text.get_position()): letters[text.get_text()]
        for text in view.ax.texts
    }
    assert len(cells) == len(rates) * len(seeds)
    solved = dict.fromkeys(rates, 0)
    for (column, row), verdict in cells.items():
        run = train(Settings(learning_rate=rates[column], seed=seeds[row]))
        assert verdict == run.verdict, run.settings
        solved[rates[column]] += run.verdict == "solved"
    assert len(set(cells.values())) > 3
    labels = [tick.get_text() for tick in view.ax.get_xticklabels()]
    assert labels == [f"{rate:g}\n{count}/16" for rate, count in solved.items()]
    column, row = np.array(view.chosen.get_xy()) + view.chosen.get_width() / 2
    assert (rates[int(column)], seeds[int(row)]) == (10.0, 6)
    assert "learning rate 10, seed 6, step 10001: loss" in explorer.text
    assert explorer.text.endswith(f"{cells[8, 6]}.")


@pytest.mark.parametrize(
    "values", [{"learning_rate": 5.0}, {"activation": "tanh", "hidden_units": 3}]
)
def test_the_share_is_that_of_a_sweep(values):
    explorer = full("explore_outcomes")
    explorer.set(**explorer.start | values)
    settings = Settings(
        hidden_sizes=(values.get("hidden_units", 2),),
        activation=values.get("activation", "sigmoid"),
    )
    rate = explorer.values()["learning_rate"]
    solved = int(sweep(settings, [rate], range(256)).solved.sum())
    assert explorer.text.startswith(
        f"At learning rate {rate:g}, {solved} of 256 networks (seeds 0 to 255)"
        f" solve XOR: {100 * solved / 256:.0f} %."
    )


def test_a_long_sweep_tells_how_far_it_is(short, monkeypatch):
    monkeypatch.setattr(outcomes, "SHARE_SEEDS", tuple(range(300)))
    monkeypatch.setattr(outcomes, "PATIENCE", -1)
    explorer, said = make("explore_outcomes"), []
    explorer.status.observe(lambda change: said.append(change.new), "value")
    explorer.set(hidden_units=3)
    done = [re.search(r"training 300 networks, (\d+) of them", text) for text in said]
    assert [int(found[1]) for found in done if found] == [0, 128, 256]
    assert "training" not in explorer.text


def test_only_what_changed_is_swept_again(short, monkeypatch):
    explorer, sweeps = make("explore_outcomes"), []

    def count(settings, rates, seeds):
        sweeps.append(len(rates))
        return sweep(settings, rates, seeds)

    monkeypatch.setattr(outcomes, "sweep", count)
    explorer.set(seed=1)
    assert sweeps == []
    explorer.set(learning_rate=30.0)
    assert sweeps == [1]  # the share alone
    explorer.set(activation="tanh")
    assert sweeps == [1, 3, 1]
    explorer.set(activation="sigmoid")
    assert sweeps == [1, 3, 1]  # both are kept


# Form


ALLOWED = (
    widgets.Box,
    widgets.HTML,
    widgets.Label,
    widgets.Image,
    widgets.Button,
    widgets.ToggleButton,
    widgets.ToggleButtons,
    widgets.IntSlider,
    widgets.FloatSlider,
    widgets.SelectionSlider,
    widgets.Play,
    base.Keys,
)


@every_explorer
def test_only_widgets_whose_keys_work_in_jupyterlab(name, short):
    # Dropdown, Select and RadioButtons lose theirs; "dd" on one deletes the cell.
    explorer = make(name)
    parts = list(tree(explorer.box))
    assert [
        type(part).__name__ for part in parts if not isinstance(part, ALLOWED)
    ] == []
    assert set(explorer.controls.values()) <= set(parts)
    # moved while it is dragged, not only where it is dropped
    assert all(getattr(part, "continuous_update", True) for part in parts)
