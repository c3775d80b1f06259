"""Every notebook keeps the rules, and every rule finds the faults it is for."""

from functools import cache, partial

import pytest
from nbformat import v4

from support.rules import (
    FILE_BYTES,
    MOST_LINES,
    QUOTE_TAG,
    RULES,
    Lesson,
    clean_outputs,
    closing_cell,
    computes_or_draws,
    headings,
    imports_first,
    is_python,
    links_resolve,
    normal_form,
    not_through_pyplot,
    opening_cell,
    pictures_in_prose,
    prose_before_code,
    readable_ids,
    short_cells,
    slides,
    small_file,
    stable_outputs,
    words,
)
from tools.execute import COURSE, NOTEBOOKS, RESTORE, WIDGET_VIEW, normalise, to_text


@cache
def lesson(name):
    return Lesson(NOTEBOOKS / name)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("name", COURSE)
def test_rule(name, rule):
    problems = list(rule(lesson(name)))
    assert not problems, "\n".join([f"{name}:", *problems, RESTORE])


# The rules find what they are for

OPENING = """\
# A single line
Which gates can one line separate?

Objectives:
- draw a line
- prove a limit
- count gates

20 minutes. Builds on nothing."""
CLOSING = "## What we saw\nA line. Next: [one unit](02_single_perceptron.ipynb)"


@pytest.fixture
def sound(tmp_path):
    """A notebook that keeps every rule, and a function that turns it into a Lesson."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    figures = tmp_path / "figures"
    figures.mkdir()
    (figures / "x.svg").write_text("<svg/>", encoding="utf-8")
    (folder / COURSE[2]).write_text(
        to_text(v4.new_notebook(cells=[v4.new_markdown_cell("# One unit", id="a")])),
        encoding="utf-8",
    )

    def markdown(cell_id, source):
        return v4.new_markdown_cell(source, id=cell_id)

    def code(cell_id, source, *outputs):
        return v4.new_code_cell(source, id=cell_id, outputs=list(outputs))

    stream = v4.new_output("stream", name="stdout", text="loss 0.6931\n")
    picture = v4.new_output(
        "display_data", data={"image/png": "AA0x12", "text/plain": "loss 0.6931"}
    )
    nb = v4.new_notebook(
        cells=[
            markdown("opening", OPENING),
            code(
                "imports", "from mlplab import plots\nfrom mlplab.network import train"
            ),
            markdown("line", "The `cost` of old:\n> cost\n\n[1](#What-we-saw)"),
            code("line-numbers", "print('loss 0.6931')", stream),
            code("line-picture", "plots.line(x=1)", picture),
            markdown("figure", '<img src="../figures/x.svg" alt="a line">'),
            code("wrong", "l1 = 2"),
            markdown("closing", CLOSING),
        ]
    )
    for cell in nb.cells:
        cell.metadata["slideshow"] = {"slide_type": "slide"}
    nb.cells[2].metadata["tags"] = ["slide-hide-1", "slide-half"]
    nb.cells[4].metadata["tags"] = ["slide-out"]
    nb.cells[6].metadata["tags"] = [QUOTE_TAG]

    def build(raw=None):
        path = folder / COURSE[1]
        path.write_text(raw or to_text(normalise(nb)), encoding="utf-8")
        headings.cache_clear()
        return Lesson(path)

    return nb, build


def test_a_sound_lesson_keeps_every_rule(sound):
    _, build = sound
    found = {rule.__name__: list(rule(build())) for rule in RULES}
    assert not any(found.values()), found


def say(text, cell=2, **others):
    """A fault: the cell's source becomes `text`, and its other fields these."""

    def plant(cells):
        cells[cell].update(source=text, **others)

    return plant


code = partial(say, cell=3)
drawn = partial(say, cell=4)


def show(**data):
    """A fault: the drawing cell's output becomes `data`."""

    def plant(cells):
        cells[4].outputs[0].data = data

    return plant


def printed(text, name="stdout"):
    """A fault: the computing cell prints `text`."""

    def plant(cells):
        cells[3].outputs[0].update(text=text, name=name)

    return plant


def lacking(part):
    return say(OPENING.replace(part, ""), cell=0)


def image(source='src="../figures/x.svg"', alt='alt="a line"'):
    return say(f"<img {source} {alt}>")


def slide(kind="slide", *tags, cell=2):
    """A fault: the cell's slide type becomes `kind`, and its tags these."""

    def plant(cells):
        cells[cell].metadata.slideshow["slide_type"] = kind
        cells[cell].metadata["tags"] = list(tags)

    return plant


def remove_prose(cells):
    del cells[2]


