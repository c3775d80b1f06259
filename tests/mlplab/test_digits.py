"""The digits: what the files hold, how they are split, and what notebook 07 says."""

import re

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from mlplab import digits
from mlplab.digits import held_out_digits, read_digits, training_digits
from tools.digits import keep, pack, train_network
from tools.execute import NOTEBOOKS, read

FEW_BYTES = 100_000


@pytest.fixture(scope="module")
def trained():
    """The network that `python -m tools.digits` trains."""
    with torch.random.fork_rng(devices=[]):
        return train_network()


def accuracy(model, X, y):
    with torch.no_grad():
        return (model(X).argmax(dim=1) == y).float().mean().item()


def test_both_parts_have_the_shapes_they_promise():
    for part, rows in (training_digits, 1437), (held_out_digits, 360):
        X, y = part()
        assert X.shape == (rows, 64) and y.shape == (rows,)
        assert (X.dtype, y.dtype) == (np.float32, np.int64)
        assert X.min() == 0 and X.max() == 1
        assert (np.round(X * 16) == X * 16).all()
        assert np.bincount(y).min() > 0.07 * rows and set(y) == set(range(10))


def together():
    """The table (1797, 65) that both parts make: ink from 0 to 16, and the label."""
    (X, y), (X_held, y_held) = training_digits(), held_out_digits()
    table = np.empty((1797, 65))
    held_out = np.arange(1797) % 5 == 0
    table[held_out] = np.column_stack([X_held * 16, y_held])
    table[~held_out] = np.column_stack([X * 16, y])
    return table


def test_each_fifth_picture_of_the_known_file_is_held_out():
    known = load_digits()
    assert (together() == np.column_stack([known.data, known.target])).all()


def test_a_learner_who_changes_the_rows_changes_only_a_copy():
    X, y = training_digits()
    X[:], y[:] = 7, 7
    assert training_digits()[0].max() == 1 and training_digits()[1][1] != 7


def test_a_picture_is_the_digit_that_its_label_says():
    """Read by the nearest training picture, which no network has to be trained for."""
    (X, y), (X_held, y_held) = training_digits(), held_out_digits()
    away = ((X_held[:, None] - X) ** 2).sum(axis=2)
    assert (y[away.argmin(axis=1)] == y_held).mean() > 0.97


def test_the_files_are_small_and_hold_numbers_only():
    for path in digits.PICTURES, digits.WEIGHTS:
        assert path.stat().st_size < FEW_BYTES
        with np.load(path, allow_pickle=False) as file:
            assert all(file[name].dtype.kind in "uf" for name in file)


def test_packing_gives_the_pictures_again(tmp_path):
    source, packed = tmp_path / "digits.csv", tmp_path / "digits.npz"
    np.savetxt(source, together(), delimiter=",")
    pack(source, packed)
    with np.load(packed) as again, np.load(digits.PICTURES) as ours:
        assert set(again) == set(ours)
        assert all((again[name] == ours[name]).all() for name in ours)


def test_the_stored_network_is_the_one_that_is_trained(trained, tmp_path):
    keep(trained, tmp_path / "network.npz")
    with np.load(tmp_path / "network.npz") as new, np.load(digits.WEIGHTS) as stored:
        for name in ("W1", "b1", "W2", "b2"):
            # as far as other processors round otherwise
            np.testing.assert_allclose(new[name], stored[name], atol=0.02)
    X = held_out_digits()[0]
    with torch.no_grad():
        logits = trained(torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(read_digits(X), logits, atol=0.05)


# What notebook 07 says in words


def test_it_reads_97_of_100_held_out_digits(trained):
    X, y = map(torch.from_numpy, held_out_digits())
    assert accuracy(trained, X, y) == pytest.approx(0.97, abs=0.01)
    misread = X[trained(X).argmax(dim=1) != y]
    assert len(misread) == 10


def test_cells_without_ink_keep_their_first_weights(trained):
    X = training_digits()[0]
    pictures = (X > 0).sum(axis=0)  # (64,), how many have ink there
    assert pictures[0] == 0 and pictures.reshape(8, 8)[:, 0].max() == 6
    torch.manual_seed(777)
    start = nn.Linear(64, 32).weight.detach()
    weight = trained[0].weight.detach()
    without = torch.from_numpy(pictures == 0)
    assert torch.equal(weight[:, without], start[:, without])
    margin = weight.view(32, 8, 8)[:, 1:4, 0].abs().mean()
    assert margin > 10 * weight[:, without].abs().mean()


@pytest.mark.parametrize(("cells", "low", "high"), [(1, 0.4, 0.5), (2, 0.05, 0.2)])
def test_a_shift_takes_most_of_it_away(cells, low, high, trained):
    X, y = map(torch.from_numpy, held_out_digits())
    shares = []
    for right, down in (cells, 0), (-cells, 0), (0, cells), (0, -cells):
        moved = nn.functional.pad(X.view(-1, 8, 8), (right, -right, down, -down))
        shares.append(accuracy(trained, moved.reshape(-1, 64), y))
    assert low < np.mean(shares) < high


def test_the_notebook_credits_those_who_made_the_pictures():
    page = "\n".join(cell.source for cell in read(NOTEBOOKS / "07_beyond.ipynb").cells)
    for text in page, digits.__doc__:
        assert re.search(r"Alpaydin and C\. Kaynak", text)
        assert "CC BY 4.0" in text and "10.24432/C50P49" in text
