"""Handwritten digits of 8 x 8 cells, and a small network that has learned to read them.

The pictures are the 1,797 of the test set of "Optical Recognition of Handwritten
Digits" by E. Alpaydin and C. Kaynak (UCI Machine Learning Repository, 1998), licence
CC BY 4.0, https://doi.org/10.24432/C50P49. 13 people wrote them. `tools/digits.py`
makes the files from scikit-learn's copy.
"""

import functools
import pathlib

import numpy as np

SIDE = 8  # cells along a side of a picture
MOST_INK = 16  # in a cell: each was 4 x 4 points, of which some have ink
EVERY = 5  # each fifth picture is held out
HERE = pathlib.Path(__file__).parent
PICTURES, WEIGHTS = HERE / "digits.npz", HERE / "digits_network.npz"


@functools.cache
def _pictures():
    with np.load(PICTURES, allow_pickle=False) as file:
        return file["ink"], file["digit"]


def _part(held_out):
    ink, digit = _pictures()
    chosen = (np.arange(len(ink)) % EVERY == 0) == held_out
    X = ink[chosen].astype(np.float32) / MOST_INK
    return X, digit[chosen].astype(np.int64)


def training_digits():
    """Return X (1437, 64) float32 in 0..1, row by row, and y (1437,)."""
    return _part(held_out=False)


def held_out_digits():
    """Return X (360, 64) and y (360,) of the pictures that no training may see.

    Each fifth one of the file is held out. So the same people wrote both parts.
    """
    return _part(held_out=True)


@functools.cache
def _weights():
    with np.load(WEIGHTS, allow_pickle=False) as file:
        return [file[name].astype(np.float64) for name in ("W1", "b1", "W2", "b2")]


def read_digits(X):
    """Return the logits (n, 10) that a trained 64-32-10 network gives for X (n, 64)."""
    W1, b1, W2, b2 = _weights()
    h1 = 1 / (1 + np.exp(-(np.asarray(X, np.float64) @ W1 + b1)))
    return h1 @ W2 + b2
