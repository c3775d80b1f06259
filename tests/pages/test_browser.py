"""The explorers in JupyterLab, Notebook 7 and Voila, under headless Chromium."""

import base64
import functools
import io
import re

import nbformat
import numpy as np
import pytest
from nbformat import v4
from PIL import Image

from exercises.quiz import Quiz
from mlplab import explorers
from mlplab.explorers import outcomes, texts
from mlplab.graph import NETWORK
from support.browser import FOCUSABLE, Cell, Server
from support.shown import shown
from tools.execute import NOTEBOOKS, normalise, read, to_text

NAMES = list(explorers.__all__)
SIZES = [(1280, 800), (1024, 768)]
MILLISECONDS = 60_000  # for what takes a moment, on a busy machine
MOST_TABS = 40  # from the notebook to a control in it
# The map of outcomes, small: here it is not about the numbers.
SMALL_MAP = {
    "MAP_RATES": (0.3, 1.0, 3.0, 30.0),
    "MAP_SEEDS": (0, 1, 2),
    "SHARE_SEEDS": tuple(range(8)),
}
IMPORTS = "from mlplab import explorers\nfrom mlplab.explorers import outcomes\n"
MAKE_SMALL = "".join(f"outcomes.{name} = {v}\n" for name, v in SMALL_MAP.items())

each_explorer = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module", autouse=True)
def small_map():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SMALL_MAP.items():
            patch.setattr(outcomes, name, value)
        yield
        twin.cache_clear()


@functools.cache
def twin(name):
    """An explorer in this process, which tells what the page should show."""
    return getattr(explorers, name)()


def write_notebook(path, names, stored=False):
    """Write a notebook of explorers; `stored`: with outputs, as `make notebooks`."""
    cells = [v4.new_code_cell(IMPORTS + MAKE_SMALL, id="imports")]
    for number, name in enumerate(names, 2):
        cell = v4.new_code_cell(f"explorers.{name}()", id=name.replace("_", "-"))
        if stored:
            outputs = shown(twin(name))
            cell.outputs = [v4.new_output("display_data", data) for data in outputs]
            cell.execution_count = number
        cells.append(cell)
    nbformat.write(normalise(v4.new_notebook(cells=cells)), path)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for all pages. Its notebooks are in a folder of their own."""
    folder, notebooks = (tmp_path_factory.mktemp(name) for name in ("server", "nb"))
    server = Server(folder, notebooks)
    server.notebooks = notebooks
    extension = "@jupyterlab/{}-extension:{}".format
    server.change_setting(extension("apputils", "notification"), fetchNews="false")
    # All cells stay in the page.
    server.change_setting(extension("notebook", "tracker"), windowingMode="none")
    yield server
    server.stop()


# Errors of the front ends themselves: a notebook with one slider has them as well.
KNOWN_ERRORS = {
    "lab": [],
    "notebook": [
        "reading 'schema'",
        "'filebrowser:open-path' not registered",
        ".woff2",
    ],
    # It asks the network for icons and MathJax; plugins for JupyterLab do not find it.
    "voila": ["https://cdn", "@deathbeds/", "@jupyterlab/docregistry"],
}


def open_page(browser, address, front_end, size=SIZES[0]):
    """A page that remembers its errors."""
    page = browser.new_page(viewport=dict(zip(("width", "height"), size, strict=True)))
    page.set_default_timeout(MILLISECONDS)
    page.errors = []

    def remember(text):
        if not any(known in text for known in KNOWN_ERRORS[front_end]):
            page.errors.append(text)

    page.on("pageerror", lambda error: remember(f"page error: {error}"))

    def hear(message):
        if message.type == "error":
            remember(f"{message.text} ({message.location['url']})")

    page.on("console", hear)
    page.goto(address)
    return page


KERNEL = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"


def run_all(page, names):
    page.wait_for_function(f"{KERNEL}?.status === 'idle'")
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    for number in range(len(names)):
        Cell(page, number).root.wait_for()


@pytest.fixture(scope="module")
def lab_page(server, browser):
    """A page of JupyterLab in which all explorers are live."""
    write_notebook(server.notebooks / "lab.ipynb", NAMES, stored=True)
    page = open_page(browser, server.address("lab/tree/lab.ipynb") + "&reset", "lab")
    # Before anything runs: the stored pictures.
    stored = page.locator(".jp-OutputArea-output img")
    for number in range(len(NAMES)):
        stored.nth(number).wait_for()
    page.stored = stored.evaluate_all(
        "images => images.map(image => [image.src, image.naturalWidth])"
    )
    page.live_before = page.locator(".widget-image").count()
    run_all(page, NAMES)
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


def values_of(explorer, shown):
    """The values of an explorer's controls, from what a page shows beside them."""
    values = {}
    for name, control in explorer.controls.items():
        text = shown[control.description].replace("\N{MINUS SIGN}", "-")
        if hasattr(control, "options"):
            options = (o if isinstance(o, tuple) else (o, o) for o in control.options)
            values[name] = {str(label): value for label, value in options}[text]
        else:
            values[name] = type(control.value)(float(text))
    return values


