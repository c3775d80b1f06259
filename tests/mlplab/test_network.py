"""The numbers: the trainer against PyTorch, float64 and the lecture notes."""

import dataclasses
import json
import math
import re
import threading
from itertools import pairwise, product

import numba
import numpy as np
import pytest
import torch

from mlplab import network
from mlplab.data import GATES, X, truth_table
from mlplab.descent import ACTIVATIONS, OPTIMIZERS
from mlplab.network import (
    EQUAL_WEIGHT,
    INITS,
    LARGE_FACTOR,
    LN2,
    VERDICTS,
    Settings,
    correct_rows,
    descend,
    first_below,
    flat,
    forward,
    gradient_norms,
    initial_weights,
    loss_of,
    sigmoid,
    snapshot_steps,
    sweep,
    train,
    unflat,
)
from support.pytorch import (
    torch_gradients,
    torch_network,
    torch_row_gradients,
    torch_rows,
    torch_seeded,
    torch_train,
    torch_weights,
)
from tools.execute import NOTEBOOKS

# Neither NumPy nor Numba says a word, not even when a run diverges.
pytestmark = pytest.mark.filterwarnings("error")

PRINTED = json.loads(
    (NOTEBOOKS / "exercises/data/printed_losses.json").read_text(encoding="utf-8")
)
PRINTED_RTOL = 1e-4

# Hidden sizes of 1 to 8 layers; no two neighbours are equal, so that no matrix of a
# layer can stand in for its transpose.
HIDDEN = (5, 3, 7, 2, 6, 4, 10)
DEEP = (10, 10, 10)
BY_LAYERS = list(product(ACTIVATIONS, range(1, 9)))
GATE_NAMES = list(GATES)


@pytest.fixture(autouse=True)
def _torch_as_it_was():
    """One thread for PyTorch's tiny matrices; its generator goes back as it was."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=[]):
        yield
    torch.set_num_threads(threads)


def in_last_axis(*networks):
    """Return the weights of networks of one shape, [(W1, b1), ...], in a last axis."""
    return [
        tuple(np.stack(parts, axis=-1) for parts in zip(*layer, strict=True))
        for layer in zip(*networks, strict=True)
    ]


# What the trainer does with given weights

# The rate of a single update that shows the gradient: a power of two, so that dividing
# by it is exact, and so large that the update is not lost in the weight's rounding.
RATE = 2.0**20


def random_weights(sizes, scale, seed):
    random = np.random.default_rng(seed)
    return [
        (
            np.float32(scale * random.normal(size=(n_in, n_out))),
            np.float32(scale * random.normal(size=n_out)),
        )
        for n_in, n_out in pairwise(sizes)
    ]


def trainer_gradients(settings, weights):
    """Return the trainer's loss and gradients at given weights, from one update."""
    vectors = flat(weights)[:, None].copy()
    before = vectors.astype(float)
    losses, _ = descend(dataclasses.replace(settings, steps=1), vectors, [RATE])
    gradient = (before - vectors)[:, 0] / RATE
    return losses[0, 0], unflat(settings.sizes, gradient)


@pytest.mark.parametrize("scale", [0.5, 3, 30])
@pytest.mark.parametrize(("activation", "layers"), BY_LAYERS)
def test_gradients_at_given_weights_are_those_of_autograd(activation, layers, scale):
    """Scale 30 saturates the units, or makes logits of up to 1e12.

    Where float32 itself is far from float64, so is PyTorch's float32: the error may be
    1e-5 of a layer's largest entry (about 100 roundings), or 16 times PyTorch's.
    """
    seed = BY_LAYERS.index((activation, layers))
    gate = GATE_NAMES[5 * seed % 16]
    settings = Settings(gate, HIDDEN[: layers - 1], activation)
    weights = random_weights(settings.sizes, scale, seed)
    loss, gradients = trainer_gradients(settings, weights)
    exact_loss, exact = torch_gradients(weights, activation, gate)
    _, single = torch_gradients(weights, activation, gate, torch.float32)

    assert loss == pytest.approx(exact_loss, rel=1e-4)
    for layer in range(layers):
        true = flat([exact[layer]])
        error = np.abs(flat([gradients[layer]]) - true).max()
        error_of_torch = np.abs(flat([single[layer]]) - true).max()
        held = np.spacing(np.abs(flat([weights[layer]])).max()) / RATE
        assert error <= max(1e-5 * np.abs(true).max(), 16 * error_of_torch) + held


