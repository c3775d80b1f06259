"""Read, execute and normalise the course's notebooks.

`make notebooks` runs this file; the tests import it. An executed notebook is
brought into one normal form, so that executing it again changes no byte.
"""

import copy
import re
import subprocess
import sys
import tempfile
from itertools import zip_longest
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)

from tools.kernels import kernel_environment

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
# By name, so that a notebook which a reader put beside them is not taken for ours.
COURSE = (
    "00_start_here.ipynb",
    "01_xor_truth_table.ipynb",
    "02_single_perceptron.ipynb",
    "03_chain_rule.ipynb",
    "04_manual_backprop.ipynb",
    "05_pytorch_style.ipynb",
    "06_deep_network.ipynb",
    "07_beyond.ipynb",
)
RESTORE = (
    "Have you run or changed the notebooks in this checkout? Then\n"
    "  git checkout -- notebooks    brings back the committed ones "
    "(your changes in them are lost);\n"
    "  make notebooks               keeps your changes and stores fresh outputs."
)

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE_INFO = {"name": "python"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
SECONDS_PER_CELL = 300


class NotebookError(Exception):
    """A notebook that does not run to its end."""


def read(path):
    return nbformat.read(path, as_version=4)


def to_text(nb):
    """The bytes of a notebook file, as text: sorted keys, indented by one."""
    return nbformat.writes(nb).rstrip("\n") + "\n"


def write(path, text):
    """Write a text file, the same bytes on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")


def execute(path, **surroundings):
    """Run a notebook top to bottom in a fresh kernel; return it normalised.

    The file is not touched. The kernel starts in the notebook's folder.
    """
    return run(read(path), Path(path), **surroundings)


def run(nb, path, environment=None, startup=""):
    """Do so for a notebook that is read already, and perhaps changed, from a path.

    The kernel has more variables in its environment, and runs code at its start.
    """
    running = "before its first cell"

    def remember(cell, cell_index):
        nonlocal running
        running = f"in cell {cell_index + 1}, id {cell.id}"

    client = NotebookClient(
        nb,
        kernel_name=KERNELSPEC["name"],
        resources={"metadata": {"path": str(path.parent)}},
        timeout=SECONDS_PER_CELL,
        store_widget_state=False,
        record_timing=False,
        # Not its warning that it talks to us without encryption.
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        on_cell_start=remember,
    )
    with tempfile.TemporaryDirectory() as ipython_dir:
        at_start = Path(ipython_dir) / "profile_default" / "startup"
        at_start.mkdir(parents=True)
        (at_start / "startup.py").write_text(startup, encoding="utf-8")
        variables = kernel_environment(ipython_dir) | (environment or {})
        try:
            client.execute(env=variables)
        except CellExecutionError as error:
            what = f"raised {error.ename}\n{_without_colours(error.traceback)}"
        except CellTimeoutError:
            what = f"ran longer than {SECONDS_PER_CELL} s"
        except DeadKernelError:
            what = "ended its kernel (out of memory, a crash, or exit())"
        else:
            return normalise(nb)
    raise NotebookError(f"{path.name} {running}, {what}")


def normalise(nb):
    """A copy of an executed notebook without what differs from run to run."""
    nb = copy.deepcopy(nb)
    nb.metadata.pop("widgets", None)
    nb.metadata["kernelspec"] = nbformat.from_dict(KERNELSPEC)
    nb.metadata["language_info"] = nbformat.from_dict(LANGUAGE_INFO)
    for cell in nb.cells:
        for key in ("execution", "widgets"):
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            told = [output for output in cell.outputs if output.get("data") != {}]
            cell.outputs = _without_views(_merge_streams(told))
    return nb


def _without_views(outputs):
    # A widget's model id is random. What mlplab.stored shows after it stays.
    return [
        output
        for output, after in zip_longest(outputs, outputs[1:], fillvalue={})
        if output.get("data", {}).keys() != {WIDGET_VIEW}
        or not {"image/png", "text/html"} & after.get("data", {}).keys()
    ]


def _merge_streams(outputs):
    # The kernel flushes by time, so one print loop may arrive in pieces.
    merged = []
    for output in outputs:
        last = merged[-1] if merged else None
        if (
            output.output_type == "stream"
            and last is not None
            and last.output_type == "stream"
            and last.name == output.name
        ):
            last.text += output.text
        else:
            merged.append(output)
    return merged


def _without_colours(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def main(prefixes):
    """Format and execute, in place, the notebooks that begin with these prefixes."""
    paths = [NOTEBOOKS / name for name in COURSE if name.startswith(prefixes or "")]
    if not paths:
        sys.exit(f"none of the course's notebooks begins with {' or '.join(prefixes)}")
    # Before the execution, so that an output which shows code shows it formatted.
    subprocess.run([sys.executable, "-m", "ruff", "format", *paths], check=True)
    for path in paths:
        try:
            text = to_text(execute(path))
        except NotebookError as error:
            sys.exit(str(error))
        changed = text != path.read_text(encoding="utf-8")
        if changed:
            write(path, text)
        print(f"{path.name}: {'changed' if changed else 'unchanged'}", flush=True)


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
