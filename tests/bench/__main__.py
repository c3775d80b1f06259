"""Measure the course, and what one would use instead, side by side.

`make bench` runs this; `make bench PART=page` one part of it.
"""

import datetime
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

import matplotlib

from . import kernel, page, picture, runs, start, tests

PARTS = {
    "page": page.main,
    "kernel": kernel.main,
    "training": runs.training,
    "sweep": runs.sweeping,
    "growth": runs.growth,
    "start": start.main,
    "notebooks": start.notebooks,
    "tests": tests.main,
}


def machine():
    """The date, the processor and the versions that the figures belong to."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    models = [
        line.partition(": ")[2] for line in lines if line.startswith("model name")
    ]
    processor = models[0] if models else platform.processor()
    packages = ("torch", "numba", "jupyterlab", "scikit-learn")
    return (
        f"{datetime.date.today()}, {processor}, {os.cpu_count()} cores,"
        f" load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in packages)
    )


def main(chosen):
    if unknown := set(chosen) - PARTS.keys():
        sys.exit(f"PART must be of {', '.join(PARTS)}, got {', '.join(unknown)}")
    matplotlib.use("Agg")
    about = machine()
    print(about)
    start_of_all = time.perf_counter()
    found = {name: PARTS[name]() for name in chosen or PARTS}
    if not chosen:
        picture.draw(found["training"], found["growth"], about)
        print(f"\ndrawn: {picture.PICTURE}")
    print(f"\nmeasured in {time.perf_counter() - start_of_all:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
