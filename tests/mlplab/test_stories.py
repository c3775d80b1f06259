"""What the explorers' presets and challenges say is true, and can be met."""

import dataclasses
import re

import numpy as np
import pytest
import torch

from mlplab.data import GATES, X
from mlplab.network import LN2, Settings, flat, sweep, train
from support.explorers import NAMES, full, make
from support.pytorch import torch_gradients


def share(explorer):
    return int(re.search(r"(\d+) of 256 networks", explorer.text)[1]) / 256


def claims_line_and(explorer):
    assert "4 of 4 correct" in explorer.text


def claims_line_or(explorer):
    assert "4 of 4 correct" in explorer.text
    values = explorer.values()
    explorer.press("AND")
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
    run = explorer.state.run
    assert run.verdict == "solved" and run.final_loss < 0.06
    assert (np.diff(run.loss) < 0).all()
    longer = train(dataclasses.replace(run.settings, steps=100_000))
    assert longer.final_loss < 0.0002  # it goes on towards 0
    assert run.probs[3] > 0.5 > max(run.probs[:3])


def claims_perceptron_xor(explorer):
    run = explorer.state.run
    assert np.abs(run.probs - 0.5).max() < 1e-4
    assert run.final_loss == pytest.approx(LN2, abs=1e-6)
    assert run.loss.min() > LN2 - 1e-6  # the best that it ever has
    for seed in range(20):  # and from wherever it begins
        other = train(dataclasses.replace(run.settings, seed=seed))
        assert other.final_loss == pytest.approx(LN2, abs=1e-6)


def claims_perceptron_overshoots(explorer):
    run = explorer.state.run
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
    run = explorer.state.run
    assert (run.settings.learning_rate, run.settings.seed) == (1, 777)
    assert run.exit_step == pytest.approx(2200, rel=0.02)
    assert np.abs(run.loss[20:1800] - LN2).max() < 0.005
    h1 = run.outputs_at(10_001, X)[0]
    assert np.abs(h1[1] - h1[2]).max() < 0.001
    assert np.abs(run.outputs_at(0, X)[0][1] - run.outputs_at(0, X)[0][2]).max() > 0.05
    assert [label.get_text() for label in explorer.views["hidden"].labels].count(
        "01, 10"
    ) == 1


def claims_backprop_tenth(explorer):
    run = explorer.state.run
    assert run.exit_step is None
    assert run.loss.min() > 0.69
    longer = train(dataclasses.replace(run.settings, steps=25_000))
    lecture = train(Settings())
    assert longer.exit_step == pytest.approx(10 * lecture.exit_step, rel=0.02)


def claims_backprop_merged(explorer):
    run = explorer.state.run
    assert run.verdict == "stuck at 0.4774"
    assert np.sort(run.probs) == pytest.approx([0, 2 / 3, 2 / 3, 2 / 3], abs=0.001)
    longer = train(dataclasses.replace(run.settings, steps=40_000))
    assert longer.verdict == "stuck at 0.4774"


def claims_bouncing(explorer):
    assert explorer.state.run.verdict == "bouncing"
    changes = np.diff(explorer.state.run.loss[-1000:])
    assert (np.abs(changes) > 0.1).all()
    assert (changes[1:] * changes[:-1] < 0).all()  # to and fro


def claims_training_lecture(explorer):
    run = explorer.state.run
    assert run.verdict == "solved"
    assert (run.settings.hidden_sizes, run.settings.activation) == ((2,), "sigmoid")
    assert run.settings.learning_rate == 1
    assert run.exit_step > 2000


def claims_training_tanh(explorer):
    run, lecture = explorer.state.run, train(Settings())
    assert np.array_equal(run.snapshots[0], lecture.snapshots[0])
    assert run.verdict == "solved" and run.exit_step < lecture.exit_step / 10


def claims_training_momentum(explorer):
    run, lecture = explorer.state.run, train(Settings())
    assert np.array_equal(run.snapshots[0], lecture.snapshots[0])
    assert run.verdict == "solved" and run.exit_step < lecture.exit_step / 10
    steps = np.diff(run.snapshots[:99].astype(float), axis=0)
    _, gradients = torch_gradients(run.weights_at(90), "sigmoid", "XOR")
    own = steps[90] - 0.9 * steps[89]  # what is no share of the last step
    np.testing.assert_allclose(own, -flat(gradients), atol=1e-6)
    # the slow slope adds up
    assert np.linalg.norm(steps[90]) > 5 * np.linalg.norm(own)