@pytest.mark.parametrize("logit", [20, 40, 100, 1e4, 1e30])
def test_a_saturated_wrong_row_keeps_its_gradient(logit):
    weights = [(np.zeros((2, 1), np.float32), np.array([logit], np.float32))]
    loss, [(dW, db)] = trainer_gradients(Settings("FALSE", ()), weights)
    assert loss == pytest.approx(logit)
    spacing = (
        float(np.spacing(np.float32(logit))) / RATE
    )  # of the bias, which is updated
    assert dW.ravel() == pytest.approx([0.5, 0.5], rel=1e-6)
    assert db == pytest.approx(1, rel=1e-6, abs=spacing)
    loss, [(dW, _)] = trainer_gradients(Settings("TRUE", ()), weights)
    assert loss < 1e-8 and np.abs(dW).max() < 1e-8


def test_numpys_sigmoid_and_loss_at_the_ends():
    z = np.float32([-np.inf, -1e38, -1000, 0, 1000, np.inf, np.nan])
    expected = [0, 0, 0, 0.5, 1, 1, np.nan]
    np.testing.assert_allclose(sigmoid(z), expected, rtol=0, atol=1e-300)
    near = np.geomspace(1e-9, 1, 50)
    exact = [math.tanh(value) for value in near]
    np.testing.assert_allclose(ACTIVATIONS["tanh"].array(near), exact, rtol=1e-12)
    y = truth_table("OR")[1]
    far = np.float32([[-1e30], [1e30], [1e30], [1e30]])
    assert loss_of(far, y) == pytest.approx(0, abs=1e-300)
    assert loss_of(-far, y) == pytest.approx(1e30)
    for diverged in (np.inf, -np.inf, np.nan):
        assert not np.isfinite(loss_of(np.full((4, 1), diverged, np.float32), y))


# Whole runs against PyTorch

WEIGHT_TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}


def assert_same_weights(ours, theirs, tolerance=None):
    """Compare [(W1, b1), ...]; without a tolerance, bit by bit."""
    for layer, of_torch in zip(ours, theirs, strict=True):
        for part, expected in zip(layer, of_torch, strict=True):
            if tolerance is None:
                assert part.dtype == expected.dtype
                np.testing.assert_array_equal(part, expected, strict=True)
            else:
                np.testing.assert_allclose(part, expected, **tolerance)


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_the_end_of_a_run_is_after_its_last_update(steps):
    """One update later the loss is another one: at rate 3, AND falls fast."""
    settings = Settings("AND", (3,), "tanh", learning_rate=3.0, steps=steps, seed=2)
    model = torch_seeded(settings)
    losses, kept = torch_train(model, settings, {steps})
    run = train(settings)
    assert abs(losses[steps] - losses[steps - 1]) > 0.005
    X, _ = torch_rows("AND")
    probs = torch.sigmoid(torch_network(kept[steps], "tanh")(X)).detach()
    assert run.final_loss == pytest.approx(losses[steps], rel=1e-4)
    assert run.loss == pytest.approx(losses[:steps], rel=1e-4)
    assert run.probs == pytest.approx(probs.numpy().ravel(), rel=1e-4)
    assert run.probs.shape == (4,) and run.loss.shape == (steps,)
    assert run.loss.dtype == np.float32
    assert_same_weights(run.weights_at(steps), kept[steps], WEIGHT_TOLERANCE)


