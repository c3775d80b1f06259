"""The self-checks of notebook 01 tell the common mistakes apart."""

import numpy as np
import torch

from exercises import lesson_01
from support.cases import each, judge, said


@each(
    ("line", "words"),
    [
        ((-1, 1, -0.5), "Correct."),
        ((-20.0, 10.0, -0.1), "Correct."),
        ((torch.tensor(-3.0), np.float32(2), -1), "Correct."),
        ((-1e300, 1e300, -5e299), "Correct."),
        ((-1e-12, 1e-12, -5e-13), "Correct."),
        ((..., ..., ...), "Not tried yet"),
        ((-1, 1, ...), "Not tried yet"),
        ((1, -1, -0.5), "decides x1 and not x2. Which weight belongs to which input?"),
        ((1, -1, 0.5), "decides x1 or not x2: every row is on the wrong side"),
        ((0, 0, -0.5), "both weights are 0"),
        ((0, 0, 0), "both weights are 0"),
        ((-1, 1, 0), "goes through row 00 and row 11,"),
        ((-1, 1, -1), "goes through row 01, where the score is 0"),
        ((-0.3, 0.1 + 0.2, 0), "goes through row 00 and row 11,"),
        ((0, 1, -0.5), "decides x2, and 3 of 4 rows are right. Row 11 has a score abo"),
        ((1, 1, -1.5), "decides AND, and 2 of 4 rows are right. Row 01 has a score be"),
        ((-1, 1, -2), "decides FALSE, and 3 of 4"),
        ((-1, 1, 0.5), "Row 00 has a score above 0"),
        ((None, 1, -0.5), "my_w1 should be numbers"),
        ((-1, 1, float("nan")), "my_b has an entry that is not a finite number"),
        ((-1, [1], -0.5), "my_w2 should have shape (), got (1,)"),
    ],
)
def test_a_line_is_judged(line, words):
    judge(words, lesson_01.line_for_only_x2, *line)


def with_four(x1, x2, nand):
    both = nand(x1, x2)
    return nand(nand(x1, both), nand(x2, both))


def with_six(x1, x2, nand):
    either = nand(nand(x1, x1), nand(x2, 1))
    both = nand(either, nand(x1, x2))
    return nand(both, both)


def test_four_nands_are_right_and_six_too():
    four, six = (said(lesson_01.xor_from_nand, way) for way in (with_four, with_six))
    assert four.startswith("Correct.") and "calls" not in four
    assert six.startswith("Correct.") and six.endswith("with 4 calls, not 6?\n")


def no(nand, a):
    return nand(a, a)


@each(
    ("function", "words"),
    [
        (lambda a, b, nand: ..., "Not tried yet"),
        (lambda a, b, nand: nand(a, ...), "Not tried yet"),
        (lambda a, b, nand: nand(nand(..., b), a), "Not tried yet"),
        (lambda a, b, nand: no(nand, with_four(a, b, nand)), "this is XNOR, wrong in"),
        (lambda a, b, nand: nand(a, b), "this is NAND: it differs from XOR in row 00"),
        (lambda a, b, nand: nand(no(nand, a), no(nand, b)), "this is OR: it differs"),
        (lambda a, b, nand: no(nand, nand(a, b)), "from XOR in row 01, 10, 11"),
        (lambda a, b, nand: nand(a, nand(a, b)), "x2 or not x1: rows 01 and 10 differ"),
        (lambda a, b, nand: nand(b, nand(a, b)), "x1 or not x2: rows 01 and 10 differ"),
        (lambda a, b, nand: a, "this is x1: rows 01 and 10 differ"),
        (lambda a, b, nand: nand(0, 1), "this is TRUE: it differs from XOR in row 00"),
        (lambda a, b, nand: a != b, "something else came out"),
        (lambda a, b, nand: int(a is not b), "my_xor should return what nand gives"),
        (lambda a, b, nand: a and not b, "only nand may look"),
        (lambda a, b, nand: a + b - 2 * a * b, "for +: 'OnlyForNand' and 'OnlyForN"),
        (lambda a, b, nand: nand(a), "nand takes two inputs, got 1"),
        (lambda a, b, nand: nand(a, "b"), "nand takes x1, x2 or what another nand"),
    ],
)
def test_nand_alone_is_judged(function, words):
    judge(words, lesson_01.xor_from_nand, function)
