"""The explorers in JupyterLab, Notebook 7 and Voila, under headless Chromium."""

import base64
import functools
import io
import json
import random
import re
import time
from functools import partial
from operator import eq
from typing import NamedTuple

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat import v4
from PIL import Image
from playwright.sync_api import expect

from mlplab import explorers
from mlplab.explorers import outcomes
from mlplab.graph import NETWORK
from support.browser import (
    FOCUSABLE,
    KNOWN_ERRORS,
    MILLISECONDS,
    Cell,
    address,
    command,
    open_page,
    run_all,
    wait_for_other_text,
    wait_for_text,
)
from support.contrast import contrast
from support.explorers import NAMES, a_few_explorers, at_data, send
from support.shown import shown
from tools.execute import normalise

USUAL, SMALL = {"width": 1280, "height": 800}, {"width": 1024, "height": 768}
ZOOMED = {"width": 1024, "height": 640}  # 1280 x 800 at a zoom of 125 %
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
    """The values of an explorer's controls, from what a page shows beside them.

    What no control shows, a drawing, is what the explorer has.
    """
    values = explorer.values()
    for name, control in explorer.controls.items():
        if not control.shown:
            continue
        text = shown[control.label]
        values[name] = control.options[control.texts.index(text)]
    return values


def as_base64(explorer):
    return base64.b64encode(explorer.page.picture).decode()


def assert_follows(cell, name):
    """Picture and status are those of an explorer with the values on the page."""
    explorer, width = twin(name), cell.width()
    if as_picture(as_base64(explorer)).width != width:
        send(explorer, "resize", width=width)
    explorer.figure.stale = True  # all of it again: it must not share the page's fault
    explorer.set(**values_of(explorer, cell.controls()))
    wait_for_text(cell.status, explorer.text)
    cell.wait_for_picture(partial(eq, as_base64(explorer)))


class Grab(NamedTuple):
    """Something to take in a picture, after a preset, and where to drag it.

    Where there is no preset, "", all sliders are at their ends. `to` is a place of the
    panel, in data coordinates; None clicks.
    """

    name: str
    preset: str
    panel: str
    says: str
    to: tuple | None = None
    at: tuple | None = None  # where it is taken, otherwise in its middle


LINE = Grab("explore_line", "OR", "picture", "move the line", (0.75, 0.9))
DOT = LINE._replace(says="turn the line", to=(1.2, 0.1))
AREA = Grab(
    "explore_perceptron", "AND is learned", "loss", "the step", (60, 0.7), (180, 0.2)
)
VALLEY = "explore_valley", "AND: roll to the bottom"
BALL = Grab(*VALLEY, "map", "drop the ball here", at=(-2, -2.5))
NETS = "the run of the lecture notes"
GRABS = [
    LINE,
    DOT,
    DOT._replace(says="turn it here", to=(-0.2, 0.8)),
    Grab(*VALLEY, "map", "drag the start", (2.5, -3)),
    BALL,
    BALL._replace(to=(4, 1)),
    Grab(*VALLEY, "loss", "the step", (10, 0.5)),
    AREA,
    AREA._replace(to=None),
    Grab("explore_training", NETS, "network", "unit 1.2"),
    Grab("explore_training", NETS, "loss", "the step", (200, 0.5)),
    Grab("explore_backprop", NETS, "network", "unit 1.1"),
    Grab("explore_backprop", NETS, "loss", "the step", (2200, 0.5)),
    Grab("explore_depth", "the deep net", "network", "unit 2.3"),
    Grab("explore_depth", "the deep net", "rows", "the step", (30, 0.01), (3, 0.01)),
    Grab("explore_outcomes", "2 sigmoid units", "map", "seed 1, learning rate 3: "),
    Grab(
        "explore_outcomes", "2 sigmoid units", "map", "seed 1, learning rate 3: ",
        (0.2, 2.1),
    ),
    Grab("explore_graph", "to the end", "picture", "step to t"),
    Grab("explore_graph", "to the end", "picture", "change b"),
    Grab("explore_xor", "", "loss", "the step", (1500, 0.5)),
    Grab("explore_folding", "", "loss", "the step", (900, 0.5)),
    Grab("explore_slope", "", "picture", "drag the point", (1.2, 1)),
    Grab("explore_slope", "", "picture", "drag the nudge", (3.4, 9)),
]  # fmt: skip
MEASURED = [AREA, BALL, LINE]
TOUCHED = [*MEASURED, DOT]  # by a finger in `make test`, the others in `make soak`


