"""The explorers as tests make and move them, in the kernel."""

import functools
import html
import io
import re

import ipywidgets as widgets
import numpy as np
from PIL import Image

from mlplab import explorers

NAMES = list(explorers.__all__)


def make(name):
    return getattr(explorers, name)()


@functools.cache
def full(name):
    """An explorer of full size that tests share: they set every control first."""
    return make(name)


def tree(widget):
    """All widgets of a box, from the top down."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from tree(child)


def press(explorer, label):
    """Press the button, or switch the toggle button, with a label."""
    kinds = widgets.Button | widgets.ToggleButton
    (button,) = [
        part
        for part in tree(explorer.box)
        if isinstance(part, kinds) and part.description == label
    ]
    if isinstance(button, widgets.ToggleButton):
        button.value = not button.value
    else:
        button.click()


def range_of(control):
    """All values of a control, in order."""
    if hasattr(control, "options"):
        options = control.options
        return [each[1] if isinstance(each, tuple) else each for each in options]
    count = round((control.max - control.min) / control.step) + 1
    return [control.min + place * control.step for place in range(count)]


def move(explorer, chance):
    """Move one control, chosen by chance, to another value."""
    control = chance.choice(list(explorer.controls.values()))
    control.value = chance.choice([v for v in range_of(control) if v != control.value])


def picture(explorer):
    """The pixels of the picture, (height, width, 3)."""
    with Image.open(io.BytesIO(explorer.image.value)) as image:
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
    assert explorer.status.value == wanted.status.value
    text = re.fullmatch('<div role="status".*?>(.*)</div>', explorer.status.value)[1]
    assert html.unescape(text) == wanted.text
    np.testing.assert_array_equal(picture(explorer), picture(wanted))
    if other is None:
        wanted.close()
