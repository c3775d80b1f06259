"""Lectures: the slides, live and static, as a projector shows them, and the handout."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from mlplab.network import Settings, train
from support.browser import SCREEN, Cell
from support.later import these_now
from support.rules import shown, slides_of
from tools import films, handout, site, slides
from tools.execute import COURSE, NOTEBOOKS, ROOT, execute, read
from tools.export import page_name
from tools.korean import korean_name
from tools.languages import HOMES, edition, language_of

SETTINGS = ROOT / ".lecture" / "lab" / "user-settings"
SMALLEST_TYPE = 16  # pixels; prose is larger
SMALLEST_PROSE = 20
LONGEST_DECK = 300  # key presses
# In `make test` these, in `make soak` all.
LIVE, STATIC = COURSE[1], COURSE[3]
EDITIONS = (*COURSE, *map(korean_name, COURSE))


def decks(nb):
    """The slides of a notebook: of each [[cell id, the parts of it to see], ...]."""
    return [[[cell.id, shown(cell)] for cell in slide] for slide in slides_of(nb.cells)]


def problems(root):
    """What is wrong with a slide, in words."""
    limits = {"prose": SMALLEST_PROSE, "smallest": SMALLEST_TYPE}
    return root.evaluate("look.problems", limits)


# The static decks


@pytest.fixture
def deck(name, quick_site):
    """The page with a notebook's slides."""
    return quick_site / HOMES[language_of(name)] / "slides" / page_name(name)


@pytest.mark.parametrize("name", these_now({STATIC}, COURSE))
def test_a_second_deck_has_the_same_bytes(name, deck):
    assert slides.deck(NOTEBOOKS / name) == deck.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [STATIC])
def test_the_licences_stand_beside_what_the_decks_load(deck):
    folder = deck.parents[1]
    assert "Apache License" in (folder / "mathjax" / "LICENSE").read_text()
    assert "Hakim El Hattab" in (folder / "revealjs" / "LICENSE").read_text()


@pytest.mark.parametrize("name", these_now({STATIC}, COURSE))
def test_every_picture_of_a_deck_has_its_words(deck):
    text = deck.read_text(encoding="utf-8")
    pictures = re.findall(r"<img [^>]*>", text)
    assert pictures
    for picture in pictures:
        assert re.search(r"""alt=("[^"]{20,}"|'[^']{20,}')""", picture), picture[-200:]


@pytest.fixture
def open_deck(name, deck, opened, monkeypatch, quick_site):
    """Opens the deck, with short films of its own explorers in it.

    A request to anywhere but the site's folder is an error.
    """
    short = dict.fromkeys(films.CUTS, films.Cut(places=2, presets=()))
    monkeypatch.setattr(films, "CUTS", short)
    site.write_films(name.replace(".ko.", "."), quick_site)

    def open_deck(**options):
        tab = opened(deck.as_uri(), inside=quick_site.as_uri(), **options)
        tab.wait_for_function("window.Reveal?.isReady?.()")
        return tab

    return open_deck


def show_slide(tab, number):
    """Show a slide with all its fragments; return its element."""
    tab.evaluate("number => Reveal.slide(number, 0, 99)", number)
    return tab.query_selector("section.present")


@pytest.mark.parametrize("name", these_now({STATIC}, EDITIONS))
def test_a_static_deck(name, open_deck):
    assert SCREEN == {"width": slides.WIDTH, "height": slides.HEIGHT}
    wanted = decks(read(NOTEBOOKS / name))
    wrong = []
    tab, online = open_deck(offline=True), open_deck(offline=False)
    assert tab.evaluate("Reveal.getTotalSlides()") == len(wanted)
    assert tab.locator("[data-mjx-error]").count() == 0
    for number, cells in enumerate(wanted):
        root = show_slide(tab, number)
        assert root.evaluate("look.shown") == cells
        wrong += [[number + 1, cells, p] for p in problems(root)]
        show_slide(online, number)
        one, other = (t.screenshot(animations="disabled") for t in (tab, online))
        assert one == other, f"slide {number + 1}"
    assert not wrong


@pytest.mark.parametrize("name", these_now({STATIC}, EDITIONS))
def test_a_deck_on_paper(name, deck, browser):
    pdf = slides.write_pdf(browser, deck).read_bytes()
    pages = re.findall(rb"/Type /Page\b", pdf)
    assert len(pages) == len(decks(read(NOTEBOOKS / name)))
    assert b"/MediaBox [0 0 960 540]" in pdf  # in points: 1280 x 720 pixels


