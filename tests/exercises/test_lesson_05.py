"""The self-checks of notebook 05 tell the common mistakes apart."""

import torch
from torch import nn

from exercises import lesson_05
from mlplab.data import truth_table
from support.cases import each, judge_source

REPAIR = """
def answer(model, steps):
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    for _ in range(steps):
        loss = loss_fn(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss_fn(model(X), y).item()
"""
PROGRAM = """
def answer(X, y, steps):
    torch.manual_seed(777)
    model = nn.Sequential(
        nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 1), nn.Sigmoid()
    )
    loss_fn = nn.BCELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    losses = []
    for _ in range(steps):
        loss = loss_fn(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, losses
"""
LOSS = """
def answer(logits, y):
    return nn.BCEWithLogitsLoss()(logits, y)
"""


NO_ZERO_GRAD = ("        optimizer.zero_grad()\n", "")
NO_BACKWARD = ("        loss.backward()\n", "")
NO_STEP = ("        optimizer.step()\n", "")
LAST = "loss_fn(model(X), y).item()"


X, Y = map(torch.from_numpy, truth_table("XOR"))
# as in the notebook
NAMES = {"torch": torch, "nn": nn, "X": X, "y": Y, "loss_fn": nn.BCELoss()}


@each(
    ("changes", "words"),
    [
        ([], "Correct."),
        ([("optimizer.zero_grad", "model.zero_grad")], "Correct."),
        ([("zero_grad()", "zero_grad(set_to_none=False)")], "Correct."),
        (
            [NO_ZERO_GRAD, ("optimizer.step()", "optimizer.step(); model.zero_grad()")],
            "Correct.",
        ),
        ([NO_ZERO_GRAD, (LAST, "...")], "Not tried yet"),
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
        ([("loss.backward", "loss.backwards")], "raised AttributeError"),
    ],
)
def test_repair_is_judged(changes, words):
    before = torch.get_rng_state()
    judge_source(words, lesson_05.repair, REPAIR, changes, NAMES)
    assert torch.equal(torch.get_rng_state(), before)


SEED = ("    torch.manual_seed(777)\n", "")
NO_END = ("nn.Linear(3, 1), nn.Sigmoid()", "nn.Linear(3, 1)")
LOGITS = ("nn.BCELoss", "nn.BCEWithLogitsLoss")
RETURN = "return model, losses"
ITEM = "loss.item()"


@each(
    ("changes", "words"),
    [
        ([], "Correct."),
        ([NO_END, LOGITS], "Correct."),
        ([("optimizer.zero_grad", "model.zero_grad")], "Correct."),
        ([(RETURN, "return [model, torch.tensor(losses)]")], "Correct."),
        ([(ITEM, "loss.detach()")], "Correct."),
        ([(RETURN, "return ...")], "Not tried yet"),
        ([(RETURN, "return model, ...")], "Not tried yet"),
        ([NO_ZERO_GRAD], "the gradients of all steps pile up"),
        (
            [NO_ZERO_GRAD, ("    for", "    optimizer.zero_grad()\n    for")],
            "is it made at every step?",
        ),
        ([NO_BACKWARD], "Which call computes the gradients"),
        ([NO_STEP], "Which call uses them?"),
        ([SEED, NO_STEP], "Which call uses them?"),
        (
            [NO_ZERO_GRAD, ("ward()", "ward(); optimizer.zero_grad()")],
            "does `zero_grad` stand before it?",
        ),
        (
            [NO_ZERO_GRAD, ("ward()", "ward(); model.zero_grad(set_to_none=False)")],
            "Where does `zero_grad` belong?",
        ),
        ([("    return", "        return")], "Is the `return` inside the loop?"),
        ([("range(steps)", "range(1, steps)")], "one update is missing"),
        ([("range(steps)", "range(steps + 1)")], "one update too many"),
        ([("lr=1.0", "lr=0.1")], "should be 1, this is 0.1"),
        ([("lr=1.0", "lr=0.01")], "should be 1, this is 0.01"),
        ([(", lr=1.0", "")], "this is PyTorch's own, 0.001"),
        ([("optim.SGD", "optim.Adam")], "this is Adam"),
        ([("lr=1.0", "lr=0.5")], "none of the usual mistakes"),
        ([LOGITS], "the sigmoid is applied twice"),
        ([NO_END], "this loss takes probabilities"),
        ([("nn.BCELoss", "nn.MSELoss")], "the mean squared error"),
        ([("(2, 3), nn.Sigmoid()", "(2, 3)")], "no activation between"),
        ([("(2, 3), nn.Sigmoid", "(2, 3), nn.ReLU")], "this is relu"),
        ([("(2, 3), nn.Sigmoid", "(2, 3), nn.Tanh")], "this is tanh"),
        ([SEED], "begins from other weights"),
        (
            [SEED, ("    loss_fn =", "    torch.manual_seed(777)\n    loss_fn =")],
            "before the layers are made?",
        ),
        (
            [("model(X), y)", "model(XOR_X), XOR_Y)")],
            "the X and y that it is given?",
        ),
        ([("(2, 3)", "(2, 2)"), ("(3, 1)", "(2, 1)")], "3 hidden units to 1 output"),
        ([(RETURN, "return model")], "And the losses?"),
        ([(RETURN, "return losses")], "`return model, losses`"),
        ([(RETURN, "return losses, model")], "first the model, then the losses"),
        ([(RETURN, "return model(X), losses")], "should be the model"),
        ([("    " + RETURN, "")], "gave None. Does it end with `return`?"),
        ([(ITEM, "loss")], "What turns a tensor with one entry"),
        ([(RETURN, "return model, loss")], "What turns a tensor with one entry"),
        ([(RETURN, f"return model, {ITEM}")], "this is one loss"),
        ([(RETURN, "return model, losses[1:]")], "should have shape (5,), got (4,)"),
        ([(ITEM, "loss_fn(model(X), y).item()")], "computed after the update"),
        ([("loss.backward", "loss.backwards")], "raised AttributeError"),
    ],
)
def test_whole_loop_is_judged(changes, words):
    before = torch.get_rng_state()
    names = {"torch": torch, "nn": nn, "XOR_X": X, "XOR_Y": Y}
    judge_source(words, lesson_05.whole_loop, PROGRAM, changes, names)
    assert torch.equal(torch.get_rng_state(), before)


