"""The explorers in JupyterLab, Notebook 7 and Voila, under headless Chromium."""

import base64
import functools
import io
import re
from functools import partial
from operator import eq

import nbformat
import pytest
from nbformat import v4
from PIL import Image
from playwright.sync_api import expect

from mlplab import explorers
from mlplab.explorers import outcomes
from mlplab.graph import NETWORK
from support.browser import (
    FOCUSABLE,
    KNOWN_ERRORS,
    Cell,
    address,
    command,
    open_page,
    run_all,
    wait_for_other_text,
    wait_for_text,
)
from support.contrast import contrast
from support.shown import shown
from tools.execute import normalise

NAMES = list(explorers.__all__)
USUAL, SMALL = {"width": 1280, "height": 800}, {"width": 1024, "height": 768}
MOST_TABS = 40  # from the notebook to a control in it
# The map of outcomes, small: here it is not about the numbers.
SMALL_MAP = {
    "MAP_RATES": (0.3, 1.0, 3.0, 30.0),
    "MAP_SEEDS": (0, 1, 2),
    "SHARE_SEEDS": tuple(range(8)),
}
IMPORTS = """\
from mlplab import explorers
from mlplab.explorers import outcomes
from mlplab.graph import NETWORK
"""
NETWORK_GRAPH = "explorers.explore_graph(NETWORK)"
USUAL_MODE = "perCommTarget"  # in which messages reach JupyterLab's subshells
MAKE_SMALL = "".join(f"outcomes.{name} = {v}\n" for name, v in SMALL_MAP.items())

each_explorer = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module", autouse=True)
def small_map():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SMALL_MAP.items():
            patch.setattr(outcomes, name, value)
        yield
        made.cache_clear()


@functools.cache
def made(name):
    """An explorer in this process, and its values at the start."""
    explorer = getattr(explorers, name)()
    return explorer, explorer.values()


def twin(name):
    """An explorer in this process, which tells what the page should show."""
    return made(name)[0]


def source_of(name):
    return f"explorers.{name}()"


def write_notebook(path, sources, stored=()):
    """Write a notebook of explorers, those of `stored` with outputs."""
    cells = [v4.new_code_cell(IMPORTS + MAKE_SMALL, id="imports")]
    for number, source in enumerate(sources, 2):
        cells.append(v4.new_code_cell(source, id=f"cell-{number}"))
    for cell, name in zip(cells[1:], stored, strict=False):
        outputs = shown(twin(name))
        cell.outputs = [v4.new_output("display_data", data) for data in outputs]
        cell.execution_count = 1
    cells.append(v4.new_markdown_cell("", id="after"))
    nbformat.write(normalise(v4.new_notebook(cells=cells)), path)


@pytest.fixture(scope="module")
def lab_page(server, browser):
    """A page of JupyterLab in which all explorers are live."""
    path = server.notebooks / "lab.ipynb"
    write_notebook(path, [*map(source_of, NAMES), NETWORK_GRAPH], stored=NAMES)
    page = open_page(browser, address(server, path), screen=USUAL)
    # Before anything runs: the stored pictures.
    stored = page.locator(".jp-OutputArea-output img")
    stored.nth(len(NAMES) - 1).wait_for()
    page.stored = stored.evaluate_all(
        "images => images.map(image => [image.src, image.naturalWidth])"
    )
    page.live_before = page.locator(".mlplab-picture").count()
    run_all(page)
    Cell(page, len(NAMES)).root.wait_for()
    yield page
    page.close()


@pytest.fixture
def lab(lab_page):
    """The page, with its usual size; no test may leave an error in its console."""
    yield lab_page
    assert lab_page.errors == []


@pytest.fixture
def cell(lab, name):
    return Cell(lab, NAMES.index(name))


def as_picture(data):
    return Image.open(io.BytesIO(base64.b64decode(data)))


def values_of(explorer, shown):
    """The values of an explorer's controls, from what a page shows beside them."""
    values = {}
    for name, control in explorer.controls.items():
        text = shown[control.label]
        values[name] = control.options[control.texts.index(text)]
    return values


def as_base64(explorer):
    return base64.b64encode(explorer.page.picture).decode()


