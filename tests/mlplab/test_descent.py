"""The loop: its functions, its table of activations, and how it is compiled and kept.

Read-only and full folders are mounts (tests/support/mounts.py).
"""

import inspect
import os
import shutil
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numba import vectorize

import mlplab
from mlplab import descent
from mlplab.data import GATES
from mlplab.descent import ACTIVATIONS, training_loop
from support.mounts import CANNOT_WRITE, FULL, READ_ONLY, after

PACKAGE = Path(mlplab.__file__).parent
TESTS = Path(__file__).parents[1]
# Every mount there is; some, such as /proc, refuse and do not matter.
ALL_READ_ONLY = """
while read -r _ place _; do mount -o remount,ro,bind "$place" 2>/dev/null; done \\
    < /proc/mounts; true
"""

# Compiled in a second, where the training loop takes several.
SMALL = """
from .descent import compiled


def add_up(values):
    total = 0.0
    for value in values:
        total += value
    return total


total = compiled(add_up)
"""
USE_SMALL = """
import numpy
from mlplab.small import total
for _ in range(3):
    print(total(numpy.array([1.0, 2.0, 3.5])))
"""
SMALL_OUTPUT = "6.5\n" * 3


@pytest.fixture
def course(tmp_path):
    """Folders of a reader: the package (with a small function), home and temporary."""
    folders = {name: tmp_path / name for name in ("course", "home", "tmp")}
    for folder in folders.values():
        folder.mkdir()
    copied = folders["course"] / "mlplab"
    shutil.copytree(PACKAGE, copied, ignore=shutil.ignore_patterns("__pycache__"))
    (copied / "small.py").write_text(SMALL, encoding="utf-8")
    return folders


def run_python(program, folders, before=(), **environment):
    """Run a program in a Python of its own, after shell commands in a namespace."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("NUMBA_", "XDG_", "PYTHON", "IPYTHON"))
    }
    env |= {
        "HOME": str(folders["home"]),
        "TMPDIR": str(folders["tmp"]),
        "PYTHONPATH": str(folders["course"]),
    }
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(program)]
    if before:
        command = after(before, command)
    return subprocess.run(
        command,
        env=env | environment,
        cwd=folders["course"],
        capture_output=True,
        text=True,
    )


def assert_silent(result, output):
    assert result.stderr == ""
    assert (result.returncode, result.stdout) == (0, output)


@pytest.mark.parametrize("names", [["course"], ["course", "home"]], ids="+".join)
@pytest.mark.parametrize("how", [READ_ONLY, FULL], ids=["read-only", "full"])
def test_a_folder_that_cannot_be_written_changes_nothing(course, how, names):
    before = [
        command.format(course[name])
        for name in names
        for command in (how, CANNOT_WRITE)
    ]
    result = run_python(USE_SMALL, course, [*before, "cd /"])
    assert_silent(result, SMALL_OUTPUT)


def test_training_works_where_nothing_at_all_can_be_written(course):
    program = """
    import tempfile
    try:
        print("can write to", tempfile.gettempdir())
    except FileNotFoundError:
        pass
    from mlplab.network import Settings, sweep, train
    print(train(Settings(gate="OR", steps=500)).verdict)
    print(sweep(Settings(gate="OR", steps=500), [1.0], [0, 1]).verdict.tolist())
    """
    expected = "solved\n[['solved'], ['solved']]\n"
    assert_silent(run_python(program, course, [ALL_READ_ONLY]), expected)


def test_the_next_kernel_loads_what_the_first_one_compiled(course):
    debug = {"NUMBA_DEBUG_CACHE": "1"}
    first = run_python(USE_SMALL, course, **debug)
    second = run_python(USE_SMALL, course, **debug)
    assert "data saved" in first.stdout and "data loaded" not in first.stdout
    assert "data loaded" in second.stdout and "data saved" not in second.stdout
    assert first.stderr == second.stderr == ""


@pytest.mark.parametrize("networks", [1, 64])
def test_the_loop_on_disk_is_found_again_by_the_next_kernel(networks):
    """Numba looks for a file by what a function takes from around it.

    A compiled function among that has another name in every process.
    """
    taken = inspect.getclosurevars(training_loop(networks)).nonlocals
    assert taken == {"networks": networks}


def test_a_damaged_cache_does_not_stop_training(course):
    """In one process: each time a fresh start, since what Numba loaded it keeps."""
    program = """
    from pathlib import Path
    import numpy
    from mlplab import small
    from mlplab.descent import compiled
    values = numpy.array([1.0, 2.0, 3.5])
    damages = [
        lambda whole: b"",
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-1],
        lambda whole: b"not what it was, " * 100,
        lambda whole: bytes(len(whole)),
    ]
    for kind in ("nbi", "nbc"):
        for damage in damages:
            assert compiled(small.add_up)(values) == 6.5
            paths = list((Path(small.__file__).parent / "__pycache__").glob(
                f"small.*.{kind}"
            ))
            assert paths
            for path in paths:
                path.write_bytes(damage(path.read_bytes()))
            try:
                print(compiled(small.add_up)(values))
            except Exception as error:
                print(kind, damages.index(damage), repr(error))
            for path in paths:
                path.unlink()
    """
    assert_silent(run_python(program, course), "6.5\n" * 10)


@pytest.mark.long
def test_two_kernels_that_compile_the_two_loops_at_once(course, tmp_path):
    """Numba chooses the files' names without a lock: the loops must not share any."""
    settings = "Settings(gate='OR', steps=500)"
    calls = {
        "train": f"print(train({settings}).verdict)",
        "sweep": f"print(*sweep({settings}, [1.0], range(16)).verdict.ravel())",
    }
    use = "from mlplab.network import Settings, sweep, train"
    wait = """
    import time
    from pathlib import Path
    Path("{0}/{1}").touch()
    while len(list(Path("{0}").iterdir())) < 2:
        time.sleep(0.001)
    """
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    programs = [
        "\n".join([use, textwrap.dedent(wait.format(meeting, name)), call])
        for name, call in calls.items()
    ]
    expected = ["solved\n", " ".join(["solved"] * 16) + "\n"]
    with ThreadPoolExecutor(2) as pool:
        cold = list(pool.map(lambda program: run_python(program, course), programs))
    for result, output in zip(cold, expected, strict=True):
        assert_silent(result, output)
    # a third one loads both, and both are what they should be
    kept = {path.name for path in course["course"].rglob("*.nbi")}
    assert len(kept) == 2
    debug = {"NUMBA_DEBUG_CACHE": "1"}
    warm = run_python("\n".join([use, *calls.values()]), course, **debug)
    lines = warm.stdout.splitlines(keepends=True)
    assert [line for line in lines if not line.startswith("[cache]")] == expected
    assert warm.stdout.count("data loaded") == 2 and "data saved" not in warm.stdout


