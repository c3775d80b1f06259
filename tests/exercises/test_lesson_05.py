"""The self-checks of notebook 05 tell the common mistakes apart."""

from functools import partial

import pytest
import torch
from torch import nn

from exercises import lesson_05
from mlplab.data import truth_table

TRAINING = """
def answer(model, steps):
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    for _ in range(steps):
        loss = loss_fn(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss_fn(model(X), y).item()
"""
LOSS = """
def answer(logits, y):
    return nn.BCEWithLogitsLoss()(logits, y)
"""


NO_ZERO_GRAD = ("        optimizer.zero_grad()\n", "")
NO_BACKWARD = ("        loss.backward()\n", "")
NO_STEP = ("        optimizer.step()\n", "")
LAST = "loss_fn(model(X), y).item()"


@pytest.fixture
def said(said_of):
    X, y = map(torch.from_numpy, truth_table("XOR"))
    # as in the notebook
    names = {"torch": torch, "nn": nn, "X": X, "y": y, "loss_fn": nn.BCELoss()}
    return partial(said_of, names)


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [("optimizer.zero_grad", "model.zero_grad")],
        [("zero_grad()", "zero_grad(set_to_none=False)")],
        [NO_ZERO_GRAD, ("optimizer.step()", "optimizer.step(); model.zero_grad()")],
    ],
)
def test_training_is_solved(changes, said):
    assert said(lesson_05.training, TRAINING, *changes).startswith("Correct.")


def test_training_untouched(said):
    text = said(lesson_05.training, TRAINING, NO_ZERO_GRAD, (LAST, "..."))
    assert text.startswith("Not tried yet")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([NO_ZERO_GRAD], "this is the run with momentum 1"),
        (
            [NO_ZERO_GRAD, ("    for", "    optimizer.zero_grad()\n    for")],
            "is it made at every step?",
        ),
        ([NO_BACKWARD], "Which call computes the gradients?"),
        ([NO_STEP], "Which call uses them?"),
        (
            [NO_ZERO_GRAD, ("ward()", "ward(); optimizer.zero_grad()")],
            "Where does `zero_grad` belong?",
        ),
        (
            [NO_ZERO_GRAD, ("ward()", "ward(); model.zero_grad(set_to_none=False)")],
            "Where does `zero_grad` belong?",
        ),
        ([("    return", "        return")], "Is the `return` inside the loop?"),
        ([("range(steps)", "range(1, steps)")], "one update is missing"),
        ([("range(steps)", "range(steps + 1)")], "one update too many"),
        ([("lr=1.0", "lr=0.1")], "the learning rate should be 1"),
        ([("lr=1.0", "lr=0.5")], "none of the usual mistakes"),
        ([(".item()", "")], "it returns a tensor"),
        ([(LAST, "loss.item()")], "the loss from before the last update"),
        ([(LAST, "[loss.item()]")], "should have shape (), got (1,)"),
        ([(LAST, "model")], "should be numbers of shape ()"),
        ([("    return", "    loss =")], "gave None"),
        ([("loss.backward", "loss.backwards")], "raised AttributeError"),
    ],
)
def test_training_names_the_mistake(changes, message, said):
    text = said(lesson_05.training, TRAINING, *changes)
    assert text.startswith("Not yet") and message in text


def test_training_leaves_the_generator_of_the_notebook_alone(said):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    said(lesson_05.training, TRAINING)
    assert torch.equal(torch.get_rng_state(), before)


BY_MODULE = "nn.BCEWithLogitsLoss()(logits, y)"
PROBS = "torch.sigmoid(logits)"
ON_PAPER = (
    "(logits.clamp(min=0) - logits * y + torch.log1p(torch.exp(-logits.abs()))).mean()"
)


@pytest.mark.parametrize(
    "formula",
    [
        BY_MODULE,
        "nn.functional.binary_cross_entropy_with_logits(logits, y)",
        "(nn.functional.softplus(logits) - logits * y).mean()",
        ON_PAPER,
    ],
)
def test_loss_of_logits_is_solved(formula, said):
    text = said(lesson_05.loss_of_logits, LOSS, (BY_MODULE, formula))
    assert text.startswith("Correct.")


def test_loss_of_logits_untouched(said):
    text = said(lesson_05.loss_of_logits, LOSS, (BY_MODULE, "..."))
    assert text.startswith("Not tried yet")


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("nn.BCELoss()(logits, y)", "this loss takes probabilities"),
        (f"nn.BCEWithLogitsLoss()({PROBS}, y)", "the sigmoid is applied twice"),
        ("nn.BCEWithLogitsLoss(reduction='sum')(logits, y)", "this is the sum"),
        ("nn.BCEWithLogitsLoss(reduction='none')(logits, y)", "one loss for each row"),
        (f"-{BY_MODULE}", "the sign is turned"),
        ("nn.BCEWithLogitsLoss()(logits, 1 - y)", "have changed places"),
        (f"nn.MSELoss()({PROBS}, y)", "mean squared error"),
        (f"nn.BCELoss()({PROBS}, y)", "logit 30 and y = 0 costs 100: its probability"),
        (
            f"-torch.where(y == 1, {PROBS}, 1 - {PROBS}).log().mean()",
            "logit 30 and y = 0 gets inf",
        ),
        (
            f"-torch.where(y == 1, {PROBS}, 1 - {PROBS}).clamp(1e-7).log().mean()",
            "costs only 16.12: a guard or a `clamp`",
        ),
        (
            "nn.BCEWithLogitsLoss()(logits.clamp(-20, 20), y)",
            "costs only 20",
        ),
        ("((1 + logits.exp()).log() - logits * y).mean()", "logit 200 and y = 0 gets"),
        (f"{BY_MODULE}.item()", "should return a tensor"),
        (f"{BY_MODULE}.detach()", "no gradient gets from my_loss"),
        (f"{BY_MODULE}.detach() + 0 * logits.mean()", "the gradient of my_loss is off"),
        ("torch.ones(1, requires_grad=True)", "does not depend on the logits"),
        ("None", "gave None"),
        ("'BCELoss'", "should return a tensor"),
    ],
)
def test_loss_of_logits_names_the_mistake(formula, message, said):
    text = said(lesson_05.loss_of_logits, LOSS, (BY_MODULE, formula))
    assert text.startswith("Not yet") and message in text


def test_a_guard_on_the_way_back_is_found(said):
    formula = (
        "(nn.BCELoss(reduction='none')(torch.sigmoid(logits), y)"
        " if (y == 1).all() else nn.BCEWithLogitsLoss(reduction='none')(logits, y)"
        ").mean()"
    )
    text = said(lesson_05.loss_of_logits, LOSS, (BY_MODULE, formula))
    assert "logit -30 and y = 1 is right, but its gradient is -0.0" in text


@pytest.mark.parametrize("check", [lesson_05.training, lesson_05.loss_of_logits])
@pytest.mark.parametrize("answer", [None, 3, "zero_grad", torch.ones(2, 2)])
def test_what_is_no_function_is_said_to_be_none(check, answer, capsys):
    check(answer)
    assert "should be a function" in capsys.readouterr().out
