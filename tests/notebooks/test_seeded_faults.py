"""Faults planted in a stored notebook: each is reported, and by whom.

The checks are those that `make test` runs over every notebook, with nothing left out.
"""

import copy
import shutil

import nbformat
import pytest

from support.nbval import executed_in_order, outcomes, run_nbval
from support.rules import RULES, Lesson
from support.stored import wrong_lines, wrong_pictures
from tools.execute import COURSE, NOTEBOOKS, ROOT, WIDGET_VIEW, execute, read, to_text

pytestmark = pytest.mark.long

NAME = COURSE[1]  # a short one, with two pictures of one size


def cell(nb, cell_id):
    (found,) = [cell for cell in nb.cells if cell.id == cell_id]
    return found


def wrong_number(nb):
    output = cell(nb, "grid-of-lines").outputs[0]
    assert "14 different" in output.text
    output.text = output.text.replace("14 different", "15 different")


def wrong_number_beside_a_picture(nb, output=0, mime="text/plain"):
    data = cell(nb, "explore-line").outputs[output].data
    assert "2 of 4 correct" in data[mime]
    data[mime] = data[mime].replace("2 of 4", "3 of 4")


def wrong_number_below_a_picture(nb):
    wrong_number_beside_a_picture(nb, output=1, mime="text/html")


def swapped_pictures(nb):
    one, other = (
        cell(nb, cell_id).outputs[0].data
        for cell_id in ("gates-picture", "best-lines-picture")
    )
    assert one["image/png"] != other["image/png"]
    assert one["text/plain"] == other["text/plain"]
    one["image/png"], other["image/png"] = other["image/png"], one["image/png"]


def removed_output(nb):
    cell(nb, "best-lines").outputs.clear()


def removed_picture(nb):
    cell(nb, "best-lines-picture").outputs.clear()


def doubled_output(nb):
    outputs = cell(nb, "gates-picture").outputs
    outputs.append(copy.deepcopy(outputs[0]))


def unexecuted_cell(nb):
    cell(nb, "best-lines").update(outputs=[], execution_count=None)


def wrong_count(nb):
    cell(nb, "best-lines").execution_count += 1


def leftover_widget_state(nb):
    state = {"version_major": 2, "version_minor": 0, "state": {}}
    nb.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": state}


def leftover_widget_view(nb):
    view = {"model_id": "0" * 32, "version_major": 2, "version_minor": 0}
    live = nbformat.v4.new_output("display_data", {WIDGET_VIEW: view})
    cell(nb, "explore-line").outputs.insert(0, live)


def execution_times(nb):
    cell(nb, "best-lines").metadata["execution"] = {"iopub.execute_input": "2026-01-01"}


def changed_source(nb):
    """Edited after the last run, so that the outputs are of another program."""
    cell(nb, "xor-another-way").source += "\nprint(6 * 7)"


FAULTS = {
    wrong_number: {"nbval", "the file, executed again"},
    wrong_number_beside_a_picture: {"nbval", "the file, executed again"},
    wrong_number_below_a_picture: {"nbval", "the file, executed again"},
    # nbval skips pictures.
    swapped_pictures: {"the pictures, executed again"},
    removed_output: {"nbval", "the file, executed again"},
    # Its slide would be empty: a rule says so as well.
    removed_picture: {
        "nbval", "the file, executed again", "the pictures, executed again", "rules",
    },
    doubled_output: {
        "nbval", "the file, executed again", "the pictures, executed again",
    },
    # nbval takes it for a cell about which nothing is known.
    unexecuted_cell: {"the order", "the file, executed again"},
    wrong_count: {"the order", "the file, executed again"},
    leftover_widget_state: {"rules", "the file, executed again"},
    leftover_widget_view: {"rules", "the file, executed again"},
    execution_times: {"rules", "the file, executed again"},
    changed_source: {"nbval", "the file, executed again"},
}  # fmt: skip


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """What each check says of each planted fault, and of the sound notebook."""
    project = tmp_path_factory.mktemp("course")
    for name in ("notebooks", "figures"):
        shutil.copytree(ROOT / name, project / name)
    folder = project / "notebooks"
    planted = {}
    for fault in (None, *FAULTS):
        nb = read(NOTEBOOKS / NAME)
        if fault is not None:
            fault(nb)
        name = "sound" if fault is None else fault.__name__
        planted[fault] = folder / f"{name}.ipynb"
        planted[fault].write_text(to_text(nb), encoding="utf-8", newline="\n")
    result = run_nbval(folder, *planted.values())
    failed = {name for (name, _), word in outcomes(result).items() if word != "PASSED"}
    cells = sum(cell.cell_type == "code" for cell in read(NOTEBOOKS / NAME).cells)
    assert len(outcomes(result)) == len(planted) * cells
    found, sound = {}, execute(planted[None])
    for fault, path in planted.items():
        stored = read(path)
        # The source decides what a fresh execution gives.
        fresh = execute(path) if fault is changed_source else sound
        lesson = Lesson(path)
        lesson.name = NAME
        reported = {
            "rules": any(problem for rule in RULES for problem in rule(lesson)),
            "nbval": path.name in failed,
            "the order": not executed_in_order(stored),
            "the file, executed again": bool(
                wrong_lines(path.read_text(encoding="utf-8"), to_text(fresh))
            ),
            "the pictures, executed again": bool(wrong_pictures(stored, fresh)),
        }
        found[fault] = {check for check, says in reported.items() if says}
        nbformat.validate(stored)
    return found


def test_nothing_is_reported_of_the_sound_notebook(reports):
    assert reports[None] == set()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_planted_fault_is_reported(fault, reports):
    assert reports[fault] == FAULTS[fault]
