"""First use: what the imports, the compilation and the first picture take."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nbformat.v4 import new_code_cell

from tools.execute import COURSE, NOTEBOOKS, read, run

from .report import duration, table

# Linux says in /proc what memory a process holds, and held at most, in KiB.
MEMORY = """
import pathlib
status = pathlib.Path("/proc/self/status")
lines = status.read_text().splitlines() if status.is_file() else []
print(*(line.split()[1] for line in lines if line.startswith(("VmRSS:", "VmHWM:"))))
"""
PROGRAM = (
    """
import time
start = time.perf_counter()
{statements}
print(time.perf_counter() - start)
"""
    + MEMORY
)
# Prints the seconds of the import before those until the picture.
FIRST_PICTURE = """
from mlplab import explorers
print(time.perf_counter() - start)
start = time.perf_counter()
assert explorers.{}().image.value
"""
IMPORTS = ("torch", "mlplab.network")
EXPLORERS = ("explore_backprop", "explore_depth", "explore_outcomes")


def measure(statements, cache):
    """What a fresh Python prints, with Numba's cache in a folder: seconds, then MB."""
    environment = os.environ | {
        "NUMBA_CACHE_DIR": str(cache),
        "PYTHONPATH": str(NOTEBOOKS),
        "MPLBACKEND": "Agg",
    }
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(statements=statements)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    *seconds, sizes = result.stdout.splitlines()
    now = sizes.split()[-1:] or ["nan"]
    return [*map(float, seconds), *map(megabytes, now)]


def megabytes(kibibytes):
    return float(kibibytes) * 1024 / 1e6


def main(repeats=2, names=EXPLORERS):
    imports, warm = {name: [] for name in IMPORTS}, {name: [] for name in names}
    cold = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in (names[0], names[-1]):  # the others compile what the first one does
            cache = Path(folder) / name
            cold[name] = [measure(FIRST_PICTURE.format(name), cache)]
        for _ in range(repeats):  # the last cache holds what every explorer needs
            for name in imports:
                imports[name].append(measure(f"import {name}", cache))
            for name in names:
                warm[name].append(measure(FIRST_PICTURE.format(name), cache))
    table(
        f"Imports, in a new Python (median of {repeats})",
        ("", "time", "memory then"),
        [[name, *_texts(found)] for name, found in imports.items()],
    )
    table(
        f"First use, in a new Python (median of {repeats}, compiling once)",
        ("", "import", "then to first picture", "memory", "compiling", "memory"),
        [
            [
                name,
                *_texts(found),
                *(_texts(cold[name])[1:] if name in cold else ["-", "-"]),
            ]
            for name, found in warm.items()
        ],
    )


def _texts(measured):
    """The medians as text: seconds, and megabytes if the system tells them."""
    *seconds, size = map(statistics.median, zip(*measured, strict=True))
    return [*map(duration, seconds), f"{size:.0f} MB" if size > 0 else "not known"]


def notebooks(names=COURSE):
    """The memory that a kernel holds after each notebook, and held at most."""
    rows = []
    for name in names:
        nb = read(NOTEBOOKS / name)
        nb.cells.append(new_code_cell(MEMORY))
        start = time.perf_counter()
        executed = run(nb, NOTEBOOKS / name)
        seconds = time.perf_counter() - start
        (printed,) = executed.cells[-1].outputs
        sizes = [f"{megabytes(size):.0f} MB" for size in printed.text.split()]
        at_most, then = sizes or ["not known"] * 2
        rows.append([name, duration(seconds), then, at_most])
    table(
        "Each notebook in a new kernel",
        ("", "time", "memory then", "at most"),
        rows,
    )
