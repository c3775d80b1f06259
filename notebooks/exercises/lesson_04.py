"""Exercises of notebook 04: one hidden layer more, and the repaired gradients."""

import torch

from mlplab.language import tr

from .checking import Wrong, call_on_copies, compare, exercise, numbers, same

# All sizes differ, so that a wrong product does not fit by accident.
ROWS, INPUTS, FIRST, SECOND = 5, 2, 4, 3
BATCHES = (4, 7)  # rows: those of the truth table, and another number


def _random(*shapes):
    """Return a tensor of each shape, the same ones every time."""
    generator = torch.Generator().manual_seed(4)
    return [torch.randn(shape, generator=generator) for shape in shapes]


def _named_parts(name, result, names):
    """Return {name: part} of what a learner's function returns."""
    if not isinstance(result, list | tuple) or len(result) != len(names):
        raise Wrong(
            "{name} should return {names}, in this order",
            name=name,
            names=", ".join(names),
        )
    return dict(zip(names, result, strict=True))


@exercise(
    "04 one layer more",
    todo="fill in every `...` in hidden_gradients, from right to left.",
)
def hidden_gradients(function):
    """Judge a function (X, h1, h2, W2, W3, dlogits) for a 2-4-3-1 network."""
    X, dlogits, W1, b1, W2, b2, W3 = tensors = _random(
        (ROWS, INPUTS), (ROWS, 1), (INPUTS, FIRST), (FIRST,),
        (FIRST, SECOND), (SECOND,), (SECOND, 1),
    )  # fmt: skip
    for weights in tensors[2:]:
        weights.requires_grad_()
    z1 = X @ W1 + b1
    h1 = torch.sigmoid(z1)
    z2 = h1 @ W2 + b2
    h2 = torch.sigmoid(z2)
    right = {"dz2": z2, "dW2": W2, "db2": b2, "dz1": z1, "dW1": W1, "db1": b1}
    # a sum: for a gradient that is given, torch would load sympy, for seconds
    of_loss = torch.autograd.grad((h2 @ W3 * dlogits).sum(), list(right.values()))
    right = dict(zip(right, of_loss, strict=True))

    result = call_on_copies("hidden_gradients", function, X, h1, h2, W2, W3, dlogits)
    parts = _named_parts("hidden_gradients", result, list(right))
    X, h1, h2, W2, W3 = (tensor.detach() for tensor in (X, h1, h2, W2, W3))
    dh2 = dlogits @ W3.T
    dh1 = right["dz2"] @ W2.T
    slope1, slope2 = h1 * (1 - h1), h2 * (1 - h2)
    mistakes = {
        "dz2": {
            **_slope_mistakes("dz2", "h2", dh2, h2),
            "dz2 does not go through W3": dlogits * slope2,
        },
        "dz1": {
            **_slope_mistakes("dz1", "h1", dh1, h1),
            "dz1 continues from dh2; which gradient arrives at the first layer?": (
                dh2 @ W2.T * slope1
            ),
        },
    }
    for layer, inputs, dh in (("2", h1, dh2), ("1", X, dh1)):
        mistakes[f"dW{layer}"] = {
            tr(
                "dW{layer} is right, but for the division by the number of rows:"
                " dlogits has that already",
                layer=layer,
            ): right[f"dW{layer}"] / ROWS,
            tr("dW{layer} starts from dh{layer}, before the sigmoid", layer=layer): (
                inputs.T @ dh
            ),
        }
        mistakes[f"db{layer}"] = {
            tr(
                "db{layer} is the mean over the rows; what do paths that meet do?",
                layer=layer,
            ): right[f"dz{layer}"].mean(dim=0),
            tr("db{layer} starts from dh{layer}, before the sigmoid", layer=layer): (
                dh.sum(dim=0)
            ),
        }
    for part, answer in parts.items():
        turned = {tr("{name} has the wrong sign", name=part): -right[part]}
        compare(part, answer, right[part], turned | mistakes[part])
    return (
        "The same three lines carry the gradient through every layer. Notebook 06 goes"
        " through three hidden layers with them."
    )


def _slope_mistakes(name, h_name, dh, h):
    """Return what the usual mistakes at a sigmoid give, by their messages."""
    twice = torch.sigmoid(h)
    return {
        tr("{name} lacks the slope of the sigmoid", name=name): dh,
        tr("{name} takes {h} for the slope of the sigmoid", name=name, h=h_name): (
            dh * h
        ),
        tr("{name} has half of the slope, 1 - {h}", name=name, h=h_name): dh * (1 - h),
        tr(
            "{name} applies the sigmoid to {h}, which has gone through it already",
            name=name,
            h=h_name,
        ): dh * twice * (1 - twice),
    }


@exercise(
    "04 sum or mean",
    todo="put db2 for `...`, and repair what does not fit the mean over the rows.",
)
def gradients(function):
    """Judge a function (X, y, W1, b1, W2, b2) for the loss, a mean over the rows."""
    names = ("dW1", "db1", "dW2", "db2")
    for rows in BATCHES:
        X, *weights = _random(
            (rows, INPUTS), (INPUTS, SECOND), (SECOND,), (SECOND, 1), (1,)
        )
        y = torch.arange(rows)[:, None] % 2 * 1.0
        W1, b1, W2, b2 = (tensor.requires_grad_() for tensor in weights)
        logits = torch.sigmoid(X @ W1 + b1) @ W2 + b2
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, y)
        of_loss = torch.autograd.grad(loss, weights)
        right = dict(zip(names, of_loss, strict=True))

        result = call_on_copies("gradients", function, X, y, *weights)
        parts = _named_parts("gradients", result, names)
        for factor, what in _factors(rows).items():
            found = [
                name
                for name in names
                if same(
                    numbers(name, parts[name], tuple(right[name].shape)),
                    right[name].numpy() * factor,
                )
            ]
            if found:
                raise Wrong(
                    "for a batch of {rows} rows, {names}: {what}",
                    rows=rows,
                    names=", ".join(found),
                    what=tr(what),
                )
        for name in names:
            compare(name, parts[name], right[name], {})
    return (
        "Weights and biases now share one learning rate, and with twice as many rows it"
        " still means the same."
    )


def _factors(rows):
    """Return {how many times the gradient: the mistake that makes it so}."""
    factors = {
        rows: tr(
            "{rows} times the gradient; the loss is a mean, and this is a sum",
            rows=rows,
        ),
        1 / rows: tr(
            "only 1/{rows} of the gradient; divided by the number of rows twice",
            rows=rows,
        ),
        -1: "the sign is turned; what comes first in dlogits?",
    }
    if rows != BATCHES[0]:
        factors[rows / BATCHES[0]] = tr(
            "right only for {rows} rows; where does your number of rows come from?",
            rows=BATCHES[0],
        )
    return factors
