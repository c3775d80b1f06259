"""The self-checks of notebook 04 tell the common mistakes apart."""

import torch

from exercises import lesson_04
from support.cases import each, judge_source

ONE_LAYER_MORE = """
def answer(X, h1, h2, W2, W3, dlogits):
    dz2 = dlogits @ W3.T * h2 * (1 - h2)
    dW2, db2 = h1.T @ dz2, dz2.sum(dim=0)
    dz1 = dz2 @ W2.T * h1 * (1 - h1)
    dW1, db1 = X.T @ dz1, dz1.sum(dim=0)
    return dz2, dW2, db2, dz1, dW1, db1
"""
SUM_OR_MEAN = """
def answer(X, y, W1, b1, W2, b2):
    h1 = torch.sigmoid(X @ W1 + b1)
    probs = torch.sigmoid(h1 @ W2 + b2)
    dlogits = (probs - y) / len(X)
    dW2, db2 = h1.T @ dlogits, dlogits.sum(dim=0)
    dz1 = dlogits @ W2.T * h1 * (1 - h1)
    dW1, db1 = X.T @ dz1, dz1.sum(dim=0)
    return dW1, db1, dW2, db2
"""


ALL = "dz2, dW2, db2, dz1, dW1, db1"
TWICE = "torch.sigmoid(h1) * (1 - torch.sigmoid(h1))"


@each(
    ("old", "new", "words"),
    [
        ("", "", "Correct."),
        (ALL, "..., ..., ..., ..., ..., ...", "Not tried yet"),
        ("dz1.sum(dim=0)", "...", "Not tried yet"),
        ("W3.T * h2 * (1 - h2)", "W3.T", "dz2 lacks the slope of the sigmoid"),
        ("W3.T * h2 * (1 - h2)", "W3.T * h2", "dz2 takes h2 for the slope"),
        ("W2.T * h1 * (1 - h1)", "W2.T * (1 - h1)", "dz1 has half of the slope"),
        ("h1 * (1 - h1)", TWICE, "dz1 applies the sigmoid to h1"),
        ("dlogits @ W3.T", "dlogits", "dz2 does not go through W3"),
        ("dlogits @ W3.T", "-dlogits @ W3.T", "dz2 has the wrong sign"),
        ("dz1 = dz2 @", "dz1 = dlogits @ W3.T @", "dz1 continues from dh2"),
        ("W2.T", "W2", "cannot be multiplied (5x3 and 4x3). Is a transpose missing?"),
        ("X.T @ dz1", "X @ dz1", "Is a transpose missing?"),
        ("h1.T @ dz2", "dz2.T @ h1", "(4, 3), got (3, 4). Is a transpose missing?"),
        ("h1.T @ dz2", "h1.T @ dz2 / len(X)", "dW2 is right, but for the division"),
        ("h1.T @ dz2", "h1.T @ (dlogits @ W3.T)", "dW2 starts from dh2"),
        ("X.T @ dz1", "X.T @ (dz2 @ W2.T)", "dW1 starts from dh1"),
        ("X.T @ dz1", "-X.T @ dz1", "dW1 has the wrong sign"),
        ("dz2.sum(dim=0)", "dz2.mean(dim=0)", "db2 is the mean over the rows"),
        ("dz1.sum(dim=0)", "(dz2 @ W2.T).sum(dim=0)", "db1 starts from dh1"),
        ("dz1.sum(dim=0)", "dz1", "db1 should have shape (4,), got (5, 4)"),
        ("dz1.sum(dim=0)", "dz1.sum(dim=1)", "db1 should have shape (4,), got (5,)"),
        ("return dz2, dW2,", "return dW2, dz2,", "dz2 should have shape (5, 3)"),
        ("return dz2,", "return", "should return dz2, dW2, db2, dz1, dW1, db1"),
        # what it does to its arguments does not matter
        ("(1 - h1)\n", "1\n    h1 *= 0\n", "dz1 takes h1 for the slope"),
    ],
)
def test_one_layer_more_is_judged(old, new, words):
    changes = [(old, new)] if old else []
    judge_source(
        words, lesson_04.hidden_gradients, ONE_LAYER_MORE, changes, {"torch": torch}
    )


MEAN = ("sum(dim=0)", "mean(dim=0)")
NOT_DIVIDED = (" / len(X)", "")
LATE = [
    NOT_DIVIDED,
    MEAN,
    ("h1.T @ dlogits", "h1.T @ dlogits / len(X)"),
    ("X.T @ dz1", "X.T @ dz1 / len(y)"),
]
STUB = [NOT_DIVIDED, ("dz1.sum", "dz1.mean"), ("dlogits.sum(dim=0)", "...")]


@each(
    ("changes", "words"),
    [
        ([], "Correct."),
        (LATE, "Correct."),
        (STUB, "Not tried yet"),
        ([NOT_DIVIDED, MEAN], "4 rows, dW1, dW2: 4 times the gradient"),
        ([NOT_DIVIDED], "4 rows, dW1, db1, dW2, db2: 4 times the gradient"),
        ([MEAN], "db1, db2: only 1/4 of the gradient"),
        ([("dlogits.sum", "dlogits.mean")], "4 rows, db2: only 1/4 of the gradient"),
        ([(" / len(X)", " / N")], "7 rows, dW1, db1, dW2, db2: right only for 4 rows"),
        ([("probs - y", "y - probs")], "the sign is turned"),
        ([("X.T @ dz1", "dz1.T @ X")], "dW1 should have shape (2, 3), got (3, 2)"),
        (
            [("dW1, db1, dW2", "db1, dW1, dW2")],
            "dW1 should have shape (2, 3), got (3,)",
        ),
        ([("dz1.sum(dim=0)", "dz1.sum()")], "db1 should have shape (3,), got ()"),
        ([("h1 * (1 - h1)", "h1")], "dW1 is off by"),
        ([("return dW1,", "return")], "should return dW1, db1, dW2, db2"),
    ],
)
def test_sum_or_mean_is_judged(changes, words):
    names = {"torch": torch, "N": 4}  # as in the notebook
    judge_source(words, lesson_04.gradients, SUM_OR_MEAN, changes, names)
