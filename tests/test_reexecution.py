"""A fresh execution of every notebook gives the stored file again.

nbval skips pictures, so they are compared here, within a tolerance; everything else
must agree byte for byte. Each notebook is executed once for both tests: conftest.py
keeps the two on one worker of pytest-xdist.
"""

import base64
import difflib
import io
import re
from functools import cache

import numpy as np
import pytest
from matplotlib import image

from support.execute import COURSE, NOTEBOOKS, RESTORE, execute, read, to_text

# Another CPU may round a line's edge differently. A wrong picture changes more: one
# marker more or one digit more is beyond the share of pixels.
VISIBLE = 0.1  # difference of a pixel's channel that counts, of 1
SHARE_OF_PIXELS = 1e-4
MEAN_DIFFERENCE = 1e-3
DIFF_LINES = 60

each_notebook = pytest.mark.parametrize("name", COURSE)


@cache
def fresh(name):
    return execute(NOTEBOOKS / name)


def pictures(nb):
    """Yield cell id and PNG bytes of each stored picture."""
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if encoded := output.get("data", {}).get("image/png"):
                yield cell.id, base64.b64decode(encoded)


def difference(stored, new):
    """Say how two PNG files differ beyond the tolerance; None if they do not."""
    stored, new = (image.imread(io.BytesIO(png)) for png in (stored, new))
    if stored.shape != new.shape:
        return f"has the shape {new.shape}, stored {stored.shape}"
    distance = np.abs(stored - new)
    mean = distance.mean()
    share = (distance.max(axis=-1) > VISIBLE).mean()
    if mean > MEAN_DIFFERENCE or share > SHARE_OF_PIXELS:
        return f"differs in {share:.2%} of its pixels, by {mean:.2%} on average"
    return None


def wrong_pictures(stored, new):
    """What differs in the pictures of a stored and a newly executed notebook."""
    stored, new = list(pictures(stored)), list(pictures(new))
    cells = [cell for cell, _ in stored]
    if [cell for cell, _ in new] != cells:
        return [f"the stored pictures are those of other cells: {', '.join(cells)}"]
    return [
        f"the picture of cell {cell} {found}"
        for (cell, before), (_, after) in zip(stored, new, strict=True)
        if (found := difference(before, after))
    ]


def wrong_lines(stored, new):
    """The first lines of the difference of two notebook files, but for pictures."""
    stored, new = (
        re.sub(r'("image/png": )"[^"]*"', r"\1<picture>", text)
        for text in (stored, new)
    )
    diff = difflib.unified_diff(
        stored.splitlines(), new.splitlines(), "stored", "executed now", n=2
    )
    # Equal lines may end otherwise.
    return [line[:200] for line in diff][:DIFF_LINES] or ["line ends"] * (stored != new)


@each_notebook
def test_the_pictures_are_the_stored_ones(name):
    problems = wrong_pictures(read(NOTEBOOKS / name), fresh(name))
    assert not problems, "\n".join([f"{name}:", *problems, RESTORE])


@each_notebook
def test_everything_but_the_pictures_is_the_same_to_the_byte(name):
    stored = (NOTEBOOKS / name).read_bytes().decode("utf-8")
    if problems := wrong_lines(stored, to_text(fresh(name))):
        pytest.fail("\n".join([f"{name}:", *problems, RESTORE]), pytrace=False)


def png(draw):
    """The bytes of a small chart that `draw` adds to."""
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    axes.plot([0, 1, 2], [0.7, 0.69, 0.1])
    axes.set(xlim=(0, 2), ylim=(0, 1))
    draw(axes)
    file = io.BytesIO()
    figure.savefig(file)
    return file.getvalue()


@pytest.mark.parametrize(
    "draw",
    [
        lambda axes: axes.plot([0.5], [0.5], "o"),
        lambda axes: axes.lines[0].set_ydata([0.7, 0.68, 0.1]),
        lambda axes: axes.lines[0].set_color("C1"),
        lambda axes: axes.text(1, 0.5, "8"),
        lambda axes: axes.figure.set_size_inches(6.4, 4.81),
    ],
    ids=["marker", "curve", "colour", "digit", "size"],
)
def test_a_changed_picture_is_found(draw):
    assert difference(png(lambda axes: None), png(draw))


def test_the_same_picture_with_other_rounding_passes():
    def nudge(axes):
        axes.lines[0].set_ydata([0.7 + 1e-5, 0.69 - 1e-5, 0.1])

    assert difference(png(lambda axes: None), png(nudge)) is None
