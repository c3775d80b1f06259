"""The minutes that a lesson takes, by the rule in CONTRIBUTING.md."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from support.minutes import core_and_deeper, in_the_map, minutes, rounded, stated


def prose(source, cell_id="text"):
    return new_markdown_cell(source, id=cell_id)


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        (prose("word " * 300), 2),
        (prose("word " * 150 + "\n\n```python\nx = 1\n```"), 1),
        (prose("<details>\n<summary>Hint</summary>\n\nLook.\n\n</details>"), 0),
        (prose("word " * 150, "exercise-line"), 1 + 5),
        (new_code_cell("x = 1\n\n" * 24), 2),
        (new_code_cell("from mlplab.explorers import explore_line\n" * 12), 1),
        (new_code_cell("x = 1\n" * 11 + "explore_line()"), 1 + 3),
        (new_code_cell("x = 1\n" * 11 + 'Quiz("01")'), 1 + 4),
    ],
)
def test_what_a_cell_takes(cell, time):
    assert minutes([cell]) == pytest.approx(time)


@pytest.mark.parametrize(
    ("time", "said"), [(0, 0), (0.1, 5), (7.4, 5), (7.5, 10), (42.4, 40), (42.5, 45)]
)
def test_to_the_nearest_five(time, said):
    assert rounded(time) == said


def test_the_core_and_what_goes_deeper_are_counted_apart():
    cells = [
        prose("## Core\n\n" + "word " * 1498),
        prose("### Deeper: why\n\n" + "word " * 747),
        prose("#### Its own part\n\n" + "word " * 746),
        prose("### On\n\n" + "word " * 748),
        prose("## Deeper: once more\n\n" + "word " * 745),
        new_code_cell("```\n# Not a heading"),
    ]
    core, deeper = core_and_deeper(cells)
    assert (round(core), round(deeper)) == (15, 15)
    assert stated(cells) == "15 minutes, and 15 more for what goes deeper."
    assert in_the_map(cells) == "15 + 15"
    assert stated(cells[:1]) == "10 minutes."
    assert in_the_map(cells[:1]) == "10"
