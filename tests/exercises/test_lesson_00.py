"""The self-checks of notebook 00 tell the common mistakes apart."""

import re

import torch

from exercises import lesson_00
from mlplab.explorers import explore_xor
from support.cases import each, judge
from tools.execute import COURSE, NOTEBOOKS, read


@each(
    ("step", "words"),
    [
        (2180, "Correct."),
        (torch.tensor(2180.0), "Correct."),
        (..., "Not tried yet"),
        (2174, "the slider has no such step. The nearest that it has is 2170"),
        (4001, "the slider has no such step. The nearest that it has is 4000"),
        (-3, "The nearest that it has is 0"),
        (2170, "at step 2170 not all four are right yet. Go on"),
        (0, "at step 0 not all four are right yet"),
        (2190, "at step 2190 all four are right, but an earlier step"),
        (4000, "but an earlier step has that, too"),
        ("2180", "my_step should be numbers of shape ()"),
    ],
)
def test_the_moment_is_judged(step, words):
    judge(words, lesson_00.first_all_right, step)


def test_the_moment_is_the_one_that_the_explorer_shows():
    explorer, first = explore_xor(), lesson_00.FIRST
    for step in explorer.controls["step"].options:
        said = explorer.words(explorer.compute(step=step))
        assert ("4 of 4 correct" in said) == (step >= first), step
    assert explorer.controls["step"].options[-1] == lesson_00.STEPS
    assert explorer.state.run.loss_at(first) > 0.5  # as its answer says


RIGHT = {
    "product": (5, 2), "turned": (2, 3), "shifted": (5, 2), "added": (2,),
    "trap": (5, 5),
}  # fmt: skip


@each(
    ("changes", "words"),
    [
        ({}, "Correct."),
        ({"product": [5, 2], "turned": torch.Size([2, 3])}, "Correct."),
        ({"trap": ...}, "Not tried yet"),
        ({"product": (3, 3)}, "product is not (3, 3): these are the inner sizes"),
        ({"product": (5, 3)}, "this is A itself"),
        ({"product": (2, 5)}, "the rows come from A"),
        ({"product": (5, 3, 2)}, "product is not (5, 3, 2): the two inner sizes van"),
        ({"turned": (3, 2)}, "this is B itself"),
        ({"turned": (2,)}, "rows and columns of B change places"),
        ({"shifted": (2,)}, "c is copied to every row"),
        ({"shifted": (5, 4)}, "does not put tables side by side"),
        ({"shifted": (7, 2)}, "below each other"),
        ({"shifted": (2, 5)}, "c is copied along A @ B"),
        ({"added": (5,)}, "added is not (5,): this is a sum across the columns"),
        ({"added": (1, 2)}, "it does not become 1"),
        ({"added": ()}, "added is not (): this is a sum over both axes"),
        ({"added": 2}, "added is a number. A single axis needs its comma: (2,)"),
        ({"added": True}, "added should be whole numbers in brackets"),
        ({"trap": (5, 1)}, "1 meets 5, so the column is copied five times"),
        ({"trap": (5,)}, "1 meets 5, and 5 meets nothing"),
        ({"trap": (1, 5)}, "write (5, 1) above (5,)"),
        ({"trap": "(5, 5)"}, "trap should be whole numbers in brackets, such as"),
        ({"trap": (10**99, 1)}, "trap is not so large"),
        ({"trap": (5.0, 5)}, "trap should be whole numbers"),
    ],
)
def test_shapes_are_judged(changes, words):
    judge(words, lesson_00.five_shapes, *(RIGHT | changes).values())


def test_the_right_shapes_are_those_of_torch():
    (task,) = (
        c for c in read(NOTEBOOKS / COURSE[0]).cells if c.id == "exercise-shapes"
    )
    sizes = re.findall(r"`\((\d), ?(\d?)\)`", task.source.partition("Which")[0])
    A, B, c, u, v = (torch.zeros([int(n) for n in size if n]) for size in sizes)
    given = [A @ B, B.T, A @ B + c, (A @ B).sum(dim=0), u - v]
    assert [tuple(t.shape) for t in given] == list(RIGHT.values())
