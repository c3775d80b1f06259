"""The films: what a page without a kernel shows, against what the explorers say."""

import base64
import io
import shutil
from functools import cache, partial

import numpy as np
import pytest
from PIL import Image

from mlplab import explorers
from mlplab.language import tr
from support.browser import Cell
from support.explorers import send
from support.later import these_now
from tools import films, site
from tools.execute import COURSE, NOTEBOOKS
from tools.export import page_name
from tools.languages import edition, speaking

NOW = "05_pytorch_style.ipynb"  # in `make test`, with few frames; in `make soak` all
FEW = films.Cut(places=2, start=({"learning_rate": 3, "step": 3},), presets=())
BLUR, APART = 10, 25  # pixels that are averaged; the colours' difference then, of 255
EXPLORERS = [getattr(explorers, name) for name in explorers.__all__]

QUICK = (explorers.explore_line, explorers.explore_graph, explorers.explore_pad)
each_film = pytest.mark.parametrize("make", EXPLORERS, ids=lambda make: make.__name__)


# What is recorded


def test_each_cut_is_of_an_explorer():
    assert films.CUTS.keys() <= {type(make()).__name__ for make in EXPLORERS}


@each_film
def test_a_film_has_the_start_and_all_presets_and_moves_every_control(make):
    explorer = make()
    shown, found = films.states(explorer)
    assert found[0] == explorer.start
    assert len({tuple(values.items()) for values in found}) == len(found)
    for preset in explorer.presets.values():
        assert explorer.start | preset.values in found
    for name in shown:
        assert len({values[name] for values in found}) > 1, name
    for values in found:
        for name in shown:
            assert values[name] in explorer.controls[name].options


def test_the_numbers_between_two_ends_are_spread():
    slider = explorers.explore_line().controls["w1"]
    assert films.some(slider, 3) == [-3, 0, 1, 3]  # 1 is where it begins
    assert films.some(slider, (-2.004, 9)) == [-2, 3]


def test_a_click_leads_only_to_what_is_recorded():
    explorer = explorers.explore_xor()
    options = {"step": [0, 2000, 4000]}
    (handle,) = films.handles(explorer, options, lambda to: True)
    assert handle["says"] == "the step"
    places = [to["step"] for to in handle["to"]]
    assert places == sorted(places) and {*places} == {0, 1, 2}
    assert films.handles(explorer, options, lambda to: to != {"step": 1}) == []
    explorer = explorers.explore_training()
    options = {"unit": ["output", "1.2"]}
    found = films.handles(explorer, options, lambda to: None not in to.values())
    says = [handle["says"] for handle in found]
    assert says == ["unit 1.2", "unit output"]  # a unit is no number: none is nearest


@pytest.mark.parametrize(
    "make", these_now(QUICK, EXPLORERS), ids=lambda make: make.__name__
)
def test_words_are_the_same_without_pictures(make, monkeypatch):
    short = films.Cut(places=1, presets=())
    monkeypatch.setattr(films, "CUTS", {type(make()).__name__: short})
    words, undrawn = (films.record(make(), drawn)[1] for drawn in (True, False))
    assert undrawn == words


# What is played


@pytest.fixture
def few_frames(name, monkeypatch):
    """The explorer of NOW gets a short film."""
    if name == NOW:
        monkeypatch.setitem(films.CUTS, "TrainingExplorer", FEW)


@pytest.fixture(scope="module")
def folder(quick_site, tmp_path_factory):
    """A site, in which films of full length take the place of the short ones."""
    folder = tmp_path_factory.mktemp("films") / "site"
    return shutil.copytree(quick_site, folder)


@pytest.fixture(scope="module")
def recorded(folder):
    """Records the films of a notebook in each language, by its name, once."""
    return cache(lambda name: site.write_films(name, folder))


def show(page, film):
    """Bring a film into sight, also out of a section that is folded away."""
    film.evaluate(
        """film => {
        const slides = [...document.querySelectorAll(".slides > section")];
        if (slides.length) Reveal.slide(slides.indexOf(film.closest("section")), 0, 99);
        else {
            film.closest("details")?.setAttribute("open", "");
            film.scrollIntoView();
        }
    }"""
    )


def blurred(image):
    return np.asarray(image.convert("RGB").reduce(BLUR), float)