def claims_training_adam(explorer):
    run, lecture = explorer.state.run, train(Settings())
    assert run.settings.learning_rate == 0.01
    assert run.verdict == "solved" and run.exit_step < lecture.exit_step / 5
    sizes = np.abs(np.diff(run.snapshots[:99], axis=0)) / 0.01
    assert sizes.max() < 1.2 and sizes.max(axis=0).min() > 0.9


def claims_training_dead(explorer):
    run = explorer.state.run
    h1 = run.outputs_at(10_001, X)[0]
    assert (h1 == 0).all() and h1.shape == (4, 2)
    assert (run.gradient_norms == 0).all()
    # the units are as they were at the start
    for before, after in zip(
        run.weights_at(0)[0], run.weights_at(10_001)[0], strict=True
    ):
        assert np.array_equal(before, after)


def claims_training_equal(explorer):
    run = explorer.state.run
    for step in (0, 1, 100, 1000, 10_001):
        (W1, b1), (W2, _) = run.weights_at(step)
        for part in (W1, b1, W2.T):
            assert np.array_equal(part[..., 0], part[..., 1])
    # as one unit does
    one = train(dataclasses.replace(run.settings, hidden_sizes=(1,)))
    assert run.verdict == one.verdict == "stuck at 0.4774"


def claims_depth_deep(explorer):
    run = explorer.state.run
    assert run.settings.sizes == (2, 10, 10, 10, 1)
    assert run.settings.activation == "sigmoid"
    assert (run.exit_step, run.verdict) == (5188, "solved")
    assert np.abs(run.loss[50:4500] - LN2).max() < 0.001


def claims_depth_saddle(explorer):
    run = explorer.state.run
    assert explorer.controls["step"].value == 1000
    place = list(run.snapshot_steps).index(1000)
    batch, rows = run.gradient_norms[place], run.row_gradient_norms[place]
    assert batch.max() < 1e-4
    assert (rows > 20 * batch).all()  # so the rows cancel
    assert (rows[1:] > 4 * rows[:-1]).all()  # each layer back has less


def claims_depth_too_deep(explorer):
    run = explorer.state.run
    assert run.settings.layers == 8
    assert np.abs(run.loss[100:] - LN2).max() < 1e-5


def claims_depth_tanh(explorer):
    run = explorer.state.run
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
    run, usual = explorer.state.run, train(Settings(hidden_sizes=(10, 10, 10)))
    assert np.array_equal(run.snapshots[0], 4 * usual.snapshots[0])
    assert run.verdict == "solved" and run.exit_step < usual.exit_step / 10


def claims_depth_adam(explorer):
    run, usual = explorer.state.run, train(Settings(hidden_sizes=(10, 10, 10)))
    assert np.array_equal(run.snapshots[0], usual.snapshots[0])
    assert run.settings.learning_rate == 0.01
    assert run.verdict == "solved" and run.exit_step < usual.exit_step / 10
    first, last = run.gradient_norms[0, 0], run.gradient_norms[0, -1]
    assert first < last / 100
    moved = np.abs(np.diff(run.snapshots[:2], axis=0)) / 0.01
    assert moved.min() > 0.9 and moved.max() < 1.01


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
    ("explore_line", "XOR"): claims_line_xor,
    ("explore_perceptron", "AND is learned"): claims_perceptron_and,
    ("explore_perceptron", "XOR ends at ln 2"): claims_perceptron_xor,
    ("explore_perceptron", "too large a step"): claims_perceptron_overshoots,
    ("explore_backprop", "the run of the lecture notes"): claims_backprop_lecture,
    ("explore_backprop", "a tenth of the step"): claims_backprop_tenth,
    ("explore_backprop", "three rows merged"): claims_backprop_merged,
    ("explore_backprop", "too large a step"): claims_bouncing,
    ("explore_training", "the run of the lecture notes"): claims_training_lecture,
    ("explore_training", "a way out: tanh"): claims_training_tanh,
    ("explore_training", "a way out: momentum"): claims_training_momentum,
    ("explore_training", "a way out: Adam"): claims_training_adam,
    ("explore_training", "dead ReLU"): claims_training_dead,
    ("explore_training", "all weights equal"): claims_training_equal,
    ("explore_depth", "the deep net"): claims_depth_deep,
    ("explore_depth", "waiting at the saddle"): claims_depth_saddle,
    ("explore_depth", "too deep for sigmoid"): claims_depth_too_deep,
    ("explore_depth", "a way out: tanh"): claims_depth_tanh,
    ("explore_depth", "a way out: larger weights"): claims_depth_large,
    ("explore_depth", "a way out: Adam"): claims_depth_adam,
    ("explore_outcomes", "2 sigmoid units"): claims_outcomes_sigmoid,
    ("explore_outcomes", "4 sigmoid units"): claims_outcomes_four,
    ("explore_outcomes", "2 relu units"): claims_outcomes_relu,
    ("explore_outcomes", "too large a step"): claims_outcomes_bounces,
}


