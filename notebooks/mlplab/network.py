"""The numbers of the course: settings, training, and what a trained network says.

The network is fully connected: sigmoid, tanh, relu or no activation in the hidden
layers, one sigmoid output. Training is full-batch gradient descent on the binary
cross-entropy, in float32, plain or with an optimiser. Notebook 04 derives the loop.

Every number has the same bits on every processor. So what is said of trained weights is
computed in float64, in a fixed order: BLAS, behind NumPy's `@`, adds up in an order of
its own on each kind of processor, and NumPy's exp differs in its last bit.
"""

import dataclasses
import functools
import math
import numbers
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numba
import numpy as np
import torch

from .data import GATES, X, require_one_of, truth_table
from .descent import (
    ACTIVATIONS,
    NO_WARNINGS,
    OPTIMIZERS,
    compiled,
    loss_of,
    sigmoid,
    training_loop,
)

INITS = ("pytorch", "xavier", "he", "large", "zeros", "equal")
EQUAL_WEIGHT = 0.5  # every weight and bias of init="equal"
LARGE_FACTOR = 4  # init="large" is PyTorch's start times this

LN2 = math.log(2)  # the loss of probs 0.5 for every row
EXIT_LOSS = 0.5  # a run below it has left the plateau at ln 2
SOLVED_LOSS = 0.1  # a solved run has a smaller loss than this
UNDECIDED_MARGIN = 0.001  # probs closer to 0.5 than this decide nothing
MERGED_MARGIN = 0.03  # probs this close count as equal in the "stuck" verdicts
LOOK_AHEAD = 20  # further steps that tell bouncing from learning
# Networks that a sweep trains in one loop. What bounds it is the fixed cost of each
# inner loop over them, where compiled code first checks that no arrays overlap: with 16
# networks a step of one took 1.9 times as long.
SIDE_BY_SIDE = 64
FEWEST_SIDE_BY_SIDE = 16  # with fewer it is faster to train one after the other
VERDICTS = (
    "solved",
    "undecided at ln 2",
    "stuck at 0.4774",
    "stuck at 0.3466",
    "still learning",
    "bouncing",
    "not finite",
)


@dataclasses.dataclass(frozen=True)
class Settings:
    """All that decides a training run; the same settings give the same run.

    gate           a name in `data.GATES`
    hidden_sizes   units of each hidden layer; () is the single perceptron
    activation     of the hidden layers, a name in `descent.ACTIVATIONS`: "sigmoid", ...
    init           "pytorch" (as `torch.manual_seed(seed)` and then `torch.nn.Linear`
                   for each layer in order), "xavier", "he" (both uniform, biases
                   zero), "large" (PyTorch's times 4), "zeros", "equal" (all 0.5)
    learning_rate  positive
    steps          number of updates, at least 1
    seed           whole number from 0 to 2**63 - 1
    optimizer      "sgd", "momentum" (SGD with 0.9) or "adam", as in `torch.optim`

    Raises TypeError or ValueError that names the argument.
    """

    gate: str = "XOR"
    hidden_sizes: tuple = (2,)
    activation: str = "sigmoid"
    init: str = "pytorch"
    learning_rate: float = 1.0
    steps: int = 10_001
    seed: int = 777
    optimizer: str = "sgd"

    def __post_init__(self):
        require_one_of("gate", self.gate, GATES)
        require_one_of("activation", self.activation, ACTIVATIONS)
        require_one_of("init", self.init, INITS)
        require_one_of("optimizer", self.optimizer, OPTIMIZERS)
        if not isinstance(self.hidden_sizes, tuple | list):
            raise TypeError(
                "hidden_sizes must be a tuple of positive whole numbers such as (2,),"
                f" got {self.hidden_sizes!r}"
            )
        held = {
            "hidden_sizes": tuple(
                _whole_number("each of hidden_sizes", n, 1) for n in self.hidden_sizes
            ),
            "learning_rate": _positive_number("learning_rate", self.learning_rate),
            "steps": _whole_number("steps", self.steps, 1),
            "seed": _whole_number("seed", self.seed, 0, 2**63 - 1),
        }
        for name, value in held.items():
            object.__setattr__(self, name, value)

    @property
    def sizes(self):
        """Units of every layer, inputs and output included, such as (2, 2, 1)."""
        return (2, *self.hidden_sizes, 1)

    @property
    def layers(self):
        """Number of weight layers; 1 is the single perceptron."""
        return len(self.hidden_sizes) + 1


