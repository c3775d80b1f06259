"""Exercises of notebook 05: a whole program, a loop to repair, a loss of logits."""

import torch
from torch import nn

from mlplab.data import truth_table
from mlplab.language import tr

from .checking import Wrong, call, compare, exercise, load_optimizers, numbers

LEARNING_RATE = 1.0
PROGRAM_SHAPES = [(3, 2), (3,), (1, 3), (1,)]  # of the parameters, 3 hidden units
PROGRAM_CASES = (("OR", 5), ("XOR", 4))  # gate and steps
PROGRAM_SEED, NO_SEED = 777, 5  # the second is set where the learner sets none
BCE, WITH_LOGITS = nn.BCELoss(), nn.BCEWithLogitsLoss()


def _tensors(gate):
    return tuple(torch.from_numpy(array) for array in truth_table(gate))


def _program(
    X, y, steps, *, seed=PROGRAM_SEED, between=nn.Sigmoid, end=nn.Sigmoid, loss_fn=BCE,
    optimizer=torch.optim.SGD, lr=LEARNING_RATE, **options,
):  # fmt: skip
    """Return the parameters after a whole program, and the loss of each step."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Linear(2, 3), between(), nn.Linear(3, 1), end())
    optimizer = optimizer(model.parameters(), lr=lr, **options)
    losses = _losses_of_loop(model, optimizer, loss_fn, X, y, steps)
    return _weights(model), losses


def _losses_of_loop(model, optimizer, loss_fn, X, y, steps):
    """Train a model, and return the loss of each step."""
    losses = []
    for _ in range(steps):
        loss = loss_fn(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@exercise(
    "05 whole loop",
    todo="write the program in the body of my_training, and replace `...`.",
    before=load_optimizers,
)
def whole_loop(function):
    """Judge a function (X, y, steps) that returns a trained model and its losses."""
    for gate, steps in PROGRAM_CASES:
        _judge_program(function, *_tensors(gate), steps)
    return (
        "This is the whole of it: with other layers the same loop trains every network"
        " of this course."
    )


def _judge_program(function, X, y, steps):
    model, losses = _model_and_losses(function, X, y, steps)
    shapes = [tuple(part.shape) for part in model.parameters()]
    if shapes != PROGRAM_SHAPES:
        raise Wrong(
            "the model should lead from 2 inputs over 3 hidden units to 1 output;"
            " its parameters have the shapes {shapes}",
            shapes=", ".join(map(str, shapes)) or tr("of none"),
        )
    weights = _weights(model)
    for seed in (PROGRAM_SEED, NO_SEED):
        if torch.equal(weights, _program(X, y, 0, seed=seed)[0]):
            raise Wrong(_why_unchanged(model))
    right, right_losses = _program(X, y, steps)
    seedless = (
        "the model begins from other weights. Is `torch.manual_seed(777)` there, and"
        " before the layers are made?"
    )
    mistakes = {
        seedless: {"seed": NO_SEED},
        "the gradients of all steps pile up. Which call empties them, and is it made"
        " at every step?": {"momentum": 1.0},
        "the model has had a single update. Is the `return` inside the loop?": {
            "steps": 1
        },
        "one update is missing": {"steps": steps - 1},
        "one update too many": {"steps": steps + 1},
        "the learning rate should be 1, this is 0.1": {"lr": 0.1},
        "the learning rate should be 1, this is 0.01": {"lr": 0.01},
        "the learning rate should be 1, this is PyTorch's own, 0.001": {"lr": 0.001},
        "this is Adam; the optimiser should be SGD": {"optimizer": torch.optim.Adam},
        "the sigmoid is applied twice: this loss takes logits, and it was given"
        " probabilities": {"loss_fn": WITH_LOGITS},
        "this loss takes probabilities, and it was given the output of the last"
        " `nn.Linear`": {"end": nn.Identity},
        "this is the mean squared error, not the binary cross-entropy": {
            "loss_fn": nn.MSELoss()
        },
        "there is no activation between the two layers": {"between": nn.Identity},
        "the activation of the hidden layer should be a sigmoid, this is relu": {
            "between": nn.ReLU
        },
        "the activation of the hidden layer should be a sigmoid, this is tanh": {
            "between": nn.Tanh
        },
        "this is the model trained on the XOR of the notebook. Does your function use"
        " the X and y that it is given?": {"data": _tensors("XOR")},
    }
    compare(
        tr("the parameters after {steps} steps", steps=steps),
        weights,
        right,
        {
            message: wrong
            for message, changed in mistakes.items()
            if (wrong := _mistaken(X, y, **{"steps": steps} | changed)) is not None
        },
    )
    later = _program(X, y, steps + 1)[1][1:]
    _judge_losses(losses, right_losses, later)


def _mistaken(X, y, data=None, **changed):
    """Return the parameters after a wrong program, None where it raises an error."""
    X, y = data or (X, y)
    try:
        return _program(X, y, **changed)[0]
    except RuntimeError:  # BCELoss refuses what is no probability
        return None


def _model_and_losses(function, X, y, steps):
    """Return what a learner's program gives, if it is a model and something else."""
    if not callable(function):
        call("my_training", function)
    try:
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            torch.manual_seed(NO_SEED)
            result = call("my_training", lambda: function(X.clone(), y.clone(), steps))
    except Wrong as wrong:
        if "between 0 and 1" in str(wrong):
            raise Wrong(
                "this loss takes probabilities, between 0 and 1, and it was given the"
                " output of the last `nn.Linear`"
            ) from wrong
        raise
    if isinstance(result, nn.Module):
        raise Wrong("my_training gives back the model alone. And the losses?")
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise Wrong("my_training should end with `return model, losses`")
    if isinstance(result[1], nn.Module):
        raise Wrong("first the model, then the losses")
    if not isinstance(result[0], nn.Module):
        raise Wrong("the first thing that my_training gives back should be the model")
    return result


