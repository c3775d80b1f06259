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
from mlplab.explorers import base, outcomes, perceptron, runs, training
from mlplab.network import INITS, VERDICTS, Run, Settings, sweep, train
from mlplab.pytorch_code import pytorch_code
from support.explorers import (
    NAMES,
    a_few_explorers,
    assert_shows,
    at_data,
    full,
    is_error,
    make,
    map_letters,
    move,
    of_these_now,
    picture,
    send,
    take,
)
from support.pytorch import torch_network, torch_rows, torch_seeded, torch_train
from support.shown import shown
from tools.execute import WIDGET_VIEW

# Neither a move nor a diverging run may warn: in a notebook it would be red text.
pytestmark = pytest.mark.filterwarnings("error")

RUNS = ["explore_perceptron", "explore_backprop", "explore_training", "explore_depth"]
WITH_A_PLANE = ["explore_line", "explore_outcomes", "explore_xor", *RUNS]
COMPARING = "explore_training"
KEEP, DROP = "keep this run", "forget it"
MOVES = 60
COUNTED = 6  # of which every byte is counted, which is slow
SLOW = {"explore_depth", "explore_outcomes"}  # they draw many panels, or a whole map
SMALL_PICTURE = 1500  # bytes, less than any picture of the explorers in small
SHORT = 301  # steps of a run where the run itself does not matter

every_explorer = pytest.mark.parametrize("name", NAMES)


every_quick_explorer = of_these_now(set(NAMES) - SLOW)
every_run_explorer = pytest.mark.parametrize("name", RUNS)


@pytest.fixture
def steps(monkeypatch):
    """Sets the number of steps of every run; the map and the pictures become small."""

    def set_steps(number):
        monkeypatch.setattr(base, "DPI", 40)
        monkeypatch.setattr(base, "LAYOUTS", 1)
        own = perceptron.PerceptronExplorer, outcomes.OutcomesExplorer
        for kind in (runs.RunExplorer, *own):
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


@every_quick_explorer
def test_every_control_over_its_range(name, short):
    explorer, other = make(name), make(name)
    size, start = picture(explorer).shape, explorer.start
    for control_name, control in explorer.controls.items():
        values = control.options
        assert start[control_name] in values
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
            control_name: control.options[ends[place % 2]]
            for place, (control_name, control) in enumerate(explorer.controls.items())
        }
        explorer.set(**values)
        assert explorer.values() == values
        assert not is_error(explorer.text)