def assert_follows(cell, name):
    """Picture and status are those of an explorer with the values on the page."""
    explorer = twin(name)
    explorer.set(**values_of(explorer, cell.controls()))
    explorer._background = None
    explorer.update()  # all of it again: it must not share the fault of the page
    wait_for_text(cell.status, explorer.text)
    picture = base64.b64encode(explorer.image.value).decode()
    cell.wait_for_picture(lambda shown: shown == picture)


def wait_for_text(locator, text):
    from playwright.sync_api import expect

    expect(locator).to_have_text(text, timeout=MILLISECONDS)


def wait_for_other_text(locator, text):
    from playwright.sync_api import expect

    expect(locator).not_to_have_text(text, timeout=MILLISECONDS)


@each_explorer
def test_the_stored_picture_shows_before_the_first_run(name, lab):
    src, width = lab.stored[NAMES.index(name)]
    assert lab.live_before == 0
    kind, _, data = src.partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert image.width == width > 0
    assert len(lab.stored) == len(NAMES)


@each_explorer
def test_it_renders(name, lab, cell):
    wait_for_text(cell.status, re.compile(r"\d"))
    shown = cell.root.locator(".widget-image").evaluate(
        "image => [image.naturalWidth, image.clientWidth / image.clientHeight]"
    )
    width, height = twin(name).figure.get_size_inches() * twin(name).figure.dpi
    assert shown[0] == round(width)
    assert shown[1] == pytest.approx(width / height, rel=0.01)
    labels = {control.description for control in twin(name).controls.values()}
    assert set(cell.controls()) == labels
    assert_follows(cell, name)
    assert lab.locator(".jp-RenderedText[data-mime-type*=stderr]").count() == 0


@each_explorer
def test_arrow_keys_move_each_slider_and_the_picture_follows(name, lab, cell):
    places = cell.places()
    for number in range(cell.sliders.count()):
        slider = cell.sliders.nth(number)
        handle, readout = (
            slider.locator(".noUi-handle"),
            slider.locator(".widget-readout"),
        )
        before, status = cell.controls(), cell.status.inner_text()
        picture = cell.picture()
        at_its_end = handle.evaluate("e => +e.ariaValueNow + 1e-9 >= +e.ariaValueMax")
        handle.focus()
        lab.keyboard.press("ArrowLeft" if at_its_end else "ArrowRight")
        wait_for_other_text(readout, readout_of(before, slider))
        assert_follows(cell, name)
        after = cell.controls()
        assert len(before.items() ^ after.items()) == 2  # of this slider, old and new
        assert (status, picture) != (cell.status.inner_text(), cell.picture())
        assert handle.evaluate("handle => handle === document.activeElement")
    assert cell.places() == places  # nothing jumps


def readout_of(controls, slider):
    return controls[slider.locator(".widget-label").inner_text()]


@each_explorer
def test_many_quick_moves_end_on_the_last_value(name, lab, cell):
    slider = cell.sliders.last
    slider.locator(".noUi-handle").focus()
    lab.keyboard.press("Home")
    for key in 12 * ["ArrowRight"] + 3 * ["ArrowLeft"]:
        lab.keyboard.press(key)
    assert_follows(cell, name)


def presets_of(name):
    return getattr(texts, f"{name.removeprefix('explore_').upper()}_PRESETS", [])


