"""`make lab` as a reader meets it: JupyterLab opens, and Run All works everywhere."""

import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import expect

from support.browser import (
    KNOWN_ERRORS,
    Cell,
    address,
    command,
    run_all,
    wait_for_kernel,
)
from support.later import these_now
from support.rules import COLLAPSED
from support.stored import wrong_lines, wrong_pictures
from tools.execute import COURSE, NOTEBOOKS, normalise, read, to_text


def test_make_lab_opens_the_first_notebook_with_a_token(server):
    log = server.log.read_text()
    assert re.search(rf"/lab/tree/notebooks/{COURSE[0]}\?token=\w{{20,}}", log), log
    assert Path(server.server["root_dir"]) == server.project


SHORT = COURSE[1]  # all others take minutes
TALLEST = COURSE[5]  # its first explorer has the most controls


@pytest.mark.parametrize("name", these_now({SHORT}, COURSE))
def test_run_all_works(name, server, opened):
    path = server.notebooks / name
    page = opened(server.address(f"lab/tree/notebooks/{name}"))
    run_all(page)
    command(page, "docmanager:save")
    code = [cell for cell in read(path).cells if cell.cell_type == "code"]
    errors = [
        f"cell {cell.id}: {output.ename}: {output.evalue}"
        for cell in code
        for output in cell.outputs
        if output.output_type == "error"
    ]
    assert not errors
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not page.evaluate("look.brokenPictures")
    assert_saved_as_stored(path)


@pytest.mark.parametrize("name", these_now({TALLEST}, COURSE))
def test_something_moves_on_the_first_screen(name, server, opened):
    path = server.notebooks / f"first-{name}"  # with a kernel of its own
    shutil.copy2(NOTEBOOKS / name, path)
    page = opened(address(server, path), screen={"width": 1280, "height": 800})
    wait_for_kernel(page)
    for _ in ("opening", "play"):
        command(page, "notebook:run-cell-and-select-next")
    cell = Cell(page)
    expect(cell.sliders.first).to_be_in_viewport(ratio=1)
    expect(cell.image).to_be_in_viewport(ratio=1 / 3)


@pytest.mark.parametrize(
    "front_end", ["lab", pytest.param("notebook", marks=pytest.mark.long)]
)
def test_what_goes_deeper_is_folded_and_runs_all_the_same(front_end, server, opened):
    heading = new_markdown_cell("## Deeper: why\n\nFor those who ask.", id="why")
    heading.metadata[COLLAPSED] = True
    cells = [
        new_markdown_cell("# Core", id="opening"),
        heading,
        new_markdown_cell("### Its limits", id="limits"),
        new_code_cell("print('so', 'deep')", id="deep"),
        new_markdown_cell("## Next", id="next"),
    ]
    path = server.notebooks / f"deeper-{front_end}.ipynb"
    path.write_text(to_text(normalise(new_notebook(cells=cells))), encoding="utf-8")
    place = address(server, path, front_end)
    page = opened(place, known=KNOWN_ERRORS[front_end])
    run_all(page)
    command(page, "docmanager:save")
    nb = read(path)
    assert nb.cells[3].outputs[0].text == "so deep\n"
    assert normalise(nb).cells[1].metadata == {COLLAPSED: True}
    page.get_by_role("heading", name="Next").wait_for()
    limits = page.get_by_role("heading", name="Its limits")
    output = page.locator(".jp-OutputArea-output", has_text="so deep")
    assert limits.is_hidden() and output.is_hidden()
    page.get_by_text("2 cells hidden").click()
    limits.wait_for()
    output.wait_for()


def assert_saved_as_stored(path):
    """What JupyterLab saved is valid, and in our normal form the committed file."""
    saved = json.loads(path.read_text(encoding="utf-8"))
    nbformat.validate(saved)
    stored = (NOTEBOOKS / path.name).read_text(encoding="utf-8")
    problems = wrong_lines(stored, to_text(normalise(read(path))))
    assert not problems, "\n".join(problems)
    assert not wrong_pictures(read(NOTEBOOKS / path.name), read(path))
