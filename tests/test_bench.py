"""The benchmark compares equals: all that it times trains the same network.

How fast anything is, no test says.
"""

import dataclasses
import functools
import re

import numpy as np
import pytest
import torch

from bench import kernel, page, picture, report, runs, start, tests
from bench.__main__ import main
from bench.contenders import (
    C_CONTENDERS,
    CONTENDERS,
    LANES,
    OPTIMISED,
    OURS,
    PLAIN,
    PRINT_EVERY,
    c_compiler,
    c_sweep,
    flat_weights,
    ours,
    pytorch,
    side_by_side_start,
)
from mlplab.explorers import explore_backprop
from mlplab.network import LARGE_FACTOR, Settings, train
from support.browser import chromium_path
from tools.execute import COURSE, ROOT

needs_c = pytest.mark.skipif(c_compiler() is None, reason="needs a C compiler")
STEPS = 301  # before rounding differences can grow


@pytest.mark.parametrize("hidden_sizes", runs.NETWORKS.values(), ids=runs.NETWORKS)
@pytest.mark.parametrize(
    "name", [*CONTENDERS, *(pytest.param(c, marks=needs_c) for c in C_CONTENDERS)]
)
def test_every_contender_trains_the_same_network(name, hidden_sizes, monkeypatch):
    """From a large start: there a loss is off by 2e-5 where layer 1 does not learn."""
    settings = Settings(hidden_sizes=hidden_sizes, steps=STEPS, seed=5, init="large")
    usual = torch.nn.Linear.reset_parameters

    def large(layer):
        usual(layer)
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter.mul_(LARGE_FACTOR)

    monkeypatch.setattr(torch.nn.Linear, "reset_parameters", large)
    contender = (CONTENDERS | C_CONTENDERS)[name]
    expected = ours(settings)[:: PRINT_EVERY if contender is pytorch else 1]
    found = contender(settings)
    assert len(found) == len(expected)
    assert expected[0] - expected[-1] > 0.01, "it learns nothing, and all would agree"
    np.testing.assert_allclose(found, expected, atol=1e-6)


@needs_c
@pytest.mark.parametrize("flags", [OPTIMISED, PLAIN], ids=" ".join)
@pytest.mark.parametrize("hidden_sizes", runs.NETWORKS.values(), ids=runs.NETWORKS)
def test_the_networks_side_by_side_in_c_end_where_train_does(hidden_sizes, flags):
    """Each layer's weights change by 2e-4 at least; later, rounding grows."""
    settings = Settings(hidden_sizes=hidden_sizes, steps=31, init="large")
    seeds = range(LANES + 1)
    groups = c_sweep(settings, side_by_side_start(settings, seeds), flags)
    found = np.concatenate(groups, axis=1)
    assert found.shape == (len(flat_weights(settings)), 2 * LANES)
    for seed in seeds:
        run = train(dataclasses.replace(settings, seed=seed))
        np.testing.assert_allclose(found[:, seed], run.snapshots[-1], atol=1e-5)


@needs_c
def test_a_sweep_in_c_leaves_its_start_for_the_next_turn():
    settings = Settings(steps=10)
    groups = side_by_side_start(settings, [1])
    before = groups[0].copy()
    c_sweep(settings, groups)
    assert np.array_equal(groups[0], before)


# What it reports


def test_contenders_take_turns_and_the_first_turn_does_not_count():
    order = []
    calls = {name: functools.partial(order.append, name) for name in "ab"}
    seconds = report.side_by_side(calls, turns=2)
    one = ["a"] * report.MOST_CALLS + ["b"] * report.MOST_CALLS
    assert order == one * 3
    assert {len(found) for found in seconds.values()} == {2 * report.MOST_CALLS}


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([3, 1, 2], 50, 2),
        (range(1, 101), 95, 95),
        (range(1, 101), 50, 50),
        ([7], 95, 7),
        ([1, 2, 3, 4], 95, 4),
        ([1, 2], 0, 1),
    ],
)
def test_percentile(values, percent, expected):
    assert report.percentile(values, percent) == expected


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (12.345, "12.3 s"),
        (1, "1 s"),
        (0.0217, "21.7 ms"),
        (4.3e-8, "43 ns"),
        (2.5e-6, "2.5 us"),
        (1234.6, "1,235 s"),
    ],
)
def test_duration(seconds, text):
    assert report.duration(seconds) == text