def by_mouse(page, first, last):
    """Press the mouse, drag it, and let it go."""
    page.mouse.move(*first)
    page.mouse.down()
    if last:
        page.mouse.move(*last, steps=5)
    page.mouse.up()


def by_touch(page, first, last):
    """Put a finger on the screen, drag it, and lift it."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def touch(kind, *places):
        points = [dict(zip("xy", place, strict=True)) for place in places]
        what = {"type": kind, "touchPoints": points}
        session.send("Input.dispatchTouchEvent", what)

    touch("touchStart", first)
    if last:
        # across first: a finger that goes up or down scrolls the page
        touch("touchMove", (last[0], first[1]))
        touch("touchMove", last)
    touch("touchEnd")
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    session.detach()


def on_page(cell, name, panel, place):
    """A place of a panel in pixels of the page, whole ones."""
    cell.image.scroll_into_view_if_needed()
    box = cell.image.bounding_box()
    across, down = at_data(twin(name), panel, *place)
    return (
        round(box["x"] + across * box["width"]),
        round(box["y"] + down * box["height"]),
    )


def in_data(cell, name, panel, place):
    """The place of a panel that a pixel of the page shows."""
    box = cell.image.bounding_box()
    across, down = (place[0] - box["x"]) / box["width"], place[1] - box["y"]
    width, height = twin(name).figure.bbox.size
    pixels = across * width, (1 - down / box["height"]) * height
    return twin(name).views[panel].ax.transData.inverted().transform(pixels)


def wait_for_values(cell, name, wanted):
    """Wait until the page shows these values, {control: value}."""
    deadline = time.monotonic() + MILLISECONDS / 1000
    while values_of(twin(name), cell.controls()) != wanted:
        assert time.monotonic() < deadline, (wanted, cell.controls())
        cell.page.wait_for_timeout(20)


def found(name, taken):
    """The Handle to take, by the beginning of what it says."""
    handles = twin(name).handles(taken.panel).values()
    return next(each for each in handles if each.says.startswith(taken.says))


def middle(handle):
    return [(a + b) / 2 for a, b in zip(handle.at[0], handle.at[-1], strict=True)]


def prepare(cell, taken):
    """Press the preset, or the action, after which something can be taken."""
    explorer, start = made(taken.name)
    if not taken.preset:
        for slider in cell.sliders.all():
            slider.press("End")
        wait_for_settled(cell)
        return
    if taken.name == "explore_graph":
        cell.root.get_by_role("radio", name="a", exact=True).click()
    cell.button(taken.preset).click()
    if taken.preset in explorer.presets:
        wanted = start | explorer.presets[taken.preset].values
        explorer.set(**wanted)
    else:
        now = values_of(explorer, cell.controls())  # an action leaves the inputs
        wanted = now | {"position": explorer.last, "input": "a"}
    wait_for_values(cell, taken.name, wanted)
    assert_follows(cell, taken.name)


def drag(cell, taken, hand):
    """Take something by hand: the page has the values meant, and shows them."""
    name = taken.name
    assert_follows(cell, name)  # and so does its twin
    handle, before = found(name, taken), twin(name).values()
    first = on_page(cell, name, taken.panel, taken.at or middle(handle))
    last = taken.to and on_page(cell, name, taken.panel, taken.to)
    meant = handle.moves(*in_data(cell, name, taken.panel, last or first))
    controls = twin(name).controls
    meant = {control: controls[control].nearest(v) for control, v in meant.items()}
    assert before | meant != before
    hand(cell.page, first, last)
    wait_for_values(cell, name, before | meant)
    assert_follows(cell, name)


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
    room = cell.root.evaluate("root => root.clientWidth - 8")  # within its padding
    cell.width()
    pixels, shown, ratio = cell.image.evaluate(
        "i => [i.naturalWidth, i.clientWidth, i.clientWidth / i.clientHeight]"
    )
    width, height = twin(name).page.size
    assert pixels == shown == min(width, room)  # as many as the screen has there
    assert ratio == pytest.approx(width / height, rel=0.01)
    controls = twin(name).controls.values()
    shown = [c.label for c in controls if c.only is None and c.shown]
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


@a_few_explorers
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
        button = cell.button(label)
        button.focus()
        lab.keyboard.press("Enter" if number % 2 else "Space")
        cell.root.get_by_text(preset.story, exact=True).wait_for()
        twin(name).set(**start | preset.values)
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


@a_few_explorers
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
        violations = Axe().run(lab, context=".mlplab").response["violations"]
        assert [
            (each["id"], [node["html"][:100] for node in each["nodes"]])
            for each in violations
            if each["impact"] in ("serious", "critical")
        ] == []
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
    cell.button(first).press("Enter")
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
    send(wanted, "resize", width=cell.width())
    keys.press("Home")  # it opens finished
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


def test_what_is_stored_gives_way_to_the_live_explorer(lab):
    assert lab.evaluate("look.storedParts") == []


@pytest.mark.parametrize(
    ("taken", "hand"),
    [
        pytest.param(
            taken,
            hand,
            marks=[pytest.mark.long] * (hand is by_touch and taken not in TOUCHED),
            id=f"{taken.name}-{taken.says}-{taken.to}-{hand.__name__}",
        )
        for taken in GRABS
        for hand in (by_mouse, by_touch)
    ],
)
def test_what_a_hand_takes_in_the_picture(taken, hand, lab):
    cell = Cell(lab, NAMES.index(taken.name))
    prepare(cell, taken)
    drag(cell, taken, hand)


@pytest.mark.parametrize("taken", [DOT, LINE, AREA], ids=["dot", "line", "area"])
def test_the_pointer_says_what_a_hand_can_take(taken, lab):
    name, tip = taken.name, ".mlplab-tip"
    cell = Cell(lab, NAMES.index(name))
    prepare(cell, taken)
    handle = found(name, taken)
    lab.mouse.move(*on_page(cell, name, taken.panel, middle(handle)))
    expect(cell.root.locator(tip)).to_be_visible()
    expect(cell.root.locator(tip)).to_have_text(handle.says)
    cursor = "pointer" if handle.area else "grab"
    assert cell.image.evaluate("image => image.style.cursor") == cursor
    lab.mouse.down()
    held = "pointer" if handle.area else "grabbing"
    expect(cell.root.locator(tip)).to_be_hidden()  # over a map it would lag behind
    assert cell.image.evaluate("image => image.style.cursor") == held
    lab.mouse.up()
    box = cell.image.bounding_box()
    lab.mouse.move(box["x"] + 2, box["y"] + 2)
    expect(cell.root.locator(tip)).to_be_hidden()
    assert cell.image.evaluate("image => image.style.cursor") == ""
    wait_for_settled(cell)
    assert_follows(cell, name)


def wait_for_settled(cell):
    """Wait until nothing that the page shows changes any more."""
    before = None
    while before != (before := (cell.controls(), cell.status.inner_text())):
        cell.page.wait_for_timeout(200)


@pytest.fixture(
    params=[
        pytest.param((2, USUAL), id="2x"),
        pytest.param((1.25, ZOOMED), id="125 %", marks=pytest.mark.long),
    ]
)
def sharper(request, server, opened):
    """A page on a screen with more pixels, or at a zoom of 125 %."""
    ratio, size = request.param
    path = server.notebooks / "sharper.ipynb"
    write_notebook(path, [source_of(each.name) for each in MEASURED])
    page = opened(address(server, path), screen=size, device_scale_factor=ratio)
    run_all(page)
    return page


def away(place, other):
    return max(abs(a - b) for a, b in zip(place, other, strict=True))


def test_a_sharper_screen_gets_a_sharper_picture_and_hands_meet_it(sharper):
    # the step: its mark is where the curve was clicked
    name, panel = AREA.name, AREA.panel
    cell = Cell(sharper, 0)
    ratio = sharper.evaluate("devicePixelRatio")
    shown = cell.image.evaluate("image => image.getBoundingClientRect().width")
    assert abs(cell.width() - ratio * shown) <= 1
    prepare(cell, AREA)
    click = on_page(cell, name, panel, (150, 0.5))
    sharper.mouse.click(*click)
    wait_for_settled(cell)
    assert_follows(cell, name)
    step = twin(name).values()["step"]
    options = twin(name).controls["step"].options
    place = options.index(step)
    near = [on_page(cell, name, panel, (s, 0.5))[0] for s in options[place - 1 :][:3]]
    assert abs(near[1] - click[0]) <= 2 + max(near[1] - near[0], near[2] - near[1])

    # the ball: it starts where it is dropped
    name, panel = BALL.name, BALL.panel
    cell = Cell(sharper, 1)
    prepare(cell, BALL)
    drop = on_page(cell, name, panel, (3.3, -2.1))
    sharper.mouse.click(*drop)
    wait_for_settled(cell)
    assert_follows(cell, name)
    start = [twin(name).values()[weight] for weight in ("w1", "w2")]
    assert away(on_page(cell, name, panel, start), drop) <= 2

    # the line: it passes through the hand
    name, panel = LINE.name, LINE.panel
    cell = Cell(sharper, 2)
    prepare(cell, LINE)
    first, last = (on_page(cell, name, panel, p) for p in [(0.25, 0.25), (0.9, 0.8)])
    by_mouse(sharper, first, last)
    wait_for_settled(cell)
    assert_follows(cell, name)
    line, (x, y) = twin(name).state, in_data(cell, name, panel, last)
    factor = (line.w1 * x + line.w2 * y + line.b) / (line.w1**2 + line.w2**2)
    foot = x - factor * line.w1, y - factor * line.w2  # of the hand, on the line
    assert away(on_page(cell, name, panel, foot), last) <= 2


NUMBERS = [  # explorer, label, typed, what the field shows then, the answer's words
    ("explore_line", "w1", "2.55", "2.55", ""),
    ("explore_line", "w2", "\N{MINUS SIGN}1.5", "-1.5", ""),
    ("explore_line", "b", "7", "3", "b: here -3 to 3; the nearest is 3."),
    ("explore_line", "b", "", "-0.5", "b: nothing was typed. Here: -3 to 3."),
    (
        "explore_line",
        "b",
        "three",
        "-0.5",
        "b: “three” is not a number. Here: -3 to 3.",
    ),
    ("explore_perceptron", "learning rate", "5.4", "5", "the nearest is 5."),
    ("explore_training", "hidden units", "3", "3", ""),
    ("explore_training", "seed", "12", "12", ""),
    ("explore_training", "step", "200", "200", ""),
    ("explore_training", "map of unit", "1.2", "1.2", ""),
    ("explore_training", "map of unit", "9.9", "output", "“9.9” is none of these."),
    ("explore_xor", "step", "-1", "0", "the nearest is 0."),
    ("explore_folding", "step", "120", "100", "the nearest is 100."),
    ("explore_slope", "nudge", "0.001", "0.001", ""),
    ("explore_slope", "nudge", "-1", "0.001", "the nearest is 0.001."),
    ("explore_slope", "t", "1e9", "3", "the nearest is 3."),
    ("explore_pad", "pen width", "99", "8", "the nearest is 8."),
]


@pytest.mark.parametrize("name, label, typed, shown, answer", NUMBERS)
def test_what_is_typed_takes_effect_or_is_answered(
    name, label, typed, shown, answer, lab
):
    cell = Cell(lab, NAMES.index(name))
    # what a case begins with, whatever ran before it
    if start := {"explore_line": "OR", "explore_training": NETS}.get(name):
        cell.button(start).click()
        expect(cell.story).to_have_text(twin(name).presets[start].story)
    before = lab.locator(".jp-InputPrompt").all_inner_texts()
    field = cell.readout(label)
    field.fill(typed)
    for key in ("Enter", "Shift+Enter", "Control+Enter"):  # no command to run the cell
        field.press(key)
        assert field.evaluate("field => field === document.activeElement")
    expect(field).to_have_value(shown)
    expect(cell.story).to_contain_text(answer)
    if not answer:
        expect(cell.story).to_have_text("")
    assert lab.locator(".jp-InputPrompt").all_inner_texts() == before
    assert_follows(cell, name)


def test_escape_puts_back_what_is_typed(lab):
    name = "explore_line"
    cell = Cell(lab, NAMES.index(name))
    before, field = cell.controls(), cell.readout("w1")
    field.focus()
    lab.keyboard.type("123")
    assert field.input_value() != before["w1"]
    lab.keyboard.press("Escape")
    assert cell.controls() == before
    lab.keyboard.press("Tab")
    wait_for_settled(cell)
    assert cell.controls() == before
    assert_follows(cell, name)


def test_play_does_not_overwrite_what_is_half_typed(lab):
    name = "explore_perceptron"
    cell = Cell(lab, NAMES.index(name))
    cell.slider("step").press("Home")
    expect(cell.readout("step")).to_have_value("0")
    cell.root.get_by_role("button", name="play: step").press("Enter")
    field = cell.readout("step")
    # in one go: between the parts of Playwright's fill the player moves on
    field.evaluate(
        "f => (f.select(), f.focus(), document.execCommand('insertText', false, '30'))"
    )
    for _ in range(3):
        wait_for_other_text(cell.status, cell.status.inner_text())
    assert field.input_value() == "30"
    cell.root.get_by_role("button", name="pause: step").click()
    expect(cell.slider("step")).to_have_attribute("aria-valuetext", "30")
    expect(cell.story).to_have_text("")
    wait_for_settled(cell)
    assert_follows(cell, name)


@each_explorer
def test_a_screen_reader_hears_a_name_and_a_value(name, lab, cell):
    nodes = cell.accessible()
    by_role = {}
    for role, said, node in nodes:
        by_role.setdefault(role, []).append((said, node))
    for role in ("slider", "radio", "button", "textbox"):
        assert all(said.strip() for said, _ in by_role.get(role, [])), role
    shown = [row.locator(".mlplab-readout").input_value() for row in cell.rows.all()]
    assert len(by_role["slider"]) == len(by_role["textbox"]) == len(shown)
    told = [each.get_attribute("aria-valuetext") for each in cell.sliders.all()]
    assert told == shown  # Chromium's tree has only the place on the slider
    (image,) = by_role["image"]
    assert image[0] == cell.status.inner_text()
    radios = cell.root.get_by_role("radio").count()
    assert len(by_role.get("radio", [])) == radios
    assert any(node["role"]["value"] == "group" for _, _, node in nodes)


@pytest.mark.parametrize("name", [*NAMES, NETWORK_GRAPH])
@pytest.mark.parametrize("files", [True, False], ids=["1280x800", "1024x768"])
def test_controls_and_picture_fit_into_the_notebook_without_scrolling(files, name, lab):
    cell = Cell(lab, [*NAMES, NETWORK_GRAPH].index(name))
    shell = "window.jupyterapp.shell"
    lab.set_viewport_size(USUAL if files else SMALL)
    lab.evaluate(f"{shell}.{'expandLeft' if files else 'collapseLeft'}()")
    try:
        cell.root.scroll_into_view_if_needed()
        lab.wait_for_function(f"{shell}.leftCollapsed === {str(not files).lower()}")
        assert lab.locator("#filebrowser").is_visible() == files
        needed, seen = cell.root.evaluate("look.heights")
        assert needed <= seen
    finally:
        lab.evaluate(f"{shell}.expandLeft()")
        lab.set_viewport_size(USUAL)


def test_moves_of_a_busy_kernel_never_queue(lab):
    name = AREA.name
    cell = Cell(lab, NAMES.index(name))
    prepare(cell, AREA)
    slow = """\