FAULTS = [
    (slides, slide("fragment", cell=0)),
    (slides, slide(None)),
    (slides, slide("-")),
    (slides, slide("skip", "slide-half")),
    (slides, slide("slide", "slide-tall")),
    (slides, slide("slide", "slide-hide-1", cell=3)),
    (slides, slide("slide", "slide-hide-4")),
    (slides, slide("slide", "slide-hide-1", "slide-hide-2", "slide-hide-3")),
    (slides, slide("slide", "slide-out", cell=6)),
    (opening_cell, lacking("# ")),
    (opening_cell, lacking("?")),
    (opening_cell, lacking("- count gates")),
    (opening_cell, lacking("Objectives")),
    (opening_cell, lacking("20 minutes")),
    (opening_cell, lacking("Builds on")),
    (opening_cell, lambda cells: cells.pop(0)),
    (closing_cell, say(CLOSING.replace("What we saw", "Next"), cell=-1)),
    (closing_cell, say("## What we saw\nA line.", cell=-1)),
    (closing_cell, lambda cells: cells.pop()),
    (imports_first, say("import torch\ntorch.manual_seed(1)", cell=1)),
    (is_python, code("%matplotlib inline")),
    (is_python, code("")),
    (not_through_pyplot, code("from matplotlib import pyplot\npyplot.plot([1])")),
    (short_cells, code("x = 1\n" * (MOST_LINES + 1))),
    (
        short_cells,
        lambda cells: (code("x = 1\n" * 11)(cells), drawn("\n1" * 11)(cells)),
    ),
    (prose_before_code, remove_prose),
    (prose_before_code, drawn("print(1)")),
    (prose_before_code, code("plots.line(x=1)")),
    (computes_or_draws, drawn("run = network.train(1)\nplots.line(run)")),
    (computes_or_draws, drawn("loss.backward()\nplots.line(1)")),
    (computes_or_draws, drawn("for _ in x:\n    w -= 1\nplots.line(w)")),
    (readable_ids, say("x", id="a1b2c3d4")),
    (readable_ids, say("x", id="0f8fad5b-d9cb-469f-a165-70867728950e")),
    (readable_ids, say("x", id="not a slug")),
    (readable_ids, say("x", id="very-long" * 5)),
    (pictures_in_prose, image(alt="")),
    (pictures_in_prose, image(alt='alt=" "')),
    (pictures_in_prose, image('src="x.svg"')),
    (pictures_in_prose, image('src="../figures/missing.svg"')),
    (pictures_in_prose, say("![a line](../figures/x.svg)")),
    (links_resolve, say("[there](07_missing.ipynb)")),
    (links_resolve, say("[there](02_single_perceptron.ipynb#Two-units)")),
    (links_resolve, say("[there](#Nowhere)")),
    (links_resolve, say('<a href="missing.md">there</a>')),
    (words, say("The cost falls.")),
    (words, say("A Hypothesis")),
    (words, code("l1 = x @ W1")),
    (words, code("d_l2 = 1")),
    (words, code("def step(criterion): pass")),
    (words, code("self.cost = 1")),
    (words, code("print('the cost')")),
    (stable_outputs, printed("saved in /home/ada/course")),
    (stable_outputs, printed("C:\\course")),
    (stable_outputs, printed("<Line2D object at 0x7f3a>")),
    (stable_outputs, printed("torch 2.13.0")),
    (stable_outputs, show(**{"text/html": "<b>/tmp/x</b>"})),
    (clean_outputs, printed("careful", name="stderr")),
    (clean_outputs, show(**{WIDGET_VIEW: {"model_id": "x"}, "text/plain": "VBox()"})),
    (clean_outputs, show(**{WIDGET_VIEW: {"model_id": "x"}})),
    (clean_outputs, show(**{"image/svg+xml": "<svg/>"})),
    (small_file, show(**{"image/png": "A" * FILE_BYTES})),
]


@pytest.mark.parametrize("number", range(len(FAULTS)))
def test_a_planted_fault_is_found(number, sound):
    rule, plant = FAULTS[number]
    nb, build = sound
    plant(nb.cells)
    assert list(rule(build()))


def test_an_id_that_occurs_twice_is_found(sound):
    nb, build = sound
    text = to_text(normalise(nb))
    assert list(readable_ids(build(text.replace('"line-numbers"', '"imports"'))))


def test_an_error_output_is_found(sound):
    nb, build = sound
    error = v4.new_output("error", ename="NameError", evalue="x", traceback=[])
    nb.cells[3].outputs = [error]
    assert list(clean_outputs(build()))


VIEW = v4.new_output("display_data", data={WIDGET_VIEW: {"model_id": "x"}})


@pytest.mark.parametrize(
    "damage",
    [
        lambda nb: nb.metadata.update(widgets={}),
        lambda nb: nb.cells[3].metadata.update(execution={"iopub.status.idle": "noon"}),
        lambda nb: nb.cells[4].outputs.insert(0, VIEW),  # whose picture is there
    ],
    ids=["widget state", "times", "widget view"],
)
def test_what_normalising_would_take_away_is_found(damage, sound):
    nb, build = sound
    nb = normalise(nb)
    damage(nb)
    assert list(normal_form(build(to_text(nb))))


def test_another_layout_of_the_file_is_found(sound):
    nb, build = sound
    assert list(normal_form(build(to_text(normalise(nb)).replace("\n ", "\n  "))))
