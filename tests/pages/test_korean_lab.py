"""The explorers in Korean, in JupyterLab, as wide as a laptop and as a phone."""

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat import v4

from support.browser import (
    Cell,
    address,
    open_page,
    run_all,
    wait_for_other_text,
)
from support.explorers import NAMES
from support.korean import FONT, HANGUL, foreign
from tools.execute import normalise

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 800}
START = """\
from exercises.board import Progress
from exercises.quiz import Quiz
from mlplab import explorers
from mlplab.language import speak
speak("ko")"""
ASKED, BOARD = ".widget-vbox", ".jp-OutputArea-output > .widget-html"


@pytest.fixture(scope="module")
def lab_page(server, browser):
    """A page of JupyterLab in which all explorers are live, and Korean."""
    sources = [START, *(f"explorers.{n}()" for n in NAMES), 'Quiz("04")', "Progress()"]
    cells = [v4.new_code_cell(s, id=f"cell-{n}") for n, s in enumerate(sources)]
    path = server.notebooks / "korean.ipynb"
    nbformat.write(normalise(v4.new_notebook(cells=cells)), path)
    page = open_page(browser, address(server, path), screen=WIDE)
    run_all(page)
    page.locator(BOARD).wait_for()
    for first in page.locator(f"{ASKED} .widget-toggle-button:first-child").all():
        first.click()
    page.evaluate("window.jupyterapp.shell.collapseLeft()")
    yield page
    page.close()


@pytest.fixture
def lab(lab_page):
    """The page, of any size; no test may leave an error in its console."""
    yield lab_page
    assert lab_page.errors == []


def speakers(lab):
    """All that speaks on the page: the explorers, the quiz and the board."""
    return lab.locator(f".mlplab, {ASKED}, {BOARD}")


def test_every_text_of_the_page_is_korean(lab):
    heard = speakers(lab).evaluate_all("roots => roots.map(look.words)")
    assert len(heard) == len(NAMES) + 2
    for texts in heard:
        assert len(texts) > 5 and foreign(texts) == []
    languages = "parts => parts.map(p => p.closest('[lang]').lang)"
    spoken = ".mlplab-said, .widget-html-content b, [role=status] > div"
    assert set(lab.locator(spoken).evaluate_all(languages)) == {"ko"}


def test_every_letter_has_a_glyph(lab):
    missing = speakers(lab).evaluate_all(
        "roots => roots.map((root) => look.missingGlyphs(root))"
    )
    assert not any(missing), f"{FONT}; these letters have no glyph: {missing}"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
def test_nothing_is_cut_off_and_axe_is_silent(size, lab):
    lab.set_viewport_size(size)
    for number, name in enumerate(NAMES):
        cell = Cell(lab, number)
        cell.width()  # it has got used to the size
        assert cell.cut_off() == [], name
        assert cell.root.evaluate("look.brokenWords") == [], name
        if size == WIDE:
            assert cell.root.evaluate("look.brokenRows") == [], name
    assert lab.locator(ASKED).evaluate("look.cutOff") == []
    violations = Axe().run(lab, context=".mlplab").response["violations"]
    assert [(v["id"], [n["html"][:100] for n in v["nodes"]]) for v in violations] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_and_a_slider_answer_in_korean_on_a_phone(name, lab):
    lab.set_viewport_size(NARROW)
    cell = Cell(lab, NAMES.index(name))

    said = cell.root.locator(".mlplab-said")
    if (presets := cell.root.locator(".mlplab-choices[role=group] button")).count():
        before = said.text_content()
        presets.first.click()
        wait_for_other_text(said, before)
    before, slider = cell.picture(), cell.sliders.first
    at_its_end = slider.evaluate("slider => +slider.value >= +slider.max")
    slider.press("ArrowLeft" if at_its_end else "ArrowRight")
    cell.wait_for_picture(lambda shown: shown != before)
    assert foreign(cell.root.evaluate("look.words")) == []
    assert HANGUL.search(said.text_content())


@pytest.mark.parametrize("name", NAMES)
def test_a_screen_reader_hears_korean(name, lab):
    nodes = Cell(lab, NAMES.index(name)).accessible()
    roles = ("slider", "textbox", "button", "radio", "radiogroup", "image")
    heard = [said for role, said, _ in nodes if role in roles]
    assert len(heard) > 3 and "" not in heard and foreign(heard) == []
