"""The README's map and notebook 00's are the same, and agree with the notebooks."""

import re

from support.execute import COURSE, NOTEBOOKS, ROOT, read


def table(text):
    """The rows of the first table with a column "Builds on", without links' targets."""
    lines = text.split("\n")
    start = next(i for i, line in enumerate(lines) if "| Builds on |" in line)
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
    assert table((ROOT / "README.md").read_text("utf-8")) == table(page(COURSE[0]))


def test_the_map_agrees_with_the_notebooks():
    for name, row in zip(COURSE, table(page(COURSE[0])), strict=True):
        opening = read(NOTEBOOKS / name).cells[0].source
        assert opening.startswith(f"# {row[0]}\n"), name
        assert f"About {row[2]} minutes" in opening, name