# Where the run is steady: its rounding is not multiplied
RATES = {"sgd": 0.3, "momentum": 0.03, "adam": 0.003}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(("activation", "layers"), BY_LAYERS)
def test_each_optimiser_steps_as_pytorchs_does(activation, layers, optimizer):
    seed = BY_LAYERS.index((activation, layers))
    settings = Settings(
        GATE_NAMES[5 * seed % 16],
        HIDDEN[: layers - 1],
        activation,
        learning_rate=RATES[optimizer],
        steps=60,
        seed=seed,
        optimizer=optimizer,
    )
    every = range(settings.steps + 1)
    losses, kept = torch_train(torch_seeded(settings), settings, every)
    run = train(settings)
    np.testing.assert_allclose(run.loss, losses[:-1], rtol=1e-4)
    for step in every:
        assert_same_weights(run.weights_at(step), kept[step], WEIGHT_TOLERANCE)


# Where a run starts


SHAPES = [(), (2,), (4,), DEEP, (3, 5, 2)]


@pytest.mark.parametrize("seed", [0, 777, 2**63 - 1])
@pytest.mark.parametrize("hidden_sizes", SHAPES)
def test_init_pytorch_is_what_linear_layers_get(hidden_sizes, seed):
    settings = Settings(hidden_sizes=hidden_sizes, seed=seed, steps=1)
    assert_same_weights(
        initial_weights(settings), torch_weights(torch_seeded(settings))
    )
    assert_same_weights(train(settings).weights_at(0), initial_weights(settings))


def test_init_large_is_a_multiple_of_init_pytorch():
    settings = Settings(hidden_sizes=(3, 5), init="large")
    expected = [
        (np.float32(LARGE_FACTOR) * W, np.float32(LARGE_FACTOR) * b)
        for W, b in torch_weights(torch_seeded(settings))
    ]
    assert_same_weights(initial_weights(settings), expected)
    assert LARGE_FACTOR == 4


@pytest.mark.parametrize(
    ("init", "drawn"),
    [
        ("xavier", torch.nn.init.xavier_uniform_),
        ("he", torch.nn.init.kaiming_uniform_),
    ],
)
def test_named_initialisations_are_pytorchs(init, drawn):
    settings = Settings(hidden_sizes=(3, 5), init=init, seed=5)
    torch.manual_seed(5)
    options = {"nonlinearity": "relu"} if init == "he" else {}
    expected = [
        (drawn(torch.empty(n_out, n_in), **options).numpy().T.copy(),
         np.zeros(n_out, np.float32))
        for n_in, n_out in pairwise(settings.sizes)
    ]  # fmt: skip
    assert_same_weights(initial_weights(settings), expected)


@pytest.mark.parametrize(("init", "value"), [("zeros", 0), ("equal", EQUAL_WEIGHT)])
def test_constant_initialisations(init, value):
    for W, b in initial_weights(Settings(hidden_sizes=(3, 5), init=init)):
        assert (value == W).all() and (b == value).all()


@pytest.mark.parametrize("init", INITS)
def test_pytorchs_own_generator_is_left_alone(init):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    settings = Settings(init=init, steps=2)
    initial_weights(settings)
    train(settings)
    sweep(settings, [1.0], [0, 1])
    assert torch.equal(torch.get_rng_state(), before)


# The lecture notes


def test_the_notes_two_layer_run():
    run = train(Settings(hidden_sizes=(2,), learning_rate=1.0, seed=777))
    steps, printed = np.array(PRINTED["In[14]"]).T
    np.testing.assert_allclose(run.loss[steps.astype(int)], printed, rtol=PRINTED_RTOL)
    probs = PRINTED["In[15] final probs"]
    np.testing.assert_allclose(run.probs, probs, rtol=PRINTED_RTOL)
    assert run.verdict == "solved"


