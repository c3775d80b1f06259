"""The explorers in the kernel: every control, picture, number, preset and challenge.

The browser is the business of test_browser.py.
"""

import base64
import contextlib
import dataclasses
import functools
import gc
import html
import io
import random
import re
import subprocess
import sys
import threading
import tracemalloc
import types
from itertools import combinations, product
from pathlib import Path

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from ipywidgets.widgets import widget as widget_module
from matplotlib.artist import Artist
from PIL import Image
from traitlets import HasTraits

from mlplab import explorers, plots
from mlplab.data import GATES, X, truth_table
from mlplab.descent import ACTIVATIONS
from mlplab.explorers import base, outcomes, texts, training
from mlplab.network import (
    INITS,
    LN2,
    VERDICTS,
    Run,
    Settings,
    initial_weights,
    snapshot_steps,
    sweep,
    train,
)
from mlplab.pytorch_code import pytorch_code
from support.shown import shown
from tools.execute import WIDGET_VIEW

# Neither a move nor a diverging run may warn: in a notebook it would be red text.
pytestmark = pytest.mark.filterwarnings("error")

NAMES = list(explorers.__all__)
TRAINING = [
    "explore_perceptron",
    "explore_backprop",
    "explore_training",
    "explore_depth",
]
WITH_A_PLANE = ["explore_line", "explore_outcomes", *TRAINING]
COMPARING = "explore_training"
MOVES, SLOW_MOVES = 300, 100
SLOW = ["explore_depth", "explore_outcomes"]  # they draw four panels, or a whole map
SMALL_PICTURE = 1500  # bytes, less than any picture of the explorers in small
SHORT = 301  # steps of a run where the run itself does not matter

every_explorer = pytest.mark.parametrize("name", NAMES)
every_training_explorer = pytest.mark.parametrize("name", TRAINING)


def make(name):
    return getattr(explorers, name)()


@functools.cache
def full(name):
    """An explorer of full size that tests share: they set every control first."""
    return make(name)


@pytest.fixture
def steps(monkeypatch):
    """Sets the number of steps of every run; the map and the pictures become small."""

    def set_steps(number):
        monkeypatch.setattr(base, "DPI", 40)
        field = Settings.__dataclass_fields__["steps"]
        monkeypatch.setattr(field, "default", number)
        monkeypatch.setattr(
            training, "SNAPSHOT_STEPS", [int(step) for step in snapshot_steps(number)]
        )
        monkeypatch.setattr(outcomes, "MAP_RATES", (0.1, 1.0, 30.0))
        monkeypatch.setattr(outcomes, "MAP_SEEDS", (0, 1))
        monkeypatch.setattr(outcomes, "SHARE_SEEDS", (0, 1, 2))

    return set_steps


@pytest.fixture
def short(steps):
    steps(SHORT)