def test_a_table_lines_up(capsys):
    report.table("Title", ("", "time"), [("one", "1 s"), ("three", "300 ms")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == [
        "Title",
        "            time",
        "  -----   ------",
        "  one        1 s",
        "  three   300 ms",
    ]


def test_every_move_trains_draws_and_encodes():
    explorer = explore_backprop()
    for parts in kernel.moves(explorer, 3):
        assert all(seconds > 0 for seconds in parts), parts


def test_the_tables_of_the_trainer_are_printed(capsys, monkeypatch):
    monkeypatch.setattr(report, "MOST_CALLS", 1)
    runs.training(steps=101)
    runs.sweeping(steps=101, models=(1, 17), turns=1)
    text = capsys.readouterr().out
    for network in runs.NETWORKS:
        assert f"Training {network}" in text
    for name in [*CONTENDERS, OURS]:
        assert text.count(name) == len(runs.NETWORKS), name
    assert "sweep of 2-2-1" in text


@pytest.mark.browser
@pytest.mark.long
def test_the_page_is_measured_and_a_drag_ends_on_its_last_value(capsys, monkeypatch):
    chromium_path()
    monkeypatch.setattr(page, "ROUNDS", 1)
    monkeypatch.setattr(page, "PRESSES", 2)
    monkeypatch.setattr(page, "USUAL_PRESSES", 1)
    cells = dict(page.CELLS)
    cells[page.USUAL_NAME] = page.USUAL.replace("10_001", "11")
    monkeypatch.setattr(page, "CELLS", cells)
    page.main()
    text = capsys.readouterr().out
    for name in cells:
        assert name in text


def test_an_unknown_part_is_refused():
    with pytest.raises(SystemExit, match="page, kernel, .* got pages"):
        main(["pages"])


REPORT = """<testsuites>
<testsuite tests="4" time="7.5" timestamp="2026-01-02T03:04:05.6">
<testcase classname="tests.test_a" name="one" time="1.5"/>
<testcase classname="tests.test_b" name="two" time="2"/>
<testcase classname="tests.test_a" name="three" time="4"/>
<testcase classname="notebooks.00_start_here.ipynb" name="Cell 0" time="0.5"/>
</testsuite></testsuites>"""


def test_the_time_of_the_tests_by_part(capsys, tmp_path):
    tests.main(tmp_path)
    assert "run make test first" in capsys.readouterr().out
    (tmp_path / "browser.xml").write_text(REPORT, encoding="utf-8")
    tests.main(tmp_path)
    rows = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    rows = [[field.strip() for field in row if field.strip()] for row in rows]
    assert rows[-5:] == [
        ["browser, 2026-01-02T03:04:05", "4", "7.5 s"],
        ["test_a", "2", "5.5 s"],
        ["test_b", "1", "2 s"],
        ["00_start_here.ipynb", "1", "500 ms"],
        ["total", "7.5 s"],
    ]


def test_make_test_leaves_its_durations_where_they_are_read():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    folder = tests.REPORTS.relative_to(ROOT).as_posix()
    for part in ("tests", "browser", "nbval"):
        assert f"--junitxml={folder}/{part}.xml" in makefile


def test_the_picture_shows_every_contender_and_the_exponents(tmp_path):
    training = {
        "2-2-1": {OURS: 1e-7, "PyTorch": 5e-5, "C": 1e-7},
        "8 layers": {OURS: 1e-6, "PyTorch": 2e-4},  # without a C compiler
    }
    growth = {"layers": ((2, 4), (0.1, 0.2), 1.0), "steps": ((1, 2), (1, 4), 2.0)}
    path = tmp_path / "picture.svg"
    picture.draw(training, growth, "today, this machine", path)
    text = path.read_text(encoding="utf-8")
    for shown in (
        "PyTorch",
        "500 x",
        "200 x",
        "100 ns",
        "exponent 2.00",
        "this machine",
    ):
        assert shown in text, shown


@pytest.mark.long
def test_the_first_use_is_measured(capsys):
    start.main(1, ["explore_line"])
    row = capsys.readouterr().out.splitlines()[-1]
    seconds, size = r"[\d.]+ m?s", r"\d+ MB"
    cells = ["  explore_line", seconds, seconds, size, seconds, size]
    assert re.fullmatch(" +".join(cells), row), row


def test_the_exponent_of_a_growth(capsys, monkeypatch):
    """With a clock that only the calls move: n networks take 3 n**2 seconds."""
    now = 0.0

    def call(n):
        nonlocal now
        now += 3.0 * n**2

    monkeypatch.setattr(report.time, "perf_counter", lambda: now)
    sizes, seconds, exponent = runs.growth({"n": ((1, 2, 4, 8, 16), call)})["n"]
    assert seconds == [3 * n**2 for n in sizes]
    assert exponent == pytest.approx(2)
    row = capsys.readouterr().out.splitlines()[-1].split()
    assert row[:6] == ["n", "1", "to", "16", "3", "s"] and row[-1] == "2.00"


def test_every_growth_that_is_measured_runs():
    for sizes, call in runs.GROWTH.values():
        call(sizes[0])


def test_the_memory_of_a_notebook(capsys):
    start.notebooks([COURSE[0]])
    row = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(rf"  {COURSE[0]} +[\d.]+ s +\d+ MB +\d+ MB", row), row