import time
from mlplab.explorers.perceptron import PerceptronExplorer as Slow
usual = Slow.compute
Slow.compute = lambda self, **values: (time.sleep(1), usual(self, **values))[1]"""
    assert lab.evaluate("look.printed", slow) == ""
    try:
        before = lab.evaluate("look.takes()")
        first = on_page(cell, name, AREA.panel, (270, 0.3))
        last = on_page(cell, name, AREA.panel, (90, 0.3))
        lab.mouse.move(*first)
        lab.mouse.down()
        lab.mouse.move(*last, steps=60)
        lab.mouse.up()
        x, _ = in_data(cell, name, AREA.panel, last)
        step = twin(name).controls["step"].nearest(x)
        wait_for_values(cell, name, twin(name).values() | {"step": step})
        assert_follows(cell, name)
        assert 2 <= lab.evaluate("look.takes()") - before <= 5
    finally:
        assert lab.evaluate("look.printed", "Slow.compute = usual; del Slow") == ""


# The digit pad

PAD = "explore_pad"
FOUR = [[(18, 3), (6, 19), (27, 19)], [(20, 12), (20, 30)]]


@pytest.fixture
def wiped(lab):
    """The pad without ink; afterwards it is as at first, and so is its twin."""
    cell = Cell(lab, NAMES.index(PAD))
    cell.button("wipe").click()
    wait_for_text(cell.status, re.compile("There is no ink"))
    yield cell
    cell.button("a 7 without a bar").click()
    twin(PAD).press("a 7 without a bar")
    wait_for_values(cell, PAD, twin(PAD).values())
    assert_follows(cell, PAD)


@pytest.mark.parametrize("hand", [by_mouse, by_touch])
def test_a_1_that_a_hand_draws_is_read(hand, lab, wiped):
    top, foot = (on_page(wiped, PAD, "pad", place) for place in [(16, 2), (16, 30)])
    before = wiped.root.bounding_box()
    hand(lab, top, foot)
    wait_for_text(wiped.status, re.compile("^Your picture: I read a 1 "))
    assert wiped.root.bounding_box() == before  # a finger does not scroll the page
    expect(wiped.readout("pen row")).not_to_have_value("16")


def test_a_1_by_the_keyboard_alone(lab, wiped):
    for name, row in ("ink here", "2"), ("line to here", "31"):
        field = wiped.readout("pen row")
        field.fill(row)
        field.press("Enter")
        expect(wiped.readout("pen row")).to_have_value(row)
        wiped.button(name).press("Enter")
    wait_for_text(wiped.status, re.compile("^Your picture: I read a 1 "))


@pytest.fixture
def busy(lab, wiped):
    """The pad without ink, whose kernel takes a second for each answer."""
    slow = """\
