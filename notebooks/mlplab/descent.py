"""The training loop: the backpropagation of notebook 04, written as plain loops.

Compiled by Numba, which is fast where NumPy is slow: many small operations in a row.
The four rows of the truth table, and the networks that train side by side, stand in the
last axes, so that the processor computes several of them in one go.

Every function that the loop needs of mathematics stands here twice: in float32 for the
loop, in float64 for arrays of what is said of its weights. Both are written out, since
exp of a library differs in its last bit from one processor to another.
"""

import contextlib
import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from IPython import get_ipython
from IPython.display import display
from numba import njit
from numba.core import event

# Never fastmath: it lets the compiler round otherwise on another processor.
OPTIONS = {"nogil": True, "error_model": "numpy"}
NOTICE = "Compiling the training loop, as a rule only this once: some seconds ..."
inlined = njit(inline="always")


# Compiling


class _Notice(event.Listener):
    """Says in the cell that Numba compiles, while it does."""

    depth = 0  # compiling one function compiles those that it calls

    def on_start(self, event):
        self.depth += 1
        if self.depth == 1 and get_ipython() is not None:
            # Empty at first, and at last: so a notebook stores nothing of it, and
            # nbval, which ignores updates, compares nothing.
            self.output = display({}, raw=True, display_id=True)
            self.output.update({"text/plain": NOTICE}, raw=True)

    def on_end(self, event):
        self.depth -= 1
        if self.depth == 0 and get_ipython() is not None:
            self.output.update({}, raw=True)


def compiled(function):
    """Compile `function` with Numba at its first call; later kernels load it from disk.

    The compiled code goes beside the module, else into the user's cache folder. Where
    it cannot be kept there, or what is there is damaged, it stays in memory. A first
    call that has to compile says so while it does.
    """
    # for the first call only; an iterator hands it to one of several threads
    notices = iter([event.install_listener("numba:compile", _Notice())])
    chosen = in_memory = njit(**OPTIONS)(function)
    with contextlib.suppress(RuntimeError):  # no folder that Numba knows can be written
        chosen = njit(cache=True, **OPTIONS)(function)

    @functools.wraps(function)
    def call(*arguments):
        nonlocal chosen
        with next(notices, contextlib.nullcontext()):
            try:
                return chosen(*arguments)
            except Exception:  # full disk, damaged file; `function`'s own comes again
                chosen = in_memory
                return in_memory(*arguments)

    return call


# In float32, a number at a time

f32 = np.float32
ZERO, QUARTER, HALF, ONE, TWO = f32(0), f32(0.25), f32(0.5), f32(1), f32(2)

# exp(x) = 2**n exp(r) with |r| <= ln(2) / 2: constants of expf in Moshier's Cephes.
LOWEST = f32(-87)  # exp of it is about the smallest normal float32
LOG2_E, LN2_HIGH, LN2_LOW = f32(1.44269504), f32(0.693359375), f32(-2.12194440e-4)
E2, E3, E4 = f32(5.0000001201e-1), f32(1.6666665459e-1), f32(4.1665795894e-2)
E5, E6, E7 = f32(8.3334519073e-3), f32(1.3981999507e-3), f32(1.9875691500e-4)
EXPONENT_BIAS, MANTISSA_BITS = np.int32(127), np.int32(23)

# log(1 + t) = 2 artanh(s) with s = t / (2 + t): the odd powers' coefficients 2 / k.
L1, L3, L5, L7, L9, L11, L13, L15 = (f32(2 / k) for k in range(1, 16, 2))

# tanh(x) = x + x**3 p(x**2) below 0.625: constants of tanhf in Cephes.
T3, T5, T7 = f32(-3.33332819422e-1), f32(1.33314422036e-1), f32(-5.37397155531e-2)
T9, T11 = f32(2.06390887954e-2), f32(-5.70498872745e-3)
TANH_SMALL = f32(0.625)


