"""What one would train with instead of `mlplab.network.train`.

Each contender trains the same network from the same initial weights: full-batch
gradient descent on the binary cross-entropy, all layers sigmoid, float32. Each returns
the losses that it recorded, so that a test can see that they agree. Only ours keeps the
weights on the way as well; PyTorch records one loss of a hundred.
"""

import ctypes
import dataclasses
import functools
import itertools
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from sklearn.neural_network import MLPClassifier

from mlplab.data import truth_table
from mlplab.network import initial_weights, train

SOURCE = Path(__file__).with_name("descent.c")
# The last two let gcc keep networks side by side in SIMD lanes: floorf() without them
# is a call for each one. No flag here changes a result but in its last bits.
OPTIMISED = ("-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math")
PLAIN = ("-O2",)
LANES = 16  # networks side by side

OURS = "mlplab, train"
PRINT_EVERY = 100  # the notes print every 100th loss


def ours(settings):
    return train(settings).loss


def pytorch(settings):
    """The loop of the lecture notes, which records only every 100th loss."""
    X, y = map(torch.from_numpy, truth_table(settings.gate))
    torch.manual_seed(settings.seed)
    modules = []
    for n_in, n_out in itertools.pairwise(settings.sizes):
        modules += [torch.nn.Linear(n_in, n_out), torch.nn.Sigmoid()]
    model, loss_fn = torch.nn.Sequential(*modules), torch.nn.BCELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=settings.learning_rate)
    losses = []
    for step in range(settings.steps):
        optimizer.zero_grad()
        loss = loss_fn(model(X), y)
        loss.backward()
        optimizer.step()
        if step % PRINT_EVERY == 0:
            losses.append(loss.item())
    return losses


def scikit_learn(settings):
    X, y = truth_table(settings.gate)
    model = MLPClassifier(
        settings.hidden_sizes,
        activation="logistic",
        solver="sgd",
        alpha=0,
        batch_size=len(X),
        learning_rate_init=settings.learning_rate,
        max_iter=settings.steps,
        shuffle=False,
        n_iter_no_change=settings.steps + 1,  # never stop early
        momentum=0,
        warm_start=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged
        model.partial_fit(X, y.ravel(), classes=[0, 1])  # makes the network
        model.coefs_ = [W for W, _ in initial_weights(settings)]
        model.intercepts_ = [b for _, b in initial_weights(settings)]
        model.fit(X, y.ravel())
    return model.loss_curve_[-settings.steps :]


def numpy(settings):
    X, y = truth_table(settings.gate)
    weights = [(W.copy(), b.copy()) for W, b in initial_weights(settings)]
    losses = np.empty(settings.steps, dtype=np.float32)
    rate = np.float32(settings.learning_rate)
    for step in range(settings.steps):
        # forward
        h = [X]
        for W, b in weights:
            h.append(1 / (1 + np.exp(-(h[-1] @ W + b))))
        probs = h[-1]

        # loss
        losses[step] = -(y * np.log(probs) + (1 - y) * np.log(1 - probs)).mean()

        # backward and update
        dz = (probs - y) / np.float32(len(X))
        for layer in range(len(weights) - 1, -1, -1):
            W, b = weights[layer]
            dW, db = h[layer].T @ dz, dz.sum(axis=0)
            if layer > 0:
                dz = dz @ W.T * h[layer] * (1 - h[layer])
            W -= rate * dW
            b -= rate * db
    return losses


def c_compiler():
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


@functools.cache
def c_library(flags):
    """descent.c, compiled with these flags and loaded."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "descent.so"
        flags = [*flags, f"-DLANES={LANES}", "-shared", "-fPIC"]
        options = [*flags, "-o", library, SOURCE, "-lm"]
        subprocess.run([c_compiler(), *options], check=True)
        return ctypes.CDLL(str(library))


def _c_arguments(settings, weights):
    def pointer(array):
        return array.ctypes.data_as(ctypes.c_void_p)

    # named, so that they live as long as the call
    sizes = np.array(settings.sizes, dtype=ctypes.c_long)
    y = truth_table(settings.gate)[1]
    arguments = [
        pointer(sizes),
        ctypes.c_long(settings.layers),
        pointer(weights),
        pointer(y),
        ctypes.c_float(settings.learning_rate),
        ctypes.c_long(settings.steps),
    ]
    return arguments, (sizes, y)


def flat_weights(settings):
    parts = [part.ravel() for layer in initial_weights(settings) for part in layer]
    return np.concatenate(parts)


def c_train(settings, flags):
    weights = flat_weights(settings)
    losses = np.empty(settings.steps, dtype=np.float32)
    arguments, alive = _c_arguments(settings, weights)
    c_library(flags).train(*arguments, losses.ctypes.data_as(ctypes.c_void_p))
    del alive
    return losses


def side_by_side_start(settings, seeds):
    """The initial weights of many seeds, as groups of LANES networks: (weights, LANES).

    Apart from `c_sweep`: PyTorch's random numbers are not what the C program is for.
    """
    starts = [flat_weights(dataclasses.replace(settings, seed=seed)) for seed in seeds]
    starts += [starts[0]] * (-len(starts) % LANES)  # lanes that nobody reads
    groups = [starts[i : i + LANES] for i in range(0, len(starts), LANES)]
    return [np.stack(group, axis=1) for group in groups]


def c_sweep(settings, start, flags=OPTIMISED):
    """Train groups of networks, LANES side by side; return their weights likewise."""
    groups = [weights.copy() for weights in start]
    for weights in groups:
        arguments, alive = _c_arguments(settings, weights)
        c_library(flags).sweep(*arguments)
        del alive
    return groups


CONTENDERS = {
    "PyTorch, the usual loop": pytorch,
    "scikit-learn, MLPClassifier": scikit_learn,
    "NumPy": numpy,
}
C_CONTENDERS = {
    "C, -O3 -march=native": functools.partial(c_train, flags=OPTIMISED),
    "C, -O2": functools.partial(c_train, flags=PLAIN),
}
