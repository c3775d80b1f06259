"""Exercises of notebook 00: find a step in the explorer, and read shapes."""

import numpy as np

from mlplab.language import tr
from mlplab.network import snapshot_steps

from .checking import Wrong, exercise, numbers

STEPS = 4_000  # of the explorer's run
FIRST = 2_180  # of its steps with all rows right; the tests look whether it is so


@exercise("00 the moment", todo="put the step that you found for `...`.")
def first_all_right(step):
    """Judge the first step of the explorer's slider at which all rows are right."""
    step = numbers("my_step", step, ())
    steps = snapshot_steps(STEPS)
    if step not in steps:
        nearest = steps[np.abs(steps - step).argmin()]
        raise Wrong(
            "the slider has no such step. The nearest that it has is {nearest}",
            nearest=nearest,
        )
    if step < FIRST:
        raise Wrong(
            "at step {step:.0f} not all four are right yet. Go on to the right",
            step=step,
        )
    if step > FIRST:
        raise Wrong(
            "at step {step:.0f} all four are right, but an earlier step has that, too",
            step=step,
        )
    return (
        "The loss is still above 0.5 there: the answers are right, but barely. The loss"
        " tells more than a count does, so training follows the loss."
    )


def _shape(name, answer):
    """Return a shape that a learner wrote; raise Wrong where it is none."""
    if isinstance(answer, int) and not isinstance(answer, bool):
        raise Wrong(
            "{name} is a number. A single axis needs its comma: ({number:d},)",
            name=name,
            number=answer,
        )
    whole = isinstance(answer, tuple | list) and all(type(n) is int for n in answer)
    if not whole or len(answer) > 4:
        raise Wrong(
            "{name} should be whole numbers in brackets, such as (4, 2)", name=name
        )
    return tuple(answer)


@exercise("00 read the shapes", todo="put a shape for each `...`.")
def five_shapes(product, turned, shifted, added, trap):
    """Judge the shapes of A @ B, B.T, A @ B + c, (A @ B).sum(dim=0) and u - v."""
    for name, answer, right, mistakes, otherwise in [
        (
            "product", product, (5, 2),
            {(3, 3): "these are the inner sizes, and just they vanish",
             (5, 3): "this is A itself",
             (2, 5): "the rows come from A and the columns from B"},
            "the two inner sizes vanish, the outer ones stay",
        ),
        (
            "turned", turned, (2, 3),
            {(3, 2): "this is B itself; `.T` turns its rows into columns"},
            "rows and columns of B change places",
        ),
        (
            "shifted", shifted, (5, 2),
            {(2,): "c is copied to every row, and the rows stay",
             (7, 2): "+ adds entries, it does not put tables below each other",
             (5, 4): "+ adds entries, it does not put tables side by side"},
            "c is copied along A @ B, whose shape stays",
        ),
        (
            "added", added, (2,),
            {(5,): "this is a sum across the columns, dim=1",
             (1, 2): "the axis vanishes, it does not become 1",
             (): "this is a sum over both axes"},
            "axis 0 vanishes, the other one stays",
        ),
        (
            "trap", trap, (5, 5),
            {(5, 1): "from the right: 1 meets 5, so the column is copied five times",
             (5,): "from the right: 1 meets 5, and 5 meets nothing"},
            "write (5, 1) above (5,), both ending at the right",
        ),
    ]:  # fmt: skip
        shape = _shape(name, answer)
        if shape != right:
            raise Wrong(
                "{name} is not {shape}: {why}",
                name=name,
                shape=_written(shape),
                why=tr(mistakes.get(shape, otherwise)),
            )
    return (
        "Whoever reads the shapes finds most mistakes before they run. When in doubt,"
        " print tuple(t.shape)."
    )


def _written(shape):
    text = str(shape)
    return text if len(text) < 40 else tr("so large")
