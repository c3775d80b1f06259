"""What one would train with instead of `mlplab.network.train`.

Each contender trains the same network on XOR from the same initial weights: full-batch
gradient descent on the binary cross-entropy, all layers sigmoid, float32. Each returns
the loss before every update, so that a test can see that they agree. Only ours keeps
the weights on the way as well.
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

from mlplab.data import X, truth_table
from mlplab.network import initial_weights, train

SOURCE = Path(__file__).with_name("descent.c")
# The last two let gcc keep networks side by side in SIMD lanes: floorf() without them
# is a call for each one. No flag here changes a result but in its last bits.
FLAGS = ("-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math")
LANES = 16  # networks side by side
Y = truth_table("XOR")[1]


def ours(settings):
    return train(settings).loss


def fit_with_pytorch(sizes, learning_rate, seed, steps):
    """The usual loop. page.py copies it into a notebook: it needs nothing of ours."""
    X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
    torch.manual_seed(seed)
    modules = []
    for n_in, n_out in itertools.pairwise(sizes):
        modules += [torch.nn.Linear(n_in, n_out), torch.nn.Sigmoid()]
    model, loss_fn = torch.nn.Sequential(*modules), torch.nn.BCELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = loss_fn(model(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, losses


def pytorch(settings):
    rate, seed = settings.learning_rate, settings.seed
    return fit_with_pytorch(settings.sizes, rate, seed, settings.steps)[1]


def scikit_learn(settings):
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
        model.partial_fit(X, Y.ravel(), classes=[0, 1])  # makes the network
        model.coefs_ = [W for W, _ in initial_weights(settings)]
        model.intercepts_ = [b for _, b in initial_weights(settings)]
        model.fit(X, Y.ravel())
    return model.loss_curve_[-settings.steps :]


def numpy(settings):
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
        losses[step] = -(Y * np.log(probs) + (1 - Y) * np.log(1 - probs)).mean()

        # backward and update
        dz = (probs - Y) / np.float32(len(X))
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
def c_library():
    """descent.c, compiled and loaded."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "descent.so"
        options = [*FLAGS, f"-DLANES={LANES}", "-shared", "-fPIC", "-o", path]
        subprocess.run([c_compiler(), *options, SOURCE, "-lm"], check=True)
        library = ctypes.CDLL(str(path))
    longs, floats = map(np.ctypeslib.ndpointer, (ctypes.c_long, ctypes.c_float))
    shared = [longs, ctypes.c_long, floats, floats, ctypes.c_float, ctypes.c_long]
    library.sweep.argtypes, library.train.argtypes = shared, [*shared, floats]
    return library


def _c_arguments(settings, weights):
    sizes, rate = np.array(settings.sizes, ctypes.c_long), settings.learning_rate
    return sizes, settings.layers, weights, Y, rate, settings.steps


def flat_weights(settings):
    parts = [part.ravel() for layer in initial_weights(settings) for part in layer]
    return np.concatenate(parts)


def c_train(settings):
    losses = np.empty(settings.steps, dtype=np.float32)
    c_library().train(*_c_arguments(settings, flat_weights(settings)), losses)
    return losses


def c_starts(settings, seeds):
    """Initial weights in groups of LANES networks: (groups, weights, LANES), C order.

    Apart from `c_sweep`: PyTorch's random numbers are not what the C program is for.
    """
    starts = [flat_weights(dataclasses.replace(settings, seed=seed)) for seed in seeds]
    groups = np.reshape(starts, (-1, LANES, len(starts[0])))
    return groups.swapaxes(1, 2).copy()


def c_sweep(settings, starts):
    """Train groups of networks, LANES side by side; return their weights likewise."""
    groups = starts.copy()
    for weights in groups:
        c_library().sweep(*_c_arguments(settings, weights))
    return groups


C = "C, -O3 -march=native"
CONTENDERS = {
    "mlplab, train": ours,
    "PyTorch, the usual loop": pytorch,
    "scikit-learn, MLPClassifier": scikit_learn,
    "NumPy": numpy,
    C: c_train,
}
