"""Which Pythons and systems the course accepts, and how it refuses the others."""

import importlib.metadata
import os
import re
import subprocess
import sys
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from exercises.environment import check_environment
from tools import check_python
from tools.execute import ROOT

CHECK = ROOT / "tools" / "check_python.py"
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"

LINUX = {"system": "linux", "processor": "x86_64", "libc": ("glibc", "2.28")}
WINDOWS = {"system": "win32", "processor": "AMD64", "build": "win-amd64"}
MAC = {"system": "darwin", "processor": "arm64", "macos": "14.0", "kernel": "ARM64"}


@pytest.fixture
def problem(monkeypatch):
    """What check_python says on the computer that is described."""

    def problem(
        version=(3, 13, 1),
        system="linux",
        processor="x86_64",
        build="",
        kernel="#1 SMP",
        libc=("", ""),
        macos="",
        kind="CPython",
        free_threaded=0,
        bits=64,
        environment=None,
    ):
        names = {"linux": "Linux", "win32": "Windows", "darwin": "Darwin"}
        facts = SimpleNamespace(
            platform=system,
            version_info=(*version, "final", 0),
            maxsize=2 ** (bits - 1) - 1,
            executable="/bin/it",
            prefix=environment or "/usr",
            base_prefix="/usr",
        )
        functions = SimpleNamespace(
            system=lambda: names.get(system, system),
            machine=lambda: processor,
            version=lambda: kernel,
            libc_ver=lambda: libc,
            mac_ver=lambda: (macos, ("", "", ""), ""),
            python_implementation=lambda: kind,
        )
        configuration = SimpleNamespace(
            get_platform=lambda: build,
            get_config_var={"Py_GIL_DISABLED": free_threaded}.get,
        )
        monkeypatch.setattr(check_python, "sys", facts)
        monkeypatch.setattr(check_python, "platform", functions)
        monkeypatch.setattr(check_python, "sysconfig", configuration)
        return check_python.problem()

    return problem


@pytest.mark.parametrize(
    "version",
    [(3, 11, 0), (3, 11, 14), (3, 12, 0), (3, 13, 9), (3, 14, 0), (3, 14, 2)],
)
@pytest.mark.parametrize(
    "computer",
    [
        LINUX,
        LINUX | {"libc": ("glibc", "2.41")},
        MAC,
        MAC | {"macos": "26.1"},
        WINDOWS,
        WINDOWS | {"processor": "ARM64"},  # which imitates x64
    ],
)
def test_it_accepts(computer, version, problem):
    assert problem(version, **computer) is None


RANGE = "Python 3.11 to 3.14, but not 3.14.1"
COMPUTER = "Linux on x86-64, Windows on x64 or macOS on Apple silicon"
GLIBC = "Linux with glibc 2.28 or newer"
X64 = "a 64-bit Python"
OLD = {"version": (3, 9, 1)}
NEW = {"version": (3, 15, 0)}


@pytest.mark.parametrize(
    ("computer", "needs", "here"),
    [
        (LINUX | {"version": (2, 7, 18)}, RANGE, "Python 2.7.18"),
        (LINUX | {"version": (3, 10, 14)}, RANGE, "Python 3.10.14"),
        (LINUX | {"version": (3, 14, 1)}, RANGE, "Python 3.14.1"),
        (MAC | NEW, RANGE, "Python 3.15.0"),
        (LINUX | {"version": (4, 0, 0)}, RANGE, "Python 4.0.0"),
        # Another Python would not help, so the computer is named first.
        (LINUX | OLD | {"processor": "aarch64"}, COMPUTER, "Linux on aarch64"),
        (LINUX | {"processor": "i686", "bits": 32}, COMPUTER, "Linux on i686"),
        (MAC | {"processor": "x86_64", "kernel": "X86"}, COMPUTER, "Darwin on x86_64"),
        (WINDOWS | {"build": "win-arm64"}, COMPUTER, "Windows on arm64"),
        ({"system": "freebsd14"}, COMPUTER, "freebsd14 on x86_64"),
        # linux2 is Python 2's name of Linux.
        (LINUX | OLD | {"system": "linux2"}, RANGE, "Python 3.9.1"),
        (LINUX | {"bits": 32}, X64, "a 32-bit one"),
        (WINDOWS | {"bits": 32, "build": "win32"}, X64, "a 32-bit one"),
        (MAC | {"processor": "x86_64"}, "a Python for Apple silicon", "one for Intel"),
        (
            WINDOWS | {"build": "mingw_x86_64"},
            "a Python from python.org",
            "one of MSYS2",
        ),
        (LINUX | {"kind": "PyPy"}, "the usual Python, CPython", "PyPy"),
        (
            LINUX | {"free_threaded": 1},
            "the usual build of Python",
            "a free-threaded one",
        ),
        (LINUX | {"libc": ("glibc", "2.17")}, GLIBC, "one with glibc 2.17"),
        (LINUX | {"libc": ("", "")}, GLIBC, "one with another C library"),
        (LINUX | {"libc": ("libc", "6")}, GLIBC, "one with libc 6"),
        (MAC | {"macos": "13.7.1"}, "macOS 14 or newer", "macOS 13.7.1"),
    ],
)
def test_it_refuses_in_one_sentence(computer, needs, here, problem):
    beginning = f"This course needs {needs}, and this is {here} (/bin/it): "
    said = problem(**computer)
    assert said.startswith(beginning)
    assert re.fullmatch(r"[a-z][^:\n]+\.", said.removeprefix(beginning))