def assert_follows(cell, name):
    """Picture and status are those of an explorer with the values on the page."""
    explorer = twin(name)
    explorer.figure.stale = True  # all of it again: it must not share the page's fault
    explorer.set(**values_of(explorer, cell.controls()))
    wait_for_text(cell.status, explorer.text)
    cell.wait_for_picture(partial(eq, as_base64(explorer)))


@each_explorer
def test_the_stored_picture_shows_before_the_first_run(name, lab):
    src, width = lab.stored[NAMES.index(name)]
    assert lab.live_before == 0
    kind, _, data = src.partition(",")
    assert kind == "data:image/png;base64"
    with as_picture(data) as image:
        assert image.width == width == 2 * twin(name).page.size[0]  # sharp at 2x
    assert len(lab.stored) == len(NAMES)


@each_explorer
def test_it_renders(name, lab, cell):
    wait_for_text(cell.status, re.compile(r"\d"))
    pixels, shown, ratio = cell.image.evaluate(
        "i => [i.naturalWidth, i.clientWidth, i.clientWidth / i.clientHeight]"
    )
    width, height = twin(name).page.size
    assert pixels == shown == width  # as many as the screen has there
    assert ratio == pytest.approx(width / height, rel=0.01)
    shown = [c.label for c in twin(name).controls.values() if c.only is None]
    assert [label for label in cell.controls() if label in shown] == shown
    assert_follows(cell, name)
    assert lab.locator(".jp-RenderedText[data-mime-type*=stderr]").count() == 0


@each_explorer
def test_arrow_keys_move_each_slider_and_the_picture_follows(name, lab, cell):
    places = cell.places()
    for row in cell.rows.all():
        label = row.locator(".mlplab-label").inner_text()
        slider, before = cell.slider(label), cell.controls()
        seen = cell.status.inner_text(), cell.picture()
        at_its_end = slider.evaluate("slider => +slider.value >= +slider.max")
        slider.focus()
        lab.keyboard.press("ArrowLeft" if at_its_end else "ArrowRight")
        expect(cell.readout(label)).not_to_have_value(before[label])
        assert_follows(cell, name)
        after = cell.controls()
        assert len(before.items() ^ after.items()) == 2  # of this slider, old and new
        assert seen != (cell.status.inner_text(), cell.picture())
        assert slider.get_attribute("aria-valuetext") == after[label]
        assert slider.evaluate("slider => slider === document.activeElement")
    assert cell.places() == places  # nothing jumps


@each_explorer
def test_many_quick_moves_end_on_the_last_value(name, lab, cell):
    cell.sliders.last.focus()
    lab.keyboard.press("Home")
    for key in 12 * ["ArrowRight"] + 3 * ["ArrowLeft"]:
        lab.keyboard.press(key)
    assert_follows(cell, name)


@each_explorer
def test_presets_by_keyboard_and_nothing_jumps(name, lab, cell):
    places, start = cell.places(), made(name)[1]
    for number, (label, preset) in enumerate(twin(name).presets.items()):
        button = cell.buttons.get_by_text(label, exact=True)
        button.focus()
        lab.keyboard.press("Enter" if number % 2 else "Space")
        cell.root.get_by_text(preset.story, exact=True).wait_for()
        assert_follows(cell, name)
        assert twin(name).values() == start | preset.values  # it has the page's
        assert cell.places() == places
        assert button.evaluate("button => button === document.activeElement")


@each_explorer
def test_tab_reaches_every_control_in_order(name, lab, cell):
    focusable = cell.root.locator(FOCUSABLE).filter(visible=True)
    count = focusable.count()
    focusable.evaluate_all("parts => parts.forEach((p, n) => p.dataset.place = n)")
    assert count >= len(twin(name).controls)
    focusable.first.focus()
    for place in range(count):
        focused = lab.evaluate("document.activeElement.dataset.place")
        assert focused == str(place)
        lab.keyboard.press("Tab")


