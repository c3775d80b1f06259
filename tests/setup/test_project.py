"""The set-up: pins, imports, the Makefile."""

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from functools import cache

import pytest

from support.constraints import CONSTRAINTS, canonical, indirect
from tools.execute import COURSE, NOTEBOOKS, ROOT, read

REQUIREMENTS = ROOT / "requirements.txt"
TEST_REQUIREMENTS = ROOT / "tests" / "requirements.txt"
PIN = re.compile(r"([A-Za-z0-9._-]+)==(\d+(\.\d+)*)")

# Pinned, but run as programs: nothing imports them.
PROGRAMS = {
    "jupyterlab": "where the course is read",
    "jupyterlab-deck": "shows a notebook as slides, an extension of JupyterLab",
    "nbval": "python -m pytest --nbval notebooks, a plugin of pytest",
    "pytest-xdist": "pytest -n, a plugin of pytest",
    "ruff": "ruff check, ruff format",
    "notebook": "a front end that the explorers must work in",
    "voila": "a front end that the explorers must work in",
}


@cache
def pins(path):
    """The lines of a requirements file that name a package: {name: version}."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.partition("#")[0].strip()
        if not line or line.startswith("-r "):
            continue
        match = PIN.fullmatch(line)
        assert match, f"{path.name}: {line!r} is not an exact pin, name==version"
        found[match[1]] = match[2]
    return found


def all_pins():
    return pins(REQUIREMENTS) | pins(TEST_REQUIREMENTS)


def top_level_imports(source):
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


def sources(*folders):
    """(where, source) of the Python files below these folders."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if ".ipynb_checkpoints" not in path.parts:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def notebook_sources():
    for name in COURSE:
        for cell in read(NOTEBOOKS / name).cells:
            if cell.cell_type == "code":
                yield f"{name}, cell {cell.id}", cell.source


def third_party(where_and_sources):
    """{distribution: where} of what these sources import from outside."""
    # A file run as a program imports the files beside it by name.
    folders = (".", "notebooks", "tests", "figures")
    own = {path.stem for folder in folders for path in (ROOT / folder).iterdir()}
    distributions = importlib.metadata.packages_distributions()
    found = {}
    for where, source in where_and_sources:
        for name in top_level_imports(source) - own - sys.stdlib_module_names:
            for distribution in distributions.get(name, [name]):
                found.setdefault(distribution.lower().replace("_", "-"), where)
    return found


def test_what_the_learner_runs_needs_only_requirements_txt():
    found = third_party([*sources("notebooks"), *notebook_sources()])
    assert not {d: found[d] for d in found.keys() - pins(REQUIREMENTS).keys()}


def test_what_the_tests_and_figures_import_is_pinned():
    found = third_party(sources("tests", "figures", "tools"))
    assert not {d: found[d] for d in found.keys() - all_pins().keys()}


def test_every_pin_is_used():
    used = third_party([*sources("notebooks", "tests", "figures"), *notebook_sources()])
    idle = all_pins().keys() - used.keys() - PROGRAMS.keys()
    assert not idle, "pinned, but neither imported nor a program"
    assert not PROGRAMS.keys() - all_pins().keys(), "a program that is not pinned"


def test_nothing_is_pinned_twice():
    once = [pins(REQUIREMENTS), pins(TEST_REQUIREMENTS), pins(CONSTRAINTS)]
    names = [canonical(name) for found in once for name in found]
    assert not {name for name in names if names.count(name) > 1}
    first = TEST_REQUIREMENTS.read_text(encoding="utf-8").splitlines()[0]
    assert first == "-r ../requirements.txt"


def test_the_environment_is_the_pinned_one():
    for name, version in all_pins().items():
        # torch adds its build: 2.13.0+cpu.
        installed = importlib.metadata.version(name).partition("+")[0]
        assert installed == version, f"{name}: run make test, it installs the pins"


def test_the_constraints_are_what_the_pins_bring_with_them():
    """All of it, at the versions of the environment in which the tests run."""
    needed = indirect([*all_pins()])
    stored = pins(CONSTRAINTS)
    write = "see Dependencies in CONTRIBUTING.md"
    assert needed.keys() <= stored.keys(), f"not in constraints.txt; {write}"
    # Other platforms and Pythons need less.
    here = sys.platform == "linux" and sys.version_info[:2] == (3, 11)
    if here:
        assert stored.keys() <= needed.keys(), f"idle in constraints.txt; {write}"
    other = {name: v for name, v in needed.items() if stored[name] != v}
    assert not other, f"run make test, it installs constraints.txt; or {write}"


def test_what_is_needed_with_an_extra_is_found(monkeypatch):
    """Needs of needs, extras asked for and not, and what is not installed here."""
    metadata = {
        "course": ["Web_Server[files]>=2; python_version>'3'", "for-windows==1"],
        "web-server": ["reader", 'open-files; extra == "files"', 'x; extra == "dev"'],
        "reader": ["web-server"],  # a circle
        "open-files": None,
    }

    def version(name):
        if name not in metadata:
            raise importlib.metadata.PackageNotFoundError(name)
        return "1.2+cpu"

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(importlib.metadata, "requires", metadata.get)
    names = ["open-files", "reader", "web-server"]
    assert indirect(["course"]) == dict.fromkeys(names, "1.2")


def test_every_pin_has_its_reason_in_contributing():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert not {name for name in all_pins() if f"`{name}`" not in text}


