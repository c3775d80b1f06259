"""The self-checks of notebook 07 tell the common mistakes apart."""

import numpy as np
import pytest
import torch
from torch import nn

from exercises import lesson_07
from support.cases import each, judge, judge_source

LOOP = """
def answer(model, X, y, epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(epochs):
        order = torch.randperm(len(X))
        for rows in order.split(32):
            loss = nn.CrossEntropyLoss()(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses
"""
NAMES = {"torch": torch, "nn": nn}
OPTIMIZER = "    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)\n"
ORDER = "        order = torch.randperm(len(X))\n"
NO_ZERO_GRAD = ("            optimizer.zero_grad()\n", "")
STEP = "            optimizer.step()\n"
LOOK = """\
        with torch.no_grad():
            accuracy = (model(X).argmax(1) == y).float().mean()
"""


@each(
    ("changes", "words"),
    [
        ([], "Correct."),
        ([("optimizer.zero_grad", "model.zero_grad")], "Correct."),
        ([("loss.item()", "loss.detach()")], "Correct."),
        ([("nn.CrossEntropyLoss()", "nn.functional.cross_entropy")], "Correct."),
        ([("    return", f"{LOOK}    return")], "Correct."),
        ([("return losses", "return ...")], "Not tried yet"),
        ([("    return losses\n", "")], "Does it end with `return`?"),
        ([("range(epochs)", "range(0)")], "no row has gone through the model"),
        ([("            loss.backward()\n", "")], "Which call computes the gradients?"),
        ([(STEP, "")], "the weights have not changed"),
        ([NO_ZERO_GRAD], "the gradients of all steps pile up"),
        ([("order.split(32)", "[order]")], "a step takes all 70 rows"),
        ([("model(X[rows]), y[rows]", "model(X), y")], "a step takes all 70 rows"),
        ([("split(32)", "split(16)")], "should have batches of [32, 32, 6] rows"),
        ([("split(32)", "split(1)")], "got [1, 1, 1, 1, 1, 1]..."),
        ([("split(32)", "split(32)[:1]")], "an epoch has one step only"),
        ([("split(32)", "split(32)[:-1]")], "of 6 rows, is left out"),
        ([("    return", "        return")], "Is the `return` inside a loop?"),
        ([("    return", "            return")], "an epoch has one step only"),
        ([("torch.randperm(len(X))", "torch.arange(len(X))")], "What shuffles them?"),
        (
            [("torch.randperm(len(X))", "torch.randint(len(X), (len(X),))")],
            "some rows come twice",
        ),
        (
            [(ORDER, ""), ("    losses = []\n", f"    losses = []\n{ORDER[4:]}")],
            "Shuffle anew in each epoch",
        ),
        (
            [("y[rows]", "y[len(losses) % 3 * 32 :][: len(rows)]")],
            "the rows are shuffled and their labels are not",
        ),
        ([("optim.Adam", "optim.SGD")], "this is SGD"),
        ([(", lr=0.01", "")], "this is Adam's own 0.001"),
        ([("model(X[rows])", "model(X[rows]).softmax(1)")], "softmax is applied twice"),
        (
            [(OPTIMIZER, ""), (ORDER, f"    {OPTIMIZER}{ORDER}")],
            "made anew in each epoch",
        ),
        ([("lr=0.01", "lr=0.02")], "none of the usual mistakes"),
        ([("            losses.append", "        losses.append")], "one loss an epoch"),
        ([("return losses", "return losses[-1]")], "the list of losses should have"),
        ([("return losses", "return model")], "the list of losses should be numbers"),
        ([("loss.item()", "0.0")], "the list of losses is off"),
        ([("X[rows]", "X[rows] * 2")], "rows that are not in X"),
        ([("X[rows]", "X[rows, :3]")], "cannot be multiplied"),
        ([("order.split(32)", "order")], "the model was given the shape (6,)"),
        ([("split(32)", "splits(32)")], "raised AttributeError"),
    ],
)
def test_the_loop_alone_is_judged(changes, words):
    before = torch.get_rng_state()
    judge_source(words, lesson_07.training, LOOP, changes, NAMES)
    assert torch.equal(torch.get_rng_state(), before)


def a_matrix(*mistakes):
    """350 right answers, and mistakes (truth, read, how often), 360 in all."""
    matrix = torch.diag(torch.full((10,), 35))
    for truth, read, count in mistakes:
        matrix[truth, read] += count
    return matrix


MATRIX = a_matrix((5, 9, 4), (8, 1, 4), (2, 7, 2))


@each(
    ("confusion", "place", "words"),
    [
        (MATRIX, (5, 9), "Correct. 4 of the 10 mistakes are a 5 that is read as 9"),
        (MATRIX, (8, 1), "Correct. 4 of the 10 mistakes are an 8"),
        (MATRIX.numpy(), (torch.tensor(5), np.int64(9)), "Correct."),
        (MATRIX.tolist(), (5.0, 9.0), "Correct."),
        (MATRIX, (..., ...), "Not tried yet"),
        (MATRIX, (5, ...), "Not tried yet"),
        (..., (5, 9), "Not tried yet"),
        (MATRIX, (9, 5), "turned round: a row of the matrix is the digit that was"),
        (MATRIX, (2, 7), "2 is read as 7 in 2 pictures; another mistake occurs more"),
        (MATRIX, (3, 4), "3 is read as 4 in 0 pictures"),
        (MATRIX, (3, 3), "3 read as 3 is no mistake"),
        (MATRIX, (5, 10), "my_read should be a digit from 0 to 9, got 10"),
        (MATRIX, (2.5, 1), "my_truth should be a digit from 0 to 9, got 2.5"),
        (MATRIX, ("five", 9), "my_truth should be numbers"),
        (MATRIX[:9], (5, 9), "confusion should have shape (10, 10)"),
        (MATRIX * 4, (5, 9), "confusion counts 1440 pictures, not the 360"),
        (torch.diag(torch.full((10,), 36)), (5, 9), "Was it made with y_held?"),
        (None, (5, 9), "confusion should be numbers"),
    ],
)
def test_most_confused_is_judged(confusion, place, words):
    judge(words, lesson_07.most_confused, confusion, *place)


@pytest.mark.parametrize("answer", [None, 3, [1.0]])
def test_what_is_no_function_is_said_to_be_none(answer):
    judge("my_training should be a function", lesson_07.training, answer)