@each_explorer
def test_letters_typed_on_a_control_are_no_commands(name, lab, cell):
    # "dd" deletes the cell, "x" cuts it, "m" makes Markdown of it, in JupyterLab.
    cells = lab.evaluate("document.querySelectorAll('.jp-CodeCell').length")
    focusable = cell.root.locator(FOCUSABLE).filter(visible=True)
    kinds = {}
    for number in range(focusable.count()):
        part = focusable.nth(number)
        kind = part.evaluate("part => `${part.tagName} ${part.type} ${part.role}`")
        kinds.setdefault(kind, part)
    assert len(kinds) > 1
    for part in kinds.values():
        if part.get_attribute("type") == "text":
            continue  # a readout: JupyterLab leaves it alone
        part.focus()
        for key in [*"ddxm", "ArrowLeft", "ArrowRight"]:
            lab.keyboard.press(key)
        assert lab.evaluate("document.querySelectorAll('.jp-CodeCell').length") == cells
        assert part.evaluate(
            "part => part.parentElement.contains(document.activeElement)"
        )


@each_explorer
@pytest.mark.parametrize("size", [USUAL, SMALL], ids=["1280x800", "1024x768"])
def test_no_label_is_cut_off_and_nothing_sticks_out(name, size, lab, cell):
    lab.set_viewport_size(size)
    try:
        assert cell.cut_off() == []
        # the longest numbers
        cell.sliders.last.press("End")
        assert_follows(cell, name)
        assert cell.cut_off() == []
    finally:
        lab.set_viewport_size(USUAL)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_texts_and_pictures_are_readable_in_both_themes(theme, lab):
    def change(theme):
        command(lab, "apputils:change-theme", theme=f"JupyterLab {theme}")
        light = str(theme == "Light").lower()
        body = lab.locator(f"body[data-jp-theme-light={light}]")
        body.wait_for(state="attached")
        # it fades out over the page
        lab.locator("#jupyterlab-splash").wait_for(state="detached")

    change(theme)
    try:
        for name in NAMES:
            cell = Cell(lab, NAMES.index(name))
            colours = cell.colours()
            assert len(colours) > len(twin(name).controls)
            assert [c for c in colours if contrast(*c[1:]) < 4.5] == []
            # the picture keeps its white paper, as it is seen on the screen
            cell.image.scroll_into_view_if_needed()
            with Image.open(io.BytesIO(cell.image.screenshot())) as image:
                corner = image.convert("RGB").getpixel((6, 6))
            assert corner == (255, 255, 255), name
    finally:
        change("Light")


def test_play_and_pause(lab):
    name = "explore_backprop"
    cell = Cell(lab, NAMES.index(name))
    step, readout = cell.slider("step"), cell.readout("step")
    step.press("Home")
    expect(readout).to_have_value("0")
    cell.root.get_by_role("button", name="play: step").press("Enter")
    for passed in ("0", "5"):
        expect(readout).not_to_have_value(passed)
    cell.root.get_by_role("button", name="pause: step").press("Space")
    # at rest: what is shown belongs to where it stopped
    before = None
    while before != readout.input_value():
        before = readout.input_value()
        lab.wait_for_timeout(500)
    assert_follows(cell, name)
    assert int(cell.controls()["step"]) > 0
    # from the end it begins anew, and the hand stops it
    step.press("End")
    cell.root.get_by_role("button", name="play: step").press("Enter")
    expect(readout).not_to_have_value("10001")
    step.press("End")
    cell.root.get_by_role("button", name="play: step").wait_for()
    assert_follows(cell, name)
    assert cell.controls()["step"] == "10001"


def test_keep_compare_and_code(lab):
    name = "explore_training"
    cell = Cell(lab, NAMES.index(name))
    first = next(iter(twin(name).presets))
    cell.buttons.get_by_text(first, exact=True).press("Enter")
    cell.root.get_by_text("keep this run").press("Enter")
    wait_for_text(
        cell.status, re.compile("different: nothing; the same initial weights")
    )
    cell.root.get_by_text("tanh", exact=True).click()
    wait_for_text(cell.status, re.compile("different: activation; the same initial"))
    assert cell.cut_off() == []
    cell.root.locator("summary").press("Enter")
    script = cell.root.locator("pre").filter(visible=True)
    wait_for_text(script, re.compile(r"^import torch.*torch\.nn\.Tanh\(\)", re.DOTALL))
    assert cell.cut_off() == []
    cell.root.locator("summary").press("Enter")
    script.wait_for(state="detached")
    cell.root.get_by_text("forget it").press("Enter")
    wait_for_other_text(cell.status, re.compile("Kept run"))
    assert_follows(cell, name)


