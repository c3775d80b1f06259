"""The check of notebook 00 says what is wrong, and how to mend it.

What it says of a Python that the course refuses: tests/setup/test_check_python.py.
"""

import subprocess
import sys

import pytest
import torch

from exercises.environment import check_environment
from tools.execute import NOTEBOOKS, ROOT, read

OURS = torch.__version__.partition("+")[0]


@pytest.fixture
def said(tmp_path, capsys):
    """What is said of a course with these pins."""

    def said(pins):
        (tmp_path / "notebooks" / "mlplab").mkdir(parents=True)
        (tmp_path / "requirements.txt").write_text(pins, encoding="utf-8")
        check_environment(tmp_path)
        return capsys.readouterr().out

    return said


def test_here_all_is_well_and_the_notebook_stores_just_that(capsys):
    check_environment()
    printed = capsys.readouterr().out
    (cell,) = [
        cell
        for cell in read(NOTEBOOKS / "00_start_here.ipynb").cells
        if cell.id == "check-all"
    ]
    assert [output.text for output in cell.outputs] == [printed]
    assert printed.startswith("All is well") and printed.count("\n") == 1


def test_a_comment_a_reference_and_a_build_are_no_problem(said):
    assert said(f"# one\n-r more.txt\n\ntorch=={OURS}  # +cpu\n").startswith("All is")


@pytest.mark.parametrize(
    ("pin", "words"),
    [
        ("no-such-package==1.0", "no-such-package is not installed, the course needs"),
        ("torch==0.1", f"torch is {OURS}, the course needs 0.1."),
    ],
)
def test_a_package_is_named_and_the_line_that_brings_it(pin, words, said):
    printed = said(f"{pin}\nnumpy\n")
    first, problem, remedy, line = printed.splitlines()
    assert first == "Something is not as it should be:"
    assert problem.startswith(words)
    assert remedy.startswith("Put this line into a new cell and run it")
    assert line == "%pip install -r ../requirements.txt"


def test_a_package_that_cannot_be_loaded_is_named(said, monkeypatch):
    monkeypatch.setitem(sys.modules, "jupyterlab_widgets", None)
    printed = said("")
    assert "\njupyterlab_widgets cannot be loaded: ModuleNotFoundError(" in printed
    assert printed.endswith("\n%pip install --force-reinstall -r ../requirements.txt\n")


def test_it_needs_no_package_itself():
    """A reader without any must hear of it."""
    code = "from exercises.environment import check_environment; check_environment()"
    run = subprocess.run(
        [sys._base_executable, "-I", "-S", "-c", f"import sys; sys.path.append("
         f"{str(NOTEBOOKS)!r}); {code}"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "torch is not installed" in run.stdout