def test_the_notes_deep_run():
    """The deep net was built twice, after the seed and the shallow net."""
    settings = Settings(hidden_sizes=DEEP)
    torch.manual_seed(settings.seed)
    for sizes in [(2, 2, 1), settings.sizes, settings.sizes]:
        layers = [torch.nn.Linear(n_in, n_out) for n_in, n_out in pairwise(sizes)]
    vectors = flat(torch_weights(layers))[:, None].copy()
    losses, _ = descend(settings, vectors, [1.0])
    steps, printed = np.array(PRINTED["In[17]"]).T
    losses = losses[steps.astype(int), 0]
    np.testing.assert_allclose(losses, printed, rtol=PRINTED_RTOL)
    weights = unflat(settings.sizes, vectors)
    probs = sigmoid(forward(weights, "sigmoid", X)[-1][0, :, 0])
    # a spike between steps 6,250 and 6,400 multiplies rounding
    np.testing.assert_allclose(probs, PRINTED["In[18] final probs"], rtol=1e-2)


# What is kept on the way


@pytest.mark.parametrize("steps", [1, 2, 99, 100, 101, 110, 111, 10_001, 50_000])
def test_snapshots_are_the_first_100_steps_then_every_tenth_and_the_last(steps):
    kept = snapshot_steps(steps).tolist()
    gap = 10 if steps < 11_000 else steps // 1000
    assert kept == [
        k for k in range(steps + 1) if k < 100 or k == steps or (k - 100) % gap == 0
    ]
    assert len(kept) <= 1100


def test_a_deep_run_keeps_about_a_megabyte():
    run = train(Settings(hidden_sizes=DEEP, steps=10_001))
    assert 0.5e6 < run.snapshots.nbytes < 1.5e6
    assert run.snapshots.shape == (len(run.snapshot_steps), 30 + 110 + 110 + 11)


def test_a_snapshot_is_where_a_shorter_run_ends():
    settings = {"hidden_sizes": (3,), "activation": "tanh", "seed": 4}
    run = train(Settings(**settings, steps=357))
    for step in (1, 2, 50, 99, 100, 110, 350, 357):
        shorter = train(Settings(**settings, steps=step))
        np.testing.assert_array_equal(shorter.loss, run.loss[:step])
        assert_same_weights(shorter.weights_at(step), run.weights_at(step))
        assert run.loss_at(step) == pytest.approx(shorter.loss_at(step), rel=1e-6)
        assert shorter.loss_at(step) == shorter.final_loss


@pytest.mark.parametrize(
    ("asked", "nearest"), [(0, 0), (103, 100), (106, 110), (352, 350), (356, 357)]
)
def test_between_snapshots_the_nearest_one_speaks(asked, nearest):
    run = train(Settings(steps=357))
    assert_same_weights(run.weights_at(asked), run.weights_at(nearest))
    assert run.loss_at(asked) == run.loss_at(nearest)
    assert run.probs_at(asked, X).tolist() == run.probs_at(nearest, X).tolist()


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("gate", ["XOR", "x1 or not x2"])
def test_what_a_run_tells_on_the_way_is_what_autograd_tells(gate, activation):
    run = train(Settings(gate, (3, 5), activation, learning_rate=0.1, steps=300))
    assert run.gradient_norms.shape == (len(run.snapshot_steps), 3)
    assert run.row_gradient_norms.shape == run.gradient_norms.shape
    points = np.float32([[0.3, -0.2], [1.5, 0.7], [-0.5, 1.5]])
    for step in (0, 7, 150, 300):
        weights = run.weights_at(step)
        index = run.snapshot_steps.tolist().index(step)
        loss, gradients = torch_gradients(weights, activation, gate)
        rows = torch_row_gradients(weights, activation, gate)
        model = torch_network(weights, activation)
        probs = torch.sigmoid(model(torch.from_numpy(points)))
        assert run.loss_at(step) == pytest.approx(loss, rel=1e-5)
        np.testing.assert_allclose(
            run.probs_at(step, points), probs.detach()[:, 0], rtol=1e-5
        )
        np.testing.assert_allclose(
            run.outputs_at(step, points)[0],
            model[:2](torch.from_numpy(points)).detach(),
            rtol=1e-5,
            atol=1e-7,
        )
        norms = [np.linalg.norm(dW) for dW, _ in gradients]
        row_norms = [np.linalg.norm(dW, axis=(1, 2)).sum() for dW in rows]
        np.testing.assert_allclose(run.gradient_norms[index], norms, rtol=1e-4)
        np.testing.assert_allclose(run.row_gradient_norms[index], row_norms, rtol=1e-4)


