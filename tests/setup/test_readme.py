"""What the README states: the map of the notebooks, benchmarks, the project's sizes.

The map and notebook 00's are the same, and agree with the notebooks.
"""

import re

import pytest

from bench.__main__ import TABLES
from support.minutes import in_the_map
from tools.execute import COURSE, NOTEBOOKS, ROOT, read
from tools.korean import korean_name
from tools.sizes import sizes

README, KOREAN = (
    (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ko.md")
)


def table(text, column="Builds on"):
    """The rows of the first table with this column, without links' targets."""
    lines = text.split("\n")
    start = next(i for i, line in enumerate(lines) if f"| {column} |" in line)
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        plain = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", line)
        rows.append([cell.strip() for cell in plain.strip("|").split("|")])
    return rows


def page(name):
    return "\n".join(
        cell.source for cell in read(NOTEBOOKS / name).cells if cell.cell_type != "code"
    )


def test_the_map_is_the_same_in_the_readme_and_in_notebook_00():
    assert table(README) == table(page(COURSE[0]))
    korean = "먼저 볼 노트북"
    assert table(KOREAN, korean) == table(page(korean_name(COURSE[0])), korean)


def test_the_map_agrees_with_the_notebooks():
    for name, row in zip(COURSE, table(page(COURSE[0])), strict=True):
        cells = read(NOTEBOOKS / name).cells
        assert cells[0].source.startswith(f"# {row[0]}\n"), name
        assert row[2] == in_the_map(cells), name


def test_its_figures_are_those_that_make_bench_printed():
    printed = TABLES.read_text(encoding="utf-8")
    quantity = r"[\d.,]+ (?:ns|us|ms|s|x)\b"
    for row in table(README, "The latter takes"):
        figures = re.findall(quantity, " ".join(row))
        assert len(figures) == 3, row
        for figure in figures:
            assert re.search(rf"(?<![\d.,]){re.escape(figure)}(?!\w)", printed), figure


MOST_LINES = {"data, descent, network, plots": 850, "mlplab": 3_630, "tests": 14_300}


def test_its_sizes_are_those_that_are_counted():
    drawing = re.search(r"## How it is built\n.*?```\n(.*?)```", README, re.S)[1]
    stated = re.findall(r"([\d,]+) lines", drawing)
    assert stated == [f"{lines:,}" for lines in sizes().values()]


@pytest.mark.parametrize("room", MOST_LINES)
def test_a_room_stays_as_small_as_it_should_be(room):
    assert sizes()[room] <= MOST_LINES[room]
