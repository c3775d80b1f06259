"""`make lab` as a reader meets it: JupyterLab opens, and Run All works everywhere."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.execute import COURSE, ROOT, read, to_text

pytestmark = pytest.mark.browser

SECONDS_TO_START = 120
SECONDS_TO_RUN = 300  # a notebook, on a machine that does other things as well
# All cells stay in the page, so that every picture can be looked at.
TRACKER_SETTINGS = '{"windowingMode": "none"}'


def copy_of_the_project(folder):
    """A copy to run in, its notebooks not yet executed. Running saves them."""
    for name in ["Makefile", "requirements.txt"]:
        shutil.copy2(ROOT / name, folder)
    for name in ["notebooks", "figures"]:
        shutil.copytree(ROOT / name, folder / name)
    for name in COURSE:
        path = folder / "notebooks" / name
        nb = read(path)
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        path.write_text(to_text(nb), encoding="utf-8")


class Lab:
    """JupyterLab, started by `make lab` in a copy of the project."""

    def __init__(self, folder):
        self.project = folder / "course"
        self.project.mkdir()
        copy_of_the_project(self.project)
        settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
        settings.mkdir(parents=True)
        (settings / "tracker.jupyterlab-settings").write_text(TRACKER_SETTINGS)
        self.runtime = folder / "runtime"
        self.log = folder / "lab.log"
        environment = os.environ | {
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(self.runtime),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        }
        options = "--no-browser --port=0"
        if os.geteuid() == 0:
            options += " --allow-root"
        # The tests run in an environment that is ready: -o lets make believe it.
        ready = ["-o", f"{sys.prefix}/.lab-ready"]
        self.process = subprocess.Popen(
            ["make", *ready, "lab", f"VENV={sys.prefix}", f"ARGS={options}"],
            cwd=self.project,
            env={k: v for k, v in environment.items() if not k.startswith("MAKE")},
            stdin=subprocess.DEVNULL,
            stdout=self.log.open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.server = self._wait_for_the_server()

    def _wait_for_the_server(self):
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline and self.process.poll() is None:
            for path in self.runtime.glob("jpserver-*.json"):
                return json.loads(path.read_text())
            time.sleep(0.2)
        self.stop()
        raise AssertionError(f"make lab did not start:\n{self.log.read_text()}")

    def address(self, path):
        return f"{self.server['url']}{path}?token={self.server['token']}"

    def stop(self):
        # The server ends its kernels when it is told to stop.
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    if shutil.which("make") is None:
        pytest.skip("needs make")
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.stop()


def test_make_lab_opens_the_first_notebook_with_a_token(lab):
    log = lab.log.read_text()
    assert re.search(rf"/lab/tree/notebooks/{COURSE[0]}\?token=\w{{20,}}", log), log
    assert Path(lab.server["root_dir"]) == lab.project


SHORT = COURSE[1]  # all others take minutes


@pytest.mark.parametrize(
    "name",
    [n if n == SHORT else pytest.param(n, marks=pytest.mark.long) for n in COURSE],
)
def test_run_all_works(name, lab, browser):
    path = lab.project / "notebooks" / name
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.set_default_timeout(SECONDS_TO_START * 1000)
    page = context.new_page()
    # reset: do not open the notebooks of the tests before as well.
    page.goto(lab.address(f"lab/tree/notebooks/{name}") + "&reset")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()

    code = run_to_the_end(page, path)
    errors = [
        f"cell {cell.id}: {output.ename}: {output.evalue}"
        for cell in code
        for output in cell.outputs
        if output.output_type == "error"
    ]
    assert not errors
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))

    broken = page.evaluate(
        "[...document.querySelectorAll('.jp-Notebook img')]"
        ".filter(image => image.complete && !image.naturalWidth)"
        ".map(image => image.getAttribute('src').slice(0, 80))"
    )
    assert not broken
    context.close()


def run_to_the_end(page, path):
    """Save until each code cell has run or one has failed; return the code cells."""
    deadline = time.monotonic() + SECONDS_TO_RUN
    while True:
        page.keyboard.press("Control+s")
        page.wait_for_timeout(1000)
        code = [cell for cell in read(path).cells if cell.cell_type == "code"]
        failed = any(
            out.output_type == "error" for cell in code for out in cell.outputs
        )
        done = all(cell.execution_count for cell in code)
        if done or failed or time.monotonic() > deadline:
            return code
