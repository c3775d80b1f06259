"""Every notebook keeps the rules, and every rule finds the faults it is for."""

from functools import cache, partial

import pytest
from nbformat import v4

from support.rules import (
    COLLAPSED,
    FILE_BYTES,
    MOST_LINES,
    OPENING_WORDS,
    QUOTE_TAG,
    RULES,
    SLIDE_LINES,
    SLIDE_WORDS,
    Lesson,
    answers_fold,
    clean_outputs,
    closing_cell,
    computes_or_draws,
    core_alone,
    deeper_folds,
    headings,
    imports_first,
    is_python,
    links_resolve,
    minutes_stated,
    normal_form,
    not_through_pyplot,
    opening_cells,
    pictures_in_prose,
    prose_before_code,
    readable_ids,
    short_cells,
    slides,
    slides_show,
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

OPENING = "# A single line\nWhich gates can one line separate?"
PLAY = "from mlplab.explorers import explore_line\n\nexplore_line()"
OBJECTIVES = """\
**Objectives.** After this lesson you can

- draw a line
- prove a limit
- count gates

5 minutes, and 5 more for what goes deeper. Builds on nothing."""
LINE = "## A line\nThe `cost` of old, why $a + b$?\n> cost\n\n[1](#What-we-saw)"
TRY = "### Try it: move it\n\n1. Where is it?"
ANSWERS = "<details>\n<summary>Answers</summary>\n\n1. Here.\n\n</details>"
DEEPER = "## Deeper: why\n\nFor those who ask."
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
            code("play", PLAY),
            markdown("objectives", OBJECTIVES),
            code(
                "imports", "from mlplab import plots\nfrom mlplab.network import train"
            ),
            markdown("line", LINE),
            code("line-numbers", "print('loss 0.6931')", stream),
            code("line-picture", "plots.line(x=1)", picture),
            markdown("figure", '<img src="../figures/x.svg" alt="a line">'),
            code("wrong", "l1 = 2\nfor i in range(l1):\n    i += 1"),
            markdown("try", TRY),
            markdown("try-answers", ANSWERS),
            markdown("why", DEEPER),
            code("why-numbers", "why = 2"),
            markdown("closing", CLOSING),
        ]
    )
    kinds = {"opening": "slide", "play": "slide", "line": "slide"}
    kinds |= dict.fromkeys(("line-numbers", "line-picture", "figure"), "fragment")
    for cell in nb.cells:
        cell.metadata["slideshow"] = {"slide_type": kinds.get(cell.id, "skip")}
    nb.cells[4].metadata["tags"] = ["slide-half"]
    nb.cells[5].metadata["tags"] = ["slide-out"]
    nb.cells[8].metadata["tags"] = [QUOTE_TAG]
    nb.cells[11].metadata[COLLAPSED] = True

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


def say(text, cell=4, **others):
    """A fault: the cell's source becomes `text`, and its other fields these."""

    def plant(cells):
        cells[cell].update(source=text, **others)

    return plant


code = partial(say, cell=5)
drawn = partial(say, cell=6)
wrong = partial(say, cell=8)


def show(**data):
    """A fault: the drawing cell's output becomes `data`."""

    def plant(cells):
        cells[6].outputs[0].data = data

    return plant


def printed(text, name="stdout"):
    """A fault: the computing cell prints `text`."""

    def plant(cells):
        cells[5].outputs[0].update(text=text, name=name)

    return plant


def lacking(part, cell=2):
    """A fault: a part is missing in the source of the cell."""

    def plant(cells):
        assert part in cells[cell].source
        cells[cell].source = cells[cell].source.replace(part, "", 1)

    return plant


def image(source='src="../figures/x.svg"', alt='alt="a line"'):
    return say(f"<img {source} {alt}>")


def slide(kind="slide", *tags, cell=4):
    """A fault: the cell's slide type becomes `kind`, and its tags these."""

    def plant(cells):
        cells[cell].metadata.slideshow["slide_type"] = kind
        cells[cell].metadata["tags"] = list(tags)

    return plant


def fold(cell, folded=True):
    """A fault: the cell's metadata say that its section is folded, or do not."""
    return lambda cells: cells[cell].metadata.update({COLLAPSED: folded})


def swap(cells):
    cells[0:3] = [cells[0], cells[2], cells[1]]


def use_what_goes_deeper(cells):
    cells.insert(-1, v4.new_markdown_cell("## On"))
    cells.insert(-1, v4.new_code_cell("print(why)"))


def remove_prose(cells):
    del cells[4]


def answer_at_once(cells):
    """A question whose answer is the next slide, and both have a picture."""
    figure = cells[7].source
    cells[4].source = f"## A line\n\nWhy?\n\n{figure}"
    del cells[5:7]
    cells[5].update(source=f"## Because\n\n{figure}")
    cells[5].metadata.slideshow["slide_type"] = "slide"


