"""The executor that `make notebooks` and the other tests rely on."""

import copy

import ipywidgets as widgets
import pytest
from nbformat import v4

from support.execute import (
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
both = {{"image/png": "AAAA", "{WIDGET_VIEW}": {{"model_id": "random"}}}}
display(both, raw=True)
"""
ASKS = f"""\
class Asks:
    def _repr_mimebundle_(self, **_):
        return {{"text/plain": "1. Why?", "{WIDGET_VIEW}": {{"model_id": "random"}}}}
Asks()
"""
KEPT = {"tags": ["kept"], "slideshow": {"slide_type": "skip"}}


def shortened(widget):
    """The text of a widget's output, which ipywidgets cuts off."""
    return widget._repr_mimebundle_()["text/plain"]


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
    assert nb.cells[2].outputs[0].data == {"text/plain": "1. Why?"}
    assert nb.metadata == {"kernelspec": KERNELSPEC, "language_info": LANGUAGE_INFO}
    assert once.startswith("{\n ") and once.endswith("}\n")


@pytest.mark.parametrize(
    "default_text",
    [repr(widgets.IntSlider()), shortened(widgets.VBox([widgets.IntSlider()] * 9))],
    ids=["whole", "shortened"],
)
def test_normalise_strips_what_differs_and_keeps_the_rest(default_text):
    def stream(name, text):
        return v4.new_output("stream", name=name, text=text)

    both = {"image/png": "AAAA", "text/plain": "status", WIDGET_VIEW: {"model_id": "x"}}
    words = {"text/plain": "1. Why?", WIDGET_VIEW: {"model_id": "x"}}
    widget_only = {"text/plain": default_text, WIDGET_VIEW: {"model_id": "x"}}
    cell = v4.new_code_cell(
        "pass",
        metadata={**KEPT, "execution": {"iopub.status.busy": "noon"}},
        outputs=[
            stream("stdout", "a"),
            stream("stdout", "b"),
            stream("stderr", "c"),
            stream("stdout", "d"),
            v4.new_output("display_data", data=both),
            v4.new_output("display_data", data=words),
            v4.new_output("display_data", data=widget_only),
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
    *streams, with_picture, with_words, without = result.cells[0].outputs
    assert [(s.name, s.text) for s in streams] == [
        ("stdout", "ab"),
        ("stderr", "c"),
        ("stdout", "d"),
    ]
    assert set(with_picture.data) == {"image/png", "text/plain"}
    assert with_words.data == {"text/plain": "1. Why?"}
    assert set(without.data) == {WIDGET_VIEW, "text/plain"}


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
