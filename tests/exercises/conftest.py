"""What the tests of the exercises share: an own progress file, what a check says."""

import pytest

from exercises.progress import FILE_VARIABLE


@pytest.fixture(autouse=True)
def kept(monkeypatch, tmp_path):
    """The path of a progress file that does not exist yet."""
    path = tmp_path / "kept" / "progress.json"
    monkeypatch.setenv(FILE_VARIABLE, str(path))
    return path


@pytest.fixture
def said(capsys):
    """Call a check and return what it says."""

    def call(check, *answers):
        check(*answers)
        return capsys.readouterr().out

    return call


@pytest.fixture
def said_of(capsys):
    """Judge a solution with some of its text replaced; return what the check says."""

    def call(names, check, solution, *changes):
        for old, new in changes:
            assert old in solution
            solution = solution.replace(old, new)
        names = dict(names)
        exec(solution, names)
        check(names["answer"])
        return capsys.readouterr().out

    return call