BY_MODULE = "nn.BCEWithLogitsLoss()(logits, y)"
PROBS = "torch.sigmoid(logits)"
ON_PAPER = (
    "(logits.clamp(min=0) - logits * y + torch.log1p(torch.exp(-logits.abs()))).mean()"
)


GUARDED = (
    "(nn.BCELoss(reduction='none')(torch.sigmoid(logits), y)"
    " if (y == 1).all() else nn.BCEWithLogitsLoss(reduction='none')(logits, y)"
    ").mean()"
)
CHOSEN = f"torch.where(y == 1, {PROBS}, 1 - {PROBS})"
WITH_LOGITS = "nn.functional.binary_cross_entropy_with_logits(logits, y)"


@each(
    ("formula", "words"),
    [
        (BY_MODULE, "Correct."),
        (WITH_LOGITS, "Correct."),
        ("(nn.functional.softplus(logits) - logits * y).mean()", "Correct."),
        (ON_PAPER, "Correct."),
        ("...", "Not tried yet"),
        (GUARDED, "logit -30 and y = 1 is right, but its gradient is -0.0"),
        ("nn.BCELoss()(logits, y)", "this loss takes probabilities"),
        ("nn.BCEWithLogitsLoss(logits, y)", "Make a module first"),
        (f"nn.BCEWithLogitsLoss()({PROBS}, y)", "the sigmoid is applied twice"),
        ("nn.BCEWithLogitsLoss(reduction='sum')(logits, y)", "this is the sum"),
        ("nn.BCEWithLogitsLoss(reduction='none')(logits, y)", "one loss for each row"),
        (f"-{BY_MODULE}", "the sign is turned"),
        ("nn.BCEWithLogitsLoss()(logits, 1 - y)", "have changed places"),
        (f"nn.MSELoss()({PROBS}, y)", "mean squared error"),
        (f"nn.BCELoss()({PROBS}, y)", "logit 30 and y = 0 costs 100: its probability"),
        (f"-{CHOSEN}.log().mean()", "logit 30 and y = 0 gets inf"),
        (
            f"-{CHOSEN}.clamp(1e-7).log().mean()",
            "costs only 16.12: a guard or a `clamp`",
        ),
        ("nn.BCEWithLogitsLoss()(logits.clamp(-20, 20), y)", "costs only 20"),
        ("((1 + logits.exp()).log() - logits * y).mean()", "logit 200 and y = 0 gets"),
        (f"{BY_MODULE}.item()", "should return a tensor"),
        (f"{BY_MODULE}.detach()", "no gradient gets from my_loss"),
        (f"{BY_MODULE}.detach() + 0 * logits.mean()", "the gradient of my_loss is off"),
        ("torch.ones(1, requires_grad=True)", "does not depend on the logits"),
        ("'BCELoss'", "should return a tensor"),
    ],
)
def test_loss_of_logits_is_judged(formula, words):
    changes = [(BY_MODULE, formula)]
    judge_source(words, lesson_05.loss_of_logits, LOSS, changes, NAMES)
