"""A fresh execution of every notebook gives the stored file again, on any processor.

nbval skips pictures, so they are compared here, within a tolerance; everything else
must agree byte for byte.
"""

import base64
import difflib
import io
import re
from itertools import zip_longest

import numpy as np
import pytest
from matplotlib import image
from nbformat.v4 import new_code_cell, new_notebook

from support.execute import COURSE, NOTEBOOKS, RESTORE, execute, read, run, to_text
from support.profiles import (
    DRAWS,
    FARTHEST,
    SURROUNDINGS,
    environment,
    missing,
    startup,
)

# Another CPU may round a line's edge differently. A wrong picture changes more: one
# marker more or one digit more is beyond the share of pixels.
VISIBLE = 0.1  # difference of a pixel's channel that counts, of 1
SHARE_OF_PIXELS = 1e-4
# From a moved start the deep run of 06 jumps up and down otherwise in the few steps of
# its fall, about which the notebook warns; its explorer draws them.
SHARE_OF_PIXELS_MOVED = 1e-3
MEAN_DIFFERENCE = 1e-3
DIFF_LINES = 60


def pictures(nb):
    """Yield cell id and PNG bytes of each stored picture."""
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if encoded := output.get("data", {}).get("image/png"):
                yield cell.id, base64.b64decode(encoded)


def difference(stored, new, allowed=SHARE_OF_PIXELS):
    """Say how two PNG files differ beyond the tolerance; None if they do not."""
    stored, new = (image.imread(io.BytesIO(png)) for png in (stored, new))
    if stored.shape != new.shape:
        return f"has the shape {new.shape}, stored {stored.shape}"
    distance = np.abs(stored - new)
    mean = distance.mean()
    share = (distance.max(axis=-1) > VISIBLE).mean()
    if mean > MEAN_DIFFERENCE or share > allowed:
        return f"differs in {share:.2%} of its pixels, by {mean:.2%} on average"
    return None


def wrong_pictures(stored, new, allowed=SHARE_OF_PIXELS):
    """What differs in the pictures of a stored and a newly executed notebook."""
    stored, new = list(pictures(stored)), list(pictures(new))
    cells = [cell for cell, _ in stored]
    if [cell for cell, _ in new] != cells:
        return [f"the stored pictures are those of other cells: {', '.join(cells)}"]
    return [
        f"the picture of cell {cell} {found}"
        for (cell, before), (_, after) in zip(stored, new, strict=True)
        if (found := difference(before, after, allowed))
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


def outputs(cell):
    """{what it is: its text} of a code cell's outputs, but for pictures."""
    texts = {}
    for number, output in enumerate(cell.get("outputs", [])):
        data = output.get("data", {output.get("name", "error"): output.get("text", "")})
        for kind, text in data.items():
            if not kind.startswith("image/"):
                texts[f"output {number + 1}, {kind}"] = text
    return texts


def wrong_outputs(stored, new):
    """What differs in the words and numbers of two notebooks, by cell and line."""
    problems = []
    for before, after in zip(stored.cells, new.cells, strict=True):
        old, now = outputs(before), outputs(after)
        for kind in sorted(old.keys() ^ now.keys()):
            state = "only stored" if kind in old else "only here"
            problems.append(f"cell {before.id}: {kind} is {state}")
        for kind in sorted(old.keys() & now.keys()):
            lines = zip_longest(old[kind].splitlines(), now[kind].splitlines())
            problems += [
                f"cell {before.id}: stored {one!r}, here {other!r}"
                for one, other in lines
                if one != other
            ]
    return problems


def cases():
    """Each notebook in each of the surroundings; most only in the long run."""
    for place in SURROUNDINGS:
        marks = [] if place == FARTHEST else [pytest.mark.long]
        if missing(place):
            lacks = f"this processor lacks {', '.join(missing(place))}"
            marks.append(pytest.mark.skip(f"{place}: {lacks}"))
        for name in COURSE:
            # The others are executed in test_exercises.py, with their solutions.
            of_name = [] if (name, place) == (COURSE[0], "native") else marks
            yield pytest.param(name, place, marks=of_name, id=f"{name}-{place}")


@pytest.mark.parametrize(("name", "place"), list(cases()))
def test_a_fresh_execution_gives_what_is_stored(name, place):
    new = execute(
        NOTEBOOKS / name, environment=environment(place), startup=startup(place)
    )
    assert_stored(name, new, place)


def assert_stored(name, new, place="native"):
    """Fail unless a notebook that was executed in a place is the stored one."""
    stored = read(NOTEBOOKS / name)
    allowed = SHARE_OF_PIXELS_MOVED if place in DRAWS else SHARE_OF_PIXELS
    problems = wrong_pictures(stored, new, allowed) + wrong_outputs(stored, new)
    if not problems and place == "native":
        text = (NOTEBOOKS / name).read_bytes().decode("utf-8")
        problems = wrong_lines(text, to_text(new))
    if problems:
        where = f"{name}, in the surroundings {place!r} of support/profiles.py:"
        pytest.fail("\n".join([where, *problems, RESTORE]), pytrace=False)


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


THROUGH_BLAS = """
import numpy as np
a = np.random.default_rng(0).normal(size=(50, 50)).astype(np.float32)
print((a @ a.T @ a).sum())
"""
CHAOTIC = """
from mlplab.network import Settings, sweep
settings = Settings(hidden_sizes=(10,) * 7, activation="tanh")
print(sweep(settings, [1.0], range(20)).solved.sum())
"""


@pytest.mark.parametrize(
    ("source", "places"),
    [
        pytest.param(THROUGH_BLAS, [FARTHEST], id="digit through BLAS"),
        pytest.param(
            CHAOTIC, DRAWS, marks=pytest.mark.long, id="count of chaotic runs"
        ),
    ],
)
def test_what_hangs_on_the_processor_is_found(source, places):
    def execution(place):
        nb = new_notebook(cells=[new_code_cell(source, id="planted")])
        path = NOTEBOOKS / "planted.ipynb"  # is not written
        return run(nb, path, environment=environment(place), startup=startup(place))

    usual = execution("native")
    found = [problem for p in places for problem in wrong_outputs(usual, execution(p))]
    assert found and all(line.startswith("cell planted: stored '") for line in found)
    assert wrong_outputs(usual, execution("native")) == []