def _whole_number(name, value, low, high=math.inf):
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    number = int(value)
    if number < low:
        raise ValueError(f"{name} must be at least {low}, got {number}")
    if number > high:
        raise ValueError(f"{name} must be at most {high}, got {number}")
    return number


def _positive_number(name, value):
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a positive number, got {value!r}")
    with np.errstate(all="ignore"):
        # the loop computes in float32; float64 cannot hold every integer
        held = np.float32(min(value, 1e300))
    if not 0 < held < math.inf:
        allowed = "a positive number" if not value > 0 else "a number float32 can hold"
        raise ValueError(f"{name} must be {allowed}, got {value}")
    return float(value)


def initial_weights(settings):
    """Return the weights before training, [(W1, b1), (W2, b2), ...], float32 arrays.

    W has shape (units in, units out), so that a layer computes `h @ W + b`. The random
    draws leave PyTorch's own generator as it was.
    """
    generator = torch.Generator("cpu").manual_seed(settings.seed)
    weights = []
    for n_in, n_out in pairwise(settings.sizes):
        W, b = np.zeros((n_out, n_in), np.float32), np.zeros(n_out, np.float32)
        if settings.init in ("pytorch", "large"):  # what torch.nn.Linear does
            bound = 1 / math.sqrt(n_in)
            W, b = (_uniform(part.shape, bound, generator) for part in (W, b))
        elif settings.init in ("xavier", "he"):
            units = (n_in + n_out) / 2 if settings.init == "xavier" else n_in / 2
            W = _uniform(W.shape, math.sqrt(3 / units), generator)
        elif settings.init == "equal":
            W[:] = b[:] = EQUAL_WEIGHT
        if settings.init == "large":
            W, b = LARGE_FACTOR * W, LARGE_FACTOR * b
        weights.append((W.T.copy(), b))
    return weights


def _uniform(shape, bound, generator):
    """Return what PyTorch's `uniform_(-bound, bound)` gives, a float32 array.

    It multiplies and adds with one rounding where a processor can, and with two on an
    old one. In float64 both are exact, so the one rounding is the same everywhere.
    """
    drawn = torch.rand(shape, generator=generator, dtype=torch.float32, device="cpu")
    bound = float(np.float32(bound))
    return (drawn.numpy().astype(np.float64) * (2 * bound) - bound).astype(np.float32)


def flat(weights):
    """Return all weights as one vector: W1 row by row, b1, W2, b2, ..."""
    return np.concatenate([part.ravel() for layer in weights for part in layer])


def unflat(sizes, vectors):
    """Undo `flat` for vectors (n, ...): [(W1, b1), ...], views, further axes kept."""
    weights = []
    for n_in, n_out in pairwise(sizes):
        W, b, vectors = np.split(vectors, [n_in * n_out, (n_in + 1) * n_out])
        weights.append((W.reshape(n_in, n_out, *W.shape[1:]), b))
    return weights


def _sum_of_products(left, right):
    """Return left[0] * right[0] + left[1] * right[1] + ..., added up in this order."""
    total = left[0] * right[0]
    product = np.empty_like(total)
    for i in range(1, len(left)):
        total += np.multiply(left[i], right[i], out=product)
    return total


def _norm(x, axis):
    return np.sqrt((x * x).sum(axis=axis))


@NO_WARNINGS
def forward(weights, activation, points):
    """Return the output of every layer at points (n, 2): [h1, h2, ..., logits].

    Networks stand side by side in a last axis: `weights` is [(W1, b1), ...] with W of
    shape (units in, units out, networks). Each output is (units, n, networks), float64.
    """
    h, outputs = np.asarray(points, dtype=np.float64).T[:, :, None], []
    for layer, (W, b) in enumerate(weights, start=1):
        z = _sum_of_products(W[:, :, None], h[:, None]) + b[:, None]
        h = z if layer == len(weights) else ACTIVATIONS[activation].array(z)
        outputs.append(h)
    return outputs


