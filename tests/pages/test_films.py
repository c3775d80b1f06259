"""The films: what a page without a kernel shows, against what the explorers say."""

import base64
import io
import shutil

import numpy as np
import pytest
from PIL import Image

from mlplab import explorers
from support.browser import Cell
from support.explorers import send
from tools import export, films, slides
from tools.execute import COURSE, NOTEBOOKS

NOW = "00_start_here.ipynb"  # in `make test`; in `make soak` all
BLUR, APART = 10, 25  # pixels that are averaged; the colours' difference then, of 255
EXPLORERS = [getattr(explorers, name) for name in explorers.__all__]

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


# What is played


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    (folder / "films").mkdir()
    films.write_player(folder / "films")
    shutil.copytree(export.HTML / "mathjax", folder / "mathjax")
    return folder


@pytest.fixture(scope="module")
def recorded(folder):
    """Records the films of a notebook, once: recorded(its name) -> their names."""
    known = {}

    def recorded(name):
        if name not in known:
            known[name] = films.record_notebook(NOTEBOOKS / name, folder / "films")
        return known[name]

    return recorded


def in_page(name, folder):
    """The page of a notebook."""
    page = folder / export.page_name(name)
    page.write_text(export.export(NOTEBOOKS / name), encoding="utf-8")
    return page


def in_deck(name, folder):
    """The deck of a notebook."""
    (page,) = slides.write_decks(folder, [name])
    return page


def show(page, film):
    """Bring a film into sight."""
    film.evaluate(
        """film => {
        const slides = [...document.querySelectorAll(".slides > section")];
        if (slides.length) Reveal.slide(slides.indexOf(film.closest("section")), 0, 99);
        else film.scrollIntoView();
    }"""
    )


def blurred(image):
    small = image.convert("RGB").resize(
        (image.width // BLUR, image.height // BLUR), Image.BOX
    )
    return np.asarray(small, float)


def assert_as_live(cell, live, found):
    """What a film shows is what the live explorer says for the same values."""
    texts, status = cell.controls(), cell.status.inner_text()
    for values in found:
        written = {
            control.label: control.texts[control.options.index(values[name])]
            for name, control in live.controls.items()
            if control.label in texts
        }
        shown = {label: written[label] for label in texts}
        if shown != texts:
            continue
        live.set(**values)
        if live.page.status == status:
            break
    else:
        raise AssertionError(f"no state of the explorer shows {texts}, says {status}")
    image = Image.open(io.BytesIO(base64.b64decode(cell.picture())))
    if live.page.size[0] * films.SCALE != live.figure.bbox.width:
        send(live, "resize", width=image.width)
    wanted = Image.open(io.BytesIO(live.page.picture))
    assert image.size == wanted.size
    assert np.abs(blurred(image) - blurred(wanted)).max() < APART, texts
    assert cell.image.get_attribute("alt") == status


def moves_of(cell):
    """All that a reader can do beside the picture, but for a slider's middle."""
    for slider in cell.sliders.all():
        for key in ("Home", "ArrowRight", "ArrowRight", "End", "ArrowLeft"):
            yield lambda slider=slider, key=key: slider.press(key)
    for number in range(cell.buttons.count()):
        button = cell.buttons.nth(number)
        if button.get_attribute("title") is None:  # not the player
            yield button.click


@pytest.mark.parametrize("written", [in_page, in_deck])
@pytest.mark.parametrize(
    "name",
    [n if n == NOW else pytest.param(n, marks=pytest.mark.long) for n in COURSE],
)
def test_every_film_says_what_the_live_explorer_says(
    name, written, folder, recorded, opened
):
    recorded(name)
    page = opened(written(name, folder).as_uri(), inside=folder.as_uri(), offline=True)
    page.wait_for_load_state()
    made = films.explorers_of(NOTEBOOKS / name)
    live = {films.film_name(NOTEBOOKS / name, cell): each for cell, each in made}
    there = page.locator("[data-film]")
    assert there.count()
    for number in range(there.count()):
        film = there.nth(number)
        show(page, film)
        cell = Cell(page, within=f":nth-match([data-film], {number + 1})")
        cell.status.wait_for()
        explorer = live[film.get_attribute("data-film")]
        found = films.states(explorer)[1]
        assert_as_live(cell, explorer, found)
        for move in moves_of(cell):
            move()
            assert_as_live(cell, explorer, found)
