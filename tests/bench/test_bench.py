"""The benchmark compares equals: all that it times trains the same network.

How fast anything is, no test says.
"""

import asyncio
import dataclasses
import functools
import itertools
import timeit

import numpy as np
import pytest
import torch

from bench import __main__ as bench
from bench import hub, page, report
from bench.contenders import (
    CONTENDERS,
    LANES,
    C,
    c_compiler,
    c_starts,
    c_sweep,
    ours,
)
from mlplab import explorers
from mlplab.network import LARGE_FACTOR, Settings, train
from support.browser import chromium_path
from support.hub import INSTALLED, processes
from tools.chromium import open_chromium

needs_c = pytest.mark.skipif(c_compiler() is None, reason="needs a C compiler")
STEPS = 301  # before rounding differences can grow
each_network = pytest.mark.parametrize("hidden_sizes", bench.NETWORKS, ids=str)


@each_network
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[needs_c] if name == C else []) for name in CONTENDERS],
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
    expected, found = ours(settings), CONTENDERS[name](settings)
    assert len(found) == len(expected) == STEPS
    assert expected[0] - expected[-1] > 0.01, "it learns nothing, and all would agree"
    np.testing.assert_allclose(found, expected, atol=1e-6)


@needs_c
@each_network
def test_the_networks_side_by_side_in_c_end_where_train_does(hidden_sizes):
    """Each layer's weights change by 2e-4 at least; later, rounding grows."""
    settings = Settings(hidden_sizes=hidden_sizes, steps=31, init="large")
    seeds = range(2 * LANES)
    starts = c_starts(settings, seeds)
    before = starts.copy()
    found = np.concatenate(c_sweep(settings, starts), axis=1)
    np.testing.assert_array_equal(starts, before, "the next turn starts elsewhere")
    for seed in seeds:
        run = train(dataclasses.replace(settings, seed=seed))
        np.testing.assert_allclose(found[:, seed], run.snapshots[-1], atol=1e-5)


# What it reports


def test_contenders_take_turns_and_the_first_turn_does_not_count(monkeypatch):
    """With a clock that only the calls move: an eighth of a second, and a half."""
    now, order = 0.0, []
    seconds = {
        "ours": itertools.chain([9], itertools.repeat(1 / 8)),
        "another": itertools.chain([99], itertools.repeat(1 / 2)),
    }

    def call(name):
        nonlocal now
        now += next(seconds[name])
        order.append(name)

    timer = functools.partial(timeit.Timer, timer=lambda: now)
    monkeypatch.setattr(timeit, "Timer", timer)
    calls = {name: functools.partial(call, name) for name in seconds}
    assert report.compared("Title", calls) == (
        "### Title\n\n"
        "|         |   time | beside mlplab |\n"
        "| ------- | -----: | ------------: |\n"
        "| ours    | 125 ms |        1.00 x |\n"
        "| another | 500 ms |        4.00 x |\n"
    )
    # once, then twice, since once is below 0.2 s
    turn = 3 * ["ours"] + ["another"]
    assert order == ["ours", "another"] + (report.TURNS - 1) * turn


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.02, "20.0 ms"), (0.9999, "1,000 ms"), (1, "1.00 s"), (1234.6, "1,235 s")],
)
def test_duration(seconds, text):
    assert report.duration(seconds) == text


@needs_c
def test_what_is_printed_is_kept_below_the_prose(capsys, monkeypatch, tmp_path):
    """The trainer's tables are real, of short runs."""

    def measured(chromium):
        yield bench.machine()
        yield from bench.training(steps=11)
        yield bench.sweeping(networks=LANES, steps=11)
        yield bench.step_moves(moves=1)

    kept = tmp_path / "README.md"
    prose = f"# Prose\n\n{bench.HEADING}"
    other = "\n## Another part\n\n| other | 2 s |\n"
    kept.write_text(f"{prose}\n| old | 1 s |\n{other}", encoding="utf-8")
    monkeypatch.setattr(bench, "TABLES", kept)
    monkeypatch.setattr(bench, "measured", measured)
    monkeypatch.setattr(bench, "find_chromium", lambda: "chromium")
    monkeypatch.setattr(timeit.Timer, "autorange", lambda timer: (1, timer.timeit(1)))
    bench.main()
    printed = capsys.readouterr().out
    assert kept.read_text(encoding="utf-8") == f"{prose}\n{printed}"[:-1] + other
    for name in CONTENDERS:
        assert printed.count(f"| {name} ") == len(bench.NETWORKS), name
    for title in (
        "2-2-1, 11 steps",
        "2-10-10-10-1, 11 steps",
        f"{LANES} networks",
        *bench.MOVED,
    ):
        assert title in printed


@pytest.mark.long
def test_every_explorer_is_measured_in_the_page(monkeypatch):
    """The usual loop runs short, and yet takes longer than a page needs by itself."""
    monkeypatch.setattr(page, "STEPS", 101)
    monkeypatch.setattr(page, "ROUNDS", 2)
    monkeypatch.setattr(page, "PRESSES", 3)
    monkeypatch.setattr(page, "DRAGS", 1)
    with open_chromium(chromium_path()) as browser:
        presses, drags = page.latencies(browser)
    assert [*presses] == [*page.cells()]
    assert {f"explore_{name}" for name in page.EXPLORERS} == set(explorers.__all__)
    for name, found in presses.items():
        assert len(found) == (6 if name in page.EXPLORERS else 2), name
        assert all(5 < ms < page.WAIT_MS for ms in found), name
    assert [*drags] == [name for name, of in page.EXPLORERS.items() if of.drag]
    for name, [(rate, lag)] in drags.items():
        assert rate > 1, name
        assert lag > 5, name


def figures(count):
    """What `hub.measure` returns, of students who are all alike."""
    of_each = {"server": 6.0, "kernel": 7.0, "run": 10.0, "to start": 2.0}
    of_each |= {"with 04": 12.0, "a move": 0.04, "server MB": 70, "kernel MB": 310}
    found = {name: count * [value] for name, value in of_each.items()}
    found |= {"peak MB": count * [400], "moves": [0.03, 0.03, 0.05] * count}
    return found | {"errors": [], "in all": 400 * count, "least": 9_000.5}


def test_what_a_class_waits_for_and_takes_and_how_many_have_room():
    waits, takes, room = hub.tables({1: figures(1), 20: figures(20)})
    assert "| 20       | 6.00 s | 7.00 s | 10.0 s |            0 | 30.0 ms |" in waits
    assert "| 20       |     70 |    310 |  380 |  400 | 8,000 |" in takes
    # 24 GiB less 2 GB, 400 MB each; one core of two, 40 ms each
    assert "2 cores and 24 GiB have memory for 59 students" in room
    assert "while 25 move" in room


@pytest.mark.long
@pytest.mark.skipif(not INSTALLED.exists(), reason="needs the hub: make hub")
def test_a_class_of_two_is_measured_and_nothing_of_it_is_left(monkeypatch):
    monkeypatch.setattr(hub, "MOVES", 3)
    with hub.a_hub() as made:
        found = asyncio.run(hub.measure(made, 2))
        assert sum(map(len, processes(made.folder).values())) >= 2 * 2 + 2
    assert not processes(made.folder) and not made.folder.exists()
    assert found["errors"] == [] and len(found["moves"]) == 6
    for name, value in found.items():
        assert name == "errors" or np.all(np.array(value) > 0), name
    assert all(peak > 300 for peak in found["peak MB"])