@inlined
def exp_of_negative(x):
    """Return exp(x) for x <= 0."""
    x = max(x, LOWEST)
    n = np.floor(x * LOG2_E + HALF)
    r = x - n * LN2_HIGH - n * LN2_LOW
    p = ((((E7 * r + E6) * r + E5) * r + E4) * r + E3) * r + E2
    power = np.int32((np.int32(n) + EXPONENT_BIAS) << MANTISSA_BITS).view(f32)
    return (p * r * r + r + ONE) * power


@inlined
def log_one_plus(t):
    """Return log(1 + t) for t from 0 to 1."""
    s = t / (TWO + t)
    q = s * s
    p = ((((((L15 * q + L13) * q + L11) * q + L9) * q + L7) * q + L5) * q + L3) * q + L1
    return s * p


@inlined
def sigmoid_from(z, t):
    """Return sigmoid(z), given t = exp(-|z|), without overflow."""
    p = ONE / (ONE + t)
    return p if z >= ZERO else t * p


def sigmoid_f32(z):
    """Return sigmoid(z)."""
    return sigmoid_from(z, exp_of_negative(-abs(z)))


def tanh_f32(z):
    """Return the hyperbolic tangent, for z near 0 by a polynomial."""
    size, q = abs(z), z * z
    small = z + z * q * ((((T11 * q + T9) * q + T7) * q + T5) * q + T3)
    t = exp_of_negative(-TWO * size)
    large = (ONE - t) / (ONE + t)
    return small if size < TANH_SMALL else (large if z > ZERO else -large)


def relu_f32(z):
    """Return z where it is positive, else 0."""
    return max(z, ZERO)


# In float64, for arrays

# Huge weights overflow on purpose, and a learner may let NumPy raise instead of warn.
NO_WARNINGS = np.errstate(all="ignore")


LN2_F64 = math.log(2)


@compiled
def _exp_of_each(x):
    """Put exp(x) in place of x (n,), from -700 to 0: 2**n exp(r), r by its series."""
    for i in range(x.size):
        n = np.rint(x[i] / LN2_F64)
        r = x[i] - n * LN2_F64  # |r| <= ln(2) / 2, so the next term is below 1e-15
        series = 1.0
        for k in range(12, 0, -1):  # Taylor's
            series = series * r * (1 / k) + 1
        x[i] = series * np.int64((np.int64(n) + 1023) << 52).view(np.float64)


def exp_of_negatives(x):
    """Return exp(x) for x <= 0."""
    x = np.array(np.maximum(x, -700), np.float64, order="C")  # exp of it is 1e-304
    _exp_of_each(x.reshape(-1))
    return x


@NO_WARNINGS
def sigmoid(z):
    """Return 1 / (1 + exp(-z)) in float64, without overflow for any z."""
    t = exp_of_negatives(-np.abs(z))
    return np.where(np.greater_equal(z, 0), 1, t) / (1 + t)


def tanh(z):
    """Return the hyperbolic tangent in float64."""
    t, q = exp_of_negatives(-2 * np.abs(z)), z * z
    small = z * (1 - q / 3 + q * q * (2 / 15))  # where 1 - t would cancel
    return np.where(q < 1e-6, small, np.sign(z) * (1 - t) / (1 + t))


def relu(z):
    """Return z where it is positive, else 0."""
    return np.maximum(z, 0)


@NO_WARNINGS
def loss_of(logits, y):
    """Return the binary cross-entropy of logits (4, networks) and y (4, 1).

    In the form that stays exact for large logits: max(z, 0) - z y + log(1 + exp(-|z|)),
    as in PyTorch's BCEWithLogitsLoss. The result has the shape (networks,).
    """
    t = exp_of_negatives(-np.abs(logits))
    s = t / (2 + t)  # at most 1/3; log(1 + t) = 2 artanh(s), by its series
    series = 0.0
    for k in range(31, 0, -2):
        series = series * s * s + 2 / k
    return (np.maximum(logits, 0) - logits * y + s * series).mean(axis=0)


# The activations


