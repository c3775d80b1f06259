"""A reader interrupts the kernel in the middle of the work, and goes on.

Real kernels. Each is interrupted when it says, by a file, that the work has begun.
"""

import asyncio
import threading
import time

import pytest
from nbclient import NotebookClient
from nbformat import v4

from mlplab.network import Settings, sweep, train
from tools.execute import NOTEBOOKS

pytestmark = pytest.mark.long

SECONDS = 60  # at most, for any cell
BEGUN = "begun"
PREPARE = """
import sys
import time
from pathlib import Path
sys.path.insert(0, {path!r})
from mlplab import network
from mlplab.network import Settings, sweep, train

calls = []
inner = network.descend

def descend(*arguments):
    calls.append(1)
    if len(calls) == {calls}:
        Path({begun!r}).touch()
    return inner(*arguments)

network.descend = descend
"""


class Kernel:
    """A fresh kernel in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.client = NotebookClient(
            v4.new_notebook(),
            timeout=SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            allow_errors=True,
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
        )
        self.client.create_kernel_manager()

    def run(self, source):
        """Run a cell; return what it printed and the name of its error, or None."""
        cells = self.client.nb.cells
        cells.append(v4.new_code_cell(source))
        outputs = self.client.execute_cell(cells[-1], len(cells) - 1).outputs
        errors = [output.ename for output in outputs if output.output_type == "error"]
        assert not any(output.get("name") == "stderr" for output in outputs), outputs
        return "".join(output.get("text", "") for output in outputs), *errors

    def run_and_interrupt(self, source):
        """Run a cell, and interrupt it when its work has begun."""
        marker = self.folder / BEGUN

        def interrupt():
            deadline = time.monotonic() + SECONDS
            while not marker.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            asyncio.run(self.client.km.interrupt_kernel())

        thread = threading.Thread(target=interrupt)
        thread.start()
        try:
            return self.run(source)
        finally:
            thread.join()
            marker.unlink()


@pytest.fixture
def kernel(tmp_path):
    kernel = Kernel(tmp_path)
    with kernel.client.setup_kernel():
        yield kernel


def prepare(kernel, calls=1):
    source = PREPARE.format(path=str(NOTEBOOKS), calls=calls, begun=BEGUN)
    assert kernel.run(source) == ("",)


GO_ON = """
print(train(Settings()).final_loss, train(Settings()).verdict)
print(sweep(Settings(steps=500), [1.0, 10.0], range(40)).final_loss.tolist())
"""


def assert_goes_on(kernel):
    """The next results are those of a process that nobody interrupted."""
    run = train(Settings())
    losses = sweep(Settings(steps=500), [1.0, 10.0], range(40)).final_loss.tolist()
    assert kernel.run(GO_ON) == (f"{run.final_loss} {run.verdict}\n{losses}\n",)


def test_a_sweep(kernel):
    prepare(kernel, calls=5)
    kernel.run("import threading\nbefore = threading.active_count()")
    # The whole of it would take a minute and more.
    source = "sweep(Settings(hidden_sizes=(10, 10)), [1.0], range(64 * 300))"
    assert kernel.run_and_interrupt(source) == ("", "KeyboardInterrupt")
    # Soon, not after the rest of it; and nothing goes on behind the reader's back.
    count, left = kernel.run("print(len(calls), threading.active_count() - before)")[
        0
    ].split()
    assert 5 <= int(count) < 150 and left == "0"
    assert_goes_on(kernel)


def test_a_run(kernel):
    """The compiled loop ends first: an interrupt waits for it."""
    prepare(kernel)
    source = "run = train(Settings(steps=20_000_000))\ntime.sleep(600)"
    assert kernel.run_and_interrupt(source) == ("", "KeyboardInterrupt")
    assert_goes_on(kernel)


def test_the_map_of_outcomes(kernel):
    prepare(kernel, calls=2)
    make = (
        "from mlplab.explorers import explore_outcomes\nexplorer = explore_outcomes()"
    )
    assert kernel.run(make) == ("",)
    kernel.run(f"calls.clear()\nPath({BEGUN!r}).unlink()")
    move = "explorer.set(activation='tanh', hidden_units=4)"
    assert kernel.run_and_interrupt(move) == ("", "KeyboardInterrupt")
    kernel.run("explorer.set(learning_rate=2.0, seed=3)")
    compare = (
        "other = explore_outcomes()\nother.set(**explorer.values())\n"
        "print(explorer.values()['activation'], explorer.text == other.text,"
        " explorer.page.picture == other.page.picture)"
    )
    assert kernel.run(compare) == ("tanh True True\n",)
    assert_goes_on(kernel)


def test_the_compiling(kernel):
    """At the first run of all, where no cache holds the loop."""
    cache = f"import os\nos.environ['NUMBA_CACHE_DIR'] = {str(kernel.folder)!r}"
    assert kernel.run(cache) == ("",)
    prepare(kernel)
    assert kernel.run_and_interrupt("train(Settings())") == ("", "KeyboardInterrupt")
    assert not list(kernel.folder.rglob("*.nbc"))  # it was not yet done
    assert_goes_on(kernel)
    assert list(kernel.folder.rglob("*.nbc"))
