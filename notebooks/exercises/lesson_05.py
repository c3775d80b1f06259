"""Exercises of notebook 05: the four calls of a loop, and a loss of logits."""

import torch
from torch import nn

from mlplab.data import truth_table

from .checking import Wrong, call, compare, exercise, numbers

LEARNING_RATE = 1.0
CASES = ((2, 5), (3, 4))  # hidden units and steps; neither is shown in the notebook


def _model(units):
    """Return the same 2-units-1 network every time; PyTorch's generator stays."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        return nn.Sequential(
            nn.Linear(2, units), nn.Sigmoid(), nn.Linear(units, 1), nn.Sigmoid()
        )


def _weights(model):
    parts = [part.detach().flatten() for part in model.parameters()]
    return torch.cat(parts) if parts else torch.empty(0)


def _trained(units, steps, momentum=0.0, lr=LEARNING_RATE):
    """Return the weights after a right loop, and the loss at each step and after it."""
    X, y = (torch.from_numpy(array) for array in truth_table("XOR"))
    model = _model(units)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)
    losses = []
    for step in range(steps + 1):
        loss = nn.functional.binary_cross_entropy(model(X), y)
        losses.append(loss.item())
        if step < steps:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return _weights(model), losses


@exercise(
    "05 zero grad",
    todo="find the missing call, and put what the function returns for `...`.",
)
def training(function):
    """Judge a function (model, steps) that trains on XOR and returns the last loss."""
    for units, steps in CASES:
        _judge_training(function, units, steps)
    return (
        "PyTorch reports none of these mistakes: a loop without `zero_grad` runs and"
        " even learns, with momentum 1 and no way to brake."
    )


def _judge_training(function, units, steps):
    model, arrived = _model(units), []
    before = _weights(model).clone()
    for parameter in model.parameters():
        parameter.register_hook(lambda gradient: arrived.append(True))
    with torch.enable_grad():
        result = call("my_training", function, model, steps)

    after, (right, losses) = _weights(model), _trained(units, steps)
    if torch.equal(after, before):
        if not arrived:
            raise Wrong(
                "the model has not changed, and no gradient has arrived at its"
                " parameters. Which call computes the gradients?"
            )
        if any(p.grad is not None and p.grad.any() for p in model.parameters()):
            raise Wrong(
                "the model has not changed, though its gradients are there. Which call"
                " uses them?"
            )
        raise Wrong(
            "the gradients arrive and are emptied before the update can use them. Where"
            " does `zero_grad` belong?"
        )
    mistakes = {
        "the gradients of all steps pile up: this is the run with momentum 1. Which"
        " call empties them, and is it made at every step?": {"momentum": 1.0},
        "the model has had a single update. Is the `return` inside the loop?": {
            "steps": 1
        },
        "one update is missing": {"steps": steps - 1},
        "one update too many": {"steps": steps + 1},
        "the learning rate should be 1, this is 0.1": {"lr": 0.1},
    }
    compare(
        f"the weights after {steps} steps",
        after,
        right,
        {
            message: _trained(units, **{"steps": steps} | changed)[0]
            for message, changed in mistakes.items()
        },
    )
    if isinstance(result, torch.Tensor):
        raise Wrong(
            "the training is right, but it returns a tensor. What turns a tensor with"
            " one entry into a plain number?"
        )
    compare(
        "my_training",
        result,
        losses[-1],
        {
            "the training is right, but this is the loss from before the last update."
            " Ask the trained model once more": losses[-2],
            "the training is right, but this is the first loss": losses[0],
            "the training is right, but this is the sum of the losses of all steps": (
                sum(losses[:-1])
            ),
        },
    )


SURE = 30.0  # a logit so large that float32 rounds its probability to 1
HUGE = 200.0  # a logit whose exponential float32 cannot hold


@exercise(
    "05 loss of logits",
    todo="put the loss of these logits for `...`.",
)
def loss_of_logits(function):
    """Judge a function (logits, y) that returns the mean loss as a tensor."""
    logits = torch.tensor([[-1.5], [2.5], [0.3], [4.0], [-0.7]])
    y = torch.tensor([[0.0], [1.0], [0.0], [0.0], [1.0]])
    bce = nn.functional.binary_cross_entropy_with_logits
    right, probs = bce(logits, y), torch.sigmoid(logits)
    value, gradient = _loss_and_gradient(function, logits, y)
    if value.shape == y.shape:
        raise Wrong("this is one loss for each row; the loss is their mean")
    compare(
        "my_loss",
        value,
        right,
        {
            "the sigmoid is applied twice: what does this loss take, logits or"
            " probabilities?": bce(probs, y),
            "this is the sum over the rows; the loss is their mean": (
                bce(logits, y, reduction="sum")
            ),
            "the sign is turned: a loss is never negative": -right,
            "logits and y have changed places, or the truth is turned": (
                bce(logits, 1 - y)
            ),
            "this is the mean squared error, not the cross-entropy": (
                nn.functional.mse_loss(probs, y)
            ),
        },
    )
    compare("the gradient of my_loss", gradient, (probs - y) / len(y), {})
    for logit, truth in ((SURE, 0.0), (-SURE, 1.0), (HUGE, 0.0), (-HUGE, 1.0)):
        _judge_sure_and_wrong(function, logit, truth)
    return (
        "A row that is sure and wrong costs what it should, and its gradient is not"
        " lost: it is the row that has most to teach."
    )


def _loss_and_gradient(function, logits, y):
    """Return what a learner's loss gives, and its gradient along the logits."""
    logits = logits.clone().requires_grad_()
    try:
        with torch.enable_grad():
            value = call("my_loss", function, logits, y.clone())
    except Wrong as wrong:
        if "between 0 and 1" in str(wrong):
            raise Wrong(
                "this loss takes probabilities, between 0 and 1, and it was given"
                " logits"
            ) from wrong
        raise
    if not isinstance(value, torch.Tensor):
        raise Wrong("my_loss should return a tensor, or `backward` has nothing to do")
    if not value.requires_grad:
        raise Wrong(
            "no gradient gets from my_loss to the logits. Has `detach`, `item` or"
            " `no_grad` cut the way?"
        )
    (gradient,) = torch.autograd.grad(value.sum(), logits, allow_unused=True)
    if gradient is None:
        raise Wrong("my_loss does not depend on the logits")
    return value.detach(), gradient


def _judge_sure_and_wrong(function, logit, truth):
    logits, y = torch.tensor([[logit]]), torch.tensor([[truth]])
    value, gradient = _loss_and_gradient(function, logits, y)
    where = f"a row with logit {logit:.0f} and y = {truth:.0f}"
    if not value.isfinite().all():
        raise Wrong(
            f"{where} gets {value.item()}: a logarithm of 0, or an exponential that"
            " float32 cannot hold. Which loss was simplified on paper first?"
        )
    value = numbers("my_loss", value, ()).item()
    right = abs(logit)
    if value > right * 1.001:
        raise Wrong(
            f"{where} costs {value:.4g}: its probability is rounded to the end of the"
            " scale, and a guard steps in"
        )
    if value < right * 0.999:
        raise Wrong(
            f"{where} costs only {value:.4g}: a guard or a `clamp` holds the loss down"
        )
    push = gradient.item()
    if not abs(push - (torch.sigmoid(logits) - y).item()) < 1e-3:
        raise Wrong(
            f"the loss of {where} is right, but its gradient is {push:.4g}: a guard"
            " takes it away on the way back"
        )
