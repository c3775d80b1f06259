"""The self-checks of notebook 03 tell the common mistakes apart."""

import dataclasses
import math
from math import exp

import torch

from exercises import lesson_03
from support.cases import each, judge, judge_source


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


def slope(t):
    return 2 * t * exp(-t) - t**2 * exp(-t) - 3 / t**2


@each(
    ("answer", "words"),
    [
        (slope, "Correct."),
        (lambda t: torch.tensor(slope(t)), "Correct."),
        (lambda t: (F(t + 1e-5) - F(t - 1e-5)) / 2e-5, "Correct."),
        (lambda t: ..., "Not tried yet"),
        (lambda t: 2 * t * -exp(-t) - 3 / t**2, "not the product of the slopes"),
        (lambda t: 2 * t * exp(-t) - 3 / t**2, "what if exp(-t) moves?"),
        (lambda t: -(t**2) * exp(-t) - 3 / t**2, "what if t**2 moves?"),
        (lambda t: slope(t) + 2 * t**2 * exp(-t), "exp(-t) falls"),
        (lambda t: slope(t) + 6 / t**2, "1 / t falls"),
        (lambda t: slope(t) + 2 / t**2, "the factor 3 is lost"),
        (lambda t: slope(t) + 3 / t**2 - 3 / t, "is not -1 / t"),
        (lambda t: slope(t) + 3 / t**2, "the slope of 3 / t is missing"),
        (lambda t: -3 / t**2, "the slope of the product is missing"),
        (lambda t: F(t), "this is f itself"),
        (lambda t: -slope(t), "the sign is turned"),
        (lambda t: slope(t) + 1, "my_slope is off by up to 1;"),
        (lambda t: None, "Does it end with `return`?"),
        (2.5, "my_slope should be a function, got 2.5"),
    ],
)
def test_a_slope_by_the_rules_is_judged(answer, words):
    judge(words, lesson_03.rules, answer)


def F(t):
    return t**2 * exp(-t) + 3 / t


@dataclasses.dataclass(eq=False)
class Value:
    """As in the notebook."""

    value: float
    operation: str = "input"
    parents: tuple = ()
    slopes: tuple = ()


TANH = """
def answer(u):
    value = math.tanh(u.value)
    return Value(value, "tanh", (u,), (1 - value**2,))
"""
SLOPE, PARENTS = "(1 - value**2,)", "(u,)"


@each(
    ("changes", "words"),
    [
        ([], "Correct."),
        ([(SLOPE, "[1 - value**2]"), (PARENTS, "[u]")], "Correct."),
        ([(SLOPE, "..."), (PARENTS, "...")], "Not tried yet"),
        ([(SLOPE, "...")], "Not tried yet"),
        ([("    return", "    answer =")], "Does it end with `return`?"),
        ([(f'Value(value, "tanh", (u,), {SLOPE})', "value")], "should give a Value"),
        ([("math.tanh(u.value)", "u.value")], "the value is that of u itself"),
        ([("math.tanh", "math.sin")], "the value is off by"),
        ([('"tanh"', '"tan"')], 'should be called "tanh"'),
        ([(PARENTS, "(u)")], "parents should be a tuple"),
        ([(SLOPE, "(1 - value**2)")], "slopes should be a tuple"),
        ([(PARENTS, "(value,)")], "the only parent is u"),
        ([(PARENTS, "(u, u)")], "the only parent is u"),
        ([(PARENTS, "(Value(u.value),)")], "the only parent is u"),
        ([(SLOPE, "(1 - u.value**2,)")], "yours squares what went in"),
        ([(SLOPE, "(value * (1 - value),)")], "is a rule for the sigmoid"),
        (
            [(SLOPE, "((s := 1 / (1 + math.exp(-u.value))) * (1 - s),)")],
            "this is the slope of the sigmoid",
        ),
        ([(SLOPE, "(value**2 - 1,)")], "the sign of the slope is turned"),
        ([(SLOPE, "(1 - value,)")], "the square is missing"),
        ([(SLOPE, "(value,)")], "this is the value"),
        ([(SLOPE, "(1 + value**2,)")], "slopes is off by"),
        ([(SLOPE, "(1, 1)")], "slopes should have shape (1,), got (2,)"),
    ],
)
def test_one_more_operation_is_judged(changes, words):
    names = {"math": math, "Value": Value}
    judge_source(words, lesson_03.one_more_operation, TANH, changes, names)


def test_a_tanh_that_is_no_function_is_told():
    words = "tanh should be a function, got 3.0"
    judge(words, lesson_03.one_more_operation, 3.0)