@pytest.mark.parametrize("name", [name for name in NAMES if presets_of(name)])
def test_presets_by_keyboard_and_nothing_jumps(name, lab, cell):
    places = cell.places()
    for number, (label, story, values) in enumerate(presets_of(name)):
        button = cell.buttons.get_by_text(label, exact=True)
        button.focus()
        lab.keyboard.press("Enter" if number % 2 else "Space")
        cell.root.get_by_text(story, exact=True).wait_for()
        assert_follows(cell, name)
        explorer = twin(name)  # it has the values on the page
        assert explorer.values() == {**explorer._start, **values}
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
        kinds.setdefault(part.get_attribute("class"), part)
    assert len(kinds) > 1
    for part in kinds.values():
        if part.get_attribute("contenteditable"):
            continue  # a readout, for numbers: JupyterLab leaves it alone
        part.focus()
        slider = part.get_attribute("role") == "slider"  # arrows move it
        for key in [*"ddxm", *([] if slider else ["ArrowLeft", "ArrowRight"])]:
            lab.keyboard.press(key)
        assert lab.evaluate("document.querySelectorAll('.jp-CodeCell').length") == cells
        assert part.evaluate("part => part === document.activeElement")


@each_explorer
@pytest.mark.parametrize("size", SIZES, ids=["1280x800", "1024x768"])
def test_no_label_is_cut_off_and_nothing_sticks_out(name, size, lab, cell):
    lab.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    try:
        assert cell.cut_off() == []
        # the longest numbers
        cell.sliders.last.locator(".noUi-handle").press("End")
        assert_follows(cell, name)
        assert cell.cut_off() == []
    finally:
        lab.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})


def channels(colour):
    return [float(number) for number in re.findall(r"[\d.]+", colour)[:3]]


def contrast(one, other):
    """Contrast ratio of WCAG 2, from 1 to 21."""

    def luminance(colour):
        share = np.array(channels(colour)) / 255
        linear = np.where(
            share > 0.04045, ((share + 0.055) / 1.055) ** 2.4, share / 12.92
        )
        return linear @ [0.2126, 0.7152, 0.0722]

    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_texts_and_pictures_are_readable_in_both_themes(theme, lab):
    def change(theme):
        lab.evaluate(
            "theme => window.jupyterapp.commands.execute("
            "'apputils:change-theme', {theme})",
            f"JupyterLab {theme}",
        )
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
            weak = [
                (text, colour, behind)
                for text, colour, behind in colours
                if contrast(colour, behind) < 4.5
            ]
            assert weak == []
            # the picture keeps its white paper, as it is seen on the screen
            picture = cell.root.locator(".widget-image")
            picture.scroll_into_view_if_needed()
            with Image.open(io.BytesIO(picture.screenshot())) as image:
                corner = image.convert("RGB").getpixel((2, 2))
            assert corner == (255, 255, 255), name
    finally:
        change("Light")


def test_play_and_pause(lab):
    name = "explore_backprop"
    cell = Cell(lab, NAMES.index(name))
    step = cell.sliders.last
    step.locator(".noUi-handle").press("Home")
    wait_for_text(step.locator(".widget-readout"), "0")
    play = cell.root.locator(".widget-play button").first
    play.press("Enter")
    for passed in ("0", "5"):
        wait_for_other_text(step.locator(".widget-readout"), passed)
    play.press("Space")
    # at rest: what is shown belongs to where it stopped
    readout, before = step.locator(".widget-readout"), None
    while before != readout.inner_text():
        before = readout.inner_text()
        lab.wait_for_timeout(500)
    assert_follows(cell, name)
    assert int(cell.controls()["step"]) > 0


def test_keep_compare_and_code(lab):
    name = "explore_training"
    cell = Cell(lab, NAMES.index(name))
    cell.buttons.get_by_text(presets_of(name)[0][0], exact=True).press("Enter")
    cell.root.get_by_text(texts.LABELS["keep"]).press("Enter")
    wait_for_text(
        cell.status, re.compile("different: nothing; the same initial weights")
    )
    cell.root.get_by_text("tanh", exact=True).press("Enter")
    wait_for_text(cell.status, re.compile("different: activation; the same initial"))
    assert cell.cut_off() == []
    code = cell.root.get_by_text(texts.LABELS["code"])
    code.press("Space")
    script = cell.root.locator("pre")
    wait_for_text(script, re.compile(r"^import torch.*torch\.nn\.Tanh\(\)", re.DOTALL))
    assert cell.cut_off() == []
    code.press("Space")
    script.wait_for(state="detached")
    cell.root.get_by_text(texts.LABELS["drop"]).press("Enter")
    wait_for_other_text(cell.status, re.compile("Kept run"))
    assert_follows(cell, name)