def test_the_graph_of_the_network_by_keyboard_alone(lab):
    """From its cell to the last gradient, every sentence on the way read."""
    keys, cell = lab.keyboard, Cell(lab, len(NAMES))
    lab.evaluate("look.activate", 1 + len(NAMES))  # the first cell imports
    command(lab, "notebook:clear-cell-output")
    keys.press("Control+Enter")
    cell.status.wait_for()
    for _ in range(MOST_TABS):
        keys.press("Tab")
        if lab.evaluate("document.activeElement.matches('.mlplab [type=range]')"):
            break
    wanted = explorers.explore_graph(NETWORK)
    for position in range(1, wanted.last + 1):
        keys.press("ArrowRight")
        wanted.set(position=position)
        wait_for_text(cell.status, wanted.text)
    cell.wait_for_picture(partial(eq, as_base64(wanted)))
    assert "autograd agrees" in wanted.text
    # Shift and Tab, and then Tab again: the focus is where it was.
    cell.buttons.get_by_text("reset").focus()
    keys.press("Enter")
    wanted.set(position=0)
    wait_for_text(cell.status, wanted.text)


@pytest.mark.long
def test_one_explorer_in_two_cells_and_another_of_its_kind(server, opened):
    name = "explore_training"
    make = source_of(name)
    path = server.notebooks / "views.ipynb"
    write_notebook(path, [f"shared = {make}\nshared", "shared", make])
    page = opened(address(server, path))
    run_all(page)
    views = [Cell(page, number) for number in range(3)]
    before = views[2].status.inner_text(), views[2].picture()
    for moved in views[:2]:
        status = moved.status.inner_text()
        moved.sliders.first.press("ArrowRight")
        wait_for_other_text(moved.status, status)
        for view in views[:2]:
            assert_follows(view, name)
        assert views[0].controls() == views[1].controls()
    assert (views[2].status.inner_text(), views[2].picture()) == before


@pytest.mark.parametrize(
    "mode",
    [
        pytest.param("disabled", marks=pytest.mark.long),
        pytest.param("perComm", marks=pytest.mark.long),
        USUAL_MODE,
    ],
)
def test_it_works_with_and_without_subshells(mode, server, request):
    name, plugin = "explore_training", "apputils-extension:kernels-settings"
    if mode == USUAL_MODE:
        page, number = request.getfixturevalue("lab"), NAMES.index(name)
    else:
        page, number = request.getfixturevalue("opened"), 0
        path = server.notebooks / "subshells.ipynb"
        write_notebook(path, [source_of(name)])
        server.change_setting(plugin, commsOverSubshells=mode)
        page = page(address(server, path))
        run_all(page)
        server.change_setting(plugin, commsOverSubshells=USUAL_MODE)
    assert page.evaluate("look.kernel().commsOverSubshells") == mode
    cell = Cell(page, number)
    for slider in cell.sliders.all():
        # two controls at once: each may have a thread of its own
        for key in ("Home", *5 * ["ArrowRight"]):
            slider.press(key)
    assert_follows(cell, name)
    # again: the earlier explorer is closed, and the new one is alive
    page.evaluate("look.activate", 1 + number)
    command(page, "notebook:run-cell")
    wait_for_text(cell.status, re.compile("seed 777, step 10001"))
    cell.sliders.first.press("ArrowRight")
    assert_follows(cell, name)


@pytest.mark.parametrize("front_end", ["notebook", "voila"])
def test_it_works_in_notebook_7_and_voila(front_end, server, opened):
    path = server.notebooks / f"{front_end}.ipynb"
    write_notebook(path, map(source_of, NAMES))
    page = opened(address(server, path, front_end), known=KNOWN_ERRORS[front_end])
    if front_end == "notebook":
        run_all(page)
    for number, name in enumerate(NAMES):
        cell = Cell(page, number)
        before = cell.controls()
        at_its_end = cell.sliders.first.evaluate("s => +s.value >= +s.max")
        cell.sliders.first.press("ArrowLeft" if at_its_end else "ArrowRight")
        page.wait_for_timeout(100)
        assert cell.controls() != before
        assert_follows(cell, name)
        assert cell.cut_off() == []
    assert page.evaluate("look.storedParts") == []