IN_IPYTHON = """
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.display_pub = CapturingDisplayPublisher()
"""
PRINT_SHOWN = """
for output in shell.display_pub.outputs:
    print(output["data"], output["update"])
"""


def test_only_a_call_that_compiles_says_what_it_waits_for(course):
    """Each time in a Python of its own: the second one loads what the first kept."""
    first, second = (
        run_python(IN_IPYTHON + USE_SMALL + PRINT_SHOWN, course) for _ in range(2)
    )
    # what nbval compares is empty, and in the end so is what the page shows
    shown = [({}, False), ({"text/plain": descent.NOTICE}, True), ({}, True)]
    lines = "".join(f"{data} {update}\n" for data, update in shown)
    assert_silent(first, SMALL_OUTPUT + lines)
    assert_silent(second, SMALL_OUTPUT)


# Its functions against float64


FUNCTIONS = {
    name: vectorize(function)
    for name, function in {
        "exp": lambda x: descent.exp_of_negative(x),
        "log1p": lambda x: descent.log_one_plus(x),
        "sigmoid": ACTIVATIONS["sigmoid"].f32,
        "tanh": ACTIVATIONS["tanh"].f32,
    }.items()
}


def everywhere(most):
    """Return float32 numbers from 0 to `most`, small ones and large ones alike."""
    smallest = np.finfo(np.float32).tiny
    return np.float32(
        [*np.linspace(0, most, 100_000), *np.geomspace(smallest, most, 100_000)]
    )