def test_the_graph_of_the_network_by_keyboard_alone(server, browser):
    """From an open notebook to the last gradient, every sentence on the way read."""
    source = (
        "from mlplab.explorers import explore_graph\n"
        "from mlplab.graph import NETWORK\n\nexplore_graph(NETWORK)"
    )
    cells = [v4.new_code_cell(source, id="graph"), v4.new_markdown_cell("", id="after")]
    path = server.notebooks / "graph.ipynb"
    nbformat.write(normalise(v4.new_notebook(cells=cells)), path)
    page = open_page(browser, server.address("lab/tree/graph.ipynb") + "&reset", "lab")
    page.wait_for_function(f"{KERNEL}?.status === 'idle'")
    keys = page.keyboard
    keys.press("Control+Enter")
    cell = Cell(page, 0)
    cell.status.wait_for()
    for _ in range(MOST_TABS):
        keys.press("Tab")
        if page.evaluate("document.activeElement.matches('.noUi-handle')"):
            break
    wanted = explorers.explore_graph(NETWORK)
    for position in range(1, wanted.last + 1):
        keys.press("ArrowRight")
        wanted.set(position=position)
        wait_for_text(cell.status, wanted.text)
    picture = base64.b64encode(wanted.image.value).decode()
    cell.wait_for_picture(lambda shown: shown == picture)
    assert texts.GRAPH_AGREES in wanted.text
    # The next stop is the readout, and then the buttons: reset is the first of them.
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Enter")
    wanted.set(position=0)
    wait_for_text(cell.status, wanted.text)
    assert page.errors == []
    page.close()


@pytest.mark.long
def test_one_explorer_in_two_cells_and_another_of_its_kind(server, browser):
    name = "explore_training"
    make = f"explorers.{name}()"
    sources = [IMPORTS, f"shared = {make}\nshared", "shared", make]
    cells = [v4.new_code_cell(source, id=f"c{n}") for n, source in enumerate(sources)]
    path = server.notebooks / "views.ipynb"
    nbformat.write(normalise(v4.new_notebook(cells=cells)), path)
    page = open_page(browser, server.address("lab/tree/views.ipynb") + "&reset", "lab")
    run_all(page, sources[1:])
    views = [Cell(page, number) for number in range(3)]
    before = views[2].status.inner_text(), views[2].picture()
    for moved in views[:2]:
        status = moved.status.inner_text()
        moved.sliders.first.locator(".noUi-handle").press("ArrowRight")
        wait_for_other_text(moved.status, status)
        for view in views[:2]:
            assert_follows(view, name)
        assert views[0].controls() == views[1].controls()
    assert (views[2].status.inner_text(), views[2].picture()) == before
    assert page.errors == []
    page.close()


@pytest.mark.parametrize(
    "mode",
    [
        pytest.param("disabled", marks=pytest.mark.long),
        pytest.param("perComm", marks=pytest.mark.long),
        "perCommTarget",
    ],
)
def test_it_works_with_and_without_subshells(mode, server, browser):
    name = "explore_training"
    write_notebook(server.notebooks / "subshells.ipynb", [name])
    plugin = "@jupyterlab/apputils-extension:kernels-settings"
    server.change_setting(plugin, commsOverSubshells=mode)
    page = open_page(
        browser, server.address("lab/tree/subshells.ipynb") + "&reset", "lab"
    )
    run_all(page, [name])
    assert page.evaluate(f"{KERNEL}.commsOverSubshells") == mode
    cell = Cell(page, 0)
    for number in range(cell.sliders.count()):
        # two controls at once: each may have a thread of its own
        handle = cell.sliders.nth(number).locator(".noUi-handle")
        for key in ("Home", *5 * ["ArrowRight"]):
            handle.press(key)
    assert_follows(cell, name)
    # again: the earlier explorer is closed, and the new one is alive
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    wait_for_text(cell.status, re.compile("seed 777, step 10001"))
    cell.sliders.first.locator(".noUi-handle").press("ArrowRight")
    assert_follows(cell, name)
    assert page.errors == []
    page.close()