INSTALL = "install such a Python, for example 3.13, and"


@pytest.mark.parametrize(
    ("computer", "remedy"),
    [
        (LINUX | OLD, f"{INSTALL} run make lab PYTHON=python3.13"),
        (LINUX | {"bits": 32}, f"{INSTALL} run make lab PYTHON=python3.13"),
        (WINDOWS | OLD, f"{INSTALL} start with py -3.13 as README.md says"),
        (
            LINUX | NEW | {"environment": "/.venv"},
            f"remove the folder /.venv, {INSTALL}",
        ),
        (LINUX | {"processor": "aarch64"}, "use such a computer"),
        (LINUX | {"libc": ("", "")}, "use such a Linux"),
        (MAC | {"macos": "13.7.1"}, "update macOS"),
    ],
)
def test_it_says_what_to_do(computer, remedy, problem):
    assert f": {remedy}" in problem(**computer)


@pytest.mark.parametrize(
    "version",
    ["2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"],
)
def test_every_python_can_run_it(version):
    """Those that pyenv has on this machine."""
    found = sorted(PYENV.glob(f"{version}.*/bin/python"))
    if not found:
        pytest.skip(f"pyenv has no Python {version}")
    result = subprocess.run([found[0], CHECK], capture_output=True, text=True)
    full = tuple(map(int, found[0].parent.parent.name.split(".")))
    assert result.stdout == ""
    if check_python.OLDEST <= full < (3, 15) and full != check_python.EXCLUDED:
        assert (result.returncode, result.stderr) == (0, "")
    else:
        assert result.returncode == 1
        assert re.fullmatch(rf"This course .*Python {version}.*\.\n", result.stderr)


def test_it_accepts_the_versions_that_every_pin_allows(problem):
    """Which files the registry has for them only a look there can tell."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    names = [pin.name for pin in pins if not pin.marker or pin.marker.evaluate()]
    assert len(names) > 100
    requires = [importlib.metadata.metadata(name)["Requires-Python"] for name in names]
    all_of_them = SpecifierSet(",".join(filter(None, requires)))
    for version in product([3], range(8, 15), range(25)):
        allowed = all_of_them.contains(check_python.dotted(version))
        assert (problem(version, **LINUX) is None) == allowed, version


def test_the_readme_names_what_is_accepted():
    oldest, newest, excluded, glibc, macos = map(
        check_python.dotted,
        [
            check_python.OLDEST,
            check_python.NEWEST,
            check_python.EXCLUDED,
            check_python.GLIBC,
            check_python.MACOS,
        ],
    )
    text = " ".join(README.split())
    assert f"You need Python {oldest} to {newest} (not {excluded})" in text
    assert f"Linux (x86-64, glibc {glibc} or newer)" in text
    assert f"Windows (x64) or macOS {macos} or newer (Apple silicon)" in text


def test_on_windows_the_readme_checks_before_pip():
    block = re.search(r"PowerShell:\n\n```\n(.*?)```", README, re.S)[1]
    py = f"py -{check_python.dotted(check_python.ADVISED)}"
    first, second, *_ = block.splitlines()
    assert first == (f"{py} tools\\check_python.py; if ($?) {{ {py} -m venv .venv }}")
    assert second.startswith(r".venv\Scripts\python -m pip install ")


# Notebook 00 asks it when a package is missing or broken.


@pytest.fixture
def course(tmp_path):
    """A folder with all that notebook 00 looks for, and a package that is missing."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "notebooks" / "mlplab").mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("no-such-package==1.0\n")
    (tmp_path / "tools" / CHECK.name).write_text(CHECK.read_text(encoding="utf-8"))
    return tmp_path


MISSING = "no-such-package is not installed, the course needs 1.0."


@pytest.mark.parametrize(
    ("python", "lacking", "words", "by_pip"),
    [
        (sys.version_info, "LICENSE", MISSING, True),
        # which pip cannot serve
        ((3, 15, 0, "final", 0), "LICENSE", f"{RANGE}, and this is Python 3.15", False),
        # Where only the notebooks and the list of packages were handed on.
        (sys.version_info, "tools/check_python.py", MISSING, True),
        (sys.version_info, "requirements.txt", "This page stands alone", False),
    ],
    ids=["a package", "a Python", "without the check", "alone"],
)
def test_notebook_00_says_what_to_do(
    python, lacking, words, by_pip, course, monkeypatch, capsys
):
    (course / lacking).unlink(missing_ok=True)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version_info", python)
        check_environment(course)
    said = capsys.readouterr().out
    assert words in said
    assert said.endswith("%pip install -r ../requirements.txt\n") == by_pip
    assert ("%pip" in said) == by_pip
