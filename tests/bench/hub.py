"""Measure a class on the hub: `make bench PART=hub`.

N students do the same at the same moment, without browsers: they sign in, start a
server and a kernel, run all of 04, and move a slider once a second.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from statistics import mean, median, quantiles

from support.hub import Hub, processes
from support.students import Student
from tools.execute import ROOT

from .__main__ import TABLES, machine
from .report import duration, keep, table

HEADING = "## What a class on the hub takes\n"
CLASSES = (1, 5, 10, 20, 30)
LESSON = "notebooks/04_manual_backprop.ipynb"
SLIDER = "learning_rate"  # of explore_backprop, which trains anew at each move
MOVES = 40  # one a second
CORES, MEMORY = 2, 24 * 2**30  # of the server whose class is computed
SYSTEM = 2e9  # bytes kept for the system, the hub and its proxy


def kilobytes(path, name):
    return next(
        int(line.split()[1])
        for line in path.read_text().splitlines()
        if line.startswith(f"{name}:")
    )


def memory(process):
    """Bytes of a process, with its share of what is shared (PSS), now and at most."""
    now = kilobytes(process / "smaps_rollup", "Pss")
    resident, most = (kilobytes(process / "status", n) for n in ("VmRSS", "VmHWM"))
    return 1024 * now, 1024 * (now + most - resident)


def cpu_seconds(process):
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")  # children's, too


def free():
    return 1024 * kilobytes(Path("/proc/meminfo"), "MemAvailable")


@contextmanager
def a_hub():
    """A hub for a class of its own, of which nothing is left."""
    with tempfile.TemporaryDirectory(prefix="hub-") as folder:
        limit = "--JupyterHub.active_server_limit=0"
        hub = Hub(Path(folder), limit, venv=ROOT / ".hub" / ".venv")
        try:
            yield hub
        finally:
            hub.stop()


async def timed(act):
    began = time.monotonic()
    await act
    return time.monotonic() - began


async def start(student):
    """Seconds until the server is ready, and until the kernel is."""
    server = await timed(student.sign_in())
    return server, server + await timed(student.open(LESSON))


async def moves(student):
    """Seconds of each move, once a second from a random moment on."""
    places = len(student.sliders[SLIDER][1]["texts"])
    began = time.monotonic() + random.Random(student.name).random()
    seconds = []
    for number in range(MOVES):
        await asyncio.sleep(max(0, began + number - time.monotonic()))
        place = int(places * (0.618 * number % 1))  # never the same twice
        seconds.append(await student.move(SLIDER, place))
    return seconds


async def least_free(found):
    while True:
        found.append(min(free(), found[-1]))
        await asyncio.sleep(0.2)


async def measure(hub, count):
    """{what is measured: a figure of each student, or of each of their moves}."""
    least = [before := free()]
    watch = asyncio.create_task(least_free(least))

    async with AsyncExitStack() as stack:
        names = [f"student{number}" for number in range(count)]
        students = [
            await stack.enter_async_context(Student(hub, name)) for name in names
        ]

        async def together(what, act):
            print(f"{count} students: {what}", file=sys.stderr, flush=True)
            return await asyncio.gather(*map(act, students))

        def cpu():
            found = processes(hub.folder)
            return [sum(map(cpu_seconds, found[name].values())) for name in names]

        started = await together("sign in", start)
        got = {"to start": cpu()}
        got["server"], got["kernel"] = zip(*started, strict=True)
        got["run"] = await together("run 04", lambda s: timed(s.run_all(LESSON)))
        got["errors"] = [error for student in students for error in student.errors]
        got["with 04"] = cpu()
        found = processes(hub.folder)
        of_each = [{k: memory(p) for k, p in found[name].items()} for name in names]
        got["server MB"] = [each["server"][0] / 1e6 for each in of_each]
        got["kernel MB"] = [each["kernel"][0] / 1e6 for each in of_each]
        got["peak MB"] = [sum(m[1] for m in each.values()) / 1e6 for each in of_each]
        got["moves"] = sum(await together(f"{MOVES} moves each", moves), [])
        pairs = zip(got["with 04"], cpu(), strict=True)
        got["a move"] = [(after - before) / MOVES for before, after in pairs]
    watch.cancel()
    return got | {"least": least[-1] / 1e6, "in all": (before - least[-1]) / 1e6}


def tables(found):
    """Tables of {number of students: what `measure` returns}, and a sentence."""
    waits, takes = [], []
    for count, got in found.items():
        waits.append(
            (
                f"{count}",
                *(duration(median(got[n])) for n in ("server", "kernel", "run")),
                f"{len(got['errors'])}",
                duration(median(got["moves"])),
                duration(quantiles(got["moves"], n=20, method="inclusive")[-1]),
            )
        )
        each = mean(got["server MB"]), mean(got["kernel MB"])
        bytes_of = *each, sum(each), mean(got["peak MB"]), got["in all"], got["least"]
        seconds = (mean(got[name]) for name in ("to start", "with 04", "a move"))
        takes.append(
            (f"{count}", *(f"{mb:,.0f}" for mb in bytes_of), *map(duration, seconds))
        )
    head = "students", "server", "kernel", "04 run", "cells failed", "move", "95 %"
    yield table("How long they wait, the median", head, waits)
    head = "students", "server", "kernel", "both", "peak", "class", "least free"
    head += "to start", "with 04", "a move"
    yield table("What a student takes: MB after 04, processor seconds", head, takes)
    room = (MEMORY - SYSTEM) / 1e6 / mean(got["peak MB"])
    moving = CORES / 2 / mean(got["a move"])
    yield (
        f"So {CORES} cores and {MEMORY / 2**30:.0f} GiB have memory for {room:.0f}"
        f" students in 04; while {moving:.0f} move a slider once a second, the cores"
        " are half busy.\n"
    )


def main():
    began, found = machine(), {}
    for count in CLASSES:
        with a_hub() as hub:
            found[count] = asyncio.run(measure(hub, count))
    keep(TABLES, HEADING, [began, *tables(found)])
    failed = sum((got["errors"] for got in found.values()), [])
    if failed:
        sys.exit("; ".join(failed))


if __name__ == "__main__":
    main()
