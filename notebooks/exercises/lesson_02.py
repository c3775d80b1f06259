"""Exercises of notebook 02: a gradient, a hidden layer by hand, how large a step."""

import numpy as np
import torch

from mlplab.data import GATES, X, truth_table
from mlplab.language import tr
from mlplab.network import SOLVED_LOSS, UNDECIDED_MARGIN

from .checking import Wrong, call_on_copies, compare, exercise, numbers, same

OTHER_ROWS = 7  # of a batch that the notebook does not show
ROWS = ["00", "01", "10", "11"]
GATE_OF = {outputs: gate for gate, outputs in GATES.items()}
CLOSE = 0.02  # relative: a limit found by trial, or a rounded one


@exercise(
    "02 the gradient of a perceptron",
    todo="write the forward pass and dlogits, then dW1 and db1 for the `...`.",
)
def perceptron_gradient(function):
    """Judge a function (X, y, W1, b1) for the gradient of the loss, dW1 and db1."""
    generator = torch.Generator().manual_seed(2)
    X, y = map(torch.from_numpy, truth_table("OR"))
    others = torch.randn(OTHER_ROWS, 2, generator=generator)
    batches = [(X, y), (others, (others[:, :1] > 0).float())]
    W1, b1 = torch.tensor([[0.7], [-1.2]]), torch.tensor([0.4])
    for X, y in batches:
        dW1, db1 = _returned(function, X, y, W1, b1)
        for name, answer in (("dW1", dW1), ("db1", db1)):
            right, mistakes = _gradient_and_mistakes(name, X, y, W1, b1)
            compare(name, answer, right, mistakes)
    return (
        "Every training step of this notebook uses these three lines, and in a deeper"
        " network the last layer learns by them too, with its own inputs for X."
    )


def _returned(function, *tensors):
    """Return the two parts of what the learner's function gives for the tensors."""
    name = "my_gradient"
    result = call_on_copies(name, function, *tensors)
    if not isinstance(result, list | tuple) or len(result) != 2:
        raise Wrong("{name} should return dW1 and db1, in this order", name=name)
    return result


def _gradient_and_mistakes(name, X, y, W1, b1):
    """Return dW1 or db1, and {message: what this mistake gives}."""
    W1, b1 = (tensor.clone().requires_grad_() for tensor in (W1, b1))
    logits = X @ W1 + b1
    torch.nn.functional.binary_cross_entropy_with_logits(logits, y).backward()
    logits, probs, rows = logits.detach(), torch.sigmoid(logits.detach()), len(X)

    def of(dlogits):
        return X.T @ dlogits if name == "dW1" else dlogits.sum(dim=0)

    right = {"dW1": W1, "db1": b1}[name].grad
    errors = (probs - y) / rows
    mistakes = {
        tr(
            "{name} has the wrong sign: what comes first in dlogits?", name=name
        ): -right,
        tr(
            "{name} is {rows} times too large: the loss is the mean of the rows",
            name=name,
            rows=rows,
        ): right * rows,
        tr(
            "{name} is {rows} times too small: is the mean taken twice?",
            name=name,
            rows=rows,
        ): right / rows,
        tr(
            "{name} has the wrong sign and is {rows} times too large",
            name=name,
            rows=rows,
        ): -right * rows,
        tr("{name} takes the logits for the probabilities", name=name): (
            of((logits - y) / rows)
        ),
        tr("{name} takes predictions, 0 or 1, for the probabilities", name=name): (
            of(((probs > 0.5).float() - y) / rows)
        ),
        tr(
            "{name} has the slope of the sigmoid as a factor, which dlogits has not",
            name=name,
        ): of(errors * probs * (1 - probs)),
        tr("{name} is right for 4 rows only. How many rows has X here?", name=name): (
            right * rows / 4
        ),
    }
    if name == "dW1":
        mistakes |= {
            "dW1 has its two weights swapped": right.flip(0),
            "dW1 has the slope of the bias for each weight. Of which rows does a weight"
            " hear?": errors.sum().expand(2, 1),
        }
    return right, mistakes


@exercise("02 a hidden layer by hand", todo="put numbers for the four `...`.")
def hidden_layer_for_xnor(W1, b1, W2, b2):
    """Judge the weights of a 2-2-1 network with sigmoid units for XNOR."""
    W1, b1 = numbers("my_W1", W1, (2, 2)), numbers("my_b1", b1, (2,))
    W2, b2 = numbers("my_W2", W2, (2, 1)), numbers("my_b2", b2, (1,))
    hidden, probs = _two_layers(W1, b1, W2, b2)
    if np.abs(probs - 0.5).max() < UNDECIDED_MARGIN:
        raise Wrong("all four rows get 0.5. Does your output unit look at anything?")
    gate = _gate(probs)
    if gate == "XNOR":
        loss = -np.log(np.where(probs > 0.5, probs, 1 - probs)).mean()
        if loss >= SOLVED_LOSS:
            raise Wrong(
                "all four rows are right, but the loss is {loss:.2f}, and it should"
                " be below {limit}. How do you make the sigmoids steeper?",
                loss=loss,
                limit=SOLVED_LOSS,
            )
        return tr(
            "Your hidden units answer {one} and {other}, and one line parts what is"
            " left. No perceptron can do this; you have just built a network that can.",
            **_answers(hidden),
        )
    hint = tr(_hint(W1, b1, W2, b2))
    raise Wrong("this network computes {gate}. {hint}", gate=gate, hint=hint)


