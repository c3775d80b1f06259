"""The set-up: pins, imports, the Makefile."""

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from itertools import pairwise

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.execute import COURSE, NOTEBOOKS, ROOT, read

REQUIREMENTS = ROOT / "requirements.txt"
# For the reader, for who teaches, for the tests; and for a class.
CHAIN = [REQUIREMENTS, *(ROOT / n / "requirements.txt" for n in ("tools", "tests"))]
LISTS = [*CHAIN, ROOT / ".hub" / "requirements.txt"]
CONSTRAINTS = ROOT / "constraints.txt"
# They come with the CUDA build of torch alone.
OF_CUDA = re.compile(r"nvidia-|cuda-|triton$")

# Pinned, but run as programs: nothing imports them.
PROGRAMS = {
    "jupyterlab": "where the course is read",
    "jupyterlab-deck": "shows a notebook as slides, an extension of JupyterLab",
    "nbval": "python -m pytest --nbval notebooks, a plugin of pytest",
    "pytest-xdist": "pytest -n, a plugin of pytest",
    "ruff": "ruff check, ruff format",
    "notebook": "a front end that the explorers must work in",
    "voila": "a front end that the explorers must work in",
    "uv": "make constraints",
    "jupyterhub-systemdspawner": "named in .hub/server_config.py",
}


@cache
def pins(path):
    """What a requirements file pins on this computer: {name: version}."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.partition("#")[0].strip()
        if not line or line.startswith("-r "):
            continue
        need = Requirement(line)
        exact = re.fullmatch(r"==([^*+,]+)", str(need.specifier))
        assert exact, f"{path.name}: {line!r} is not an exact pin, name==version"
        # Notebook 00 reads its list without markers.
        assert need.marker is None or path == CONSTRAINTS, line
        if need.marker is None or need.marker.evaluate():
            found[canonicalize_name(need.name)] = exact[1]
    return found


def all_pins():
    return {name: version for path in LISTS for name, version in pins(path).items()}


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
            if not {".ipynb_checkpoints", "site-packages"} & {*path.parts}:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def notebook_sources():
    for name in COURSE:
        for cell in read(NOTEBOOKS / name).cells:
            if cell.cell_type == "code":
                yield f"{name}, cell {cell.id}", cell.source


def third_party(where_and_sources):
    """{distribution: where} of what these sources import from outside."""
    # A file run as a program imports the files beside it by name.
    folders = (".", "notebooks", "tests", "figures", ".hub")
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


def test_a_learner_installs_only_what_a_learner_runs():
    used = third_party([*sources("notebooks"), *notebook_sources()])
    lab = {"jupyterlab", "jupyter-server", "nbval"}  # which a learner starts
    assert pins(REQUIREMENTS).keys() - used.keys() == lab


def test_what_the_tests_and_figures_import_is_pinned():
    found = third_party(sources("tests", "figures", "tools"))
    assert not {d: found[d] for d in found.keys() - all_pins().keys()}


def test_every_pin_is_used():
    folders = sources("notebooks", "tests", "figures", "tools", ".hub")
    used = third_party([*folders, *notebook_sources()])
    idle = all_pins().keys() - used.keys() - PROGRAMS.keys()
    assert not idle, "pinned, but neither imported nor a program"
    assert not PROGRAMS.keys() - all_pins().keys(), "a program that is not pinned"


def test_nothing_is_pinned_twice():
    names = [name for path in LISTS for name in pins(path)]
    assert not {name for name in names if names.count(name) > 1}


def test_each_list_begins_with_the_one_before_it():
    """So that who teaches has what a reader has, and who tests has both."""
    for before, path in pairwise(CHAIN):
        first = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("-r ")
        assert (path.parent / first).resolve() == before


def installed(names):
    """{name: version} of these and all that they need on this computer."""
    found, seen, waiting = {}, set(), [(name, "") for name in names]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen or OF_CUDA.match(name):
            continue
        seen.add((name, extra))
        # torch adds its build: 2.13.0+cpu.
        found[name] = importlib.metadata.version(name).partition("+")[0]
        for need in map(Requirement, importlib.metadata.requires(name) or []):
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                name = canonicalize_name(need.name)
                waiting += [(name, extra) for extra in ["", *need.extras]]
    return found


def test_the_environment_is_the_constrained_one():
    constraints = pins(CONSTRAINTS)
    assert all_pins().items() <= constraints.items(), "run make constraints"
    assert installed(all_pins()) == constraints, (
        "run make test, it installs constraints.txt; or make constraints"
    )


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


def test_at_the_top_stands_only_what_the_course_is_made_of():
    """What a program leaves where it runs, a database or a secret, is not committed."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs git's list of files")
    listed = ["git", "ls-files", "-z"]
    names = subprocess.run(
        listed, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    top = {name.partition("/")[0] for name in names if name}
    folders = {".ci", ".hub", ".lecture", "figures", "notebooks", "tests", "tools"}
    texts = {"CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "README.ko.md"}
    texts |= {"environment.yml"}
    lists = {"constraints.txt", "requirements.txt", "pyproject.toml", "conftest.py"}
    assert top - {".gitignore", ".gitattributes"} == folders | texts | lists


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
    [
        ("lab", "requirements.txt"),
        ("lecture", "tools/requirements.txt"),
        ("test", "tests/requirements.txt"),
    ],
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
