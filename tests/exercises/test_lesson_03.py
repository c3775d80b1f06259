"""The self-checks of notebook 03 tell the common mistakes apart."""

import torch

from exercises import lesson_03
from support.cases import each, judge


# At p = 3, q = -1: s = p + q = 2, t = p**2 = 9.
@each(
    ("answers", "words"),
    [
        ((9 + 12, 9), "Correct."),
        ((torch.tensor(21), 9.0), "Correct."),
        ((..., ...), "Not tried yet"),
        ((21, ...), "Not tried yet"),
        ((..., 9), "Not tried yet"),
        ((-21, -9), "my_dp has the wrong sign"),
        ((9, 9), "what comes through s. On which other path"),
        ((12, 9), "what comes through t. On which other path"),
        ((9 * 12, 9), "multiplies the two paths"),
        ((9 + 2 * 1, 9), "lacks the local derivative of the square"),
        ((9 + 2 * 2, 9), "takes 2 for the local derivative of the square"),
        ((9 + 2 * 3, 9), "takes p for the local derivative of the square"),
        ((2 + 9 * 6, 2), "my_dp takes the wrong factor at the product"),
        ((21, -9), "my_dq has the wrong sign"),
        ((21, 21), "my_dq has a path too many"),
        ((21, 2), "my_dq takes the wrong factor at the product"),
        ((20, 9), "my_dp is off by up to 1;"),
        ((21, torch.tensor([9.0])), r"my_dq should have shape (), got (1,)"),
    ],
)
def test_two_paths_are_judged(answers, words):
    judge(words, lesson_03.two_paths, *answers)


@each(
    ("formula", "words"),
    [
        (lambda f, x, e: (f(x + e) - f(x - e)) / (2 * e), "Correct."),
        (lambda f, x, e: torch.tensor(f(x + e) - f(x - e)) / e / 2, "Correct."),
        (lambda f, x, e: ..., "Not tried yet"),
        (lambda f, x, e: (f(x - e) - f(x + e)) / (2 * e), "the sign is turned"),
        (lambda f, x, e: (f(x + e) - f(x)) / e, "this is the forward difference"),
        (lambda f, x, e: (f(x) - f(x - e)) / e, "this moves down only"),
        (lambda f, x, e: (f(x + e) - f(x - e)) / e, "twice too large"),
        (lambda f, x, e: (f(x + e) - f(x)) / (2 * e), "half of what it should be"),
        (lambda f, x, e: f(x + e) - f(x - e), "this is the rise alone"),
        (lambda f, x, e: (f(x + e) - f(x - e)) / 2, "divided by 2, but not by eps"),
        (lambda f, x, e: (f(x + e) - f(x - e)) / 2 * e, "needs brackets"),
        (lambda f, x, e: (f(x + e / 2) - f(x - e / 2)) / e, "half as large"),
        (lambda f, x, e: (f(x + 1e-4) - f(x - 1e-4)) / 2e-4, "not with the eps"),
        (lambda f, x, e: f(x), "none of the usual mistakes"),
        (lambda f, x, e: "2 * eps", "should be numbers"),
    ],
)
def test_a_central_difference_is_judged(formula, words):
    judge(words, lesson_03.central_difference, formula)