import time
from mlplab.explorers.pad import PadExplorer as Slow
usual = Slow.compute
Slow.compute = lambda self, **values: (time.sleep(1), usual(self, **values))[1]"""
    assert lab.evaluate("look.printed", slow) == ""
    yield wiped
    assert lab.evaluate("look.printed", "Slow.compute = usual; del Slow") == ""


def test_an_answer_leaves_what_was_typed_meanwhile(busy):
    row, field = busy.slider("pen row"), busy.readout("pen row")
    field.fill("2")
    field.press("Enter")
    field.fill("31")
    expect(row).to_have_value("1")  # the place of 2
    assert field.input_value() == "31"
    field.press("Enter")
    expect(row).to_have_value("30")
    expect(field).to_have_value("31")


def test_quick_strokes_are_whole_while_the_kernel_is_busy(lab, busy):
    busy.image.scroll_into_view_if_needed()
    box, wanted = busy.image.bounding_box(), twin(PAD)
    wanted.press("wipe")
    before = lab.evaluate("look.takes()")
    for stroke in FOUR:
        places = [on_page(busy, PAD, "pad", place) for place in stroke]
        lab.mouse.move(*places[0])
        lab.mouse.down()
        for place in places[1:]:
            lab.mouse.move(*place, steps=10)
        lab.mouse.up()
        for number, (x, y) in enumerate(places):
            x, y = (x - box["x"]) / box["width"], (y - box["y"]) / box["height"]
            what = {"panel": "pad", "says": "draw here", "first": number == 0}
            send(wanted, "take", **what, x=x, y=y)
    wait_for_text(busy.status, wanted.text)
    wait_for_values(busy, PAD, wanted.values())
    assert 3 <= lab.evaluate("look.takes()") - before <= 8
    assert "I read a 4 (over 99 %)" in wanted.text
    busy.wait_for_picture(partial(eq, as_base64(wanted)))


MEASURE = """\
import gc, json, os
from ipywidgets.widgets import widget
gc.collect()
with open("/proc/self/statm") as file:
    pages = int(file.read().split()[1])