def test_many_networks_side_by_side_are_each_network_alone():
    many = [random_weights((2, 3, 5, 1), 1, seed) for seed in range(6)]
    stacked = in_last_axis(*many)
    y = truth_table("OR")[1]
    outputs = forward(stacked, "tanh", X)
    norms, row_norms = gradient_norms(stacked, "tanh", "OR")
    assert [output.shape for output in outputs] == [(3, 4, 6), (5, 4, 6), (1, 4, 6)]
    assert norms.shape == row_norms.shape == (6, 3)
    losses = loss_of(outputs[-1][0], y)
    for place, weights in enumerate(many):
        single = in_last_axis(weights)
        alone = forward(single, "tanh", X)
        for output, one in zip(outputs, alone, strict=True):
            np.testing.assert_array_equal(output[..., place], one[..., 0])
        assert losses[place] == loss_of(alone[-1][0], y)[0]
        for stack, one in zip(
            (norms, row_norms), gradient_norms(single, "tanh", "OR"), strict=True
        ):
            np.testing.assert_array_equal(stack[place], one[0])


def test_weights_belong_to_the_reader():
    """What a learner does to them changes neither the run nor another reader's."""
    run = train(Settings(steps=300))
    loss = run.final_loss
    for W, b in run.weights_at(300):
        W[:] = b[:] = 7
    assert not any((part == 7).any() for layer in run.weights_at(300) for part in layer)
    logits = run.outputs_at(300, X)[-1]
    assert loss_of(logits, truth_table("XOR")[1]) == pytest.approx(loss, rel=1e-6)


def test_exit_step_is_the_first_loss_below_a_half():
    run = train(Settings(steps=3000))
    assert run.loss[run.exit_step] < 0.5 <= run.loss[: run.exit_step].min()
    assert train(Settings(steps=2000)).exit_step is None
    assert train(Settings("TRUE", (), init="equal")).exit_step == 0
    assert first_below(np.float32([0.7, 0.5, 0.4]), 0.5) == 2


@pytest.mark.parametrize(
    ("step", "error", "message"),
    [
        (-1, ValueError, "step must be at least 0, got -1"),
        (301, ValueError, "step must be at most 300, got 301"),
        (1.5, TypeError, "step must be a whole number, got 1.5"),
        (True, TypeError, "step must be a whole number, got True"),
    ],
)
def test_a_step_that_the_run_does_not_have(step, error, message):
    run = train(Settings(steps=300))
    for ask in (run.weights_at, run.loss_at, lambda step: run.probs_at(step, X)):
        with pytest.raises(error) as caught:
            ask(step)
        assert str(caught.value) == message


# How a run ends

# One run for each verdict, more where it has several ways: (settings, verdict, final
# loss to three decimals, rows predicted right).
ENDINGS = [
    ({}, "solved", 0.001, 4),
    ({"gate": "NOR", "hidden_sizes": ()}, "solved", 0.001, 4),
    ({"init": "zeros"}, "undecided at ln 2", LN2, 0),
    ({"hidden_sizes": ()}, "undecided at ln 2", LN2, 0),
    ({"hidden_sizes": (), "learning_rate": 4.9}, "undecided at ln 2", LN2, 0),
    ({"learning_rate": 7}, "stuck at 0.4774", 0.477, 3),
    ({"init": "equal"}, "stuck at 0.4774", 0.478, 3),
    ({"seed": 5}, "stuck at 0.3466", 0.347, 2),
    ({"learning_rate": 0.1}, "still learning", LN2, 2),
    ({"steps": 2260}, "still learning", 0.205, 4),
    ({"hidden_sizes": (), "learning_rate": 6}, "bouncing", 0.924, 2),
    ({"learning_rate": 50}, "bouncing", None, None),
    # to and fro, a little less each time
    ({"hidden_sizes": (), "learning_rate": 4.99, "steps": 300}, "bouncing", LN2, 1),
    (
        {"hidden_sizes": DEEP, "activation": "none", "learning_rate": 100},
        "not finite",
        math.nan,
        0,
    ),
]


