"""First use: what the imports, the compilation and the first picture take."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nbformat.v4 import new_code_cell

from support.execute import COURSE, NOTEBOOKS, read, run

from .report import duration, table

# Linux says in /proc what memory a process holds, and held at most, in kilobytes.
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
FIRST_PICTURE = """
from mlplab.explorers import explore_backprop
assert explore_backprop().image.value
"""
STATEMENTS = {
    "Python alone": "pass",
    "import matplotlib.pyplot": "import matplotlib.pyplot",
    "import torch": "import torch",
    "import mlplab.network": "import mlplab.network",
    "import mlplab.explorers": "import mlplab.explorers",
    "import to first picture": FIRST_PICTURE,
}
COLD = "import to first picture, compiling"


def measure(statements, cache):
    """Seconds and megabytes of a fresh Python, with Numba's cache in this folder."""
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
    # before these two lines a program that compiles says so
    printed = " ".join(result.stdout.splitlines()[-2:])
    seconds, *kilobytes = map(float, printed.split())
    return seconds, *(size / 1000 for size in kilobytes[-1:])


def main(repeats=3, cold_repeats=1):
    found = {name: [] for name in [*STATEMENTS, COLD]}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(cold_repeats):
            cache = Path(folder) / str(number)
            found[COLD].append(measure(FIRST_PICTURE, cache))
        for _ in range(repeats):  # with the cache that the last of them has filled
            for name, statements in STATEMENTS.items():
                found[name].append(measure(statements, cache))
    rows = []
    for name, measured in found.items():
        seconds, *memory = map(statistics.median, zip(*measured, strict=True))
        size = f"{memory[0]:.0f} MB" if memory else "not known"
        rows.append([name, duration(seconds), size])
    table(
        f"First use, in a new Python (median of {repeats}, compiling {cold_repeats})",
        ("", "time", "memory then"),
        rows,
    )


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
        sizes = [f"{float(size) / 1000:.0f} MB" for size in printed.text.split()]
        at_most, then = sizes or ["not known"] * 2
        rows.append([name, duration(seconds), then, at_most])
    table(
        "Each notebook in a new kernel",
        ("", "time", "memory then", "at most"),
        rows,
    )
