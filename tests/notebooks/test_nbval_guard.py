"""Strict nbval really compares what the notebooks store.

nbval lets a cell pass without a look at its outputs when the cell has no execution
count, or when a marker says so. These tests close both doors, and see it fail.
"""

import shutil

import pytest
from nbval.plugin import find_comment_markers, find_metadata_tags

from support.nbval import code_cells, executed_in_order, outcomes, run_nbval
from support.reader import of_jupyter, of_matplotlib
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


@pytest.mark.parametrize("count", [None, 7])
def test_a_cell_out_of_order_is_found(count):
    nb = read(NOTEBOOKS / COURSE[1])
    code_cells(nb)[3].execution_count = count
    assert not executed_in_order(nb)


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


NAME = COURSE[1]
ALSO_WRONG = (
    "best-lines",
    "best-lines-picture",
    "three-lines-picture",
    "xor-in-two-stages",
)
EVERY_KIND = {"stream", "text/plain", "text/html", "text/plain beside a picture"}


def test_one_notebook_has_every_kind_of_output():
    kinds = {name: set() for name in COURSE}
    for name in COURSE:
        for cell in code_cells(read(NOTEBOOKS / name)):
            kinds[name] |= {kind for kind, _, _ in compared_texts(cell)}
    assert kinds[NAME] == set().union(*kinds.values()) == EVERY_KIND


@pytest.fixture
def project(tmp_path):
    """What NAME needs, and the settings of pytest, where it can be changed."""
    ignored = shutil.ignore_patterns("*.ipynb", ".ipynb_checkpoints")
    shutil.copytree(NOTEBOOKS, tmp_path / "notebooks", ignore=ignored)
    (tmp_path / "tools").mkdir()
    for name in ("conftest.py", "tools/kernels.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_nbval_finds_each_fault_whatever_the_reader_has_set(project, tmp_path_factory):
    """All in one copy of a notebook, of which the other cells pass."""
    nb = read(NOTEBOOKS / NAME)
    cells = {cell.id: cell for cell in code_cells(nb)}
    changed = {name: cells[name] for name in ALSO_WRONG}
    one, other, doubled, edited = changed.values()
    one.outputs, other.outputs, doubled.outputs = [], [], doubled.outputs * 2
    edited.source += "\nprint(6 * 7)"  # the outputs are of another program
    seen = {}
    for name, cell in cells.items():
        for kind, holder, key in compared_texts(cell):
            if name not in changed and seen.setdefault(kind, name) == name:
                holder[key] += CORRUPTION
    assert seen.keys() == EVERY_KIND
    wrong = {*changed, *seen.values()}
    (project / "notebooks" / NAME).write_text(to_text(nb), encoding="utf-8")
    home = tmp_path_factory.mktemp("home")

    settings = of_matplotlib(home) | of_jupyter(home)
    result = run_nbval(project, f"notebooks/{NAME}", environment=settings)

    names = list(cells)
    found = {names[n]: word for (_, n), word in outcomes(result).items()}
    assert found == {name: "FAILED" if name in wrong else "PASSED" for name in cells}, (
        result.stdout
    )
    # They failed because nbval compared, not because the code did not run. Where the
    # variable CI is set, pytest repeats each failure's whole text in its summary.
    failures = result.stdout.partition("short test summary info")[0]
    assert failures.count("\n mismatch '") >= len(EVERY_KIND)
