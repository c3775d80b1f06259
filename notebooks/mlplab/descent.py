"""The training loop: the backpropagation of notebook 04, written as plain loops.

Compiled by Numba, which is fast where NumPy is slow: many small operations in a row.
The four rows of the truth table stand side by side in the last axis, so that the
processor computes them in one go.
"""

import numpy as np
from numba import njit

ACTIVATIONS = ("sigmoid", "tanh", "relu", "none")
SIGMOID, TANH, RELU, NONE = range(4)

f32 = np.float32
ZERO, HALF, ONE, TWO = f32(0), f32(0.5), f32(1), f32(2)

# exp(x) = 2**n exp(r) with |r| <= ln(2) / 2: constants of expf in Moshier's Cephes.
LOWEST = f32(-87)  # exp of it is about the smallest normal float32
LOG2_E, LN2_HIGH, LN2_LOW = f32(1.44269504), f32(0.693359375), f32(-2.12194440e-4)
E2, E3, E4 = f32(5.0000001201e-1), f32(1.6666665459e-1), f32(4.1665795894e-2)
E5, E6, E7 = f32(8.3334519073e-3), f32(1.3981999507e-3), f32(1.9875691500e-4)
EXPONENT_BIAS, MANTISSA_BITS = np.int32(127), np.int32(23)

# log(1 + t) = 2 artanh(s) with s = t / (2 + t): the odd powers' coefficients 2 / k.
L1, L3, L5, L7 = f32(2), f32(2 / 3), f32(2 / 5), f32(2 / 7)
L9, L11, L13, L15 = f32(2 / 9), f32(2 / 11), f32(2 / 13), f32(2 / 15)

# tanh(x) = x + x**3 p(x**2) below 0.625: constants of tanhf in Cephes.
T3, T5, T7 = f32(-3.33332819422e-1), f32(1.33314422036e-1), f32(-5.37397155531e-2)
T9, T11 = f32(2.06390887954e-2), f32(-5.70498872745e-3)
TANH_SMALL = f32(0.625)


@njit(inline="always")
def exp_of_negative(x):
    """Return exp(x) for x <= 0."""
    x = max(x, LOWEST)
    n = np.floor(x * LOG2_E + HALF)
    r = x - n * LN2_HIGH - n * LN2_LOW
    p = ((((E7 * r + E6) * r + E5) * r + E4) * r + E3) * r + E2
    power = np.int32((np.int32(n) + EXPONENT_BIAS) << MANTISSA_BITS).view(f32)
    return (p * r * r + r + ONE) * power


@njit(inline="always")
def log_one_plus(t):
    """Return log(1 + t) for t from 0 to 1."""
    s = t / (TWO + t)
    q = s * s
    p = ((((((L15 * q + L13) * q + L11) * q + L9) * q + L7) * q + L5) * q + L3) * q + L1
    return s * p


@njit(inline="always")
def sigmoid_from(z, t):
    """Return sigmoid(z), given t = exp(-|z|), without overflow."""
    p = ONE / (ONE + t)
    return p if z >= ZERO else t * p


@njit(inline="always")
def activate(z, activation):
    """Return the activation of one preactivation."""
    if activation == SIGMOID:
        return sigmoid_from(z, exp_of_negative(-abs(z)))
    if activation == TANH:
        size, q = abs(z), z * z
        small = z + z * q * ((((T11 * q + T9) * q + T7) * q + T5) * q + T3)
        t = exp_of_negative(-TWO * size)
        large = (ONE - t) / (ONE + t)
        return small if size < TANH_SMALL else (large if z > ZERO else -large)
    if activation == RELU:
        return max(z, ZERO)
    return z


@njit(inline="always")
def slope(h, activation):
    """Return the derivative of the activation, from its output h."""
    if activation == SIGMOID:
        return h * (ONE - h)
    if activation == TANH:
        return ONE - h * h
    if activation == RELU:
        return ONE if h > ZERO else ZERO
    return ONE


def descend(weights, sizes, activation, y, learning_rate, losses, keep, kept):
    """Update `weights` in place, `len(losses)` times; fill `losses` and `kept`.

    weights        (n,) float32: W1 row by row, b1, W2, b2, ...
    sizes          (layers + 1,) units of every layer, inputs and output included
    activation     place in ACTIVATIONS
    y              (4,) float32
    learning_rate  float32
    losses         (steps,) float32, filled with the loss before each update
    keep           ascending: after how many updates the weights go to a row of `kept`
    """
    steps, layers = len(losses), len(sizes) - 1
    h = np.empty((sizes.sum(), 4), dtype=f32)  # every unit's output, layer by layer
    dz = np.empty_like(h)  # the gradient of the loss by every unit's preactivation
    for row in range(4):
        h[0, row], h[1, row] = f32(row // 2), f32(row % 2)
    mean = ONE / f32(4)
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
                z0 = z1 = z2 = z3 = weights[b + j]
                for i in range(n_in):
                    W = weights[w + i * n_out + j]
                    z0 += h[first + i, 0] * W
                    z1 += h[first + i, 1] * W
                    z2 += h[first + i, 2] * W
                    z3 += h[first + i, 3] * W
                h[out + j, 0], h[out + j, 1] = z0, z1
                h[out + j, 2], h[out + j, 3] = z2, z3
            if layer < layers - 1:
                for j in range(out, out + n_out):
                    for row in range(4):
                        h[j, row] = activate(h[j, row], activation)
            w, first = b + n_out, out

        # loss, and its gradient by the logits: (probs - y) / 4
        loss = ZERO
        for row in range(4):
            z = h[first, row]
            t = exp_of_negative(-abs(z))
            loss += max(z, ZERO) - z * y[row] + log_one_plus(t)
            dz[first, row] = (sigmoid_from(z, t) - y[row]) * mean
        losses[step] = loss * mean

        # backward and update: dW = h.T @ dz, and dh = dz @ W.T with W as it was
        for layer in range(layers - 1, -1, -1):
            n_in, n_out = sizes[layer], sizes[layer + 1]
            out, first = first, first - n_in
            b = w - n_out
            w = b - n_in * n_out
            for j in range(out, out + n_out):
                db = (dz[j, 0] + dz[j, 1]) + (dz[j, 2] + dz[j, 3])
                weights[b + j - out] -= learning_rate * db
            for i in range(n_in):
                h0, h1 = h[first + i, 0], h[first + i, 1]
                h2, h3 = h[first + i, 2], h[first + i, 3]
                dh0 = dh1 = dh2 = dh3 = ZERO
                for j in range(n_out):
                    dz0, dz1 = dz[out + j, 0], dz[out + j, 1]
                    dz2, dz3 = dz[out + j, 2], dz[out + j, 3]
                    W = weights[w + i * n_out + j]
                    dW = (h0 * dz0 + h1 * dz1) + (h2 * dz2 + h3 * dz3)
                    weights[w + i * n_out + j] = W - learning_rate * dW
                    dh0 += dz0 * W
                    dh1 += dz1 * W
                    dh2 += dz2 * W
                    dh3 += dz3 * W
                dz[first + i, 0] = dh0 * slope(h0, activation)
                dz[first + i, 1] = dh1 * slope(h1, activation)
                dz[first + i, 2] = dh2 * slope(h2, activation)
                dz[first + i, 3] = dh3 * slope(h3, activation)

    if next_kept < len(keep):
        kept[next_kept] = weights
