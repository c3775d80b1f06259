"""The executor that `make notebooks` and the other tests rely on."""

import copy

import pytest
from nbformat import v4

from tools.execute import (
    KERNELSPEC,
    LANGUAGE_INFO,
    WIDGET_VIEW,
    NotebookError,
    execute,
    normalise,
    read,
    to_text,
)

PRINTS_AND_DRAWS = f"""\
import matplotlib.pyplot as plt
print("one", flush=True)
print("two")
plt.plot([1, 3, 2])
plt.show()
display({{"{WIDGET_VIEW}": {{"model_id": "random"}}}}, raw=True)
display({{"image/png": "AAAA"}}, raw=True)
"""
ASKS = f"""\
display({{"{WIDGET_VIEW}": {{"model_id": "random"}}}}, raw=True)
display({{"text/html": "<p>1. Why?</p>", "text/plain": "1. Why?"}}, raw=True)
"""
KEPT = {"tags": ["kept"], "slideshow": {"slide_type": "skip"}}


@pytest.fixture
def write(tmp_path):
    """Writes a notebook with the given code cells, whose ids are cell-1, cell-2, ..."""

    def write(*sources):
        cells = [
            v4.new_code_cell(source, id=f"cell-{number}")
            for number, source in enumerate(sources, 1)
        ]
        path = tmp_path / "lesson.ipynb"
        path.write_text(to_text(v4.new_notebook(cells=cells)), encoding="utf-8")
        return path

    return write


def test_executing_twice_changes_no_byte_and_keeps_the_file(write, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")  # must not reach the kernel
    path = write("import os\nos.getcwd()", PRINTS_AND_DRAWS, ASKS)
    before = path.read_bytes()
    once = to_text(execute(path))
    assert path.read_bytes() == before

    path.write_text(once, encoding="utf-8")
    assert to_text(execute(path)) == once

    nb = read(path)
    assert [cell.execution_count for cell in nb.cells] == [1, 2, 3]
    assert [cell.id for cell in nb.cells] == ["cell-1", "cell-2", "cell-3"]
    # The kernel starts in the notebook's folder.
    assert nb.cells[0].outputs[0].data["text/plain"] == repr(str(path.parent))
    stream, picture, explorer = nb.cells[1].outputs
    assert stream.text == "one\ntwo\n"
    assert picture.data["image/png"]
    assert list(explorer.data) == ["image/png"]
    (words,) = nb.cells[2].outputs
    assert words.data == {"text/html": "<p>1. Why?</p>", "text/plain": "1. Why?"}
    assert nb.metadata == {"kernelspec": KERNELSPEC, "language_info": LANGUAGE_INFO}
    assert once.startswith("{\n ") and once.endswith("}\n")


def test_normalise_strips_what_differs_and_keeps_the_rest():
    def stream(name, text):
        return v4.new_output("stream", name=name, text=text)

    view = {WIDGET_VIEW: {"model_id": "x"}}
    picture = {"image/png": "AAAA", "text/plain": "status"}
    words = {"text/html": "<p>1. Why?</p>", "text/plain": "1. Why?"}
    # Nothing stands for these: a rule says so.
    not_ours = {"text/plain": "IntSlider(value=0)", **view}
    outputs = [view, picture, view, words, not_ours, picture, view, not_ours, view]
    cell = v4.new_code_cell(
        "pass",
        metadata={**KEPT, "execution": {"iopub.status.busy": "noon"}},
        outputs=[
            stream("stdout", "a"),
            stream("stdout", "b"),
            stream("stderr", "c"),
            stream("stdout", "d"),
            *(v4.new_output("display_data", data=data) for data in outputs),
        ],
    )
    metadata = {"widgets": {"state": {}}, "title": "kept"}
    nb = v4.new_notebook(cells=[cell], metadata=metadata)
    original = copy.deepcopy(nb)

    result = normalise(nb)

    assert nb == original  # a copy is normalised
    assert result.metadata == {
        "title": "kept",
        "kernelspec": KERNELSPEC,
        "language_info": LANGUAGE_INFO,
    }
    assert result.cells[0].metadata == KEPT
    streams, kept = result.cells[0].outputs[:3], result.cells[0].outputs[3:]
    assert [(s.name, s.text) for s in streams] == [
        ("stdout", "ab"),
        ("stderr", "c"),
        ("stdout", "d"),
    ]
    shown = [output.data for output in kept]
    assert shown == [picture, words, not_ours, picture, view, not_ours, view]


def test_text_keeps_other_alphabets_readable():
    nb = v4.new_notebook(cells=[v4.new_markdown_cell("모두를 위한", id="korean")])
    assert "모두를 위한" in to_text(nb)


def test_a_raising_cell_is_named_with_its_traceback(write):
    path = write("x = 1", "def f():\n    return x / 0\nf()")
    with pytest.raises(NotebookError) as error:
        execute(path)
    message = str(error.value)
    assert "lesson.ipynb in cell 2, id cell-2, raised ZeroDivisionError" in message
    assert "return x / 0" in message
    assert "\x1b" not in message


def test_a_dead_kernel_is_reported_with_its_cell(write):
    path = write("x = 1", "import os\nos._exit(1)")
    with pytest.raises(NotebookError, match="cell 2, id cell-2, ended its kernel"):
        execute(path)
