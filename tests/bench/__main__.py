"""Measure the course, and what one would use instead, side by side.

`make bench` runs this; `make bench PART=page` one part of it.
"""

import contextlib
import datetime
import io
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


TABLES = picture.PICTURE.with_suffix(".txt")


class Both(io.TextIOBase):
    """Writes into two streams."""

    def __init__(self, *streams):
        self.streams = streams

    def write(self, text):
        for stream in self.streams:
            stream.write(text)
        return len(text)

    def flush(self):
        for stream in self.streams:
            stream.flush()


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
    kept = io.StringIO()
    found, seconds = {}, {}
    with contextlib.redirect_stdout(Both(sys.stdout, kept)):
        print(about)
        for name in chosen or PARTS:
            start_of_part = time.perf_counter()
            found[name] = PARTS[name]()
            seconds[name] = time.perf_counter() - start_of_part
        parts = ", ".join(f"{name} {took:.0f}" for name, took in seconds.items())
        print(f"\nmeasured in {sum(seconds.values()):.0f} s: {parts}")
    if not chosen:
        picture.draw(found["training"], found["growth"], about)
        TABLES.write_text(kept.getvalue(), encoding="utf-8")
        print(f"\nwritten: {picture.PICTURE} and {TABLES}")


if __name__ == "__main__":
    main(sys.argv[1:])