class Activation(NamedTuple):
    """What the course knows of an activation. A new one is one more in ACTIVATIONS."""

    f32: Callable  # its output h for a number z in float32; Numba compiles it
    array: Callable  # the same for an array in float64
    slope: Callable  # its derivative, from the output h; for both
    module: str  # its name in torch.nn


ACTIVATIONS = {
    "sigmoid": Activation(sigmoid_f32, sigmoid, lambda h: h * (ONE - h), "Sigmoid"),
    "tanh": Activation(tanh_f32, tanh, lambda h: ONE - h * h, "Tanh"),
    "relu": Activation(relu_f32, relu, lambda h: f32(h > ZERO), "ReLU"),
    "none": Activation(lambda z: z, lambda z: z, lambda h: ONE, "Identity"),
}


def _for_each(change):
    """Return a function that changes all of a by a and b, as one activation does.

    A loop for each activation: the processor takes several values at once where none
    branches.
    """

    def either(here, change_one, others):
        @inlined
        def change_all(place, a, b):
            if place == here:
                for k in range(a.size):
                    a[k] = change_one(a[k], b[k])
            else:
                others(place, a, b)

        return change_all

    choice = inlined(lambda place, a, b: None)
    for place, activation in enumerate(ACTIVATIONS.values()):
        choice = either(place, inlined(change(activation)), choice)
    return choice


def _activating(activation):
    value = inlined(activation.f32)
    return lambda z, _: value(z)


def _multiplying(activation):
    slope = inlined(activation.slope)
    return lambda dh, h: dh * slope(h)


activate_all, multiply_by_slopes = _for_each(_activating), _for_each(_multiplying)

# The optimisers of torch.optim, with its own constants but for the momentum, 0 there.
OPTIMIZERS = ("sgd", "momentum", "adam")
MOMENTUM, BETA1, BETA2, EPSILON = 0.9, 0.9, 0.999, 1e-8


@inlined
def update(
    networks, optimizer, rates, weights, gradients, means, squares, fade1, fade2
):
    """Change the `weights` of so many networks by one step of one of OPTIMIZERS.

    All arrays but the rates are flat.

    rates         (networks,) learning rates
    means         what is kept of the gradients, zero before the first step
    squares       what Adam keeps of their squares: Kingma and Ba, arXiv:1412.6980
    fade1, fade2  what is left of those zeros, Adam's betas to the power of the step
    """
    if optimizer == 0:
        for i in range(0, weights.size, networks):
            for k in range(networks):
                weights[i + k] -= rates[k] * gradients[i + k]
    elif optimizer == 1:
        for i in range(0, weights.size, networks):
            for k in range(networks):
                means[i + k] = f32(MOMENTUM) * means[i + k] + gradients[i + k]
                weights[i + k] -= rates[k] * means[i + k]
    else:
        known1, root2 = f32(1 - fade1), f32(math.sqrt(1 - fade2))
        for i in range(0, weights.size, networks):
            for k in range(networks):
                g, old = gradients[i + k], f32(BETA2) * squares[i + k]
                means[i + k] += f32(1 - BETA1) * (g - means[i + k])
                squares[i + k] = old + f32(1 - BETA2) * (g * g)
                size = np.sqrt(squares[i + k]) / root2 + f32(EPSILON)
                weights[i + k] -= rates[k] / known1 * means[i + k] / size