@pytest.mark.parametrize("front_end", ["notebook", "voila"])
def test_it_works_in_notebook_7_and_voila(front_end, server, browser):
    path = server.notebooks / f"{front_end}.ipynb"
    write_notebook(path, NAMES)
    folder = {"notebook": "notebooks", "voila": "voila/render"}[front_end]
    page = open_page(browser, server.address(f"{folder}/{path.name}"), front_end)
    if front_end == "notebook":
        run_all(page, NAMES)
    for number, name in enumerate(NAMES):
        cell = Cell(page, number)
        cell.root.wait_for()
        slider = cell.sliders.first
        readout = slider.locator(".widget-readout")
        before = readout.inner_text()
        # arrow keys do not reach a slider in Notebook 7; these do
        slider.locator(".noUi-handle").press("PageUp")
        wait_for_other_text(readout, before)
        assert_follows(cell, name)
        assert cell.cut_off() == []
    assert stored_parts(page) == []
    assert page.errors == []
    page.close()


# What a file keeps

# The stored parts that are visible, and every text of a widget that is not there.
STORED_PARTS = """() => {
    const widgets = [...document.querySelectorAll('.lm-Panel.jp-OutputArea-output')];
    const parts = [
        ...document.querySelectorAll('.jp-RenderedImage img, .mlplab-words'),
        ...widgets.filter(widget => !widget.children.length),
    ];
    return parts.filter(part => part.offsetParent !== null)
        .map(part => part.naturalWidth || part.innerText);
}"""
FOLDERS = {"lab": "lab/tree", "notebook": "notebooks"}


def stored_parts(page):
    return page.evaluate(STORED_PARTS)


@pytest.fixture(scope="module")
def kept():
    """A part of notebook 01 as it is committed, and the parts that it stores."""
    nb = read(NOTEBOOKS / "01_xor_truth_table.ipynb")
    ids = ("imports", "explore-line", "quiz")
    nb.cells = [cell for cell in nb.cells if cell.id in ids]
    assert [cell.id for cell in nb.cells] == list(ids)
    # It need not be the last expression of its cell.
    nb.cells[1].source = "display(explore_line())\nprint('no more')"
    explorer = explorers.explore_line()
    width = round(explorer.figure.get_size_inches()[0] * explorer.figure.dpi)
    return nb, [width, explorer.text, Quiz("01")._text().replace("   ", "")]


@pytest.mark.parametrize(
    "front_end", ["lab", pytest.param("notebook", marks=pytest.mark.long)]
)
def test_the_stored_picture_and_words_show_when_the_kernel_is_gone(
    front_end, kept, server, browser
):
    nb, parts = kept
    path = server.notebooks / f"kept-{front_end}.ipynb"
    path.write_text(to_text(nb), encoding="utf-8")
    address = server.address(f"{FOLDERS[front_end]}/{path.name}") + "&reset"
    page = open_page(browser, address, front_end)
    page.locator(".mlplab-words").nth(1).wait_for()
    assert stored_parts(page) == parts  # as committed

    run_all(page, ["explore_line"])
    page.locator(".widget-toggle-buttons").nth(1).wait_for()  # of the quiz
    assert stored_parts(page) == []  # live, and nothing twice
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.evaluate(f"{KERNEL}.shutdown()")
    assert page.errors == []
    page.close()

    # The next day: the new kernel knows no such widget, or there is none at all.
    for kernels, said in (True, "model not found"), (False, "Loading widget"):
        page = browser.new_page()
        if not kernels:
            page.route("**/api/sessions*", refuse_new)
        page.goto(address)
        lost = page.locator(".jp-OutputArea-output", has_text=said)
        lost.nth(1).wait_for(state="attached", timeout=MILLISECONDS)
        assert stored_parts(page) == parts
        if kernels:
            run_all(page, ["explore_line"])
            page.locator(".widget-toggle-buttons").nth(1).wait_for()
            assert stored_parts(page) == []
        page.close()

    # In a copy that is not trusted the front end cleans what it shows.
    nb = read(path)
    assert sum("text/html" in out.data for out in nb.cells[1].outputs[:3]) == 1
    nb.cells[1].outputs[2].data["text/html"] += "<!-- another's -->"
    nb.cells[2].outputs[1].data["text/html"] += "<!-- another's -->"
    path.write_text(to_text(nb), encoding="utf-8")
    page = open_page(browser, address, front_end)
    page.locator(".jp-RenderedHTML:not(.jp-mod-trusted)").nth(1).wait_for()
    page.wait_for_function(f"{KERNEL}?.status === 'idle'")
    shown = page.locator(".jp-RenderedHTML, .jp-RenderedImage img").filter(visible=True)
    assert shown.count() == len(parts)
    assert page.get_by_text(re.compile("displaying widget|Loading")).count() == 0
    page.close()


def refuse_new(route):
    route.abort() if route.request.method == "POST" else route.continue_()