@pytest.mark.parametrize(("changes", "verdict", "loss", "correct"), ENDINGS)
def test_verdicts(changes, verdict, loss, correct):
    run = train(Settings(**changes))
    assert run.verdict == verdict
    if loss is not None:
        assert run.final_loss == pytest.approx(loss, abs=6e-4, nan_ok=True)
        y = truth_table(run.settings.gate)[1].ravel()
        assert correct_rows(run.probs, y).sum() == correct


def test_every_verdict_has_a_run():
    assert {verdict for _, verdict, _, _ in ENDINGS} == set(VERDICTS)


def test_a_diverged_run_says_so_at_every_step():
    run = train(Settings(hidden_sizes=DEEP, activation="none", learning_rate=100))
    assert not np.isfinite(run.loss[-1]) and not math.isfinite(run.loss_at(10_001))
    assert np.isnan(run.probs_at(10_001, X)).all()
    assert np.isnan(run.gradient_norms[-1]).all()
    assert np.isnan(run.row_gradient_norms[-1]).all()
    assert math.isfinite(run.loss_at(0))


def test_a_row_at_one_half_is_not_predicted_right():
    probs = np.array([0.4989, 0.4991, 0.5, 0.5009, 0.5011, 0.9, np.nan])
    right = [False, False, False, False, True, True, False]
    assert correct_rows(probs, np.ones(7)).tolist() == right
    right = [True, False, False, False, False, False, False]
    assert correct_rows(probs, np.zeros(7)).tolist() == right


# Sweeps


