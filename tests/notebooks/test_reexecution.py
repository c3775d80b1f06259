"""A fresh execution of every notebook gives the stored file again, on any processor."""

import io

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from support.profiles import (
    DRAWS,
    FARTHEST,
    SURROUNDINGS,
    environment,
    missing,
    startup,
)
from support.stored import assert_stored, difference, wrong_outputs, wrong_pictures
from tools.execute import COURSE, NOTEBOOKS, execute, read, run


def cases():
    """Each notebook in each of the surroundings; most only in the long run."""
    for place in SURROUNDINGS:
        lacks = f"{place}: this processor lacks {', '.join(missing(place))}"
        marks = [pytest.mark.skipif(bool(missing(place)), reason=lacks)]
        for name in COURSE:
            # nbval has the others, test_exercises.py has them in FARTHEST.
            short = name == COURSE[0] and place == "native"
            of_case = marks if short else [*marks, pytest.mark.long]
            yield pytest.param(name, place, marks=of_case, id=f"{name}-{place}")


@pytest.mark.parametrize(("name", "place"), list(cases()))
def test_a_fresh_execution_gives_what_is_stored(name, place):
    new = execute(
        NOTEBOOKS / name, environment=environment(place), startup=startup(place)
    )
    assert_stored(name, new, place)


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


def swapped(one, other):
    one.outputs, other.outputs = other.outputs, one.outputs


@pytest.mark.parametrize(
    "change",
    [
        swapped,
        lambda one, other: one.outputs.clear(),
        lambda one, other: one.outputs.extend(other.outputs),
    ],
    ids=["swapped", "removed", "doubled"],
)
def test_a_picture_out_of_its_place_is_found(change):
    """Two of one size, with the same words beside them."""
    stored, new = (read(NOTEBOOKS / COURSE[1]) for _ in range(2))
    cells = {cell.id: cell for cell in new.cells}
    change(cells["gates-picture"], cells["best-lines-picture"])
    assert wrong_pictures(stored, new)


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
