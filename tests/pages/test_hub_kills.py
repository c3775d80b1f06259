"""Kills while a class works: the others go on, and who was hit comes back."""

import asyncio
import os
import signal
import time
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import aiohttp
import pytest

from support.hub import TESTED, Hub, processes
from support.students import Failed, Student

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not TESTED, reason="the hub's proxy needs npm"),
    pytest.mark.skipif(not Path("/proc").exists(), reason="looks through /proc"),
]

NAMES = ["ada", "bob", "cleo", "dan", "eve"]
LESSON = "notebooks/04_manual_backprop.ipynb"
WORK = "from mlplab.explorers import explore_backprop\nexplore_backprop()"
SECONDS = 180  # to come back; the hub looks after a server every 30 s


async def patiently(act):
    """Do it again, as one who reloads a page, until it works."""
    last = time.monotonic() + SECONDS
    while True:
        try:
            return await act()
        except (aiohttp.ClientError, Failed, TimeoutError):
            assert time.monotonic() < last, f"{act.__qualname__} does not work"
            await asyncio.sleep(1)


class Worker(Student):
    """A student who moves a slider, and comes back whenever that fails."""

    moved = back = 0

    async def enter(self):
        await self.come_back()
        await self.open(LESSON)
        await self.run(WORK)

    async def work(self):
        while True:
            try:
                await self.move("learning_rate", self.moved % 7)
                self.moved += 1
                await asyncio.sleep(0.2)
            except (aiohttp.ClientError, Failed, ConnectionError):
                await patiently(self.enter)
                self.back += 1


async def all_move(workers):
    """Wait until each of them has moved the slider some times more."""
    goals = [worker.moved + 5 for worker in workers]
    last = time.monotonic() + SECONDS
    while any(w.moved < goal for w, goal in zip(workers, goals, strict=True)):
        assert time.monotonic() < last, [(w.name, w.moved) for w in workers]
        await asyncio.sleep(0.1)


async def save_answers(workers):
    for worker in workers:
        path = f"contents/{LESSON}"
        nb = await worker.api("GET", path)
        nb["content"]["cells"][-1]["source"] = f"answer of {worker.name}"
        await worker.api("PUT", path, json=nb)
        progress = worker.hub.home(worker.name) / ".mlplab_progress.json"
        progress.write_text(f'["{worker.name}"]', encoding="utf-8")


def kill(process):
    os.kill(int(process.name), signal.SIGKILL)


def named(hub, part):
    """The processes of the hub itself, or of its proxy."""
    of_hub = processes(hub.folder)[""].values()
    return [p for p in of_hub if part in (p / "cmdline").read_text()]


async def killed_while_they_work(hub, again):
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(Worker(hub, n)) for n in NAMES]
        await asyncio.gather(*(worker.sign_in() for worker in workers))
        await asyncio.gather(*(worker.enter() for worker in workers))
        await save_answers(workers)
        tasks = [asyncio.create_task(worker.work()) for worker in workers]
        ada, bob, *others = workers
        await all_move(workers)

        kill(processes(hub.folder)["ada"]["kernel"])
        await all_move(workers)
        assert [worker.back for worker in workers] == [1, 0, 0, 0, 0]

        before = processes(hub.folder)["bob"]
        kill(before["server"])
        await all_move([ada, *others])
        await all_move(workers)
        assert [worker.back for worker in workers] == [1, 1, 0, 0, 0]
        assert not before["kernel"].exists(), "a kernel outlives its server"

        kill(*named(hub, "configurable-http-proxy"))
        await all_move(workers)
        assert min(worker.back for worker in workers) >= 1

        kernels = [worker.kernel for worker in workers]
        came_back = [worker.back for worker in workers]
        kill(*named(hub, "jupyterhub"))
        await all_move(workers)  # without a hub
        assert [worker.back for worker in workers] == came_back
        hub = again()
        await all_move(workers)
        newcomer = await stack.enter_async_context(Worker(hub, "fay"))
        await newcomer.sign_in()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*(worker.enter() for worker in workers))
        assert [worker.kernel for worker in workers] == kernels

        for worker in workers:
            nb = await worker.api("GET", f"contents/{LESSON}")
            assert nb["content"]["cells"][-1]["source"] == f"answer of {worker.name}"
            progress = hub.home(worker.name) / ".mlplab_progress.json"
            assert progress.read_text() == f'["{worker.name}"]'


def test_others_go_on_and_who_was_hit_comes_back(tmp_path):
    with ExitStack() as stack:

        def hub(ports=None):
            started = Hub(tmp_path, ports=ports)
            stack.callback(started.stop)
            return started

        first = hub()
        asyncio.run(killed_while_they_work(first, lambda: hub(first.ports)))
