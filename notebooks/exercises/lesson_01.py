"""Exercises of notebook 01: a line by thought, and XOR from NAND alone."""

import numpy as np

from mlplab.data import GATES, X
from mlplab.language import tr

from .checking import Wrong, call, exercise, numbers

ROWS = np.array(["00", "01", "10", "11"])
ROUNDING = 1e-9  # a score this small beside its parts is 0
FEWEST_NANDS = 4  # that make XOR


@exercise("01 a line by thought", todo="put numbers for the three `...`.")
def line_for_only_x2(w1, w2, b):
    """Judge a line for the gate x2 and not x1."""
    answers = {"my_w1": w1, "my_w2": w2, "my_b": b}
    line = np.array([numbers(name, value, ()) for name, value in answers.items()])
    if not line[:2].any():
        raise Wrong("both weights are 0. Then there is no line: all rows get one score")
    line /= np.abs(line).max()  # so that no sum is too large
    scores = X @ line[:2] + line[2]
    if (on_line := np.abs(scores) < ROUNDING).any():
        raise Wrong(
            "the line goes through row {rows}, where the score is 0. Which of your"
            " numbers moves a line without turning it?",
            rows=tr(" and row ").join(ROWS[on_line]),
        )
    gate = _gate_of(scores > 0)
    wrong = np.flatnonzero((scores > 0) != GATES["x2 and not x1"])
    if gate == "x1 and not x2":
        raise Wrong(
            "this line decides {gate}. Which weight belongs to which input?", gate=gate
        )
    if len(wrong) == 4:
        raise Wrong(
            "this line decides {gate}: every row is on the wrong side", gate=gate
        )
    for row in wrong:  # the first one is enough
        raise Wrong(
            "this line decides {gate}, and {count} of 4 rows are right. Row {row}"
            " has a score {side}",
            gate=gate,
            count=4 - len(wrong),
            row=ROWS[row],
            side=tr("above 0") if scores[row] > 0 else tr("below 0"),
        )
    return (
        "The sign of a weight says whether its input speaks for output 1 or against it,"
        " and the bias how much it takes. It is so in every unit to come."
    )


def _gate_of(outputs):
    """Return the name of the gate with these outputs of the four rows."""
    return next(name for name, column in GATES.items() if column == tuple(outputs))


class OnlyForNand:
    """One output for each of the four rows, which nothing but a nand can read.

    The learner meets the name of this class where Python says what failed.
    """

    def __init__(self, name, column):
        self.name, self.column = name, column

    def __repr__(self):
        return self.name

    def __bool__(self):
        raise TypeError(tr("only nand may look whether an input is 0 or 1"))


class _Nand:
    """The gate NAND for OnlyForNand; it counts its calls."""

    calls = 0

    def __repr__(self):
        return "nand"

    def __call__(self, *inputs):
        self.calls += 1
        if len(inputs) != 2:
            raise TypeError(tr("nand takes two inputs, got {count}", count=len(inputs)))
        if ... in inputs:
            return ...
        pairs = zip(*map(_column, inputs), strict=True)
        return OnlyForNand(tr("a nand"), tuple(int(not (p and q)) for p, q in pairs))


def _column(value):
    if isinstance(value, OnlyForNand):
        return value.column
    if isinstance(value, int) and value in (0, 1):
        return (value,) * 4
    raise TypeError(tr("nand takes x1, x2 or what another nand gave"))


@exercise("01 NAND alone", todo="put calls of nand for `...`.")
def xor_from_nand(function):
    """Judge a function (x1, x2, nand) that makes XOR with nothing but nand."""
    nand = _Nand()
    inputs = [OnlyForNand(name, GATES[name]) for name in ("x1", "x2")]
    result = call("my_xor", function, *inputs, nand)
    if not isinstance(result, OnlyForNand):
        raise Wrong("my_xor should return what nand gives; something else came out")
    gate = _gate_of(result.column)
    if gate == "XNOR":
        raise Wrong("this is XNOR, wrong in every row. How can nand turn one output?")
    if result.column[1] != result.column[2]:
        raise Wrong(
            "this is {gate}: rows 01 and 10 differ, and XOR gives 1 for both", gate=gate
        )
    if gate != "XOR":
        wrong = ROWS[np.array(result.column) != GATES["XOR"]]
        raise Wrong(
            "this is {gate}: it differs from XOR in row {rows}",
            gate=gate,
            rows=", ".join(wrong),
        )
    why = tr(
        "NAND alone can build every gate, and one line decides NAND: so stages of lines"
        " can compute whatever a truth table says."
    )
    if nand.calls > FEWEST_NANDS:
        why += " " + tr(
            "Can you do it with {fewest} calls, not {calls}?",
            fewest=FEWEST_NANDS,
            calls=nand.calls,
        )
    return why
