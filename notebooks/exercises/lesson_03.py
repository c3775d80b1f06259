"""Exercises of notebook 03: rules, two paths, and one more operation."""

import math
from functools import partial
from types import SimpleNamespace

import torch

from mlplab.language import tr

from .checking import NotTried, Wrong, call, compare, exercise, numbers

P, Q = 3.0, -1.0  # where notebook 03 asks for the slopes of (p + q) * p**2


@exercise(
    "03 two paths",
    todo="go forward and backward on paper, then put your two numbers for `...`.",
)
def two_paths(dp, dq):
    """Judge the slopes of (p + q) * p**2."""
    p, q = (torch.tensor(v, requires_grad=True) for v in (P, Q))
    ((p + q) * p**2).backward()
    s, t = P + Q, P**2
    through_s, through_t = t, s * 2 * P  # of p; q has the first only
    compare(
        "my_dp",
        dp,
        p.grad.item(),
        {
            "my_dp has the wrong sign": -(through_s + through_t),
            "my_dp is what comes through s. On which other path does p reach out?": (
                through_s
            ),
            "my_dp is what comes through t. On which other path does p reach out?": (
                through_t
            ),
            "my_dp multiplies the two paths. Multiply along a path; what do you do with"
            " two paths that meet?": through_s * through_t,
            "my_dp lacks the local derivative of the square": through_s + s,
            "my_dp takes 2 for the local derivative of the square; it is not the same"
            " at every p": through_s + s * 2,
            "my_dp takes p for the local derivative of the square": through_s + s * P,
            "my_dp takes the wrong factor at the product: its local derivative by s is"
            " not s": s + t * 2 * P,
        },
    )
    compare(
        "my_dq",
        dq,
        q.grad.item(),
        {
            "my_dp is right, my_dq has the wrong sign": -through_s,
            "my_dp is right. my_dq has a path too many: does q go into t?": (
                through_s + through_t
            ),
            "my_dp is right. my_dq takes the wrong factor at the product: its local"
            " derivative by s is not s": s,
        },
    )
    return (
        "Two paths leave p, and what they bring adds up. In a perceptron every"
        " weight leaves on four paths, one for each row."
    )


TIMES = (0.5, 1.5, 3.0)  # at which a slope is asked for; at 2 the product's is 0


def _for_all(formula):
    """Return formula(t, e**-t) for all TIMES."""
    return [formula(t, math.exp(-t)) for t in TIMES]


@exercise(
    "03 a slope by the rules",
    todo="put the slope of f, by the rules, for `...`.",
)
def rules(slope):
    """Judge a function t -> the slope of t**2 * exp(-t) + 3 / t."""
    name = "my_slope"
    mistakes = {
        "the slope of a product is not the product of the slopes: its rectangle gains"
        " two strips": lambda t, e: -2 * t * e - 3 / t**2,
        "one strip of the product is missing: what if exp(-t) moves?": (
            lambda t, e: 2 * t * e - 3 / t**2
        ),
        "one strip of the product is missing: what if t**2 moves?": (
            lambda t, e: -(t**2) * e - 3 / t**2
        ),
        "exp(-t) falls: which sign has its slope?": (
            lambda t, e: 2 * t * e + t**2 * e - 3 / t**2
        ),
        "1 / t falls: which sign has its slope?": (
            lambda t, e: 2 * t * e - t**2 * e + 3 / t**2
        ),
        "the factor 3 is lost: everything is 3 times as high, and the slope too": (
            lambda t, e: 2 * t * e - t**2 * e - 1 / t**2
        ),
        "the slope of 1 / t is not -1 / t; see the table": (
            lambda t, e: 2 * t * e - t**2 * e - 3 / t
        ),
        "the product is right; the slope of 3 / t is missing": (
            lambda t, e: 2 * t * e - t**2 * e
        ),
        "3 / t is right; the slope of the product is missing": (lambda t, e: -3 / t**2),
        "this is f itself, not its slope": lambda t, e: t**2 * e + 3 / t,
        "the sign is turned": lambda t, e: -2 * t * e + t**2 * e + 3 / t**2,
    }
    slopes = [numbers(name, call(name, slope, t), ()) for t in TIMES]
    right = _for_all(lambda t, e: 2 * t * e - t**2 * e - 3 / t**2)
    compare(name, slopes, right, {say: _for_all(f) for say, f in mistakes.items()})
    return (
        "With these few rules, and the chain rule below, you can find the slope of"
        " nearly every function in this course."
    )


OPERANDS = (0.5, -1.25)  # of which a learner's tanh is asked


@exercise(
    "03 one more operation",
    todo="put the parents and the slopes of the new node for both `...`.",
)
def one_more_operation(function):
    """Judge a function that makes of a Value, or what has a value, its tanh."""
    name = "tanh"
    if not callable(function):
        call(name, function)  # says what it should be
    for operand in OPERANDS:
        parent = SimpleNamespace(value=operand, gradient=0.0)
        made = call(name, partial(function, parent))
        missing = {"value", "operation", "parents", "slopes"} - {*dir(made)}
        if missing:
            raise Wrong(
                "tanh should give a Value, with a value, an operation, parents and"
                " slopes"
            )
        if made.parents is ... or made.slopes is ...:
            raise NotTried
        right = math.tanh(operand)
        compare(
            tr("the value"),
            made.value,
            right,
            {"the value is that of u itself": operand},
        )
        if made.operation != "tanh":
            raise Wrong('the operation should be called "tanh"; the explorer asks that')
        for part in ("parents", "slopes"):
            if not isinstance(getattr(made, part), tuple | list):
                raise Wrong(
                    "{name} should be a tuple; (1,) is one, and (1) is not", name=part
                )
        if len(made.parents) != 1 or made.parents[0] is not parent:
            raise Wrong("the only parent is u, the Value that tanh was given")
        logistic = 1 / (1 + math.exp(-operand))
        compare(
            "slopes",
            made.slopes,
            [1 - right**2],
            {
                "the slope is 1 - tanh², of the value; yours squares what went in": [
                    1 - operand**2
                ],
                "this is the slope of the sigmoid, h (1 - h); tanh has another": [
                    logistic * (1 - logistic)
                ],
                "h (1 - h) is a rule for the sigmoid; see what tanh's is": [
                    right * (1 - right)
                ],
                "the sign of the slope is turned: tanh rises everywhere": [
                    right**2 - 1
                ],
                "the square is missing in the slope": [1 - right],
                "this is the value; the slope is asked": [right],
            },
        )
    return (
        "Two lines of mathematics, and the backward pass knows tanh. PyTorch's autograd"
        " is a long list of such operations."
    )
