"""The compiled loop where nothing can be kept on disk, or what is kept is damaged.

Read-only and full folders are mounts (tests/support/mounts.py).
"""

import os
import shutil
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib
import pytest

import mlplab
from mlplab import compiling
from support.mounts import CANNOT_WRITE, FULL, READ_ONLY, after

PACKAGE = Path(mlplab.__file__).parent
# Every mount there is; some, such as /proc, refuse and do not matter.
ALL_READ_ONLY = """
while read -r _ place _; do mount -o remount,ro,bind "$place" 2>/dev/null; done \\
    < /proc/mounts; true
"""

# Compiled in a second, where the training loop takes several.
SMALL = """
from .compiling import compiled


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


def test_a_damaged_cache_does_not_stop_training(course):
    """In one process: each time a fresh start, since what Numba loaded it keeps."""
    program = """
    from pathlib import Path
    import numpy
    from mlplab import small
    from mlplab.compiling import compiled
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
def test_a_cold_explorer_says_once_what_it_waits_for(course, monkeypatch):
    """The map of outcomes compiles both loops; the second kernel loads both."""
    program = """
    from mlplab.explorers import explore_outcomes
    assert explore_outcomes().image.value
    """
    cache = {"MPLCONFIGDIR": matplotlib.get_cachedir(), "MPLBACKEND": "Agg"}
    monkeypatch.delenv("PYTEST_VERSION")  # as for a reader
    assert_silent(run_python(program, course, **cache), compiling.NOTICE + "\n")
    assert_silent(run_python(program, course, **cache), "")


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


def test_only_a_call_that_compiles_says_what_it_waits_for(course, monkeypatch):
    """Each time in a Python of its own: the second one loads what the first kept."""
    assert_silent(run_python(USE_SMALL, course), SMALL_OUTPUT)  # under pytest
    shutil.rmtree(course["course"] / "mlplab" / "__pycache__")
    monkeypatch.delenv("PYTEST_VERSION")  # as for a reader
    said = [run_python(USE_SMALL, course) for _ in range(2)]
    assert_silent(said[0], compiling.NOTICE + "\n" + SMALL_OUTPUT)
    assert_silent(said[1], SMALL_OUTPUT)