def _why_unchanged(model):
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    if not gradients:
        return (
            "the model has not changed, and its `grad` is empty. Which call computes"
            " the gradients, and does `zero_grad` stand before it?"
        )
    if any(gradient.any() for gradient in gradients):
        return (
            "the model has not changed, though its gradients are there. Which call"
            " uses them?"
        )
    return (
        "the gradients are emptied before the update can use them. Where does"
        " `zero_grad` belong?"
    )


def _judge_losses(losses, right, later):
    """Judge the losses of a right training; `later` are those after each update."""
    parts = losses if isinstance(losses, list | tuple) else [losses]
    if any(isinstance(part, torch.Tensor) and part.requires_grad for part in parts):
        raise Wrong(
            "the training is right, but its losses are tensors that keep their whole"
            " recording. What turns a tensor with one entry into a plain number?"
        )
    if isinstance(losses, float):
        raise Wrong(
            "the training is right, but this is one loss. `losses` should be a list"
            " with one number for each step"
        )
    compare(
        tr("the list of losses"),
        losses,
        right,
        {
            "the training is right, but each loss is computed after the update; it"
            " should be that of the model before it": later,
        },
    )


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
    X, y = _tensors("XOR")
    model = _model(units)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)
    losses = _losses_of_loop(model, optimizer, BCE, X, y, steps)
    return _weights(model), [*losses, BCE(model(X), y).item()]


@exercise(
    "05 zero grad",
    todo="find the missing call, and put what the function returns for `...`.",
    before=load_optimizers,
)
def repair(function):
    """Judge a function (model, steps) that trains on XOR and returns the last loss."""
    for units, steps in CASES:
        _judge_repair(function, units, steps)
    return (
        "PyTorch reports none of these mistakes: a loop without `zero_grad` runs and"
        " even learns, with momentum 1 and no way to brake."
    )


def _judge_repair(function, units, steps):
    model, arrived = _model(units), []
    before = _weights(model).clone()
    for parameter in model.parameters():
        parameter.register_hook(lambda gradient: arrived.append(True))
    with torch.enable_grad():
        result = call("my_repair", function, model, steps)

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
        tr("the weights after {steps} steps", steps=steps),
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
        "my_repair",
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
    compare(tr("the gradient of my_loss"), gradient, (probs - y) / len(y), {})
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
    where = tr(
        "a row with logit {logit:.0f} and y = {truth:.0f}", logit=logit, truth=truth
    )
    if not value.isfinite().all():
        raise Wrong(
            "{where} gets {value}: a logarithm of 0, or an exponential that float32"
            " cannot hold. Which loss was simplified on paper first?",
            where=where,
            value=value.item(),
        )
    value = numbers("my_loss", value, ()).item()
    right = abs(logit)
    if value > right * 1.001:
        raise Wrong(
            "{where} costs {value:.4g}: its probability is rounded to the end of"
            " the scale, and a guard steps in",
            where=where,
            value=value,
        )
    if value < right * 0.999:
        raise Wrong(
            "{where} costs only {value:.4g}: a guard or a `clamp` holds the loss down",
            where=where,
            value=value,
        )
    push = gradient.item()
    if not abs(push - (torch.sigmoid(logits) - y).item()) < 1e-3:
        raise Wrong(
            "the loss of {where} is right, but its gradient is {push:.4g}: a guard"
            " takes it away on the way back",
            where=where,
            push=push,
        )