def observers(explorer):
    """How many callbacks hang on an explorer's page and controls."""
    return sum(
        len(callbacks)
        for widget in (explorer.page, *explorer.controls.values())
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
    tracemalloc.start()
    try:
        used = []
        for _ in range(3):  # in the first, what was there before is replaced
            wander(COUNTED)
            gc.collect()
            taken = tracemalloc.take_snapshot().filter_traces(
                # without matplotlib's, which keeps the sizes of the last texts
                [tracemalloc.Filter(True, "*/mlplab/*")]
            )
            used.append(sum(trace.size for trace in taken.traces))
    finally:
        tracemalloc.stop()
    assert used[2] - used[1] < COUNTED * SMALL_PICTURE


@of_these_now({"explore_graph", COMPARING})
def test_many_random_moves_end_on_the_last_value_and_leave_nothing(name, short):
    assert_moves_leave_nothing(name, MOVES)


@pytest.mark.long
@pytest.mark.parametrize("name", ["explore_line", *RUNS])
def test_a_long_lesson_of_moves_leaves_nothing(name, short):
    """10,000 moves of the line, and as many of the explorers of a run together."""
    assert_moves_leave_nothing(name, 10_000 // (len(RUNS) if name in RUNS else 1))


@of_these_now({COMPARING})
def test_two_explorers_of_a_kind_on_one_page_share_nothing(name, short):
    pair, other = (make(name), make(name)), make(name)
    chance = random.Random(5)

    def all_of(explorer):
        page = explorer.page
        return explorer.values(), page.picture, page.status, page.story

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
        control.value = next(v for v in control.options if v != control.value)
        assert [each[control_name] for each in drawn] == [control.value]
        drawn.clear()
    explorer.set(**explorer.start)
    assert drawn == [explorer.values()]


@every_explorer
def test_a_move_that_changes_no_axes_draws_only_what_moves(name, short, monkeypatch):
    explorer = make(name)
    names = "seed", "step", "position", "w1", "t", "column"
    control = next(explorer.controls[n] for n in names if n in explorer.controls)
    values = control.options
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
            f"{gate}, w1 {w1:.2f}, w2 {w2:.2f}, b {b:.2f}: {correct} of 4 correct"
        )
        no_line = tenths[:2] == [0, 0]
        assert ("row on the line" in explorer.text) == (0 in scores and not no_line)
        assert ("there is no line" in explorer.text) == no_line


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
    all_steps = explorer.controls["step"].options
    explorer.set(**explorer.start)
    plateau_ends = explorer.state.run.exit_step or 500  # here one step changes much
    near = min(all_steps, key=lambda step: abs(step - plateau_ends))
    place = all_steps.index(near)
    for step in [0, 1, 99, 100, *all_steps[place - 3 : place + 4], all_steps[-1]]:
        if step in (1, 100):
            values = {
                control: chance.choice(explorer.controls[control].options)
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


@every_run_explorer
def test_scrubbing_and_playing_do_not_train(name, short, trained):
    explorer = make(name)
    assert len(trained) == 1
    pictures = set()
    step = explorer.controls["step"]
    assert 0 < step.play < len(step.options)
    for value in step.options[:: step.play]:
        step.value = value
        pictures.add(explorer.page.picture)
        assert f"step {value}:" in explorer.text
    assert len(pictures) > 4
    assert len(trained) == 1
    explorer.set(learning_rate=2.0)
    assert len(trained) == 2


# What is typed

RATES = "0.01 to 100"
TYPED = [
    ("learning_rate", "5", 5.0, ""),
    ("learning_rate", " 0,5 ", 0.5, ""),
    ("learning_rate", "1e1", 10.0, ""),
    ("learning_rate", "5.4", 5.0, f"here {RATES}; the nearest is 5"),
    ("learning_rate", "inf", 100.0, f"here {RATES}; the nearest is 100"),
    ("learning_rate", "-1", 0.01, f"here {RATES}; the nearest is 0.01"),
    ("learning_rate", " ", 1.0, f"nothing was typed. Here: {RATES}"),
    ("learning_rate", "fast", 1.0, f"“fast” is not a number. Here: {RATES}"),
    ("learning_rate", "nan", 1.0, f"“nan” is not a number. Here: {RATES}"),
    ("seed", "12", 12, ""),
    ("seed", "12.0", 12, ""),
    ("seed", "1000", 999, "here 0 to 999; the nearest is 999"),
    ("step", "1234", 1230, "here 0 to 10001; the nearest is 1230"),
    ("unit", "1.2", "1.2", ""),
    ("unit", "output", "output", ""),
    ("unit", "7", "output", "“7” is none of these. Here: output to 1.2"),
]


@pytest.mark.parametrize(("control", "text", "value", "answer"), TYPED)
def test_what_is_typed_takes_effect_or_is_answered(control, text, value, answer):
    explorer = full("explore_backprop")
    explorer.set(**explorer.start)
    send(explorer, "type", control=control, text=text)
    assert explorer.values() == explorer.start | {control: value}
    label = explorer.controls[control].label
    assert explorer.page.story == (answer and f"{label}: {answer}.")
    assert explorer.page.places[control] == explorer.controls[control].place


@pytest.mark.parametrize(
    ("text", "value"), [("-1.25", -1.25), ("\N{MINUS SIGN}0.5", -0.5), ("-0", 0.0)]
)
def test_a_minus_sign_is_read_whichever_it_is(text, value):
    explorer = full("explore_line")
    send(explorer, "type", control="w2", text=text)
    assert explorer.values()["w2"] == value
    assert f"w2 {value:.2f}" in explorer.text
    assert explorer.page.story == ""


@every_explorer
def test_what_is_written_beside_a_control_can_be_typed(name):
    explorer = full(name)
    for control in explorer.controls.values():
        assert len(set(control.texts)) == len(control.options)
        for option, text in zip(
            control.options[::50], control.texts[::50], strict=True
        ):
            assert control.read(text) == (option, "")


@every_explorer
def test_a_control_has_one_of_its_options_and_says_so(name):
    for control in full(name).controls.values():
        with pytest.raises(ValueError, match=re.escape(f"one of {control.range}, got")):
            control.value = "seven"


@every_explorer
def test_every_control_has_a_name_of_its_own(name):
    explorer = full(name)
    labels = [control.label for control in explorer.controls.values()]
    assert len(set(labels)) == len(labels)
    assert explorer.title and explorer.invitation.endswith(".")


# What a hand takes


def test_the_line_follows_the_hand_and_keeps_its_slope():
    explorer = full("explore_line")
    explorer.set(gate="AND", w1=1.0, w2=2.0, b=-1.5)
    for place in (0.2, 0.3), (1.1, 0.9), (0.4, 1.2):
        take(explorer, "picture", "move the line", (0.5, 0.5), place)
        line = explorer.state
        assert (line.w1, line.w2) == (1, 2)
        assert line.w1 * place[0] + line.w2 * place[1] + line.b == pytest.approx(
            0, abs=0.006
        )
    take(explorer, "picture", "move the line", (0.4, 1.2), (9, 9))
    assert explorer.state.b == -3  # as far as it goes


@pytest.mark.parametrize(("says", "end"), [("turn the line", 0), ("turn it here", 1)])
def test_the_line_turns_about_its_middle_and_stays_as_long(says, end):
    explorer = full("explore_line")
    explorer.set(gate="AND", w1=1.0, w2=1.5, b=-1.2)
    ends = explorer.views["picture"].ends
    middle, start = ends.mean(axis=0), ends[end]
    above = explorer.state.scores[3] > 0
    angles = np.arctan2(*(start - middle)[::-1]) + np.linspace(0, 3, 8)
    turned = middle + 0.7 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    x, y = at_data(explorer, "picture", *start)
    send(explorer, "take", panel="picture", says=says, x=x, y=y, first=True)
    for place in turned:
        x, y = at_data(explorer, "picture", *place)
        send(explorer, "take", panel="picture", says=says, x=x, y=y)
        w1, w2, b = explorer.state.w1, explorer.state.w2, explorer.state.b
        for point in (middle, place):  # the line goes through both
            assert w1 * point[0] + w2 * point[1] + b == pytest.approx(0, abs=0.02)
        assert np.hypot(w1, w2) == pytest.approx(np.hypot(1, 1.5), abs=0.01)
    assert (
        explorer.state.scores[3] > 0
    ) != above  # by about half a turn: its other side


def test_a_line_that_is_not_in_the_picture_cannot_be_taken():
    explorer = full("explore_line")
    for values in ({"w1": 0.0, "w2": 0.0}, {"w1": 0.1, "w2": 0.0, "b": 3.0}):
        explorer.set(**explorer.start | values)
        assert explorer.page.handles == []
    explorer.set(**explorer.start)
    assert len(explorer.page.handles) == 3


@pytest.mark.parametrize("panel", ["loss", "batch", "rows"])
def test_the_step_follows_the_hand_along_a_curve(panel):
    explorer = full("explore_depth")
    explorer.set(**explorer.start)
    steps = np.array(explorer.controls["step"].options)
    y = np.mean(explorer.views[panel].ax.get_ylim())
    for x in (4000, 123, 5188.4, 17, 20_000, -5):
        shift = 0 if panel == "loss" else 1  # those axes begin at 1, to be logarithmic
        x = max(x, 0.5 * shift)
        take(explorer, panel, "the step", (x, y))
        nearest = steps[np.abs(steps - (x - shift)).argmin()]
        assert explorer.values() == explorer.start | {"step": nearest}


def test_a_unit_of_the_network_is_shown_large(short):
    explorer = make("explore_depth")
    explorer.set(layers=3, width=4, activation="tanh")
    units = [f"{layer}.{unit}" for layer in (1, 2) for unit in (1, 2, 3, 4)]
    assert [h["says"] for h in explorer.page.handles if h["panel"] == "network"] == [
        f"unit {name}" for name in [*units, "output"]
    ]
    shown = set()
    for name in [*units, "output"]:
        layer, unit = (3, 1) if name == "output" else map(int, name.split("."))
        place = explorer.views["network"].places()[layer, unit - 1]
        take(explorer, "network", f"unit {name}", place)
        assert explorer.values()["unit"] == name
        moment, title = explorer.state, explorer.views["boundary"].ax.get_title()
        outputs = moment.run.outputs_at(moment.step, plots.GRID)[layer - 1][:, unit - 1]
        if name == "output":
            assert title == "decision boundary"
            probs = moment.run.probs_at(moment.step, plots.GRID)
            np.testing.assert_allclose(moment.outputs[-1][:, 0], probs, rtol=1e-5)
        else:
            assert title == f"hidden layer {layer}, unit {unit}"
            np.testing.assert_array_equal(
                moment.outputs[layer - 1][:, unit - 1], outputs
            )
        shown.add(explorer.page.picture)
    assert len(shown) == 9
    # a unit that the network has no longer gives way to the output
    explorer.set(unit="2.4")
    explorer.set(width=2)
    assert explorer.state.unit == (3, 0)
    explorer.set(width=5)
    assert explorer.state.unit == (2, 3)  # what was chosen is not lost


def test_a_cell_of_the_map_opens_its_run(short):
    explorer = make("explore_outcomes")
    for column, rate in enumerate(outcomes.MAP_RATES):
        for row, seed in enumerate(outcomes.MAP_SEEDS):
            verdict = explorer.state.verdicts[row, column]
            says = f"seed {seed}, learning rate {rate:g}: {verdict}"
            take(explorer, "map", says, (column + 0.4, row - 0.4))
            settings = explorer.state.moment.run.settings
            assert (settings.seed, settings.learning_rate) == (seed, rate)
            assert explorer.state.moment.run.verdict == verdict
    # dragged on to another cell, and out of the map
    take(explorer, "map", says, (2, 1), (0.2, 0.1), (-7, 40))
    assert (explorer.values()["learning_rate"], explorer.values()["seed"]) == (0.1, 1)


def test_a_handle_that_is_held_stays_the_one_that_was_taken(short):
    explorer = make("explore_line")
    take(explorer, "picture", "move the line", (0.5, 0), (9, 9))  # out of the picture
    assert explorer.page.handles == []
    x, y = at_data(explorer, "picture", 0.5, 0.5)
    send(explorer, "take", panel="picture", says="move the line", x=x, y=y)
    assert explorer.state.b == -1
    # what is not there cannot be taken, and nothing of the last one is left
    before = explorer.values()
    take(explorer, "picture", "move the moon", (0.5, 0.5), (0.6, 0.6))
    assert explorer.values() == before


@every_explorer
def test_every_handle_is_in_the_picture_and_has_a_name_of_its_own(name):
    explorer = full(name)
    explorer.set(**explorer.start)
    handles = explorer.page.handles
    assert handles
    names = [(handle["panel"], handle["says"]) for handle in handles]
    assert len(set(names)) == len(names)
    for handle in handles:
        assert (
            (np.array(handle["at"]) > -0.01) & (np.array(handle["at"]) < 1.01)
        ).all()


# Presets


def test_all_presets_set_what_they_say_and_nothing_else(steps):
    steps(1001)  # a preset goes to step 1,000
    for name in NAMES:
        explorer = make(name)
        chance = random.Random(3)
        for label, preset in explorer.presets.items():
            for _ in range(4):
                move(explorer, chance)
            assert explorer.page.story == ""  # a story does not outlive its values
            explorer.press(label)
            assert explorer.values() == explorer.start | preset.values
            assert explorer.page.story == preset.story
            assert not is_error(explorer.text)
        explorer.close()


# The PyTorch code, and the kept run


def test_the_code_follows_every_control(short):
    explorer = make(COMPARING)
    for control_name, control in explorer.controls.items():
        before = explorer.page.details
        control.value = next(v for v in control.options if v != control.value)
        changed = explorer.page.details != before
        assert changed == (control_name not in ("step", "unit"))
        assert explorer.page.details == pytorch_code(explorer.state.run.settings)


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
    explorer.press(KEEP)
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
    explorer.press(DROP)
    assert "Kept run" not in explorer.text
    assert_shows(explorer, COMPARING, all_values)
    if values and "step" not in values:
        assert not np.array_equal(with_kept, picture(explorer))


def test_equal_weights_of_other_seeds_are_called_the_same(short):
    explorer = make(COMPARING)
    explorer.set(init="zeros")
    explorer.press(KEEP)
    explorer.set(seed=5)
    assert KEPT.fullmatch(explorer.text).groups()[2:] == ("seed", "the same")


def test_the_kept_run_is_the_one_that_was_shown(short, trained):
    explorer = make(COMPARING)
    for seed in (4, 5):
        explorer.set(seed=seed)
        explorer.press(KEEP)
        assert KEPT.fullmatch(explorer.text)[3] == "nothing"
    assert len(trained) == 3  # keeping a run does not train one
    explorer.set(seed=6)
    explorer.press("a way out: tanh")
    wanted = train(Settings(steps=SHORT, seed=5)).final_loss
    assert KEPT.fullmatch(explorer.text)[1] == f"{wanted:.4f}"


# Errors are shown, and leave nothing behind


@a_few_explorers
def test_an_error_is_shown_and_overcome(name, short, monkeypatch):
    explorer = make(name)
    control = list(explorer.controls.values())[-1]
    end = next(v for v in reversed(control.options) if v != control.value)
    before = explorer.page.picture
    with monkeypatch.context() as patch:
        error = RuntimeError("the <disk> is full")
        patch.setattr(explorer, "show", raising(error))
        control.value = end
        assert explorer.text == "RuntimeError: the <disk> is full"
        assert explorer.page.status == explorer.text
        assert explorer.page.picture == before
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


@a_few_explorers
def test_an_interrupt_while_all_is_drawn_leaves_no_stale_background(
    name, short, monkeypatch
):
    explorer = make(name)
    start = explorer.start
    with monkeypatch.context() as patch:
        patch.setattr(explorer.figure, "draw_artist", raising(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            explorer.set(**{n: c.options[-1] for n, c in explorer.controls.items()})
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
    explorer.update()
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
    return explorer.page.comm is not None


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


@of_these_now({COMPARING})
def test_running_a_cell_many_times_leaves_one_explorer(name, short, run_cell):
    counts = []
    for execution in range(3):
        run_cell("a", str(execution), name)
        gc.collect()
        counts.append(len(widget_module._instances))
    # layouts and styles are widgets, too
    assert len(set(counts)) == 1, counts


@a_few_explorers
def test_a_closed_explorer_can_be_collected(name, short):
    gc.collect()
    before = len(widget_module._instances)
    make(name).close()
    assert len(widget_module._instances) == before


@a_few_explorers
def test_a_cell_shows_a_widget_and_then_a_picture_and_then_a_status(name):
    explorer = full(name)
    explorer.set(**explorer.start)
    live, stored, words = shown(explorer)
    # JupyterLab shows the widget wherever there is one, alive or not.
    assert set(live) == {WIDGET_VIEW}
    assert set(stored) == {"image/png", "text/plain"}
    assert set(words) == {"text/html"}
    assert live[WIDGET_VIEW]["model_id"] == explorer.page.model_id
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


# As many pixels as the screen has


def test_a_picture_is_a_png_file_of_its_pixels():
    pixels = np.random.default_rng(1).integers(0, 256, (37, 53, 4), np.uint8)
    with Image.open(io.BytesIO(base.png(pixels))) as image:
        image.verify()
    with Image.open(io.BytesIO(base.png(pixels))) as image:
        assert (image.format, image.mode) == ("PNG", "RGBA")
        np.testing.assert_array_equal(np.asarray(image), pixels)


@a_few_explorers
def test_the_picture_has_the_width_that_the_screen_wants(name, short):
    explorer = make(name)
    width, height = explorer.page.size
    before, handles = picture(explorer), explorer.page.handles
    for wanted in (2 * width, round(1.25 * width), width - 3):
        send(explorer, "resize", width=wanted)
        pixels = picture(explorer)
        assert pixels.shape[1] == wanted
        assert pixels.shape[0] == pytest.approx(wanted * height / width, abs=1)
        for old, new in zip(handles, explorer.page.handles, strict=True):
            assert old["says"] == new["says"]  # at the same place of the picture
            np.testing.assert_allclose(old["at"], new["at"], atol=2 / width)
    send(explorer, "resize", width=width)
    np.testing.assert_array_equal(picture(explorer), before)


@every_explorer
def test_a_picture_has_nothing_of_earlier_moves_in_it(name, short):
    """What stays from move to move is kept drawn: drawn anew, all must be the same."""
    explorer, chance = make(name), random.Random(1)
    for moves in [2, 3, 4]:
        for _ in range(moves):
            move(explorer, chance)
        moved = picture(explorer)
        send(explorer, "resize", width=explorer.page.size[0])
        np.testing.assert_array_equal(picture(explorer), moved)


@every_explorer
def test_its_axes_stand_still_once_it_is_open(name):
    explorer = make(name)
    figure, pixel = explorer.figure, 1 / explorer.page.size[0]
    before = [ax.get_position() for ax in figure.axes]
    with plots.course_look():
        figure.set_layout_engine("constrained")
        figure.get_layout_engine().execute(figure)
    after = [ax.get_position() for ax in figure.axes]
    np.testing.assert_allclose(after, before, rtol=0, atol=pixel)


def test_a_panel_that_changes_alone_leaves_its_neighbours_whole():
    explorer = make("explore_depth")  # the label of one stands beside a title's end
    for view in explorer.views.values():
        view.ax.set_title(f"{view.ax.get_title()}.")
        explorer.update()
        changed = picture(explorer)
        send(explorer, "resize", width=explorer.page.size[0])
        np.testing.assert_array_equal(picture(explorer), changed)


@a_few_explorers
def test_what_is_stored_has_twice_the_pixels_and_leaves_the_page_alone(name, short):
    explorer = make(name)
    send(explorer, "resize", width=777)
    before = explorer.page.picture
    stored = base64.b64decode(shown(explorer)[1]["image/png"])
    with Image.open(io.BytesIO(stored)) as image:
        assert image.width == 2 * explorer.page.size[0]
    explorer.update()
    assert explorer.page.picture == before


# Two threads, as with JupyterLab's subshells


@a_few_explorers
def test_moves_from_two_threads_end_in_one_consistent_state(name, short):
    explorer, errors = make(name), []
    names = list(explorer.controls)

    def wander(mine, seed):
        chance = random.Random(seed)
        try:
            for _ in range(30):
                control = explorer.controls[chance.choice(mine)]
                control.value = chance.choice(control.options)
        except Exception as error:  # a thread's error would end unseen
            errors.append(error)

    threads = [
        threading.Thread(target=wander, args=(names[part::2] or names, part))
        for part in (0, 1)
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
    letters = {letter: verdict for verdict, letter in outcomes.VERDICT_LETTERS.items()}
    cells = {at: letters[letter] for at, letter in map_letters(view.ax).items()}
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
    explorer.page.observe(lambda change: said.append(change.new), "status")
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