def test_environment_yml_repeats_no_version():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    assert {"- -r requirements.txt", "- -c constraints.txt"} <= {*lines}
    assert [line for line in lines if "=" in line] == ["- python=3.11"]
    assert not {name for name in all_pins() if f"- {name}" in lines}


# The Makefile


def make(*arguments, **environment):
    """What make says and does, as a finished process."""
    if shutil.which("make") is None:
        pytest.skip("needs make")
    env = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env=env | environment,
        capture_output=True,
        text=True,
    )


def recipe(*arguments):
    result = make("-n", *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_make_lab_opens_the_first_notebook_and_passes_options_on():
    command = recipe("lab", "ARGS=--no-browser --port=9999")
    assert f"/lab/tree/notebooks/{COURSE[0]}" in command
    assert " --no-browser --port=9999" in command


def test_make_lecture_opens_the_notebook_that_is_named():
    assert f"/lab/tree/notebooks/{COURSE[1]}" in recipe("lecture")
    command = recipe("lecture", "NB=04", "ARGS=--no-browser --port=9999")
    assert f"/lab/tree/notebooks/{COURSE[4]}" in command
    assert " --no-browser --port=9999" in command


@pytest.mark.parametrize("target", ["lab", "lecture"])
def test_the_server_stays_locked(target):
    command = recipe(target)
    for weakening in [
        "token",
        "password",
        "--allow-root",
        "allow_root",
        "allow_origin",
        "allow_remote",
        "disable_check_xsrf",
        "--ip",
    ]:
        assert weakening not in command
    configuration = [*ROOT.glob("jupyter*config*"), *ROOT.glob("*/jupyter*config*")]
    assert not configuration


def test_make_test_calls_nbval_strictly_and_by_itself():
    calls = [line for line in recipe("test").splitlines() if "pytest " in line]
    calls = [line for line in calls if "pip install" not in line]
    tests, browser, notebooks = calls
    for call in tests, browser:
        assert "pytest tests" in call and "nbval" not in call
    # Each test that is not long is in one of the two.
    assert '-m "not browser and not long"' in tests
    assert '-m "browser and not long"' in browser
    assert "pytest --nbval notebooks" in notebooks
    assert "--dist loadfile" in notebooks
    for line in calls:
        assert not re.search(r"\|\||; *true|--nbval-lax|sanitize", line)


@pytest.mark.parametrize(
    ("target", "requirements"),
    [("lab", "requirements.txt"), ("test", "tests/requirements.txt")],
)
def test_make_installs_what_is_constrained(target, requirements, tmp_path):
    (call,) = [
        line
        for line in recipe(target, f"VENV={tmp_path}/venv").splitlines()
        if "pip install" in line
    ]
    assert f"-c constraints.txt -r {requirements}" in call


def write_fake_python(path, before="pass", missing="nothing"):
    """A python3 that runs `before` first or lacks a module, and makes no venv."""
    path.write_text(
        f"""#!/bin/sh
case "$1 $2" in
    *check_python.py*)
        exec {sys.executable} -c "import runpy, platform, sys; {before}
runpy.run_path(sys.argv[1], run_name='__main__')" "$1" ;;
    *{missing}*) exit 1 ;;
    -c*) exec {sys.executable} "$@" ;;
    *) echo "went on to: $*"; exit 3 ;;
esac
""",
        encoding="utf-8",
    )
    path.chmod(0o755)


REFUSED = {
    "Python 3.9.1": "sys.version_info = (3, 9, 1)",
    "Python 3.15.0": "sys.version_info = (3, 15, 0)",
    "Linux on riscv64": "sys.platform = 'linux'; platform.machine = lambda: 'riscv64'",
}


@pytest.mark.parametrize("target", ["lab", "test", "notebooks"])
@pytest.mark.parametrize("found", REFUSED)
def test_make_refuses_a_python_without_packages_before_pip(target, found, tmp_path):
    python = tmp_path / "python3"
    write_fake_python(python, before=REFUSED[found])
    result = make(target, f"PYTHON={python}", f"VENV={tmp_path}/venv")
    assert result.returncode != 0
    said, *rest = result.stderr.splitlines()
    assert said.startswith("This course needs ") and f"this is {found} (" in said
    assert all(line.startswith("make: ") for line in rest)
    assert result.stdout == ""
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize("target", ["lab", "test"])
def test_make_refuses_an_environment_that_such_a_python_made(target, tmp_path):
    """Made when nothing looked at the Python, and pip failed."""
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    write_fake_python(python, before=REFUSED["Python 3.15.0"])
    result = make(target, f"VENV={tmp_path}/venv")
    assert result.returncode != 0
    assert "this is Python 3.15.0 (" in result.stderr
    assert "went on" not in result.stdout


def test_a_python_without_venv_is_refused_with_a_clear_message(tmp_path):
    bare = tmp_path / "python3"
    write_fake_python(bare, missing="ensurepip")
    result = make("lab", f"PYTHON={bare}", f"VENV={tmp_path}/venv")
    assert result.returncode != 0
    assert "apt-get install python3-venv" in result.stdout
    assert "went on" not in result.stdout


def test_a_good_python_is_taken(tmp_path):
    good = tmp_path / "python3"
    write_fake_python(good)
    result = make("lab", f"PYTHON={good}", f"VENV={tmp_path}/venv")
    assert f"went on to: -m venv {tmp_path}/venv" in result.stdout


def test_a_missing_python_is_reported(tmp_path):
    result = make("lab", "PYTHON=no-such-python", f"VENV={tmp_path}/venv")
    assert result.returncode != 0
    assert "No no-such-python on this machine" in result.stdout