@pytest.mark.parametrize(
    ("rates", "seeds", "message"),
    [
        ([], [1], "learning_rates must not be empty"),
        ([1.0], [], "seeds must not be empty"),
        ([1.0, 0], [1], "learning_rate must be a positive number, got 0"),
        ([1.0], [1, -1], "seed must be at least 0, got -1"),
    ],
)
def test_a_bad_sweep_is_refused(rates, seeds, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        sweep(Settings(steps=1), rates, seeds)


@pytest.mark.parametrize(
    "settings",
    [
        Settings(steps=3000),
        Settings("x2 and not x1", (3, 2), "tanh", "xavier", steps=500),
        Settings("XNOR", DEEP, "none", steps=300),
        Settings("OR", (), "relu", steps=50),
        Settings(steps=300, optimizer="momentum"),
        Settings("AND", (3, 2), steps=300, optimizer="adam"),
    ],
    ids=lambda s: f"{s.activation} {s.optimizer} {s.layers}",
)
@pytest.mark.parametrize("more", [0, 20], ids=["one by one", "side by side"])
def test_a_cell_of_a_sweep_ends_as_its_run_does(settings, more):
    rates, seeds = [0.1, 3.0, 50.0], [5, 777, 0, 3, *range(10, 10 + more)]
    alone = len(rates) * len(seeds) < network.FEWEST_SIDE_BY_SIDE
    assert alone == (more == 0)
    result = sweep(settings, rates, seeds)
    for part in result:
        assert part.shape == (len(seeds), len(rates))
    assert result.solved.dtype == bool
    for (row, seed), (column, rate) in product(enumerate(seeds), enumerate(rates)):
        run = train(dataclasses.replace(settings, seed=seed, learning_rate=rate))
        cell = row, column
        assert result.verdict[cell] == run.verdict
        assert result.solved[cell] == (run.verdict == "solved")
        np.testing.assert_equal(float(result.final_loss[cell]), run.final_loss)


@pytest.mark.parametrize("cores", [1, 2, 7])
def test_a_sweep_does_not_depend_on_the_number_of_threads(monkeypatch, cores):
    expected = sweep(Settings(steps=300), np.array([1.0, 10.0]), np.arange(20))
    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", cores)
    again = sweep(Settings(steps=300), [1.0, 10.0], range(20))
    for part, same in zip(again, expected, strict=True):
        np.testing.assert_array_equal(part, same)


def test_a_sweep_uses_all_cores(monkeypatch):
    """Each of two runs waits before the loop for the other one to have begun."""
    both = threading.Barrier(2, timeout=60)

    def meeting(*arguments):
        both.wait()
        return descend(*arguments)

    monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", 2)
    monkeypatch.setattr(network, "descend", meeting)
    settings = Settings("OR", (), steps=2000)
    assert sweep(settings, [1.0, 2.0], [0]).solved.all()


def test_the_same_settings_give_the_same_run():
    settings = Settings("XNOR", (4,), "tanh", "he", 0.7, 200, 3)
    first, second = train(settings), train(settings)
    np.testing.assert_array_equal(first.loss, second.loss)
    np.testing.assert_array_equal(first.snapshots, second.snapshots)


# Settings


def test_the_defaults_are_the_notes_shallow_run():
    assert Settings() == Settings("XOR", (2,), "sigmoid", "pytorch", 1.0, 10_001, 777)
    assert Settings().layers == 2 and Settings().sizes == (2, 2, 1)
    assert Settings(hidden_sizes=()).layers == 1


def test_settings_are_one_value_whatever_numbers_they_are_given_as():
    settings = Settings("OR", [np.int64(3)], "tanh", "he", 1, np.int32(5), np.uint8(7))
    same = Settings("OR", (3,), "tanh", "he", 1.0, 5, 7)
    assert settings == same and hash(settings) == hash(same)
    assert repr(settings) == repr(same)
    with pytest.raises(AttributeError):
        settings.seed = 8


NAN, INF = math.nan, math.inf
HUGE = 10**400  # Python's own float() cannot hold it
BAD_SETTINGS = [  # what is said before the value
    (ValueError, f"gate must be one of {', '.join(GATES)}", "XOOR", "xor", 6, None, []),
    (
        ValueError, "activation must be one of sigmoid, tanh, relu, none",
        "softmax", None,
    ),
    (
        ValueError, "init must be one of pytorch, xavier, he, large, zeros, equal",
        "random",
    ),
    (ValueError, "optimizer must be one of sgd, momentum, adam", "Adam", "SGD", None),
    (
        TypeError,
        "hidden_sizes must be a tuple of positive whole numbers such as (2,)",
        2, "22", None,
    ),
    (ValueError, "each of hidden_sizes must be at least 1", 0, -2),
    (TypeError, "each of hidden_sizes must be a whole number", 2.0, "2", True, (2,)),
    (ValueError, "learning_rate must be a positive number", 0, -1, -0.0, NAN, -INF),
    (ValueError, "learning_rate must be a number float32 can hold", INF, 1e39, 1e-46),
    (ValueError, "learning_rate must be a number float32 can hold", HUGE),
    (TypeError, "learning_rate must be a positive number", "1", None, True, 1j, [1.0]),
    (ValueError, "steps must be at least 1", 0, -5),
    (TypeError, "steps must be a whole number", 10.0, NAN, True, None),
    (TypeError, "seed must be a whole number", 1.5, 777.0, "777", None, False),
    (ValueError, "seed must be at least 0", -1),
    (ValueError, f"seed must be at most {2**63 - 1}", 2**63),
]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "said", "value"),
    [
        pytest.param(error, said, value, id=f"{said.split(' must')[0]}-{value!r:.20}")
        for error, said, *values in BAD_SETTINGS
        for value in values
    ],
)
def test_bad_settings_are_refused_in_the_learners_words(error, said, value):
    each, name = re.match(r"(each of )?(\w+)", said).groups()
    with pytest.raises(error) as caught:
        Settings(**{name: (3, value) if each else value})
    assert str(caught.value) == f"{said}, got {value!r}"
    assert caught.type is error


def test_train_takes_settings_only():
    with pytest.raises(TypeError, match="^settings must be a Settings, got 'XOR'$"):
        train("XOR")
