"""Measure the course, and what one would use instead, side by side: `make bench`."""

import datetime
import os
import platform
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path
from unittest import mock

import numba

from mlplab import network
from tools.chromium import find_chromium, open_chromium

from .contenders import CONTENDERS, LANES, C, c_compiler, c_starts, c_sweep
from .page import key_presses
from .report import compared

TABLES = Path(__file__).with_name("README.md")
HEADING = "## What it printed\n"
NETWORKS = ((2,), (10, 10, 10))  # their hidden layers


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


def measured(chromium):
    yield machine()
    with open_chromium(chromium) as browser:
        presses = key_presses(browser)
    yield presses
    yield from training()
    yield sweeping()


def main():
    chromium = find_chromium()
    if chromium is None or c_compiler() is None:
        sys.exit("make bench needs Chromium and a C compiler")
    kept = [TABLES.read_text(encoding="utf-8").partition(HEADING)[0] + HEADING]
    for text in measured(chromium):
        print(text, flush=True)
        kept.append(text)
    TABLES.write_text("\n".join(kept), encoding="utf-8")


if __name__ == "__main__":
    main()