# The live decks


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def lecture(make_lab, tmp_path_factory):
    """`make lecture`, for a reader who has settings of her own."""
    home = tmp_path_factory.mktemp("lecture")
    theme = home / "settings" / "@jupyterlab" / "apputils-extension"
    theme.mkdir(parents=True)
    dark = '{"theme": "JupyterLab Dark"}'
    (theme / "themes.jupyterlab-settings").write_text(dark)
    return make_lab(home, f"lecture NB={LIVE[:2]}"), home


START = "Start the lecture"
PRESENTING = "body[data-jp-deck-mode=presenting]"


def start_deck(tab, lab, name):
    # The deck remembers that it is on.
    remembered = lab.project / "build" / "lecture" / "lab" / "user-settings"
    shutil.rmtree(remembered / "@deathbeds", ignore_errors=True)
    tab.goto(lab.address(f"lab/tree/notebooks/{name}"))
    tab.get_by_text(START).click()
    tab.locator(PRESENTING).wait_for(state="attached")
    tab.locator(".jp-Deck .jp-deck-mod-visible.jp-mod-active").wait_for()
    # The deck folds the side bars away a second later.
    tab.wait_for_timeout(1500)


def press(tab, key):
    before = tab.evaluate("look.activeCell")
    tab.keyboard.press(key)
    tab.wait_for_function("look.moved", arg=before)


def move_a_slider(tab):
    """Move the first slider on the slide; the picture must follow."""
    cell = Cell(tab, within=".jp-deck-mod-visible")
    if not cell.root.count():
        return False
    before = cell.picture()
    slider = cell.sliders.first
    end = slider.evaluate("slider => +slider.value >= +slider.max")
    slider.press("ArrowLeft" if end else "ArrowRight")
    cell.wait_for_picture(lambda shown: shown != before)
    return True


@pytest.mark.parametrize("name", these_now({LIVE}, COURSE))
def test_a_live_deck(name, lecture, opened):
    lab, home = lecture
    readers = files(home / "settings")
    nb = read(NOTEBOOKS / name)
    sources = {cell.id: cell.source for cell in nb.cells}
    tab = opened("about:blank")
    start_deck(tab, lab, name)

    moved, wrong = 0, []
    wanted = decks(nb)
    for number, cells in enumerate(wanted):
        for count, _ in enumerate(cells, 1):
            if number or count > 1:
                press(tab, "PageDown")
            root = tab.query_selector(".jp-Deck .jp-Notebook")
            assert root.evaluate("look.shown") == cells[:count]
        wrong += [[number + 1, cells, p] for p in problems(root)]
        assert not tab.evaluate("look.blurred")
        moved += move_a_slider(tab)
        wrong += [[number + 1, cells, p] for p in problems(root)]
    on_slides = "\n".join(sources[cell] for cell, _ in sum(wanted, []))
    assert moved == len(re.findall("^explore_", on_slides, re.MULTILINE))
    assert not wrong

    press(tab, "PageUp")
    tab.locator(".jp-Deck-Remote .jp-deck-mod-stop").click()
    tab.locator(PRESENTING).wait_for(state="detached")
    assert tab.evaluate("document.body.dataset.jpThemeLight") == "true"
    assert files(home / "settings") == readers
    assert not [path for path in home.iterdir() if path.name in ("config", "ipython")]
    assert not list((home / "workspaces").glob("*"))


def test_the_settings_are_those_of_jupyterlab():
    schemas = Path(sys.prefix) / "share" / "jupyter" / "lab" / "schemas"
    found = sorted(SETTINGS.rglob("*.jupyterlab-settings"))
    assert found
    for path in found:
        schema = schemas / path.relative_to(SETTINGS).with_suffix(".json")
        known = json.loads(schema.read_text(encoding="utf-8"))["properties"]
        text = re.sub(r"^\s*//.*$", "", path.read_text(encoding="utf-8"), flags=re.M)
        assert json.loads(text).keys() <= known.keys(), path


# The teaching guide


def claim(words, step=None, **settings):
    return pytest.param(words, step, settings, id=words)