SOURCE_SHOWN = {"slideshow": {"slide_type": "fragment"}, "tags": ["slide-code"]}
HALVES = [say("## A line\n" + "word " * (SLIDE_WORDS // 2 + 1), n) for n in (4, 7)]


FAULTS = [
    (slides, slide("fragment", cell=0)),
    (slides, slide(None)),
    (slides, slide("-")),
    (slides, slide("skip", "slide-half")),
    (slides, slide("slide", "slide-tall")),
    (slides, slide("slide", "slide-out")),
    (slides, slide("slide", "slide-code")),
    (slides, slide("fragment", "slide-out", cell=6)),
    (slides_show, say("## A line\n" + "word " * (SLIDE_WORDS + 1))),
    (slides_show, lambda cells: [half_a_slide(cells) for half_a_slide in HALVES]),
    (slides_show, lacking("## A line\n", cell=4)),
    (slides_show, slide("slide", cell=6)),
    (slides_show, slide("fragment", cell=5)),
    (slides_show, say("- a list", cell=7)),
    (slides_show, code("x = 1\n" * (SLIDE_LINES + 1), metadata=SOURCE_SHOWN)),
    (slides_show, answer_at_once),
    (slides_show, slide("skip", cell=1)),
    (opening_cells, lacking("# ", cell=0)),
    (opening_cells, lacking("?", cell=0)),
    (opening_cells, say(OPENING + " And why?", cell=0)),
    (opening_cells, say(OPENING + " word" * OPENING_WORDS, cell=0)),
    (opening_cells, lacking("\n\nexplore_line()", cell=1)),
    (opening_cells, say("import torch\n" + PLAY, cell=1)),
    (opening_cells, say(PLAY + "\nexplore_line()", cell=1)),
    (opening_cells, lacking("- count gates")),
    (opening_cells, lacking("Objectives")),
    (opening_cells, lacking("Builds on")),
    (opening_cells, swap),
    (opening_cells, lambda cells: cells.pop(0)),
    (minutes_stated, lacking("5 minutes")),
    (minutes_stated, lacking(", and 5 more for what goes deeper")),
    (minutes_stated, say("word " * 43 * 150)),
    (minutes_stated, say(DEEPER + " word" * 8 * 150, cell=11)),
    (closing_cell, say(CLOSING.replace("What we saw", "Next"), cell=-1)),
    (closing_cell, say("## What we saw\nA line.", cell=-1)),
    (closing_cell, lambda cells: cells.pop()),
    (imports_first, say("import torch\ntorch.manual_seed(1)", cell=3)),
    (deeper_folds, fold(4)),
    (deeper_folds, fold(11, False)),
    (deeper_folds, say("### Deeper: two\n\nMore.", cell=12, cell_type="markdown")),
    (deeper_folds, say("A word.\n\n" + DEEPER)),
    (deeper_folds, say("## Deeper: why", cell=11)),
    (deeper_folds, say(DEEPER + "\n\n- One more.", cell=11)),
    (deeper_folds, say("# " + DEEPER.lstrip("# "), cell=11)),
    (deeper_folds, slide("slide", cell=12)),
    (deeper_folds, say("Much more.\n\n" + CLOSING, cell=-1)),
    (core_alone, code("print(y)")),
    (core_alone, code("y = y + 1")),
    (core_alone, code("y -= 1")),
    (core_alone, code("def f():\n    return y")),
    (core_alone, code("[x * y for x in range(3)]")),
    (core_alone, code("for i in range(3):\n    y += i")),
    (core_alone, use_what_goes_deeper),
    (answers_fold, say(ANSWERS.replace("Answers", "Hint"), cell=10)),
    (answers_fold, say("## Next\n\n" + ANSWERS, cell=10)),
    (answers_fold, say(TRY[1:] + "\n\n" + ANSWERS, cell=9)),
    (is_python, code("%matplotlib inline")),
    (is_python, code("")),
    (not_through_pyplot, code("from matplotlib import pyplot\npyplot.plot([1])")),
    (short_cells, code("x = 1\n" * (MOST_LINES + 1))),
    (
        short_cells,
        lambda cells: [plant("x = 1\n" * 11)(cells) for plant in (code, drawn, wrong)],
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
    nb.cells[5].outputs = [error]
    assert list(clean_outputs(build()))


VIEW = v4.new_output("display_data", data={WIDGET_VIEW: {"model_id": "x"}})


@pytest.mark.parametrize(
    "damage",
    [
        lambda nb: nb.metadata.update(widgets={}),
        lambda nb: nb.cells[5].metadata.update(execution={"iopub.status.idle": "noon"}),
        lambda nb: nb.cells[6].outputs.insert(0, VIEW),  # whose picture is there
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