@pytest.mark.parametrize(
    ("kind", "x", "exact"),
    [
        ("exp", -everywhere(87), np.exp),
        ("log1p", everywhere(1), np.log1p),
        ("sigmoid", -everywhere(87), lambda z: 1 / (1 + np.exp(-z))),
        ("sigmoid", everywhere(1e38), lambda z: 1 / (1 + np.exp(-z))),
        ("tanh", -everywhere(1e38), np.tanh),
        ("tanh", everywhere(1e38), np.tanh),
    ],
)
def test_functions_are_within_three_roundings_of_float64(kind, x, exact):
    expected = exact(x.astype(float))
    spacing = np.spacing(np.abs(expected).astype(np.float32))
    with np.errstate(all="ignore"):
        found = FUNCTIONS[kind](x)
    assert (np.abs(found - expected) / spacing).max() < 3


@np.errstate(all="ignore")
def test_functions_at_the_ends():
    """Below exp(-87), about the smallest normal float32, nothing changes any more."""
    lowest = np.float32([-87.5, -1e38, -np.inf])
    for kind in ("exp", "sigmoid"):
        assert (FUNCTIONS[kind](lowest) < 2e-38).all()
        assert (FUNCTIONS[kind](lowest) > 0).all()
    assert FUNCTIONS["sigmoid"](-lowest).tolist() == [1, 1, 1]
    assert FUNCTIONS["tanh"](lowest).tolist() == [-1, -1, -1]
    assert FUNCTIONS["tanh"](-lowest).tolist() == [1, 1, 1]
    for kind in ("exp", "log1p", "sigmoid", "tanh"):
        assert np.isnan(FUNCTIONS[kind](np.float32([np.nan]))).all()


def test_the_compiled_loop_lets_other_threads_run():
    """It holds no lock of Python's: this thread sees a run that has only begun."""
    loop = descent.compiled(training_loop(1))
    losses = np.full((500_000, 1), -1, dtype=np.float32)
    vectors, rates = np.zeros((9, 1), np.float32), np.ones(1, np.float32)
    sizes, y = np.array([2, 2, 1]), np.float32(GATES["XOR"])
    keep, kept = np.empty(0, np.int64), np.empty((0, 9, 1), np.float32)
    loop(vectors, sizes, 0, y, 0, rates, 1, losses, keep, kept)  # compiles
    arguments = vectors, sizes, 0, y, 0, rates, len(losses), losses, keep, kept
    thread = threading.Thread(target=loop, args=arguments)
    losses[0] = -1
    seen = False
    thread.start()
    while thread.is_alive():
        seen = seen or losses[0] > 0 > losses[-1]
    assert seen and losses[-1] > 0


# The table of activations

NEW_ENTRY = """\
    "softsign": Activation(
        lambda z: z / (ONE + abs(z)),
        lambda z: z / (1 + abs(z)),
        lambda h: (ONE - abs(h)) * (ONE - abs(h)),
        "Softsign",
    ),
}
"""
USE_NEW_ENTRY = """
from mlplab.explorers.controls import ACTIVATIONS
from mlplab.network import Settings, train
from mlplab.pytorch_code import pytorch_code
from support.pytorch import torch_gradients, torch_seeded, torch_train
assert list(ACTIVATIONS) == ["sigmoid", "tanh", "relu", "none", "softsign"]
settings = Settings("OR", (3, 5), "softsign", learning_rate=0.3, steps=60)
run = train(settings)
losses, kept = torch_train(torch_seeded(settings), settings, {60})
np.testing.assert_allclose(run.loss, losses[:60], rtol=1e-4)
np.testing.assert_allclose(run.final_loss, losses[60], rtol=1e-4)
_, gradients = torch_gradients(kept[60], "softsign", "OR")
norms = [np.linalg.norm(dW) for dW, _ in gradients]
np.testing.assert_allclose(run.gradient_norms[-1], norms, rtol=1e-4)
assert "torch.nn.Softsign()" in pytorch_code(settings)
"""


def test_an_activation_is_one_entry(course):
    """With one line more in the table everything else follows, PyTorch included."""
    path = course["course"] / "mlplab" / "descent.py"
    source = path.read_text(encoding="utf-8")
    start = source.index("ACTIVATIONS = {")
    end = source.index("}\n", start)
    path.write_text(source[:end] + NEW_ENTRY + source[end + 2 :], encoding="utf-8")
    # as it is written, without the seconds of compiling
    path = os.pathsep.join([str(course["course"]), str(TESTS)])
    result = run_python(
        "import numpy as np" + USE_NEW_ENTRY,
        course,
        PYTHONPATH=path,
        NUMBA_DISABLE_JIT="1",
    )
    assert_silent(result, "")