megabytes = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
print(json.dumps([len(widget._instances), megabytes]))
"""


@pytest.mark.long
def test_ten_thousand_moves_leave_nothing_behind(server, opened):
    names = ["explore_line", "explore_perceptron"]
    path = server.notebooks / "soak.ipynb"
    write_notebook(path, map(source_of, names))
    page = opened(address(server, path), screen=USUAL)
    run_all(page)
    chance, measured = random.Random(1), []
    for chunk in range(10):
        number = chunk % 2
        name, cell = names[number], Cell(page, number)
        cell.image.scroll_into_view_if_needed()
        box = cell.image.bounding_box()
        for _ in range(50):
            cell.sliders.nth(chance.randrange(2)).focus()
            for _ in range(10):
                page.keyboard.press(chance.choice(["ArrowLeft", "ArrowRight"]))
            places = [
                (box["x"] + chance.random() * box["width"],
                 box["y"] + chance.random() * box["height"])
                for _ in range(10)
            ]  # fmt: skip
            page.mouse.move(*places[0])
            page.mouse.down()
            for place in places[1:]:
                page.mouse.move(*place)
            page.mouse.up()
        cell.sliders.last.focus()
        page.keyboard.press(["End", "Home"][chunk % 4 // 2])
        wait_for_settled(cell)
        control = list(twin(name).controls.values())[-1]
        last = control.texts[0 if chunk % 4 // 2 else -1]
        assert cell.controls()[control.label] == last  # the last value wins
        assert_follows(cell, name)
        measured.append(json.loads(page.evaluate("look.printed", MEASURE)))
    widgets, megabytes = zip(*measured, strict=True)
    assert len(set(widgets)) == 1
    assert megabytes[-1] - megabytes[3] < 10


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


@pytest.mark.parametrize(
    "front_end", [pytest.param("notebook", marks=pytest.mark.long), "voila"]
)
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
    for taken in (DOT, LINE, AREA):
        cell = Cell(page, NAMES.index(taken.name))
        prepare(cell, taken)
        drag(cell, taken, by_mouse)
    if front_end == "notebook":  # whose commands hear of a key before any element
        cells = page.evaluate("document.querySelectorAll('.jp-CodeCell').length")
        for key in "ddx":
            cell.sliders.first.press(key)
        cell.readout("learning rate").press("Shift+Enter")
        cells_after = page.evaluate("document.querySelectorAll('.jp-CodeCell').length")
        assert cells_after == cells
        assert cell.readout("learning rate").evaluate(
            "field => field === document.activeElement"
        )
