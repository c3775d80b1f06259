"""No test of the exercises touches the progress file of who runs it."""

import pytest

from exercises.progress import FILE_VARIABLE


@pytest.fixture(autouse=True)
def kept(monkeypatch, tmp_path):
    """The path of a progress file that does not exist yet."""
    path = tmp_path / "kept" / "progress.json"
    monkeypatch.setenv(FILE_VARIABLE, str(path))
    return path
