"""Exercises of notebook 07: a loop over mini-batches, and the digits mixed up."""

import torch
from torch import nn

from mlplab.language import tr

from .checking import Wrong, call, compare, exercise, load_optimizers, numbers

ROWS, SIZES, BATCH, RATE = 70, (6, 5, 4), 32, 0.01
EPOCHS = 3
IN_AN_EPOCH = [32, 32, 6]  # rows of its batches


def _task():
    """Return the same network and rows every time; PyTorch's generator stays."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        inputs, hidden, outputs = SIZES
        model = nn.Sequential(
            nn.Linear(inputs, hidden), nn.Sigmoid(), nn.Linear(hidden, outputs)
        )
        X, y = torch.randn(ROWS, inputs), torch.randint(outputs, (ROWS,))
    return model, X, y


def _weights(model):
    return torch.cat([part.detach().flatten() for part in model.parameters()])


def _trained(
    batches, optimizer=torch.optim.Adam, lr=RATE, zero_grad=True, labels=None,
    softmax=False, anew=False,
):  # fmt: skip
    """Return the weights and losses of a loop over these batches of row numbers."""
    model, X, y = _task()
    chosen, losses = optimizer(model.parameters(), lr=lr), []
    for number, rows in enumerate(batches):
        if anew and number % len(IN_AN_EPOCH) == 0:
            chosen = optimizer(model.parameters(), lr=lr)
        logits = model(X[rows])
        if softmax:
            logits = logits.softmax(dim=1)
        truth = y[rows] if labels is None else y[labels[number]]
        loss = nn.functional.cross_entropy(logits, truth)
        if zero_grad:
            chosen.zero_grad()
        loss.backward()
        chosen.step()
        losses.append(loss.item())
    return _weights(model), losses


@exercise(
    "07 the loop alone",
    todo="write the two loops and the five lines in them, then take away the `...`.",
    before=load_optimizers,
)
def training(function):
    """Judge a function (model, X, y, epochs) that trains on mini-batches.

    It returns the loss of every step. The batches may come in any order, so the
    network writes down which rows it is asked about, and a right loop repeats them.
    """
    if not callable(function):
        call("my_training", function)  # says so
    model, X, y = _task()
    before, asked, gradients = _weights(model), [], []

    def run():  # without what it is given, which would fill an error message
        return function(model, X.clone(), y.clone(), EPOCHS)

    def note(module, arguments):
        if torch.is_grad_enabled():
            asked.append(arguments[0].detach().clone())

    model.register_forward_pre_hook(note)
    for parameter in model.parameters():
        parameter.register_hook(lambda gradient: gradients.append(True))
    with torch.random.fork_rng(devices=[]):
        result = call("my_training", run)
    if not asked:
        raise Wrong("no row has gone through the model. Where is `model(X[rows])`?")
    if not gradients:
        raise Wrong("no gradient has arrived. Which call computes the gradients?")
    if torch.equal(_weights(model), before):
        raise Wrong("the gradients are there, and the weights have not changed")
    batches = [_row_numbers(batch, X) for batch in asked]
    _judge_batches(batches)
    _judge_weights(_weights(model), batches)
    losses = _trained(batches)[1]
    if isinstance(result, list | tuple) and len(result) == EPOCHS:
        raise Wrong(
            "the training is right, but this is one loss an epoch. Keep one at every"
            " step"
        )
    if isinstance(result, list | tuple):  # of tensors, perhaps
        result = [part.item() if torch.is_tensor(part) else part for part in result]
    compare(tr("the list of losses"), result, losses, {})
    return (
        "Two loops, a new order in each epoch, and the five lines of notebook 05: so"
        " are most networks trained."
    )


def _row_numbers(batch, X):
    """Return which rows of X a batch has."""
    if batch.ndim != 2 or batch.shape[1] != X.shape[1]:
        raise Wrong(
            "the model was given the shape {shape}; a batch has shape (rows, {inputs})",
            shape=tuple(batch.shape),
            inputs=X.shape[1],
        )
    found = (batch[:, None] == X).all(dim=2)  # (rows of the batch, rows of X)
    if not found.any(dim=1).all():
        raise Wrong("the model was given rows that are not in X")
    return found.int().argmax(dim=1)


def _judge_batches(batches):
    """Raise Wrong unless every epoch takes each row once, in an order of its own."""
    sizes = [len(rows) for rows in batches]
    epoch = len(IN_AN_EPOCH)
    if max(sizes) == ROWS:
        raise Wrong(
            "a step takes all {rows} rows: that is the full batch of notebook 05."
            " Take {batch} at a time",
            rows=ROWS,
            batch=BATCH,
        )
    if sizes == IN_AN_EPOCH:
        raise Wrong("there was one epoch only. Is the `return` inside a loop?")
    if sizes == [BATCH] * EPOCHS or sizes == [BATCH]:
        raise Wrong("an epoch has one step only: which loop goes over its batches?")
    if sizes == [BATCH] * (epoch - 1) * EPOCHS:
        raise Wrong(
            "the last batch of an epoch, of {rows} rows, is left out",
            rows=IN_AN_EPOCH[-1],
        )
    if sizes != IN_AN_EPOCH * EPOCHS:
        raise Wrong(
            "{epochs} epochs of {rows} rows should have batches of {sizes} rows"
            " each, got {others}...",
            epochs=EPOCHS,
            rows=ROWS,
            sizes=IN_AN_EPOCH,
            others=sizes[:6],
        )
    orders = torch.cat(batches).view(EPOCHS, ROWS)
    in_order = torch.arange(ROWS).expand(EPOCHS, -1)
    if torch.equal(orders, in_order):
        raise Wrong("the rows come in the order of the file. What shuffles them?")
    if not torch.equal(orders.sort(dim=1).values, in_order):
        raise Wrong(
            "in an epoch some rows come twice and others never. Draw one order for"
            " the whole epoch, and cut it into batches"
        )
    if (orders == orders[0]).all():
        raise Wrong("every epoch has the same order. Shuffle anew in each epoch")


def _judge_weights(weights, batches):
    """Raise Wrong unless the weights are those of a right loop over these batches."""
    in_file = list(torch.arange(ROWS).split(BATCH)) * EPOCHS
    mistakes = {
        "the rows are shuffled and their labels are not: the same `rows` choose from X"
        " and from y": {"labels": in_file},
        "the gradients of all steps pile up. Which call empties them?": {
            "zero_grad": False
        },
        "this is SGD; the task says Adam": {"optimizer": torch.optim.SGD},
        "the learning rate should be 0.01, this is Adam's own 0.001": {"lr": 0.001},
        "softmax is applied twice: CrossEntropyLoss takes logits": {"softmax": True},
        "the optimiser is made anew in each epoch, and Adam forgets what it has"
        " measured": {"anew": True},
    }
    compare(
        tr("the trained weights"),
        weights,
        _trained(batches)[0],
        {says: _trained(batches, **changed)[0] for says, changed in mistakes.items()},
    )


DIGITS, HELD_OUT = 10, 360


@exercise(
    "07 most confused",
    todo="put the digit that was written, and the one that was read, for each `...`.",
)
def most_confused(confusion, truth, read):
    """Judge the most frequent mistake in a learner's own confusion matrix."""
    counts = numbers("confusion", confusion, (DIGITS, DIGITS))
    if counts.sum() != HELD_OUT:
        raise Wrong(
            "confusion counts {counted:.0f} pictures, not the {held_out} that are"
            " held out",
            counted=counts.sum(),
            held_out=HELD_OUT,
        )
    mistakes = counts.copy()
    mistakes[range(DIGITS), range(DIGITS)] = 0
    if not mistakes.any():
        raise Wrong("there is no mistake in this matrix. Was it made with y_held?")
    place = []
    for name, value in (("my_truth", truth), ("my_read", read)):
        digit = numbers(name, value, ()).item()
        if digit not in range(DIGITS):
            raise Wrong(
                "{name} should be a digit from 0 to 9, got {number:g}",
                name=name,
                number=digit,
            )
        place.append(int(digit))
    truth, read = place
    if truth == read:
        raise Wrong(
            "{digit} read as {digit} is no mistake: the numbers from corner to"
            " corner count what is right",
            digit=truth,
        )
    most = mistakes.max()
    if mistakes[truth, read] == most:
        return tr(
            "{most:.0f} of the {total:.0f} mistakes are {article} {truth} that is read"
            " as {read}. Look at those pictures: would you have known?",
            most=most,
            total=mistakes.sum(),
            article="an" if truth == 8 else "a",
            truth=truth,
            read=read,
        )
    if mistakes[read, truth] == most:
        raise Wrong("turned round: a row of the matrix is the digit that was written")
    raise Wrong(
        "{truth} is read as {read} in {count:.0f} pictures; another mistake occurs"
        " more often",
        truth=truth,
        read=read,
        count=mistakes[truth, read],
    )