def tree(widget):
    """All widgets of a box, from the top down."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from tree(child)


def click(explorer, label):
    """Press the button, or switch the toggle button, with a label."""
    (button,) = [
        w
        for w in tree(explorer.box)
        if isinstance(w, widgets.Button | widgets.ToggleButton)
        and w.description == label
    ]
    if isinstance(button, widgets.ToggleButton):
        button.value = not button.value
    else:
        button.click()


def range_of(control):
    """All values of a control, in order."""
    if hasattr(control, "options"):
        return [
            option[1] if isinstance(option, tuple) else option
            for option in control.options
        ]
    count = round((control.max - control.min) / control.step) + 1
    return [control.min + place * control.step for place in range(count)]


def picture(explorer):
    """The pixels of the picture, (height, width, 3)."""
    with Image.open(io.BytesIO(explorer.image.value)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def assert_shows(explorer, name, values, other=None):
    """The explorer has these values, and shows what a new one shows.

    `other` is an explorer that takes the place of a new one, which is slow to make.
    """
    assert explorer.values() == values
    wanted = other or make(name)
    wanted._background = None  # everything is drawn anew
    wanted.set(**values)
    assert explorer.text == wanted.text
    assert explorer.status.value == wanted.status.value
    text = re.fullmatch('<div role="status".*?>(.*)</div>', explorer.status.value)[1]
    assert html.unescape(text) == wanted.text
    np.testing.assert_array_equal(picture(explorer), picture(wanted))
    if other is None:
        wanted.close()


def is_error(text):
    return re.match(r"\w*(Error|Exception|Warning)\b", text) is not None


def move(explorer, chance):
    """Move one control, chosen by chance, to another value."""
    control = chance.choice(list(explorer.controls.values()))
    control.value = chance.choice([v for v in range_of(control) if v != control.value])


# Every control, and many moves


@every_explorer
def test_every_control_over_its_range(name, short):
    explorer, other = make(name), make(name)
    size = picture(explorer).shape
    start = explorer.values()
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
            assert_shows(explorer, name, {**start, control_name: value}, other)
        control.value = start[control_name]
    assert_shows(explorer, name, start)


@every_training_explorer
def test_all_controls_at_their_ends_together(name):
    explorer = full(name)
    controls = explorer.controls.items()
    for ends in (0, -1), (-1, 0):
        values = {
            control_name: range_of(control)[ends[place % 2]]
            for place, (control_name, control) in enumerate(controls)
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
            each.set(**start)

    def counts():
        return {
            "widgets": len(widget_module._instances),
            "figures": len(plt.get_fignums()),
            "observers": observers(explorer),
            "artists": len(explorer.figure.findobj()),
        }

    start = explorer.values()
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
@pytest.mark.parametrize("name", ["explore_line", *TRAINING])
def test_a_long_lesson_of_moves_leaves_nothing(name, short):
    """10,000 moves of the line, and as many of the training explorers together."""
    among = len(TRAINING) if name in TRAINING else 1
    assert_moves_leave_nothing(name, 10_000 // among)


@pytest.mark.parametrize(
    "name",
    [n if n == COMPARING else pytest.param(n, marks=pytest.mark.long) for n in NAMES],
)
def test_two_explorers_of_a_kind_on_one_page_share_nothing(name, short):
    pair, other = (make(name), make(name)), make(name)
    chance = random.Random(5)

    def shown(explorer):
        parts = (part.value for part in (explorer.image, explorer.status))
        return explorer.values(), *parts, explorer.story.value

    for place in (0, 1, 0, 1, 1):
        moved, still = pair[place], pair[1 - place]
        before = shown(still)
        move(moved, chance)
        assert shown(still) == before
        assert_shows(moved, name, moved.values(), other)
    pair[0].close()
    move(pair[1], chance)
    assert_shows(pair[1], name, pair[1].values(), other)


@every_explorer
def test_a_move_draws_once(name, short, monkeypatch):
    explorer = make(name)
    drawn = []
    render = explorer._render

    def count(axes_changed):
        drawn.append(explorer.values())
        return render(axes_changed)

    monkeypatch.setattr(explorer, "_render", count)
    for control_name, control in explorer.controls.items():
        values = range_of(control)
        control.value = next(value for value in values if value != control.value)
        assert [each[control_name] for each in drawn] == [control.value]
        drawn.clear()
    explorer.set(**explorer._start)
    assert drawn == [explorer.values()]


# What the picture shows


def side_shown(pixel):
    """0 or 1, the class whose colour a pixel has; None for a pale one."""
    red, _, blue = (int(channel) for channel in pixel)
    if abs(red - blue) < 20:
        return None
    return int(red > blue)


def input_planes(explorer):
    return [
        view
        for view in explorer.views
        if isinstance(view, plots.InputPlane | plots.HalfPlane)
    ]


def around(pixels, ax, point, reach):
    """The pixel at a point, and those at a distance from it, away from the middle."""
    height = pixels.shape[0]
    outward = np.sign(np.subtract(point, 0.5)) * reach

    def at(xy):
        column, up = np.round(ax.transData.transform(xy)).astype(int)
        return pixels[height - 1 - up, column]

    x, y = point
    dx, dy = outward
    return at(point), [at((x + dx, y)), at((x, y + dy)), at((x + dx, y + dy))]


@pytest.mark.parametrize("name", WITH_A_PLANE)
def test_the_boundary_is_the_right_way_round(name, monkeypatch):
    # True for 10 alone: mirrored or transposed, another row would be.
    gate = "x1 and not x2"
    # Those without a gate chooser train the default gate.
    monkeypatch.setattr(Settings.__dataclass_fields__["gate"], "default", gate)
    monkeypatch.setattr(outcomes, "MAP_SEEDS", (0, 1))
    monkeypatch.setattr(outcomes, "SHARE_SEEDS", (0,))
    explorer = make(name)
    values = {"gate": gate} if "gate" in explorer.controls else {}
    if name == "explore_line":
        values.update(w1=1, w2=-1, b=-0.5)
    explorer.set(**values)
    assert explorer.text.count(f"{gate}, ") == 1
    assert "4 of 4 correct" in explorer.text

    (plane,) = input_planes(explorer)
    ax, pixels = plane.ax, picture(explorer)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x1", "x2")
    corners = {
        point: ax.transData.transform(point) for point in product((0, 1), (0, 1))
    }
    assert corners[1, 0][0] > corners[0, 0][0]  # x1 to the right
    assert corners[0, 1][1] > corners[0, 0][1]  # x2 upwards
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
    for _ in range(60):
        gate = chance.choice(list(GATES))
        tenths = [chance.randint(-30, 30) for _ in "123"]
        w1, w2, b = (whole / 10 for whole in tenths)
        explorer.set(gate=gate, w1=w1, w2=w2, b=b)
        scores = [tenths[0] * x1 + tenths[1] * x2 + tenths[2] for x1, x2 in X]
        correct = sum(
            (score > 0) == bool(output)
            for score, output in zip(scores, GATES[gate], strict=True)
        )
        assert explorer.text.startswith(
            f"{gate}, w1 {w1:.1f}, w2 {w2:.1f}, b {b:.1f}: {correct} of 4 correct"
        )
        assert ("row on the line" in explorer.text) == (
            0 in scores and tenths[:2] != [0, 0]
        )
        assert ("there is no line" in explorer.text) == (tenths[:2] == [0, 0])


@pytest.mark.parametrize(("w1", "w2"), [(-1, 0), (1, 0), (0, -1), (0, 1)])
def test_one_weight_is_enough_for_a_line(w1, w2):
    explorer = full("explore_line")
    explorer.set(gate="AND", w1=w1, w2=w2, b=0.5)
    assert "there is no line" not in explorer.text


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


@functools.cache
def in_pytorch(settings, step):
    """Loss and probabilities after `step` steps and after all, in PyTorch alone."""
    modules = {"sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "ReLU", "none": "Identity"}
    inputs, y = (torch.from_numpy(table) for table in truth_table(settings.gate))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        parts = []
        for n_in, n_out in zip(settings.sizes, settings.sizes[1:], strict=False):
            parts += [torch.nn.Linear(n_in, n_out)]
            parts += [getattr(torch.nn, modules[settings.activation])()]
    assert settings.init == "pytorch"
    model = torch.nn.Sequential(*parts[:-1])
    loss_function = torch.nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=settings.learning_rate)

    def now():
        with torch.no_grad():
            logits = model(inputs)
            return loss_function(logits, y).item(), torch.sigmoid(logits)[:, 0].numpy()

    at_step = None
    for done in range(settings.steps):
        if done == step:
            at_step = now()
        optimizer.zero_grad()
        loss_function(model(inputs), y).backward()
        optimizer.step()
    return at_step or now(), now()


def correct_by(probs, gate):
    """How many rows are right; a row whose probability is 0.5 decides nothing."""
    return sum(
        abs(p - 0.5) >= 0.001 and (p > 0.5) == bool(output)
        for p, output in zip(probs, GATES[gate], strict=True)
    )


def verdict_by(loss, probs, gate):
    """The verdict of a run that is settled or still on its way, by its definition."""
    if correct_by(probs, gate) == 4 and loss < 0.1:
        return "solved"
    if np.abs(probs - 0.5).max() < 0.001:
        return "undecided at ln 2"
    for level in (0.4774, 0.3466):
        if abs(loss - level) < 0.01:
            return f"stuck at {level}"
    return "still learning"


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


@pytest.mark.parametrize(
    ("name", "values"),
    ORACLE,
    ids=[f"{name[8:]}-{number}" for number, (name, _) in enumerate(ORACLE)],
)
def test_status_and_verdict_are_those_of_pytorch(name, values, steps):
    steps(ORACLE_STEPS)
    explorer = make(name)
    explorer.set(**values)
    settings = explorer.run.settings
    (loss, probs), (last_loss, last_probs) = in_pytorch(settings, values["step"])
    found = STATUS.fullmatch(explorer.text)
    assert found, explorer.text
    assert (found["gate"], int(found["layers"])) == (settings.gate, settings.layers)
    assert float(found["rate"]) == settings.learning_rate
    assert int(found["seed"]) == settings.seed
    assert (int(found["step"]), int(found["steps"])) == (values["step"], ORACLE_STEPS)
    assert float(found["loss"]) == pytest.approx(loss, abs=1e-4)
    assert int(found["correct"]) == correct_by(probs, settings.gate)
    assert found["verdict"] == verdict_by(last_loss, last_probs, settings.gate)


def test_the_chosen_run_and_the_share_are_those_of_pytorch(steps, monkeypatch):
    steps(ORACLE_STEPS)
    seeds, rate = range(64), 3.0
    monkeypatch.setattr(outcomes, "MAP_RATES", (1.0, rate))
    monkeypatch.setattr(outcomes, "SHARE_SEEDS", tuple(seeds))
    explorer = make("explore_outcomes")
    explorer.set(learning_rate=rate, seed=1)

    # All networks at once: one matrix for each seed.
    one = Settings(learning_rate=rate, steps=ORACLE_STEPS, seed=1)
    starts = [initial_weights(dataclasses.replace(one, seed=seed)) for seed in seeds]
    parts = [
        torch.from_numpy(np.stack([start[layer][part] for start in starts]))
        for layer, part in product((0, 1), (0, 1))
    ]
    W1, b1, W2, b2 = (part.requires_grad_() for part in parts)
    inputs, y = (torch.from_numpy(table) for table in truth_table("XOR"))

    def logits():
        h1 = torch.sigmoid(inputs @ W1 + b1[:, None])
        return h1 @ W2 + b2[:, None]

    def losses():
        rows = torch.nn.functional.binary_cross_entropy_with_logits(
            logits(), y.expand(len(seeds), 4, 1), reduction="none"
        )
        return rows.mean(dim=(1, 2))

    optimizer = torch.optim.SGD([W1, b1, W2, b2], lr=rate)
    for _ in range(ORACLE_STEPS):
        optimizer.zero_grad()
        losses().sum().backward()
        optimizer.step()
    with torch.no_grad():
        ends = zip(losses().tolist(), torch.sigmoid(logits()).numpy(), strict=True)
        verdicts = [verdict_by(loss, probs[:, 0], "XOR") for loss, probs in ends]
        loss = losses()[1].item()
    solved = verdicts.count("solved")
    assert 0 < solved < len(seeds)
    share, chosen = explorer.text.split(" Chosen run: ")
    assert share == (
        f"At learning rate 3, {solved} of 64 networks (seeds 0 to 63) solve XOR:"
        f" {100 * solved / 64:.0f} %."
    )
    found = STATUS.fullmatch(chosen)
    assert float(found["loss"]) == pytest.approx(loss, abs=1e-4)
    assert (found["seed"], found["verdict"]) == ("1", verdicts[1])


@every_training_explorer
def test_all_numbers_of_a_status_belong_to_the_same_weights(name):
    explorer = full(name)
    chance = random.Random(2)
    run_steps = range_of(explorer.controls["step"])
    explorer.set(**explorer._start)
    plateau_ends = explorer.run.exit_step or 500  # here one step changes much
    near = min(run_steps, key=lambda step: abs(step - plateau_ends))
    place = run_steps.index(near)
    for step in [0, 1, 99, 100, *run_steps[place - 3 : place + 4], run_steps[-1]]:
        if step != near:
            values = {
                control: chance.choice(range_of(explorer.controls[control]))
                for control in ("gate", "seed", "activation")
                if control in explorer.controls and step in (1, 100)
            }
            explorer.set(**{**explorer._start, **values})
        explorer.controls["step"].value = step
        run, found = explorer.run, STATUS.fullmatch(explorer.text)
        # with PyTorch's functions and not those that made the status
        h = torch.tensor(X)
        gate = run.settings.gate
        weights = run.weights_at(step)
        for layer, (W, b) in enumerate(weights, start=1):
            z = h @ torch.from_numpy(W.copy()) + torch.from_numpy(b.copy())
            activation = run.settings.activation
            h = z if activation == "none" else getattr(torch, activation)(z)
            if layer == len(weights):
                h = z
        y = torch.from_numpy(truth_table(gate)[1])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(h, y).item()
        assert int(found["step"]) == step
        assert float(found["loss"]) == pytest.approx(loss, abs=1e-4)
        probs = torch.sigmoid(h)[:, 0].numpy()
        assert int(found["correct"]) == correct_by(probs, gate)
        assert found["verdict"] == run.verdict
        # the mark in the loss curve, too
        x, height = explorer._panels["loss"].mark.get_data()
        assert (x[0], height[0]) == (step, pytest.approx(loss, abs=1e-4))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_diverging_run_says_so_without_a_warning(activation):
    explorer = full(COMPARING)
    verdicts = set()
    for init, units in product(INITS, (1, 8)):
        explorer.set(
            activation=activation,
            init=init,
            hidden_units=units,
            learning_rate=100.0,
            step=10_001,
        )
        run = explorer.run
        verdicts.add(run.verdict)
        assert run.verdict in VERDICTS
        assert run.verdict in explorer.text
        assert ("the run has diverged" in explorer.text) == (
            not np.isfinite(run.final_loss)
        )
        assert "nan" not in explorer.text
        assert not is_error(explorer.text)
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

    monkeypatch.setattr(training, "train", count)
    return calls


@every_training_explorer
def test_scrubbing_and_playing_do_not_train(name, short, trained):
    explorer = make(name)
    assert len(trained) == 1
    pictures = set()
    for step in range_of(explorer.controls["step"])[::20]:
        explorer.controls["step"].value = step
        pictures.add(explorer.image.value)
    assert len(pictures) > 4
    (play,) = [w for w in tree(explorer.box) if isinstance(w, widgets.Play)]
    for value in range(play.min, play.max + 1, play.step):
        play.value = value
        assert explorer.controls["step"].index == value
        assert f"step {explorer.controls['step'].value}:" in explorer.text
    assert len(trained) == 1
    explorer.set(learning_rate=2.0)
    assert len(trained) == 2


@every_training_explorer
def test_play_starts_again_from_the_end_and_goes_on_from_the_middle(name, short):
    explorer = make(name)
    step = explorer.controls["step"]
    (play,) = [w for w in tree(explorer.box) if isinstance(w, widgets.Play)]
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


def share(explorer):
    return int(re.search(r"(\d+) of 256 networks", explorer.text)[1]) / 256


def test_all_presets_set_what_they_say_and_nothing_else(steps):
    steps(1001)  # a preset goes to step 1,000
    for name in NAMES:
        explorer = make(name)
        start = explorer.values()
        chance = random.Random(3)
        for label, story, values in presets_of(name):
            for _ in range(4):
                move(explorer, chance)
            assert explorer.story.value == ""  # a story does not outlive its values
            click(explorer, label)
            assert explorer.values() == {**start, **values}
            assert html.escape(story) in explorer.story.value
            assert not is_error(explorer.text)
        explorer.close()


def test_a_value_that_the_browser_sends_back_changes_nothing():
    # Seen in JupyterLab: the slider counts -3 + 25 * 0.1.
    explorer = make("explore_line")
    click(explorer, "OR")
    picture_shown, story = explorer.image.value, explorer.story.value
    explorer.controls["b"].value = -3 + 25 * 0.1 + 4e-16
    assert explorer.controls["b"].value != -0.5
    assert explorer.image.value == picture_shown
    assert explorer.story.value == story
    assert "b -0.5: 4 of 4 correct" in explorer.text
    explorer.controls["b"].value = -0.4
    assert explorer.story.value == ""
    assert "b -0.4" in explorer.text


def presets_of(name):
    return getattr(texts, f"{name.removeprefix('explore_').upper()}_PRESETS", [])


def challenges_of(name):
    return getattr(texts, f"{name.removeprefix('explore_').upper()}_CHALLENGES", ())


ALL_PRESETS = [(name, label) for name in NAMES for label, *_ in presets_of(name)]


def claims_line_and(explorer):
    assert "4 of 4 correct" in explorer.text


def claims_line_or(explorer):
    assert "4 of 4 correct" in explorer.text
    values = explorer.values()
    click(explorer, "AND")
    and_values = explorer.values()
    # parallel, and nearer to 00
    assert values["w1"] * and_values["w2"] == values["w2"] * and_values["w1"]
    assert abs(values["b"]) < abs(and_values["b"])


def claims_line_xor(explorer):
    assert "3 of 4 correct" in explorer.text
    # every position of the three sliders, in whole tenths
    tenths = np.arange(-30, 31)
    w1, w2, b = np.meshgrid(tenths, tenths, tenths)
    correct = sum(
        (w1 * x1 + w2 * x2 + b > 0) == bool(output)
        for (x1, x2), output in zip(X.astype(int), GATES["XOR"], strict=True)
    )
    assert correct.max() == 3


def claims_perceptron_and(explorer):
    run = explorer.run
    assert run.verdict == "solved" and run.final_loss < 0.01
    assert (np.diff(run.loss) < 0).all()
    assert run.probs[3] > 0.5 > max(run.probs[:3])


def claims_perceptron_xor(explorer):
    run = explorer.run
    assert np.abs(run.probs - 0.5).max() < 1e-4
    assert run.final_loss == pytest.approx(LN2, abs=1e-6)
    assert run.loss.min() > LN2 - 1e-6  # the best that it ever has
    for seed in range(20):  # and from wherever it begins
        other = train(dataclasses.replace(run.settings, seed=seed))
        assert other.final_loss == pytest.approx(LN2, abs=1e-6)


def claims_perceptron_overshoots(explorer):
    run = explorer.run
    assert run.verdict == "bouncing"
    assert run.loss.min() > LN2 + 0.03 and run.final_loss > LN2 + 0.03
    steps_of_w1 = np.diff([run.weights_at(k)[0][0][0, 0] for k in range(80, 99)])
    assert (steps_of_w1[1:] * steps_of_w1[:-1] < 0).all()  # to and fro
    near = [
        train(dataclasses.replace(run.settings, learning_rate=rate)).verdict
        for rate in (4.9, 5.1)
    ]
    assert near == ["undecided at ln 2", "bouncing"]


def claims_backprop_lecture(explorer):
    run = explorer.run
    assert (run.settings.learning_rate, run.settings.seed) == (1, 777)
    assert run.exit_step == pytest.approx(2200, rel=0.02)
    assert np.abs(run.loss[20:1800] - LN2).max() < 0.005
    h1 = run.outputs_at(10_001, X)[0]
    assert np.abs(h1[1] - h1[2]).max() < 0.001
    assert np.abs(run.outputs_at(0, X)[0][1] - run.outputs_at(0, X)[0][2]).max() > 0.05
    assert [label.get_text() for label in explorer._panels["hidden"].labels].count(
        "01, 10"
    ) == 1


def claims_backprop_tenth(explorer):
    run = explorer.run
    assert run.exit_step is None
    assert run.loss.min() > 0.69
    longer = train(dataclasses.replace(run.settings, steps=25_000))
    lecture = train(Settings())
    assert longer.exit_step == pytest.approx(10 * lecture.exit_step, rel=0.02)


def claims_backprop_merged(explorer):
    run = explorer.run
    assert run.verdict == "stuck at 0.4774"
    assert np.sort(run.probs) == pytest.approx([0, 2 / 3, 2 / 3, 2 / 3], abs=0.001)
    longer = train(dataclasses.replace(run.settings, steps=40_000))
    assert longer.verdict == "stuck at 0.4774"


def claims_bouncing(explorer):
    assert explorer.run.verdict == "bouncing"
    changes = np.diff(explorer.run.loss[-1000:])
    assert (np.abs(changes) > 0.1).all()
    assert (changes[1:] * changes[:-1] < 0).all()  # to and fro


def claims_training_lecture(explorer):
    run = explorer.run
    assert run.verdict == "solved"
    assert (run.settings.hidden_sizes, run.settings.activation) == ((2,), "sigmoid")
    assert run.settings.learning_rate == 1
    assert run.exit_step > 2000


def claims_training_tanh(explorer):
    run, lecture = explorer.run, train(Settings())
    assert np.array_equal(run.snapshots[0], lecture.snapshots[0])
    assert run.verdict == "solved" and run.exit_step < lecture.exit_step / 10


def claims_training_dead(explorer):
    run = explorer.run
    h1 = run.outputs_at(10_001, X)[0]
    assert (h1 == 0).all() and h1.shape == (4, 2)
    assert (run.gradient_norms == 0).all()
    # the units are as they were at the start
    for before, after in zip(
        run.weights_at(0)[0], run.weights_at(10_001)[0], strict=True
    ):
        assert np.array_equal(before, after)


def claims_training_equal(explorer):
    run = explorer.run
    for step in (0, 1, 100, 1000, 10_001):
        (W1, b1), (W2, _) = run.weights_at(step)
        for part in (W1, b1, W2.T):
            assert np.array_equal(part[..., 0], part[..., 1])
    # as one unit does
    one = train(dataclasses.replace(run.settings, hidden_sizes=(1,)))
    assert run.verdict == one.verdict == "stuck at 0.4774"


def claims_depth_deep(explorer):
    run = explorer.run
    assert run.settings.sizes == (2, 10, 10, 10, 1)
    assert run.settings.activation == "sigmoid"
    assert (run.exit_step, run.verdict) == (5188, "solved")
    assert np.abs(run.loss[50:4500] - LN2).max() < 0.001


def claims_depth_saddle(explorer):
    run = explorer.run
    assert explorer.controls["step"].value == 1000
    place = list(run.snapshot_steps).index(1000)
    batch, rows = run.gradient_norms[place], run.row_gradient_norms[place]
    assert batch.max() < 1e-4
    assert (rows > 20 * batch).all()  # so the rows cancel
    assert (rows[1:] > 4 * rows[:-1]).all()  # each layer back has less


def claims_depth_too_deep(explorer):
    run = explorer.run
    assert run.settings.layers == 8
    assert np.abs(run.loss[100:] - LN2).max() < 1e-5


def claims_depth_tanh(explorer):
    run = explorer.run
    assert run.verdict == "solved" and run.exit_step < 100
    sigmoid = train(Settings(hidden_sizes=(10, 10, 10)))
    first = [r.row_gradient_norms[0, 0] for r in (run, sigmoid)]
    assert first[0] > 10 * first[1]  # the signals reach the first layer
    slopes = [
        torch.autograd.functional.jacobian(function, torch.zeros(())).item()
        for function in (torch.tanh, torch.sigmoid)
    ]
    assert slopes == [1, 0.25]


def claims_depth_large(explorer):
    run, usual = explorer.run, train(Settings(hidden_sizes=(10, 10, 10)))
    assert np.array_equal(run.snapshots[0], 4 * usual.snapshots[0])
    assert run.verdict == "solved" and run.exit_step < usual.exit_step / 10


MODERATE_RATES = (0.5, 3.0)


def claims_outcomes_sigmoid(explorer):
    assert 0.85 < share(explorer) < 0.95
    assert "89 %" in explorer.text
    solved = sweep(Settings(), MODERATE_RATES, range(256)).solved
    assert (abs(solved.mean(axis=0) - 0.9) < 0.05).all()


def claims_outcomes_four(explorer):
    assert share(explorer) == 1
    assert sweep(Settings(hidden_sizes=(4,)), MODERATE_RATES, range(256)).solved.all()


def claims_outcomes_relu(explorer):
    assert share(explorer) < 0.5
    dead, waits = 0, []
    for seed in range(256):
        run = train(Settings(activation="relu", seed=seed))
        dead_units = (run.outputs_at(0, X)[0] == 0).all(axis=0)
        if dead_units.any():
            dead += 1
            assert run.verdict != "solved"
            assert (run.outputs_at(10_001, X)[0][:, dead_units] == 0).all()
        elif run.verdict == "solved":
            waits.append(run.exit_step)
    assert dead / 256 == pytest.approx(0.5, abs=0.05)
    sigmoid = [train(Settings(seed=seed)).exit_step for seed in range(16)]
    assert np.median(waits) < np.median(sigmoid) / 4


def claims_outcomes_bounces(explorer):
    assert explorer.values()["learning_rate"] == 30
    verdicts = sweep(Settings(), [30.0], range(256)).verdict
    assert (verdicts == "bouncing").mean() > 0.95
    assert share(explorer) < 0.05


CLAIMS = {
    ("explore_line", "AND"): claims_line_and,
    ("explore_line", "OR"): claims_line_or,
    ("explore_line", "the best for XOR"): claims_line_xor,
    ("explore_perceptron", "AND is learned"): claims_perceptron_and,
    ("explore_perceptron", "XOR ends at ln 2"): claims_perceptron_xor,
    ("explore_perceptron", "too large a step"): claims_perceptron_overshoots,
    ("explore_backprop", "the run of the lecture notes"): claims_backprop_lecture,
    ("explore_backprop", "a tenth of the step"): claims_backprop_tenth,
    ("explore_backprop", "three rows merged"): claims_backprop_merged,
    ("explore_backprop", "too large a step"): claims_bouncing,
    ("explore_training", "the run of the lecture notes"): claims_training_lecture,
    ("explore_training", "a way out: tanh"): claims_training_tanh,
    ("explore_training", "dead ReLU"): claims_training_dead,
    ("explore_training", "all weights equal"): claims_training_equal,
    ("explore_depth", "the deep net"): claims_depth_deep,
    ("explore_depth", "waiting at the saddle"): claims_depth_saddle,
    ("explore_depth", "too deep for sigmoid"): claims_depth_too_deep,
    ("explore_depth", "a way out: tanh"): claims_depth_tanh,
    ("explore_depth", "a way out: larger weights"): claims_depth_large,
    ("explore_outcomes", "2 sigmoid units"): claims_outcomes_sigmoid,
    ("explore_outcomes", "4 sigmoid units"): claims_outcomes_four,
    ("explore_outcomes", "2 relu units"): claims_outcomes_relu,
    ("explore_outcomes", "too large a step"): claims_outcomes_bounces,
}


@pytest.mark.parametrize(
    ("name", "label"), ALL_PRESETS, ids=[f"{n[8:]}-{label}" for n, label in ALL_PRESETS]
)
def test_the_story_of_a_preset_is_true(name, label):
    explorer = full(name)
    click(explorer, label)
    CLAIMS[name, label](explorer)  # no entry: its claims have no test yet


# Challenges: one way to meet each, and settings that come near without meeting it.

CHALLENGES = {
    "explore_line": [
        ([{"gate": "AND", "w1": 1, "w2": 1, "b": -1.5}], [{"gate": "OR"}]),
        ([{"gate": "NAND", "w1": -1, "w2": -1, "b": 1.5}], [{"gate": "NAND"}]),
        ([{"gate": "XOR"}], [{"gate": "XOR", "b": -3}, {"gate": "XNOR", "b": 0.5}]),
    ],
    "explore_perceptron": [
        ([{"gate": "XNOR"}], [{"gate": "XOR"}, {"gate": "AND", "learning_rate": 0.01}]),
        (
            [{"gate": "AND", "learning_rate": 4.0}],
            [
                {"gate": "AND", "learning_rate": 3.0},  # at step 53
                {"gate": "FALSE", "learning_rate": 4.0},
            ],
        ),
    ],
    "explore_backprop": [
        (
            [{"learning_rate": 5.0}],
            [
                {"learning_rate": 4.0},  # leaves too late
                {"learning_rate": 7.0},  # leaves in time, and does not solve XOR
                {"learning_rate": 5.0, "seed": 3},
            ],
        ),
        ([{"seed": 5}], [{"seed": 0}, {"seed": 5, "learning_rate": 3.0}]),
    ],
    "explore_training": [
        (
            [{"activation": "tanh"}],
            [
                {"activation": "tanh", "hidden_units": 3},
                {"activation": "tanh", "gate": "AND"},
                {"learning_rate": 3.0},
            ],
        ),
        (
            [{"hidden_units": 1, "gate": "AND"}, {"hidden_units": 1, "gate": "XOR"}],
            [
                {"hidden_units": 1, "gate": "AND"},
                {"hidden_units": 1, "gate": "AND", "learning_rate": 0.01},
                {"hidden_units": 1, "gate": "OR"},
                {"hidden_units": 2, "gate": "XOR", "seed": 5},
            ],
        ),
    ],
    "explore_depth": [
        (
            [{"layers": 8, "activation": "tanh"}],
            [{"layers": 8}, {"layers": 7, "activation": "tanh"}],
        ),
        (
            [{"layers": 6, "init": "large"}],
            [{"layers": 5, "init": "large"}, {"layers": 6, "activation": "tanh"}],
        ),
        (
            [{"init": "large"}],
            [
                {"activation": "tanh"},
                {"layers": 3, "init": "large"},
                {"init": "large", "learning_rate": 0.5},
            ],
        ),
    ],
}
ALL_CHALLENGES = [
    (name, place) for name in NAMES for place in range(len(challenges_of(name)))
]


def challenge_labels(explorer):
    return [
        html.unescape(w.value)
        for w in tree(explorer.box)
        if isinstance(w, widgets.HTML) and re.search(r"(done|to do): ", w.value)
    ]


@pytest.mark.parametrize(("name", "place"), ALL_CHALLENGES)
def test_a_challenge_can_be_met_but_not_by_accident(name, place):
    ways, near_misses = CHALLENGES[name][place]
    sentence = challenges_of(name)[place]
    explorer = make(name)
    start = explorer.values()
    for values in ({}, *near_misses):
        explorer.set(**{**start, **values})
        assert challenge_labels(explorer)[place] == f"☐ to do: {sentence}", values
    for values in ways:
        assert challenge_labels(explorer)[place] == f"☐ to do: {sentence}"
        explorer.set(**{**start, **values})
    assert challenge_labels(explorer)[place] == f"☑ done: {sentence}"
    explorer.set(**start)
    assert challenge_labels(explorer)[place] == f"☑ done: {sentence}"


# The PyTorch code


def code_shown(explorer):
    """The script under "Show the PyTorch code", as a learner copies it."""
    (text,) = re.fullmatch(
        r'<pre tabindex="0">(.*)</pre>', explorer.code.value, re.DOTALL
    ).groups()
    return html.unescape(text)


def final_losses(scripts, folder):
    """What scripts print, each run on its own in one new Python process."""
    paths = []
    for number, script in enumerate(scripts):
        path = folder / f"script_{number}.py"
        path.write_text(script, encoding="utf-8")
        paths.append(str(path))
    run_all = "import runpy, sys\nfor path in sys.argv[1:]: runpy.run_path(path)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", run_all, *paths],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) == len(scripts)
    return [re.fullmatch(r"final loss (.+)", line)[1] for line in lines]


def test_the_shown_code_prints_the_displayed_loss(tmp_path):
    explorer = make(COMPARING)
    click(explorer, texts.LABELS["code"])
    scripts, displayed = [], []
    for values in (
        {},
        {"gate": "x1 and not x2", "activation": "relu", "init": "he", "seed": 12},
    ):
        explorer.set(**values)
        scripts.append(code_shown(explorer))
        displayed.append(re.search(r"step 10001: loss ([\d.]+)", explorer.text)[1])
    assert final_losses(scripts, tmp_path) == displayed
    click(explorer, texts.LABELS["code"])
    assert explorer.code.value == ""


def test_the_code_of_every_init_and_activation_computes_the_same(tmp_path):
    cases = [
        Settings(
            gate=gate,
            hidden_sizes=sizes,
            activation=activation,
            init=init,
            learning_rate=rate,
            steps=300,
            seed=seed,
        )
        for seed, ((init, activation), gate, sizes, rate) in enumerate(
            zip(
                product(INITS, ACTIVATIONS),
                list(GATES) + list(GATES)[::2],
                [(2,), (3,), (8,), (1,)] * 6,
                [0.01, 1.12, 3.0, 0.5] * 6,
                strict=True,
            )
        )
    ] + [Settings(hidden_sizes=sizes, steps=300) for sizes in ((), (4, 3, 5))]
    printed = final_losses([pytorch_code(case) for case in cases], tmp_path)
    for case, loss in zip(cases, printed, strict=True):
        # the last printed digit may be rounded the other way
        assert float(loss) == pytest.approx(train(case).final_loss, abs=1.01e-4), case


def test_the_code_warns_where_rounding_may_change_the_outcome(tmp_path):
    explorer = full(COMPARING)
    for rate, warned in [(2.99, False), (3.16, True)]:
        code = pytorch_code(Settings(learning_rate=rate))
        assert ("rounding may change" in code) == warned
        compile(code, "script", "exec")
    assert explorer.code.value == ""


def test_the_code_follows_every_control(short):
    explorer = make(COMPARING)
    click(explorer, texts.LABELS["code"])
    for control_name, control in explorer.controls.items():
        before = code_shown(explorer)
        control.value = next(v for v in range_of(control) if v != control.value)
        assert (code_shown(explorer) != before) == (control_name != "step")
        assert code_shown(explorer) == pytorch_code(explorer.run.settings)


# Keep and compare


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
    first = explorer.values()
    click(explorer, texts.LABELS["keep"])
    kept = explorer.run
    explorer.set(**{**first, **values})
    found = KEPT.fullmatch(explorer.text)
    assert found, explorer.text
    assert found[1] == f"{kept.final_loss:.4f}"
    assert found[2] == kept.verdict
    assert sorted(found[3].split(", ")) == sorted(different.split(", "))
    assert found[4] == start
    same = np.array_equal(kept.snapshots[0], explorer.run.snapshots[0])
    assert same == (start == "the same")
    # the picture, too, has the kept run in it
    with_kept = picture(explorer)
    x, losses = explorer._panels["loss"].kept.get_data()
    assert np.array_equal(losses, kept.loss[x.astype(int)])
    click(explorer, texts.LABELS["drop"])
    assert "Kept run" not in explorer.text
    assert_shows(explorer, COMPARING, {**first, **values})
    if values and "step" not in values:
        assert not np.array_equal(with_kept, picture(explorer))


def test_equal_weights_of_other_seeds_are_called_the_same(short):
    explorer = make(COMPARING)
    explorer.set(init="zeros")
    click(explorer, texts.LABELS["keep"])
    explorer.set(seed=5)
    assert KEPT.fullmatch(explorer.text).groups()[2:] == ("seed", "the same")


def test_the_kept_run_is_the_one_that_was_shown(short, trained):
    explorer = make(COMPARING)
    for seed in (4, 5):
        explorer.set(seed=seed)
        click(explorer, texts.LABELS["keep"])
        assert KEPT.fullmatch(explorer.text)[3] == "nothing"
    assert len(trained) == 3  # keeping a run does not train one
    explorer.set(seed=6)
    click(explorer, "a way out: tanh")
    assert KEPT.fullmatch(explorer.text)[1] == f"{train_short(5).final_loss:.4f}"


def train_short(seed):
    return train(Settings(steps=SHORT, seed=seed))


# Errors are shown, and leave nothing behind


@every_explorer
def test_an_error_is_shown_and_overcome(name, short, monkeypatch):
    explorer = make(name)
    control_name, control = list(explorer.controls.items())[-1]
    end = next(v for v in reversed(range_of(control)) if v != control.value)
    before = explorer.image.value

    def fail():
        raise RuntimeError("the <disk> is full")

    with monkeypatch.context() as patch:
        patch.setattr(explorer, "show", fail)
        control.value = end
        assert explorer.text == "RuntimeError: the <disk> is full"
        assert html.escape(explorer.text) in explorer.status.value
        assert explorer.image.value == before
    explorer.update()
    assert_shows(explorer, name, explorer.values())


@every_training_explorer
def test_an_error_of_the_trainer_is_shown(name, short, monkeypatch):
    explorer = make(name)
    with monkeypatch.context() as patch:

        def no_memory(settings):
            raise MemoryError("no room for the weights")

        patch.setattr(training, "train", no_memory)
        explorer.set(learning_rate=2.0)
        assert explorer.text == "MemoryError: no room for the weights"
    explorer.set(learning_rate=1.0)
    assert_shows(explorer, name, explorer.values())


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@every_training_explorer
def test_a_view_that_fails_halfway_leaves_no_stale_background(
    name, error, short, monkeypatch
):
    explorer = make(name)
    loud = {**explorer.values(), "learning_rate": 100.0}  # needs other axes
    last = list(explorer._panels.values())[-1]

    def fail(*_):
        raise error("halfway")

    with monkeypatch.context() as patch:
        patch.setattr(last, "update", fail)
        # What stops the kernel goes on to the reader; all else is shown.
        stops = issubclass(error, KeyboardInterrupt)
        with pytest.raises(error) if stops else contextlib.nullcontext():
            explorer.set(**loud)
        assert stops or explorer.text == "RuntimeError: halfway"
    explorer.update()
    assert_shows(explorer, name, loud)


def test_a_map_that_fails_halfway_is_drawn_anew(short, monkeypatch):
    name = "explore_outcomes"
    explorer = make(name)
    update = explorer._map.update

    def stop_at_the_end(*arguments):
        update(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(explorer._map, "update", stop_at_the_end)
        with pytest.raises(KeyboardInterrupt):
            explorer.set(activation="relu", hidden_units=4)
    explorer.set(**explorer._start)
    assert_shows(explorer, name, explorer._start)


def test_an_error_in_judging_a_challenge_is_shown(short):
    def fail(judged):
        raise KeyError("gate")

    explorer = make("explore_line")
    _, _, label = explorer._challenges[0]
    explorer._challenges[0] = ("anything", fail, label)
    explorer.set(b=1.0)
    assert explorer.text == "KeyError: 'gate'"


def test_an_error_in_the_code_is_shown(short, monkeypatch):
    explorer = make(COMPARING)

    def fail(settings):
        raise LookupError("no such module")

    monkeypatch.setattr(training, "pytorch_code", fail)
    click(explorer, texts.LABELS["code"])
    assert explorer.text == "LookupError: no such module"


# Cells that run again, and what a cell stores


@pytest.fixture
def run_cell(monkeypatch):
    """Makes explorers as a cell with an id does in its n-th execution."""
    monkeypatch.setattr(base, "_open_by_cell", {})

    def run(cell, execution, *names):
        metadata = {} if cell is None else {"cellId": cell}
        parent = {"header": {"msg_id": execution}, "metadata": metadata}
        shell = types.SimpleNamespace(get_parent=lambda: parent)
        with monkeypatch.context() as patch:
            patch.setattr(base, "get_ipython", lambda: shell)
            return [make(name) for name in names]

    return run


def is_open(explorer):
    alive = [w.comm is not None for w in tree(explorer.box)]
    assert len(set(alive)) == 1
    return alive[0]


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
    explorer = make(name)
    explorer.close()
    assert len(widget_module._instances) == before


@every_explorer
def test_a_cell_shows_a_widget_and_then_a_picture_and_then_a_status(name):
    explorer = full(name)
    explorer.set(**explorer._start)
    live, picture, words = shown(explorer)
    # JupyterLab shows the widget wherever there is one, alive or not.
    assert set(live) == {WIDGET_VIEW}
    assert set(picture) == {"image/png", "text/plain"}
    assert set(words) == {"text/html"}
    assert live[WIDGET_VIEW]["model_id"] == explorer.box.model_id
    png = base64.b64decode(picture["image/png"], validate=True)
    with Image.open(io.BytesIO(png)) as image:
        image.verify()
        assert image.format == "PNG"
    assert picture["text/plain"] == explorer.text
    assert f">{html.escape(explorer.text)}</p>" in words["text/html"]
    assert "0x" not in explorer.text  # an address would differ each time
    assert_shows(explorer, name, explorer.values())
    another = make(name)
    assert shown(another)[1:] == [picture, words]
    another.close()


# Two threads, as with JupyterLab's subshells


@every_explorer
def test_moves_from_two_threads_end_in_one_consistent_state(name, short):
    explorer = make(name)
    names = list(explorer.controls)
    errors = []

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


@every_training_explorer
def test_a_slow_earlier_move_does_not_overwrite_a_later_one(name, short, monkeypatch):
    explorer = make(name)
    begun, later = threading.Event(), threading.Event()

    def slow_at_first(settings):
        if settings.learning_rate == 2:
            begun.set()
            later.wait(0.2)  # longer, where the other move can come in between
        return train(settings)

    monkeypatch.setattr(training, "train", slow_at_first)

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
    explorer.set(**{**explorer._start, "seed": 6, "learning_rate": 10.0})
    letters = {letter: verdict for verdict, letter in plots.VERDICT_LETTERS.items()}
    cells = {
        tuple(int(place) for place in text.get_position()): letters[text.get_text()]
        for text in explorer._map.ax.texts
    }
    assert len(cells) == len(outcomes.MAP_RATES) * len(outcomes.MAP_SEEDS)
    solved = dict.fromkeys(outcomes.MAP_RATES, 0)
    for (column, row), verdict in cells.items():
        rate, seed = outcomes.MAP_RATES[column], outcomes.MAP_SEEDS[row]
        run = train(Settings(learning_rate=rate, seed=seed))
        assert verdict == run.verdict, (rate, seed)
        solved[rate] += run.verdict == "solved"
    assert len(set(cells.values())) > 3
    labels = [tick.get_text() for tick in explorer._map.ax.get_xticklabels()]
    assert labels == [f"{rate:g}\n{count}/16" for rate, count in solved.items()]
    column, row = (
        np.array(explorer._map.chosen.get_xy()) + explorer._map.chosen.get_width() / 2
    )
    assert (outcomes.MAP_RATES[int(column)], outcomes.MAP_SEEDS[int(row)]) == (10.0, 6)
    assert "learning rate 10, seed 6, step 10001: loss" in explorer.text
    assert explorer.text.endswith(f"{cells[8, 6]}.")


def test_the_share_is_that_of_a_sweep():
    explorer = full("explore_outcomes")
    for values in ({"learning_rate": 5.0}, {"activation": "tanh", "hidden_units": 3}):
        explorer.set(**{**explorer._start, **values})
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
    explorer = make("explore_outcomes")
    said = []
    explorer.status.observe(lambda change: said.append(change.new), "value")
    explorer.set(hidden_units=3)
    progress = [html.unescape(text) for text in said if "training" in text]
    done = [re.search(r"training 300 networks, (\d+) of them", t) for t in progress]
    assert [int(found[1]) for found in done if found] == [0, 128, 256]
    assert "training" not in explorer.text


def test_only_what_changed_is_swept_again(short, monkeypatch):
    explorer = make("explore_outcomes")
    sweeps = []

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


# Form


ALLOWED = (
    widgets.Box,
    widgets.HTML,
    widgets.Label,
    widgets.Image,
    widgets.Button,
    widgets.ToggleButton,
    widgets.ToggleButtons,
    widgets.Checkbox,
    widgets.IntSlider,
    widgets.FloatSlider,
    widgets.SelectionSlider,
    widgets.Play,
)


@every_explorer
def test_only_widgets_whose_keys_work_in_jupyterlab(name, short):
    # Dropdown, Select and RadioButtons lose theirs; "dd" on one deletes the cell.
    explorer = make(name)
    controls = [w for w in tree(explorer.box) if not isinstance(w, widgets.Box)]
    assert [type(w).__name__ for w in controls if not isinstance(w, ALLOWED)] == []
    assert not any(
        isinstance(w, widgets.Dropdown | widgets.Select | widgets.RadioButtons)
        for w in controls
    )
    assert {id(w) for w in explorer.controls.values()} <= {id(w) for w in controls}
    # moved while it is dragged, not only where it is dropped
    assert all(getattr(w, "continuous_update", True) for w in controls)


def test_every_text_is_used(short):
    shown, stories = set(), set()
    for name in NAMES:
        explorer = make(name)
        if "position" in explorer.controls:  # at the start a graph shows no gradient
            explorer.set(position=explorer.controls["position"].max)
        for widget in tree(explorer.box):
            for trait in ("description", "tooltip", "value"):
                if isinstance(text := getattr(widget, trait, None), str):
                    shown.add(re.sub(r"^. (to do|done): ", "", html.unescape(text)))
        for artist in explorer.figure.findobj(plt.Text):
            shown.update(artist.get_text().split("\n"))
        stories.update(story for _, story, _ in presets_of(name))
        explorer.close()
    everything = "\n".join(shown)
    for label in texts.LABELS.values():
        assert re.search(rf"(?<!\w){re.escape(label)}(?!\w)", everything), label
    assert stories <= shown
    for name in NAMES:
        wanted = {label for label, _, _ in presets_of(name)} | set(challenges_of(name))
        assert wanted <= shown
    # the rest, such as sentences with gaps, by its name in the code
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in Path(base.__file__).parent.glob("*.py")
    )
    for constant in filter(str.isupper, vars(texts)):
        assert f"texts.{constant}" in code, constant


# Colours

# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of
# Color Vision Deficiency" (2009), severity 1.0; for linear RGB.
MACHADO = {
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "usual vision": np.eye(3),
    "grey": [[0.2126, 0.7152, 0.0722]] * 3,
}
FROM_LINEAR_RGB_TO_XYZ = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
]


def linear(colour):
    """Linear RGB of a colour that matplotlib knows (IEC 61966-2-1)."""
    channels = np.array(plt.matplotlib.colors.to_rgb(colour))
    low = channels / 12.92
    return np.where(channels > 0.04045, ((channels + 0.055) / 1.055) ** 2.4, low)


def lab(rgb):
    """CIE L*a*b* of linear RGB, white D65."""
    matrix = np.array(FROM_LINEAR_RGB_TO_XYZ)
    x, y, z = (matrix @ np.clip(rgb, 0, 1)) / matrix.sum(axis=1)
    fx, fy, fz = (
        t ** (1 / 3) if t > (6 / 29) ** 3 else t / (3 * (6 / 29) ** 2) + 4 / 29
        for t in (x, y, z)
    )
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


def contrast(one, other):
    """Contrast ratio of WCAG 2, from 1 to 21."""
    a, b = (linear(colour) @ MACHADO["grey"][0] for colour in (one, other))
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


@pytest.mark.parametrize("vision", MACHADO)
def test_the_classes_are_told_apart(vision):
    def difference(one, other):
        return np.linalg.norm(
            np.subtract(*(lab(MACHADO[vision] @ linear(c)) for c in (one, other)))
        )

    # 2.3 is just noticeable
    if vision != "grey":
        assert difference(*plots.CLASS_COLOURS) > 25
        assert difference(plots.PROBS_CMAP(0.0), plots.PROBS_CMAP(1.0)) > 15
        for one, other in combinations(plots.VERDICTS, 2):
            found = difference(plots.VERDICT_COLOURS[one], plots.VERDICT_COLOURS[other])
            assert found > 7, (one, other)
    # in print, and whatever the eyes: shapes and letters
    assert len(set(plots.CLASS_MARKERS)) == 2
    assert len(set(plots.VERDICT_LETTERS.values())) == len(VERDICTS)


def test_markers_stand_out_from_what_is_behind_them():
    for colour, prob in zip(plots.CLASS_COLOURS, (0.0, 1.0), strict=True):
        for behind in ("white", plots.PROBS_CMAP(0.5), plots.PROBS_CMAP(1 - prob)):
            # WCAG 2 asks 3 of graphics; a marker has a white edge on the last two
            assert max(contrast(colour, behind), contrast("white", behind)) > 1.9
        assert contrast(colour, "white") > 3
