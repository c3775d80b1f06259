"""`make lab` as a reader meets it: JupyterLab opens, and Run All works everywhere."""

import json
import re
import shutil
import time
from pathlib import Path

import nbformat
import pytest

from support.lab import SECONDS_TO_START, Lab
from support.stored import wrong_lines, wrong_pictures
from tools.execute import COURSE, NOTEBOOKS, normalise, read, to_text

SECONDS_TO_RUN = 300  # a notebook, on a machine that does other things as well


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    if shutil.which("make") is None:
        pytest.skip("needs make")
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.stop()


def test_make_lab_opens_the_first_notebook_with_a_token(lab):
    log = lab.log.read_text()
    assert re.search(rf"/lab/tree/notebooks/{COURSE[0]}\?token=\w{{20,}}", log), log
    assert Path(lab.server["root_dir"]) == lab.project


SHORT = COURSE[1]  # all others take minutes


@pytest.mark.parametrize(
    "name",
    [n if n == SHORT else pytest.param(n, marks=pytest.mark.long) for n in COURSE],
)
def test_run_all_works(name, lab, browser):
    path = lab.project / "notebooks" / name
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.set_default_timeout(SECONDS_TO_START * 1000)
    page = context.new_page()
    # reset: do not open the notebooks of the tests before as well.
    page.goto(lab.address(f"lab/tree/notebooks/{name}") + "&reset")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()

    code = run_to_the_end(page, path)
    errors = [
        f"cell {cell.id}: {output.ename}: {output.evalue}"
        for cell in code
        for output in cell.outputs
        if output.output_type == "error"
    ]
    assert not errors
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))

    broken = page.evaluate(
        "[...document.querySelectorAll('.jp-Notebook img')]"
        ".filter(image => image.complete && !image.naturalWidth)"
        ".map(image => image.getAttribute('src').slice(0, 80))"
    )
    assert not broken
    context.close()
    assert_saved_as_stored(path)


def assert_saved_as_stored(path):
    """What JupyterLab saved is valid, and in our normal form the committed file."""
    saved = json.loads(path.read_text(encoding="utf-8"))
    nbformat.validate(saved)
    stored = (NOTEBOOKS / path.name).read_text(encoding="utf-8")
    problems = wrong_lines(stored, to_text(normalise(read(path))))
    assert not problems, "\n".join(problems)
    assert not wrong_pictures(read(NOTEBOOKS / path.name), read(path))


def run_to_the_end(page, path):
    """Save until each code cell has run or one has failed; return the code cells."""
    deadline = time.monotonic() + SECONDS_TO_RUN
    while True:
        page.keyboard.press("Control+s")
        page.wait_for_timeout(1000)
        code = [cell for cell in read(path).cells if cell.cell_type == "code"]
        failed = any(
            out.output_type == "error" for cell in code for out in cell.outputs
        )
        done = all(cell.execution_count for cell in code)
        if done or failed or time.monotonic() > deadline:
            return code