@NO_WARNINGS
def gradient_norms(weights, activation, gate):
    """Return the L2 norm of each layer's weight gradient, for the batch and by rows.

    Two arrays of shape (networks, layers), of `weights` as in `forward`. The first is
    the norm of the gradient of the mean loss; the second adds up the norms of the four
    rows' shares of it, which cannot cancel.
    """
    X, y = truth_table(gate)
    outputs = forward(weights, activation, X)
    inputs = [X.T[:, :, None], *outputs[:-1]]
    batch, rows = [], []
    dz = (sigmoid(outputs[-1]) - y) / len(X)  # (units, 4, networks)
    for layer in range(len(weights) - 1, -1, -1):
        h, (W, _) = inputs[layer], weights[layer]
        dW = _sum_of_products(h.swapaxes(0, 1)[:, :, None], dz.swapaxes(0, 1)[:, None])
        batch.append(_norm(dW, axis=(0, 1)))
        # the gradient of one row is the outer product of its h and dz
        rows.append((_norm(h, axis=0) * _norm(dz, axis=0)).sum(axis=0))
        if layer > 0:
            dh = _sum_of_products(W.swapaxes(0, 1)[:, :, None], dz[:, None])
            dz = dh * ACTIVATIONS[activation].slope(h)
    return np.stack(batch[::-1], axis=-1), np.stack(rows[::-1], axis=-1)


def descend(settings, vectors, learning_rates, keep=()):
    """Train networks side by side, each a column of `vectors`, in place.

    vectors         (number of weights, networks) float32, in the order of `flat`; 1 or
                    SIDE_BY_SIDE networks
    learning_rates  one for each; `settings` gives the rest but for the start
    keep            ascending: after how many updates the weights are kept

    Returns the losses before each update, (steps, networks), and the weights that were
    kept, (len(keep), *vectors.shape). Of several networks only the last losses are
    there, (1, networks): a million steps of 64 would take 256 MB.
    """
    steps, networks = settings.steps, vectors.shape[1]
    losses = np.empty((steps if networks == 1 else 1, networks), dtype=np.float32)
    kept = np.empty((len(keep), *vectors.shape), dtype=np.float32)
    activation = list(ACTIVATIONS).index(settings.activation)
    optimizer = OPTIMIZERS.index(settings.optimizer)
    y = truth_table(settings.gate)[1].ravel()
    rates, keep = np.array(learning_rates, np.float32), np.array(keep, np.int64)
    loop, sizes = _compiled_loops[networks], np.array(settings.sizes)
    loop(vectors, sizes, activation, y, optimizer, rates, steps, losses, keep, kept)
    return losses, kept


_compiled_loops = {n: compiled(training_loop(n)) for n in (1, SIDE_BY_SIDE)}