@pytest.mark.parametrize(
    ("words", "step", "settings"),
    [
        claim("ends at 0.6931", hidden_sizes=()),
        claim("XOR at 4 still ends at 0.6931", hidden_sizes=(), learning_rate=4.0),
        claim("at 6 it ends at 0.92", hidden_sizes=(), learning_rate=6.0),
        claim("0.0566 at step 300", 300, gate="AND", hidden_sizes=()),
        claim(
            "AND at step 18: four correct, and a loss of 0.3897",
            18,
            gate="AND",
            hidden_sizes=(),
        ),
        claim("The plateau ends at step 2,185"),
        claim("At 4,000 it is 0.0058", step=4000),
        claim("Learning rate 3: step 753", learning_rate=3.0),
        claim("5: step 200", learning_rate=5.0),
        claim("7: stuck\n  at 0.4774", learning_rate=7.0),
        claim("50: bouncing", learning_rate=50.0),
        claim("Seeds 5 and 19 at learning rate 1: stuck at 0.3466", seed=5),
        claim("19 at learning rate 1: stuck at 0.3466", seed=19),
        claim("at step 173\n  instead", activation="tanh"),
        claim("relu at 42", activation="relu"),
        claim("momentum leaves at 123", optimizer="momentum"),
        claim("0.1 only at 2,462", optimizer="momentum", learning_rate=0.1),
        claim("Adam at rate 0.01 leaves at 368", optimizer="adam", learning_rate=0.01),
        claim(
            "it leaves the plateau at step 3,001", optimizer="adam", learning_rate=0.001
        ),
        claim("leaves at step 50", learning_rate=10.0),
        claim("ends stuck at 0.4774", learning_rate=10.0),
        claim("2 leaves the plateau at step 373", hidden_sizes=(10,)),
        claim("3 at 998", hidden_sizes=(10,) * 2),
        claim("4 at 5,188", hidden_sizes=(10,) * 3),
        claim("deep net leaves at 410", gate="AND", hidden_sizes=(10,) * 3),
        claim('initialisation "large": step 559', hidden_sizes=(10,) * 7, init="large"),
        claim("With tanh:\n  step 122", hidden_sizes=(10,) * 7, activation="tanh"),
    ],
)
def test_what_the_guide_says_to_drag_happens(words, step, settings):
    assert words in (NOTEBOOKS / "teaching_guide.md").read_text(encoding="utf-8")
    run = train(Settings(**settings))
    last = words.split()[-1]
    if step:
        assert f"{run.loss_at(step):.4f}" in words
        return
    if re.search(r"stuck|bouncing", words):
        assert run.verdict in re.sub(r"\s+", " ", words)
    elif "." in last:
        assert f"{run.final_loss:.4f}".startswith(last)
    else:
        assert f"{run.exit_step:,}" in words


@pytest.mark.parametrize("name", COURSE)
def test_the_guide_plans_both_lessons(name):
    text = (NOTEBOOKS / "teaching_guide.md").read_text(encoding="utf-8")
    title = read(NOTEBOOKS / name).cells[0].source.splitlines()[0]
    section = text.partition(f"\n#{title}\n")[2].partition("\n## ")[0]
    plan = re.findall(r"^\| [^|]* \| *(\d*) \| *(\d*) \|$", section, flags=re.M)
    lessons = [
        [int(minutes or 0) for minutes in lesson] for lesson in zip(*plan, strict=True)
    ]
    assert [sum(lesson[1:]) for lesson in lessons] == [lesson[0] for lesson in lessons]
    assert [lesson[0] for lesson in lessons] == [45, 90]


# The handout


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handout") / "course"
    handout.main(folder)
    return folder


SOLUTION, HINT = r"<summary>(?:Solution|풀이)", r"<summary>(?:Hint|힌트)"


@pytest.mark.parametrize("language", HOMES)
@pytest.mark.parametrize("name", COURSE)
def test_a_handout_is_the_notebook_without_its_solutions(name, language, handed_out):
    name = edition(name, language)
    ours = read(NOTEBOOKS / name).cells
    theirs = read(handed_out / "notebooks" / name).cells
    assert [cell.id for cell in theirs] == [cell.id for cell in ours]
    solved = 0
    for cell, given in zip(ours, theirs, strict=True):
        if not re.search(SOLUTION, cell.source):
            continue
        solved += 1
        before, solution = re.split(rf"<details>\s*{SOLUTION}", cell.source)
        assert given.source == before.strip()
        assert re.search(HINT, given.source) and solution not in given.source
    exercises = sum(cell.id.startswith("exercise-") for cell in ours)
    assert solved == exercises
    assert exercises
    left = " ".join(cell.source for cell in theirs)
    assert not re.search(rf"Solution|{SOLUTION}|\*풀이\*", left)


@pytest.mark.long
def test_a_handout_runs_where_it_is(handed_out):
    nb = execute(handed_out / "notebooks" / COURSE[0])
    check = next(cell for cell in nb.cells if cell.id == "check-all")
    assert check.outputs[0].text.startswith("All is well")


def test_a_handout_has_the_glossary_and_not_the_teaching_guide(handed_out):
    pages = [path.name for path in (handed_out / "notebooks").glob("*.md")]
    assert sorted(pages) == ["glossary.ko.md", "glossary.md"]


def test_a_second_handout_replaces_the_first(tmp_path):
    stale = tmp_path / "course" / "notebooks" / "old.ipynb"
    stale.parent.mkdir(parents=True)
    stale.write_text("{}")
    handout.main(tmp_path / "course")
    assert not stale.exists()
