"""The figures: every picture has a script that draws it again, to the same bytes."""

import ast
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageSequence

from tools.execute import COURSE, NOTEBOOKS, ROOT, read

FIGURES = ROOT / "figures"
SCRIPTS = sorted(
    path.stem
    for path in FIGURES.glob("*.py")
    if path.name not in ("__main__.py", "style.py", "drag.py")
)
GIF = FIGURES / "drag.gif"  # the README's
SVG = "{http://www.w3.org/2000/svg}"

# Neither a name such as h1 nor one such as 2-2-1; and what words may say alone: the
# rows 00 to 11, and round numbers of steps.
NUMBER = re.compile(r"(?<![\w*-])-?\d+(?:[.,/]\d+)*(?![\w-])")
UNDRAWN = {"00", "01", "10", "11"}
UNDRAWN_IN = {"plateau": {"200", "5,000", "10,001"}}

# A different reader's machine. The first setting, torch's, changes the last bits of the
# initial weights, as another processor does.
ELSEWHERE = {
    "ATEN_CPU_CAPABILITY": "default",
    "LC_ALL": "C",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "7",
    "TZ": "Asia/Seoul",
}


@pytest.fixture
def draw(tmp_path):
    """A copy of the scripts without their pictures, and a function that runs it."""
    copy = tmp_path / "figures"
    copy.mkdir()
    for script in FIGURES.glob("*.py"):
        shutil.copy(script, copy)
    (tmp_path / "notebooks").symlink_to(NOTEBOOKS)
    # a reader's own settings, which must not show
    settings = "font.size: 30\nsvg.fonttype: none\nsavefig.transparent: True\n"
    (tmp_path / "matplotlibrc").write_text(settings, encoding="utf-8")

    def draw(*names, **environment):
        subprocess.run(
            [sys.executable, copy, *names],
            cwd=tmp_path,  # where matplotlib finds those settings
            env=os.environ | environment,
            check=True,
        )
        return copy

    return draw


def pictures_of(path):
    """The pictures of a GIF file, (number, height, width, 3), and their times."""
    with Image.open(path) as film:
        found = [
            (np.asarray(frame.convert("RGB"), float), frame.info["duration"])
            for frame in ImageSequence.Iterator(film)
        ]
    pixels, times = zip(*found, strict=True)
    return np.array(pixels), times


def same_picture(one, other):
    if one.suffix != ".gif":
        return one.read_bytes() == other.read_bytes()
    (pixels, times), (others, other_times) = pictures_of(one), pictures_of(other)
    # another version of Pillow may choose other colours
    near = pixels.shape == others.shape and np.abs(pixels - others).mean() < 1
    return near and times == other_times


def test_every_script_has_its_picture_and_every_picture_its_script():
    assert sorted(path.stem for path in FIGURES.glob("*.svg")) == SCRIPTS
    assert [*FIGURES.glob("*.gif")] == [GIF] and not [*FIGURES.glob("*.png")]


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({}, marks=pytest.mark.long, id="here"),
        pytest.param(ELSEWHERE, id="elsewhere"),
    ],
)
def test_drawing_all_again_gives_the_same_bytes(draw, environment):
    copy = draw(**environment)
    pictures = sorted([*copy.glob("*.svg"), *copy.glob("*.gif")])
    assert len(pictures) == len(SCRIPTS) + 1
    changed = [p.name for p in pictures if not same_picture(p, FIGURES / p.name)]
    assert not changed, f"{', '.join(changed)}: run make figures and look at the diff"


def test_a_script_draws_its_own_picture_and_no_other(draw):
    copy = draw("backward_pass")
    (picture,) = copy.glob("*.svg")
    assert same_picture(picture, FIGURES / "backward_pass.svg")


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_svg_looks_the_same_everywhere_and_says_what_it_shows(name):
    text = (FIGURES / f"{name}.svg").read_text(encoding="utf-8")
    root = ET.fromstring(text)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not re.search(r"\d{4}-\d\d-\d\d", text) and "date" not in tags
    assert not tags & {"text", "image"}, "letters and areas are paths"
    background = next(root.iter(f"{SVG}path"))
    assert "fill: #ffffff" in background.get("style")
    x, y, width, height = root.get("viewBox").split()
    assert re.findall(r"[\d.]+", background.get("d"))[:4] == [x, height, width, height]

    script = (FIGURES / f"{name}.py").read_text(encoding="utf-8")
    title, description = ast.get_docstring(ast.parse(script)).split("\n\n")
    assert root.find(f"{SVG}title").text == title
    assert root.find(f"{SVG}desc").text == " ".join(description.split())


def test_the_film_of_the_readme_shows_a_drag_and_its_answer():
    pixels, times = pictures_of(GIF)
    assert GIF.stat().st_size < 2_000_000
    assert 3_000 < sum(times) < 10_000
    network, plane, loss = np.s_[:, :160, :440], np.s_[:, :, 480:], np.s_[:, 170:, :440]
    for part in network, plane, loss:  # all of them move
        assert np.abs(np.diff(pixels[part], axis=0)).max(axis=(1, 2, 3)).min() > 20
    assert "](figures/drag.gif)" in (ROOT / "README.md").read_text(encoding="utf-8")


@cache
def prose():
    """All that the notebooks say, as Markdown."""
    cells = [cell for lesson in COURSE for cell in read(NOTEBOOKS / lesson).cells]
    return "\n".join(cell.source for cell in cells)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_page_shows_the_figure_and_words_give_only_numbers_in_it(name):
    alts = re.findall(rf'figures/{name}\.svg" alt="([^"]*)"', prose())
    assert alts, "no page shows it"

    svg = (FIGURES / f"{name}.svg").read_text(encoding="utf-8")
    description = ET.fromstring(svg).find(f"{SVG}desc").text
    written = re.findall("<!-- (.*?) -->", svg)  # matplotlib's note of each text
    drawn = set(NUMBER.findall("\n".join(written).replace("−", "-")))
    told = set(NUMBER.findall("\n".join([description, *alts])))
    assert told <= drawn | UNDRAWN | UNDRAWN_IN.get(name, set())