ELSEWHERE = {"explore_valley", "explore_pad"}  # test_valley.py, test_pad.py
OF_HERE = [name for name in NAMES if name not in ELSEWHERE]


def test_every_preset_has_its_claims_tested():
    presets = {name: full(name).presets for name in OF_HERE}
    assert set(CLAIMS) == {(name, label) for name in presets for label in presets[name]}


@pytest.mark.parametrize(("name", "label"), CLAIMS, ids="-".join)
def test_the_story_of_a_preset_is_true(name, label):
    explorer = full(name)
    explorer.press(label)
    CLAIMS[name, label](explorer)


# Challenges: one way to meet each, and settings that come near without meeting it.

CHALLENGES = {
    "explore_line": [
        ([{"gate": "AND", "w1": 1, "w2": 1, "b": -1.5}], [{"gate": "OR"}]),
        ([{"gate": "NAND", "w1": -1, "w2": -1, "b": 1.5}], [{"gate": "NAND"}]),
        (
            [{"gate": "XOR", "w1": -1, "w2": -1, "b": 1.5}],
            [
                {"gate": "XOR"},  # row 11 is wrong
                {"gate": "XOR", "w1": 1, "w2": -1, "b": 0.5},  # and row 11, too
                {"gate": "NAND", "w1": -1, "w2": -1, "b": 1.5},
                {"gate": "NOR", "w1": 1, "w2": 1, "b": -0.5},
            ],
        ),
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
    "explore_folding": [([{"step": 2180}], [{"step": 2170}, {"step": 2200}])],
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
            [
                {"layers": 8},
                {"layers": 8, "learning_rate": 8.0},  # bounces
                {"layers": 7, "activation": "tanh"},
            ],
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
    "explore_slope": [
        ([{"t": 1.5}], [{"t": 1.51}, {"t": 1.0, "nudge": 1.0}]),
        ([{"function": "1/t", "t": 0.5}], [{"t": 0.5}, {"function": "1/t"}]),
        (
            [{"function": "ln t", "nudge": 0.001}],
            [{"nudge": 0.001}, {"function": "ln t", "nudge": 0.01}],
        ),
    ],
}
PLACES = [
    (name, place) for name in CHALLENGES for place in range(len(CHALLENGES[name]))
]


def test_every_challenge_is_tried():
    tried = {name: len(ways) for name, ways in CHALLENGES.items()}
    assert tried == {n: len(full(n).challenges) for n in OF_HERE if full(n).challenges}


@pytest.mark.parametrize(("name", "place"), PLACES)
def test_a_challenge_can_be_met_but_not_by_accident(name, place):
    ways, near_misses = CHALLENGES[name][place]
    explorer = make(name)
    sentence = list(explorer.challenges)[place]

    def done():
        return dict(explorer.page.challenges)[sentence]

    for values in ({}, *near_misses):
        explorer.set(**explorer.start | values)
        assert not done(), values
    for values in ways:
        assert not done()
        explorer.set(**explorer.start | values)
    for values in ({}, explorer.start):
        explorer.set(**values)
        assert done()
