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
from matplotlib.image import imread

from tools.execute import COURSE, NOTEBOOKS, ROOT, read

FIGURES = ROOT / "figures"
SCRIPTS = sorted(
    path.stem
    for path in FIGURES.glob("*.py")
    if path.name not in ("__main__.py", "style.py")
)
PNGS = ["course"]  # the README's
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


def same_picture(one, other):
    if one.suffix == ".png":  # how it is compressed depends on the zlib of Pillow
        return np.array_equal(imread(one), imread(other))
    return one.read_bytes() == other.read_bytes()


def test_every_script_has_its_picture_and_every_picture_its_script():
    assert sorted(path.stem for path in FIGURES.glob("*.svg")) == SCRIPTS
    assert sorted(path.stem for path in FIGURES.glob("*.png")) == PNGS


@pytest.mark.parametrize("environment", [{}, ELSEWHERE], ids=["here", "elsewhere"])
def test_drawing_all_again_gives_the_same_bytes(draw, environment):
    copy = draw(**environment)
    pictures = sorted([*copy.glob("*.svg"), *copy.glob("*.png")])
    assert len(pictures) == len(SCRIPTS) + len(PNGS)
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


@pytest.mark.parametrize("name", PNGS)
def test_the_png_fits_a_readme(name):
    path = FIGURES / f"{name}.png"
    height, width, _ = imread(path).shape
    assert 1100 <= width <= 1300 and height < width / 2
    assert path.stat().st_size < 150_000
    assert b"tEXt" not in path.read_bytes(), "no date, no version of matplotlib"


@cache
def prose():
    """All that the pages say, as Markdown."""
    cells = [cell for lesson in COURSE for cell in read(NOTEBOOKS / lesson).cells]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return "\n".join([*(cell.source for cell in cells), readme])


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_page_shows_the_figure_and_words_give_only_numbers_in_it(name):
    alt = rf'figures/{name}\.svg" alt="([^"]*)"|!\[([^]]*)\]\(figures/{name}\.png\)'
    alts = ["".join(found) for found in re.findall(alt, prose())]
    assert alts, "no page shows it"

    svg = (FIGURES / f"{name}.svg").read_text(encoding="utf-8")
    description = ET.fromstring(svg).find(f"{SVG}desc").text
    written = re.findall("<!-- (.*?) -->", svg)  # matplotlib's note of each text
    drawn = set(NUMBER.findall("\n".join(written).replace("−", "-")))
    told = set(NUMBER.findall("\n".join([description, *alts])))
    assert told <= drawn | UNDRAWN | UNDRAWN_IN.get(name, set())