def snapshot_steps(steps):
    """Return after how many updates a run keeps its weights.

    The first 100, then every 10th, the first and the last included (about 1 MB for the
    deep net; longer runs than 10,999 steps keep about 1,000).
    """
    later = np.arange(100, steps, max(10, steps // 1000))
    return np.unique(np.concatenate([np.arange(min(100, steps)), later, [steps]]))


@dataclasses.dataclass(frozen=True, eq=False)
class Run:
    """A training run: the losses and the weights on the way.

    A step counts updates: at step k the weights have been updated k times. So `loss[k]`
    (float32, shape (steps,)) is the loss of the weights before update k, and the last
    snapshot, at step `settings.steps`, holds the weights after the last update.
    """

    settings: Settings
    loss: np.ndarray
    snapshot_steps: np.ndarray  # (k,), ascending, from 0 to settings.steps
    snapshots: np.ndarray = dataclasses.field(repr=False)  # (k, number of weights)
    _path: np.ndarray = dataclasses.field(repr=False)  # of _descend_beyond

    def _snapshot(self, step):
        """Return the index of the snapshot nearest to a step."""
        step = _whole_number("step", step, 0, self.settings.steps)
        return int(np.abs(self.snapshot_steps - step).argmin())

    def weights_at(self, step):
        """Return [(W1, b1), ...] at the snapshot nearest to a step."""
        vector = self.snapshots[self._snapshot(step)].copy()  # the reader's own
        return unflat(self.settings.sizes, vector)

    def _outputs(self, step, points):
        vector = self.snapshots[self._snapshot(step)].astype(np.float64)
        weights = unflat(self.settings.sizes, vector[:, None])
        return forward(weights, self.settings.activation, points)

    @NO_WARNINGS
    def outputs_at(self, step, points):
        """Return the output of every layer at points (n, 2): [h1, ..., logits].

        They are float32 arrays, as PyTorch's are.
        """
        outputs = self._outputs(step, points)
        return [output[:, :, 0].T.astype(np.float32) for output in outputs]

    def probs_at(self, step, points):
        """Return the probability of output 1 at points (n, 2), shape (n,), float32."""
        logits = self._outputs(step, points)[-1]
        return sigmoid(logits)[0, :, 0].astype(np.float32)

    def loss_at(self, step):
        """Return the loss of the weights at the snapshot nearest to a step."""
        at = self.snapshot_steps[self._snapshot(step)]
        return self.final_loss if at == self.settings.steps else float(self.loss[at])

    @property
    def exit_step(self):
        """The first step with a loss below 0.5, where a plateau is over, or None."""
        return first_below(self.loss, EXIT_LOSS)

    @functools.cached_property
    def _outcome(self):
        return _outcomes(self.settings, self._path)

    @property
    def final_loss(self):
        """The loss of the weights after the last update."""
        return float(self._outcome.loss[0])

    @property
    def probs(self):
        """The probability of output 1 for the four rows after the last update, (4,)."""
        return self._outcome.probs[:, 0].astype(np.float32)

    @property
    def verdict(self):
        """How the run ended, one of VERDICTS."""
        return str(self._outcome.verdict[0])

    @functools.cached_property
    def _norms(self):
        weights = unflat(self.settings.sizes, np.ascontiguousarray(self.snapshots.T))
        return gradient_norms(weights, self.settings.activation, self.settings.gate)

    @property
    def gradient_norms(self):
        """L2 norm of each layer's weight gradient at every snapshot, (k, layers)."""
        return self._norms[0]

    @property
    def row_gradient_norms(self):
        """The same, the norms of the four rows added up, (k, layers)."""
        return self._norms[1]


def first_below(loss, level):
    """Return the first step whose loss is below a level, or None."""
    below = np.flatnonzero(loss < level)
    return int(below[0]) if len(below) else None


def _descend_beyond(settings, vectors, learning_rates, keep):
    """Train as `descend` does, and further, to see where the steps lead.

    Returns losses, kept weights, and the path from the last step of `settings` on,
    (LOOK_AHEAD + 1, *vectors.shape).
    """
    longer = dataclasses.replace(settings, steps=settings.steps + LOOK_AHEAD)
    further = np.arange(settings.steps + 1, longer.steps + 1)
    losses, kept = descend(longer, vectors, learning_rates, np.append(keep, further))
    return losses[: settings.steps], kept[: len(keep)], kept[len(keep) - 1 :]


def train(settings):
    """Train a network and return its Run."""
    if not isinstance(settings, Settings):
        raise TypeError(f"settings must be a Settings, got {settings!r}")
    vectors = flat(initial_weights(settings))[:, None].copy()
    keep, rates = snapshot_steps(settings.steps), [settings.learning_rate]
    losses, kept, path = _descend_beyond(settings, vectors, rates, keep)
    return Run(settings, losses[:, 0], keep, kept[:, :, 0], path)


def correct_rows(probs, y):
    """Return which rows are predicted right; a row with probs at 0.5 is not.

    probs and y have the same shape, or broadcast; the result is bool.
    """
    decided = np.abs(probs - 0.5) >= UNDECIDED_MARGIN
    return decided & ((probs > 0.5) == (y > 0.5))


class _Outcomes(NamedTuple):
    loss: np.ndarray  # (n,)
    probs: np.ndarray  # (4, n)
    verdict: np.ndarray  # (n,) str


@NO_WARNINGS
def _outcomes(settings, path):
    """Judge n networks by their path from their last step on.

    It has the shape (LOOK_AHEAD + 1, number of weights, n).
    """
    y = truth_table(settings.gate)[1]
    weights = unflat(settings.sizes, path[0])
    logits = forward(weights, settings.activation, X)[-1][0]  # (4, n)
    loss, probs = loss_of(logits, y), sigmoid(logits)
    correct = correct_rows(probs, y)
    surprise = np.sort(np.abs(probs - y), axis=0)  # 0 is sure and right

    def merged(*levels):
        return (np.abs(surprise - np.array(levels)[:, None]) <= MERGED_MARGIN).all(0)

    finite = np.isfinite(loss) & np.isfinite(path[0]).all(axis=0)
    solved = correct.all(axis=0) & (loss < SOLVED_LOSS)
    undecided = (np.abs(probs - 0.5) < UNDECIDED_MARGIN).all(axis=0)
    cases = {
        "not finite": ~finite,
        "solved": solved,
        "undecided at ln 2": undecided,
        "bouncing": _bounces(path),
        "stuck at 0.4774": merged(0, 1 / 3, 1 / 3, 2 / 3),
        "stuck at 0.3466": merged(0, 0, 1 / 2, 1 / 2),
    }
    verdict = np.select(list(cases.values()), list(cases), default="still learning")
    return _Outcomes(loss, probs, verdict)


def _bounces(path):
    """Return which networks' steps lead their weights to and fro: far, and nowhere."""
    path = path.astype(np.float64)
    walked = _norm(np.diff(path, axis=0), axis=1).sum(axis=0)
    got = _norm(path[-1] - path[0], axis=0)
    return ~(walked < np.maximum(3 * got, LOOK_AHEAD * 1e-3))


class Sweep(NamedTuple):
    """Outcomes of training from many seeds at many rates, (seeds, learning_rates)."""

    solved: np.ndarray  # bool
    final_loss: np.ndarray
    verdict: np.ndarray  # str, of VERDICTS


def sweep(settings, learning_rates, seeds):
    """Train once for each seed and learning rate, on all cores, and return a Sweep.

    `settings` gives the rest; each cell ends as `train` with its seed and rate does.
    """
    learning_rates, seeds = list(learning_rates), list(seeds)
    for name, values in [("learning_rates", learning_rates), ("seeds", seeds)]:
        if not values:
            raise ValueError(f"{name} must not be empty")
    runs = [
        dataclasses.replace(settings, seed=seed, learning_rate=rate)
        for seed in seeds
        for rate in learning_rates
    ]
    starts = {r.seed: flat(initial_weights(r)) for r in runs[:: len(learning_rates)]}
    networks = SIDE_BY_SIDE if len(runs) >= FEWEST_SIDE_BY_SIDE else 1
    groups = [runs[i : i + networks] for i in range(0, len(runs), networks)]

    def last_path(group):
        filled = group + group[-1:] * (networks - len(group))
        vectors = np.stack([starts[run.seed] for run in filled], axis=1)
        rates = [run.learning_rate for run in filled]
        *_, path = _descend_beyond(settings, vectors, rates, [settings.steps])
        return path[:, :, : len(group)]

    # threads, since the compiled loop runs outside Python's lock
    pool = ThreadPoolExecutor(numba.config.NUMBA_NUM_THREADS)
    try:
        path = np.concatenate(list(pool.map(last_path, groups)), axis=2)
    finally:  # where the reader interrupts, the groups not yet begun are dropped
        pool.shutdown(cancel_futures=True)
    outcome = _outcomes(settings, path)
    parts = outcome.verdict == "solved", outcome.loss, outcome.verdict
    return Sweep(*(part.reshape(len(seeds), len(learning_rates)) for part in parts))
