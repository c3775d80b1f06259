"""Strict nbval in a pytest call of its own, and what it says of each cell."""

import os
import re
import subprocess
import sys

from support.mounts import after
from tools.execute import ROOT


def run_nbval(folder, *what, environment=None, before=(), unshare=(), options=()):
    """Run strict nbval on `what`, with the project's own pytest settings.

    It starts in `folder`, with more environment variables, after shell commands
    `before` in a namespace made with more options of `unshare`, and with more options
    of pytest.
    """
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "NUMBA_")) and name != "MPLBACKEND"
    }
    settings = ["-c", ROOT / "pyproject.toml", "--rootdir", folder]
    report = ["-rA", "--color=no", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "--nbval", *what, *settings, *report]
    command += options
    if before or unshare:
        command = after(before, command, *unshare)
    return subprocess.run(
        command,
        cwd=folder,
        env=env | (environment or {}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def outcomes(result):
    """{(notebook, number of the code cell): PASSED or FAILED} of a run."""
    lines = re.findall(
        r"^([A-Z]+) (.+\.ipynb)::Cell (\d+)", result.stdout, flags=re.MULTILINE
    )
    return {(name, int(number)): word for word, name, number in lines}


def code_cells(nb):
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def executed_in_order(nb):
    counts = [cell.execution_count for cell in code_cells(nb)]
    return counts == list(range(1, len(counts) + 1))