def training_loop(networks):
    """Return the loop that trains so many networks of one kind side by side.

    The number is a constant of the compiled code; each network ends with the same bits
    whatever it is. It is all that `descend` may take from this function: Numba tells by
    such values whether a file on disk is this loop's, and a compiled function among
    them has another name in every kernel.
    """

    def descend(
        weights, sizes, activation, y, optimizer, rates, steps, losses, keep, kept
    ):
        """Update `weights` in place, `steps` times; fill `losses` and `kept`.

        weights         (n, networks) float32: W1 row by row, b1, W2, b2, ...
        sizes           (layers + 1,) units of every layer, inputs and output included
        activation      place in ACTIVATIONS
        y               (4,) float32
        optimizer       place in OPTIMIZERS
        rates           (networks,) float32, the learning rates
        losses          (steps, networks) float32, filled with those before each update;
                        with fewer rows, the last holds those of all further steps
        keep            ascending: after how many updates the weights are kept
        kept            (len(keep), n, networks) float32, filled with those weights
        """
        layers = len(sizes) - 1
        # every unit's output, layer by layer, and the gradient by its preactivation
        h = np.empty((sizes.sum(), 4, networks), dtype=f32)
        dz = np.empty_like(h)
        for row in range(4):
            h[0, row], h[1, row] = f32(row // 2), f32(row % 2)
        gradients, fade1, fade2 = np.empty_like(weights), 1.0, 1.0
        means, squares = np.zeros(weights.size, f32), np.zeros(weights.size, f32)
        next_kept = 0

        for step in range(steps):
            if next_kept < len(keep) and keep[next_kept] == step:
                kept[next_kept] = weights
                next_kept += 1

            # forward: z = h @ W + b, h = activation(z), layer by layer
            w = first = 0  # where this layer's weights and its inputs begin
            for layer in range(layers):
                n_in, n_out = sizes[layer], sizes[layer + 1]
                b, out = w + n_in * n_out, first + n_in
                for j in range(n_out):
                    z, bias = h[out + j], weights[b + j]
                    for k in range(networks):
                        for row in range(4):
                            z[row, k] = bias[k]
                for i in range(n_in):
                    x = h[first + i]
                    for j in range(n_out):
                        z, W = h[out + j], weights[w + i * n_out + j]
                        for k in range(networks):
                            for row in range(4):
                                z[row, k] += x[row, k] * W[k]
                if layer < layers - 1:
                    z = h[out : out + n_out].reshape(-1)
                    activate_all(activation, z, z)
                w, first = b + n_out, out

            # loss, and its gradient by the logits: (probs - y) / 4
            total = losses[min(step, len(losses) - 1)]
            total[:] = ZERO
            for row in range(4):
                z, d = h[first, row], dz[first, row]
                for k in range(networks):
                    t = exp_of_negative(-abs(z[k]))
                    loss = max(z[k], ZERO) - z[k] * y[row] + log_one_plus(t)
                    total[k] += loss * QUARTER
                    d[k] = (sigmoid_from(z[k], t) - y[row]) * QUARTER

            # backward: dW = h.T @ dz, and dh = dz @ W.T
            for layer in range(layers - 1, -1, -1):
                n_in, n_out = sizes[layer], sizes[layer + 1]
                out, first = first, first - n_in
                b = w - n_out
                w = b - n_in * n_out
                dz[first:out] = ZERO
                for j in range(n_out):
                    d, db = dz[out + j], gradients[b + j]
                    for k in range(networks):
                        db[k] = (d[0, k] + d[1, k]) + (d[2, k] + d[3, k])
                    for i in range(n_in):
                        x, dh = h[first + i], dz[first + i]
                        W = weights[w + i * n_out + j]
                        dW = gradients[w + i * n_out + j]
                        for k in range(networks):
                            for row in range(4):
                                dh[row, k] += d[row, k] * W[k]
                            dW0, dW1 = x[0, k] * d[0, k], x[1, k] * d[1, k]
                            dW2, dW3 = x[2, k] * d[2, k], x[3, k] * d[3, k]
                            dW[k] = (dW0 + dW1) + (dW2 + dW3)
                if layer > 0:
                    dh, outputs = dz[first:out].reshape(-1), h[first:out].reshape(-1)
                    multiply_by_slopes(activation, dh, outputs)
            fade1, fade2 = fade1 * BETA1, fade2 * BETA2
            update(
                networks, optimizer, rates, weights.reshape(-1),
                gradients.reshape(-1), means, squares, fade1, fade2,
            )  # fmt: skip

        if next_kept < len(keep):
            kept[next_kept] = weights

    # Numba names its files on disk by it: two loops in one would be mixed up
    descend.__qualname__ = f"descend_{networks}"
    return descend
