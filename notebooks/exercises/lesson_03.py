"""Exercises of notebook 03: two paths, and a central difference."""

import math

import torch

from .checking import call, compare, exercise, numbers

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
        "Two paths leave p, and what they bring adds up. In a network every weight"
        " leaves on four paths, one for each row."
    )


# Functions that the notebook does not show, at moves so large that the formula's own
# error shows: no other formula gives the same numbers.
CASES = ((math.exp, 0.3, 0.5), (math.sin, 1.0, 0.25), (math.atan, -0.7, 0.3))


def _for_all(formula):
    """Return formula(f(x + eps), f(x), f(x - eps), eps) of every case."""
    return [formula(f(x + e), f(x), f(x - e), e) for f, x, e in CASES]


@exercise(
    "03 central difference",
    todo="put the formula of the central difference for `...`.",
)
def central_difference(function):
    """Judge a function (f, x, eps) for the slope of f at x."""
    name = "central_difference"
    right = _for_all(lambda up, here, down, e: (up - down) / (2 * e))
    mistakes = {
        "the sign is turned: which value comes first in the difference?": (
            lambda up, here, down, e: (down - up) / (2 * e)
        ),
        "this is the forward difference: it moves to one side only": (
            lambda up, here, down, e: (up - here) / e
        ),
        "this moves down only; the formula moves to both sides": (
            lambda up, here, down, e: (here - down) / e
        ),
        "twice too large: how far apart are the two points?": (
            lambda up, here, down, e: (up - down) / e
        ),
        "half of what it should be: the two points are only one eps apart": (
            lambda up, here, down, e: (up - here) / (2 * e)
        ),
        "this is the rise alone; a slope is the rise divided by the distance": (
            lambda up, here, down, e: up - down
        ),
        "the rise is divided by 2, but not by eps": (
            lambda up, here, down, e: (up - down) / 2
        ),
        "Python reads `/ 2 * eps` from left to right and multiplies by eps; the whole"
        " distance needs brackets": lambda up, here, down, e: (up - down) / 2 * e,
    }
    mistakes = {message: _for_all(formula) for message, formula in mistakes.items()}
    mistakes["the moves are half as large as they should be: eps to each side"] = [
        (f(x + e / 2) - f(x - e / 2)) / e for f, x, e in CASES
    ]
    tiny = 1e-5
    mistakes["this is a slope, but not with the eps that the function is given"] = [
        (f(x + tiny) - f(x - tiny)) / (2 * tiny) for f, x, e in CASES
    ]
    slopes = [numbers(name, call(name, function, *case), ()) for case in CASES]
    compare(name, slopes, right, mistakes)
    return (
        "With it you can check any gradient that you derive, and it needs nothing but"
        " the function itself."
    )
