"""Strict nbval really compares what the notebooks store.

nbval lets a cell pass without a look at its outputs when the cell has no execution
count, or when a marker says so. These tests close both doors, and see it fail.
"""

import copy
import re
import shutil

import pytest
from nbval.plugin import find_comment_markers, find_metadata_tags

from support.nbval import code_cells, executed_in_order, outcomes, run_nbval
from tools.execute import COURSE, NOTEBOOKS, RESTORE, ROOT, WIDGET_VIEW, read, to_text

# (notebook, cell id) of the cells whose outputs nbval may ignore.
MAY_BE_IGNORED = frozenset()
# By nbval's own list; images need test_reexecution.py.
NOT_COMPARED = ("image/png", "image/jpeg", WIDGET_VIEW)
CORRUPTION = "\nnot what the cell printed"


@pytest.mark.parametrize("name", COURSE)
def test_every_code_cell_was_executed_in_order(name):
    in_order = executed_in_order(read(NOTEBOOKS / name))
    assert in_order, f"{name} was not run top to bottom.\n{RESTORE}"


@pytest.mark.parametrize("name", COURSE)
def test_no_cell_is_taken_out_of_the_comparison(name):
    for cell in code_cells(read(NOTEBOOKS / name)):
        markers = [*find_comment_markers(cell.source)]
        markers += find_metadata_tags(cell.metadata)
        markers = [marker for marker in markers if marker != ("check", True)]
        # nbclient, not nbval, knows this one: the cell would never be executed.
        skipped = "skip-execution" in cell.metadata.get("tags", [])
        if (name, cell.id) not in MAY_BE_IGNORED:
            assert not markers and not skipped, f"{name}, cell {cell.id}: {markers}"


def compared_texts(cell):
    """Yield (kind, holder, key) of each text that nbval should compare."""
    for output in cell.outputs:
        if output.output_type == "stream":
            yield "stream", output, "text"
        for mime, value in output.get("data", {}).items():
            if mime not in NOT_COMPARED and isinstance(value, str):
                beside = " beside a picture" if "image/png" in output.data else ""
                yield mime + beside, output.data, mime


def first_of_each_kind():
    """For each notebook, the numbers of the code cells to corrupt.

    One cell for each kind of stored text in the course, as early in its notebook as
    there is one, so that little has to be executed.
    """
    earliest = {}
    for name in COURSE:
        for number, cell in enumerate(code_cells(read(NOTEBOOKS / name))):
            for kind, _, _ in compared_texts(cell):
                place = (number, name)
                earliest[kind] = min(earliest.get(kind, place), place)
    chosen = {}
    for number, name in earliest.values():
        chosen.setdefault(name, set()).add(number)
    return chosen


def test_nbval_fails_where_a_stored_output_is_corrupted(tmp_path):
    folder = tmp_path / "notebooks"
    shutil.copytree(NOTEBOOKS, folder, ignore=shutil.ignore_patterns("*.ipynb"))
    shutil.copy(ROOT / "requirements.txt", tmp_path)  # notebook 00 reads it
    chosen = first_of_each_kind()
    expected = {}
    for name, numbers in chosen.items():
        nb = read(NOTEBOOKS / name)
        last = code_cells(nb)[max(numbers)]
        nb.cells = nb.cells[: nb.cells.index(last) + 1]
        corrupted = copy.deepcopy(nb)
        for number in numbers:
            for _, holder, key in compared_texts(code_cells(corrupted)[number]):
                holder[key] += CORRUPTION
        for version, content in [("intact", nb), ("corrupted", corrupted)]:
            path = folder / f"{version}_{name}"
            path.write_text(to_text(content), encoding="utf-8")
            for number in range(max(numbers) + 1):
                bad = version == "corrupted" and number in numbers
                expected[path.name, number] = "FAILED" if bad else "PASSED"

    result = run_nbval(folder, folder)

    assert outcomes(result) == expected, result.stdout
    # They failed because nbval compared, not because the code did not run. Where the
    # variable CI is set, pytest repeats each failure's whole text in its summary.
    failures = result.stdout.partition("short test summary info")[0]
    mismatches = re.findall(r"^ mismatch '", failures, flags=re.MULTILINE)
    assert len(mismatches) == list(expected.values()).count("FAILED") > 0
    assert result.returncode == 1