def _two_layers(W1, b1, W2, b2):
    """Return the activations (4, 2) and the probabilities (4,), in float64."""
    hidden = torch.sigmoid(torch.from_numpy(X.astype(np.float64) @ W1 + b1)).numpy()
    return hidden, torch.sigmoid(torch.from_numpy(hidden @ W2 + b2)).numpy()[:, 0]


def _gate(probs):
    """Return the gate that the probabilities (4,) of the rows stand for."""
    return GATE_OF[tuple((probs > 0.5).astype(int).tolist())]


def _answers(hidden):
    """Return what the two hidden units answer, as the texts on them name it."""
    return {"one": _gate(hidden[:, 0]), "other": _gate(hidden[:, 1])}


def _hint(W1, b1, W2, b2):
    """Return what to look at, in the weights of a network that is not XNOR."""
    hidden, probs = _two_layers(W1, b1, W2, b2)
    if _gate(_two_layers(W1.T, b1, W2, b2)[1]) == "XNOR":
        return "A hidden unit is a column of my_W1, not a row"
    if _gate(probs) == "XOR":
        return "It is right the other way round. Which signs turn an output over?"
    answers = _answers(hidden)
    points = [tuple(point) for point in (hidden > 0.5).astype(int).tolist()]
    for row, other in ((0, 1), (0, 2), (3, 1), (3, 2)):
        if points[row] == points[other]:
            return tr(
                "Your hidden units answer {one} and {other}: rows {row} and {second}"
                " fall on one point, though XNOR must part them",
                row=ROWS[row],
                second=ROWS[other],
                **answers,
            )
    if len(set(points)) == 4:
        return tr(
            "Your hidden units answer {one} and {other}: no two rows fall together, so"
            " no line can part them yet",
            **answers,
        )
    ones = tr(" and ").join(str(point) for point in sorted({points[0], points[3]}))
    return tr(
        "Your hidden units answer {one} and {other}, and that will do. Choose the"
        " output so that it gives 1 at {ones} of the hidden plane, and 0 where rows 01"
        " and 10 are",
        ones=ones,
        **answers,
    )


def _curvatures(rows):
    """Return the curvatures (3,) of the loss on XOR at zero weights."""
    y = torch.from_numpy(truth_table("XOR")[1]).double()

    def loss(weights):
        logits = rows @ weights[:2, None] + weights[2]
        return torch.nn.functional.binary_cross_entropy_with_logits(logits, y)

    zero = torch.zeros(3, dtype=torch.float64)
    return torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, zero)).numpy()


@exercise(
    "02 inputs around zero",
    todo="guess first, then compute the limit and put it for `...`.",
)
def centred_limit(limit):
    """Judge the largest learning rate for XOR with inputs -1 and 1."""
    limit = numbers("my_limit", limit, ())
    rows = torch.from_numpy(truth_table("XOR")[0]).double()
    old, new = _curvatures(rows), _curvatures(2 * rows - 1)
    right = 2 / new.max()
    if same(limit, right):
        return tr(
            "The bowl has become round: all three curvatures are {curvature:.2f}, and"
            " learning rate {rate:.0f} brings the factor to 0 in every direction at"
            " once. That is why inputs are centred before training.",
            curvature=new.max(),
            rate=1 / new.max(),
        )
    mistakes = {
        "this is the limit for inputs 0 and 1. Which rows does your loss use?": (
            2 / old.max()
        ),
        "this is a curvature. What is the limit for a given curvature?": new.max(),
        "this is the curvature for inputs 0 and 1": old.max(),
        "at this rate the factor is 0, not yet -1: how far may a step jump?": (
            1 / new.max()
        ),
        "this is the limit for the flattest direction of the old rows; the most curved"
        " one bounces first": 2 / old.min(),
        "4 times too small: is your loss a sum over the rows instead of the mean?": (
            right / 4
        ),
    }
    for message, wrong in mistakes.items():
        if np.isclose(limit, wrong, rtol=CLOSE, atol=0):
            raise Wrong(message)
    if limit <= 0:
        raise Wrong("a learning rate is above 0")
    if np.isclose(limit, right, rtol=CLOSE, atol=0):
        raise Wrong("close, but not the limit itself. Compute it from the curvatures")
    if limit < right:
        raise Wrong("at this rate the steps still shrink; the limit is farther up")
    raise Wrong("at this rate the steps near the bottom grow already")
