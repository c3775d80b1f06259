"""Measure a class on the hub: `make bench PART=hub`.

N students do the same at the same moment, without browsers: they sign in, start a
server and a kernel, run all of 04, and move a slider once a second.
"""

import asyncio
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path

from support.hub import Hub
from support.students import Student

from .__main__ import machine
from .report import duration, keep, table

HEADING = "## What a class on the hub takes\n"
CLASSES = (1, 5, 10, 20, 30)
LESSON = "notebooks/04_manual_backprop.ipynb"
SLIDER = "learning_rate"  # of explore_backprop, which trains anew at each move
MOVES = 40  # one a second
SYSTEM = 2e9  # bytes kept for the system, the hub and its proxy
GIB, MB = 2**30, 1e6


def processes(folder):
    """{who: {"server" or "kernel": (process id, its /proc)}} of the class in a folder.

    The hub, its proxy and make are nobody's: who is "".
    """
    found = defaultdict(dict)
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            environ = (path / "environ").read_bytes().split(b"\0")
            if f"MLP_CLASS={folder}".encode() not in environ:
                continue
            user = [v[16:].decode() for v in environ if v[:16] == b"JUPYTERHUB_USER="]
            command = (path / "cmdline").read_bytes()
            kind = "kernel" if b"ipykernel_launcher" in command else "server"
            found["".join(user)][kind if user else path.name] = path
    return found


def kilobytes(file, *names):
    lines = (line.split() for line in file.read_text().splitlines())
    values = {line[0].rstrip(":"): line[1] for line in lines if len(line) > 1}
    return [int(values[name]) for name in names]


def memory(process):
    """Bytes of a process, with its share of what is shared (PSS), now and at most."""
    (pss,) = kilobytes(process / "smaps_rollup", "Pss")
    resident, most = kilobytes(process / "status", "VmRSS", "VmHWM")
    return 1024 * pss, 1024 * (pss + most - resident)


def cpu_seconds(process):
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")  # with its children


def free():
    return 1024 * kilobytes(Path("/proc/meminfo"), "MemAvailable")[0]


@contextmanager
def a_hub():
    """A hub for a class of its own; nothing of it is left behind, whatever happens."""
    with tempfile.TemporaryDirectory(prefix="hub-") as folder:
        place = Path(folder)
        try:
            hub = Hub(place, "--JupyterHub.active_server_limit=0", "--log-level=WARN")
            try:
                yield hub
            finally:
                hub.stop()
        finally:
            for of_one in processes(place / "class").values():
                for process in of_one.values():
                    with suppress(ProcessLookupError):
                        os.kill(int(process.name), signal.SIGKILL)


async def timed(act):
    began = time.monotonic()
    await act
    return time.monotonic() - began


async def moves(student):
    """Seconds of each move, from a random moment of a second on, once a second."""
    chance = random.Random(student.name)
    places = len(student.sliders[SLIDER][1]["texts"])
    await asyncio.sleep(chance.random())
    due, seconds = time.monotonic(), []
    for number in range(MOVES):
        await asyncio.sleep(max(0, due + number - time.monotonic()))
        place = int(places * (0.618 * number % 1))  # never the same twice
        seconds.append(await student.move(SLIDER, place))
    return seconds


async def least_free(found):
    while True:
        found[0] = min(found[0], free())
        await asyncio.sleep(0.2)


async def measure(hub, count):
    """What a class of so many does and takes: {name: figure or list of figures}."""
    least, got = [free()], {}
    watch = asyncio.create_task(least_free(least))

    def say(text):
        print(f"  {count} students: {text}", file=sys.stderr, flush=True)

    def cpu():
        return {
            who: sum(map(cpu_seconds, of_one.values()))
            for who, of_one in processes(hub.folder).items()
            if who
        }

    async with AsyncExitStack() as stack:
        students = [
            await stack.enter_async_context(Student(hub, f"student{n}"))
            for n in range(count)
        ]

        async def together(what, act):
            say(what)
            return await asyncio.gather(*[act(student) for student in students])

        async def start(student):
            server = await timed(student.sign_in())
            return server, server + await timed(student.open(LESSON))

        got["server"], got["kernel"] = zip(
            *await together("sign in", start), strict=True
        )
        got["start cpu"] = [*cpu().values()]
        run = lambda student: timed(student.run_all(LESSON))  # noqa: E731
        got["run"] = await together("run 04", run)
        got["failed"] = [error for student in students for error in student.errors]
        before = cpu()
        got["run cpu"] = [*before.values()]
        of_all = processes(hub.folder)
        others = of_all.pop("").values()
        for kind in ("server", "kernel"):
            pairs = [memory(of_one[kind]) for of_one in of_all.values()]
            got[f"{kind} pss"], got[f"{kind} peak"] = zip(*pairs, strict=True)
        got["hub pss"] = sum(memory(process)[0] for process in others)
        got["moves"] = sum(await together(f"{MOVES} moves each", moves), [])
        got["move cpu"] = [(cpu()[who] - s) / MOVES for who, s in before.items()]
    watch.cancel()
    got["least free"] = least[0]
    return got


def mean_mb(values):
    return f"{statistics.mean(values) / MB:,.0f}"


def late(values):
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def tables(found):
    """Tables of {number of students: what `measure` returns}."""
    yield table(
        "How long they wait (median; of moves also 95 %)",
        ("students", "server", "kernel", "04 run", "cells failed", "a move", "95 %"),
        [
            (
                f"{count}",
                *(duration(statistics.median(got[n])) for n in ("server", "kernel")),
                duration(statistics.median(got["run"])),
                f"{len(got['failed'])}",
                duration(statistics.median(got["moves"])),
                duration(late(got["moves"])),
            )
            for count, got in found.items()
        ],
    )
    yield table(
        "What one of them takes after 04: PSS in MB, seconds of a processor",
        (
            *("students", "server", "kernel", "both", "peak", "least left"),
            *("to start", "with 04", "a move"),
        ),
        [
            (
                f"{count}",
                mean_mb(got["server pss"]),
                mean_mb(got["kernel pss"]),
                mean_mb(map(sum, zip(got["server pss"], got["kernel pss"], strict=1))),
                mean_mb(
                    map(sum, zip(got["server peak"], got["kernel peak"], strict=1))
                ),
                f"{got['least free'] / MB:,.0f}",
                *(
                    duration(statistics.mean(got[f"{name} cpu"]))
                    for name in ("start", "run", "move")
                ),
            )
            for count, got in found.items()
        ],
    )


def main():
    page = Path(__file__).with_name("README.md")
    found = {}
    for count in CLASSES:
        with a_hub() as hub:
            found[count] = asyncio.run(measure(hub, count))
    texts = [machine(), *tables(found)]
    print(*texts, sep="\n")
    keep(page, HEADING, texts)


if __name__ == "__main__":
    main()
