"""Measure the course, and what one would use instead, side by side: `make bench`."""

import datetime
import os
import platform
import statistics
import sys
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from unittest import mock

import numba

from mlplab import explorers, network
from tools.chromium import find_chromium, open_chromium

from .contenders import CONTENDERS, LANES, C, c_compiler, c_starts, c_sweep
from .page import in_the_page
from .report import compared, duration, keep, table

TABLES = Path(__file__).with_name("README.md")
HEADING = "## What it printed\n"
NETWORKS = ((2,), (10, 10, 10))  # their hidden layers
MOVED = {  # explorers whose step moves, with values of their controls
    "perceptron": {},
    "backprop": {},
    "folding": {},
    "training": {},
    "depth": {},
    "depth, 8 layers of 16": {"layers": 8, "width": 16},
}


def machine():
    """The date, the processor and the versions that the figures belong to."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    models = [line.partition(": ")[2] for line in lines if line[:10] == "model name"]
    processor = models[0] if models else platform.processor()
    packages = ("torch", "numba", "jupyterlab", "scikit-learn")
    return (
        f"{datetime.date.today()}, {processor}, {os.cpu_count()} cores,"
        f" load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in packages)
        + "\n"
    )


def training(steps=network.Settings.steps):
    for hidden_sizes in NETWORKS:
        settings = network.Settings(hidden_sizes=hidden_sizes, steps=steps)
        calls = {name: partial(call, settings) for name, call in CONTENDERS.items()}
        sizes = "-".join(map(str, settings.sizes))
        yield compared(f"A training run: {sizes}, {steps:,} steps", calls)


def sweeping(networks=4096, steps=network.Settings.steps):
    """A table of `sweep` against networks in SIMD lanes in C, both on one core."""
    settings = network.Settings(steps=steps)
    calls = {
        "mlplab, sweep": partial(network.sweep, settings, [1.0], range(networks)),
        f"{C}, {LANES} SIMD lanes": partial(
            c_sweep, settings, c_starts(settings, range(networks))
        ),
    }
    title = f"{networks:,} networks at once: 2-2-1, {steps:,} steps, one core"
    with mock.patch.object(numba.config, "NUMBA_NUM_THREADS", 1):
        return compared(title, calls)


def move_seconds(explorer, scale, moves):
    """Seconds of a move of the step, where the picture is `scale` times as wide.

    The places are a golden section apart, so that neighbours do not look alike.
    """

    def send(**message):
        explorer.receive(explorer.page, {"id": "", **message}, None)

    last = len(explorer.controls["step"].options) - 1
    send(kind="resize", width=scale * explorer.page.size[0])
    seconds = []
    for number in range(1, moves + 1):
        began = time.perf_counter()
        send(kind="move", control="step", place=int(last * (0.618 * number % 1)))
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def step_moves(moves=100):
    """A table of how long the kernel takes to move the step, which trains nothing."""
    rows = []
    for name, values in MOVED.items():
        explorer = getattr(explorers, f"explore_{name.partition(',')[0]}")()
        explorer.set(**values)
        found = [duration(move_seconds(explorer, scale, moves)) for scale in (1, 2)]
        rows.append((name, *found))
        explorer.close()
    head = "mlplab", "1x screen", "2x screen"
    return table("A move of the step, in the kernel alone", head, rows)


def measured(chromium):
    yield machine()
    with open_chromium(chromium) as browser:
        tables = [*in_the_page(browser)]
    yield from tables
    yield step_moves()
    yield from training()
    yield sweeping()


def main():
    chromium = find_chromium()
    if chromium is None or c_compiler() is None:
        sys.exit("make bench needs Chromium and a C compiler")
    keep(TABLES, HEADING, measured(chromium))


if __name__ == "__main__":
    main()
