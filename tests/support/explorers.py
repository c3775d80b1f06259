"""The explorers as tests make and move them, in the kernel."""

import functools
import io
import re

import numpy as np
import pytest
from PIL import Image

from mlplab import explorers
from support.later import these_now

NAMES = list(explorers.__all__)
# What the base and the page do for all explorers is asked of a few in `make test`, of
# all in `make soak`.
FEW = {"explore_line", "explore_training", "explore_graph", "explore_pad"}


def of_these_now(wanted):
    """Every explorer, those that are not wanted in `make soak` only."""
    return pytest.mark.parametrize("name", these_now(wanted, NAMES))


a_few_explorers = of_these_now(FEW)


def make(name):
    return getattr(explorers, name)()


@functools.cache
def full(name):
    """An explorer of full size that tests share: they set every control first."""
    return make(name)


def send(explorer, kind, **what):
    """Do what a learner does in the browser: see Explorer.receive."""
    explorer.receive(explorer.page, {"id": kind, "kind": kind, **what}, None)
    assert explorer.page.answered == kind


def at_data(explorer, panel, x, y):
    """The fractions of the picture at which a panel has a point."""
    width, height = explorer.figure.bbox.size
    across, up = explorer.views[panel].ax.transData.transform((x, y))
    return across / width, 1 - up / height


def take(explorer, panel, says, *places):
    """Take a handle at the first place, in data coordinates, and drag it on."""
    for number, place in enumerate(places):
        x, y = at_data(explorer, panel, *place)
        send(explorer, "take", panel=panel, says=says, x=x, y=y, first=number == 0)


def map_letters(ax):
    """{(column, row): its letter} of an OutcomeMap's Axes."""
    return {
        (column, row): line.get_marker().strip("${}")[-1]
        for line in ax.lines
        for column, row in line.get_xydata().astype(int).tolist()
    }


def move(explorer, chance):
    """Move one control, or take and drag something in the picture, by chance."""
    handles = explorer.page.handles
    if handles and chance.random() < 0.5:
        handle = chance.choice(handles)
        what = {"panel": handle["panel"], "says": handle["says"]}
        places = [handle["at"][0], *((chance.random(), chance.random()) for _ in "12")]
        for number, (x, y) in enumerate(places):
            send(explorer, "take", **what, x=x, y=y, first=number == 0)
    else:
        control = chance.choice(list(explorer.controls.values()))
        control.value = chance.choice(
            [v for v in control.options if v != control.value]
        )


def picture(explorer):
    """The pixels of the picture, (height, width, 3)."""
    with Image.open(io.BytesIO(explorer.page.picture)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def is_error(text):
    return re.match(r"\w*(Error|Exception|Warning)\b", text) is not None


def assert_shows(explorer, name, values, other=None):
    """The explorer has these values, and shows what a new one shows.

    `other` is an explorer that takes the place of a new one, which is slow to make.
    """
    assert explorer.values() == values
    wanted = other or make(name)
    wanted.figure.stale = True  # everything is drawn anew
    wanted.set(**values)
    assert explorer.text == wanted.text
    assert explorer.page.status == wanted.text
    assert explorer.page.handles == wanted.page.handles
    np.testing.assert_array_equal(picture(explorer), picture(wanted))
    if other is None:
        wanted.close()