class Twin:
    """A live explorer, and what its film shows beside the controls of each state."""

    def __init__(self, explorer):
        self.explorer = explorer
        shown, self.states = films.states(explorer)
        controls = {name: explorer.controls[name] for name in shown}
        self.texts = [
            {c.label: c.texts[c.options.index(values[n])] for n, c in controls.items()}
            for values in self.states
        ]

    def known(self, texts):
        """Whether a state shows these texts, of the controls that can be seen."""
        return any(texts.items() <= each.items() for each in self.texts)

    def assert_shown(self, cell):
        """A film shows what the live explorer says for the same values."""
        texts, status = cell.controls(), cell.status.inner_text()
        for values, each in zip(self.states, self.texts, strict=True):
            if texts.items() <= each.items():
                self.explorer.set(**values)
                if self.explorer.page.status == status:
                    break
        else:
            raise AssertionError(f"no state has {texts} and says {status}")
        image = Image.open(io.BytesIO(base64.b64decode(cell.picture())))
        if image.width != round(self.explorer.figure.bbox.width):
            send(self.explorer, "resize", width=image.width)
        wanted = Image.open(io.BytesIO(self.explorer.page.picture))
        assert image.size == wanted.size
        assert np.abs(blurred(image) - blurred(wanted)).max() < APART, texts
        assert cell.image.get_attribute("alt") == status

    def assert_moved(self, cell, label, move):
        """A move changes this control alone, wherever that is recorded."""
        before = cell.controls()
        move()
        after = cell.controls()
        wanted = before | {label: after[label]}
        if self.known(wanted):
            assert after == wanted
        self.assert_shown(cell)
        return after[label] != before[label]


LABEL = (
    "part => part.closest('.mlplab-chooser').querySelector('.mlplab-label').innerText"
)


def play(cell, twin):
    """Do all that a reader can do beside the picture, but for a slider's middle."""
    for row in cell.rows.all():
        label, slider = row.locator(".mlplab-label").inner_text(), row.locator("input")
        moved = [
            twin.assert_moved(cell, label, partial(slider.first.press, key))
            for key in ("Home", "ArrowRight", "End", "ArrowLeft")
        ]
        assert sum(moved) >= 2, label
    for button in cell.root.get_by_role("radio").all():
        label, text = button.evaluate(LABEL), button.inner_text()
        twin.assert_moved(cell, label, button.click)
        assert cell.controls()[label] == text
    for name, preset in twin.explorer.presets.items():
        cell.button(tr(name)).click()
        twin.assert_shown(cell)
        assert cell.story.inner_text() == tr(preset.story)
        values = twin.explorer.start | preset.values
        number = twin.states.index(values)
        assert cell.controls().items() <= twin.texts[number].items()


@pytest.fixture
def source(name, where):
    """The notebook of a page; it speaks while the test runs."""
    path = NOTEBOOKS / edition(name, "ko" if where.startswith("ko") else "en")
    with speaking(path):
        yield path


@pytest.mark.parametrize(
    "where",
    these_now({""}, ("", "slides", "ko")),
    ids=["page", "deck", "korean"],
)
@pytest.mark.parametrize("name", these_now({NOW}, COURSE))
def test_every_film_says_what_the_live_explorer_says(
    name, where, folder, recorded, opened, few_frames, source
):
    recorded(name)
    path = folder / where / page_name(name)
    page = opened(path.as_uri(), inside=folder.as_uri(), offline=True)
    page.wait_for_load_state()
    made = films.explorers_of(source)
    live = {films.film_name(source, cell): each for cell, each in made}
    there = page.locator("[data-film]")
    assert there.count()
    for number in range(there.count()):
        film = there.nth(number)
        show(page, film)
        cell = Cell(page, within=f":nth-match([data-film], {number + 1})")
        cell.status.wait_for()
        twin = Twin(live[film.get_attribute("data-film")])
        twin.assert_shown(cell)
        play(cell, twin)


def test_a_hand_in_the_picture_of_a_film(folder, recorded, opened, monkeypatch):
    monkeypatch.setitem(films.CUTS, "TrainingExplorer", FEW)
    recorded(NOW)
    path = folder / page_name(NOW)
    page = opened(path.as_uri(), offline=True, has_touch=True)
    show(page, page.locator("[data-film]"))
    cell = Cell(page)
    steps = []
    box = cell.image.bounding_box()
    for across in (0.1, 0.5):  # left and right in the loss curve
        page.touchscreen.tap(box["x"] + across * box["width"], box["y"] + 280)
        steps.append(cell.controls()["step"])
    assert steps == ["0", "10001"]
    readout = cell.readout("learning rate")
    readout.fill("0.05")
    readout.press("Enter")
    assert cell.controls()["learning rate"] == "0.01"
    assert cell.story.inner_text() == "learning rate: recorded are 0.01, 1, 100."
    unit = cell.readout("map of unit")  # a name, which has no nearest one
    for typed, shown in [("1.8", "1.8"), ("nine", "1.8")]:
        unit.fill(typed)
        unit.press("Enter")
        assert cell.controls()["map of unit"] == shown
        assert ("recorded are" in cell.story.inner_text()) == (typed != shown)
