"""JupyterLab as `make lab` and `make lecture` start it, for the browser tests."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

from tools.execute import COURSE, ROOT, read, to_text

SECONDS_TO_START = 120
# Tests run its commands, such as that which changes the theme.
OPTIONS = (
    "--no-browser",
    "--port=0",
    "--LabApp.expose_app_in_browser=True",
    "--JupyterNotebookApp.expose_app_in_browser=True",
)


def copy_of_the_project(folder):
    """A copy to run in, its notebooks not yet executed. Running saves them."""
    folder.mkdir()
    for name in ["Makefile", "requirements.txt", "constraints.txt"]:
        shutil.copy2(ROOT / name, folder)
    for name in ["notebooks", "figures", "tools", ".lecture"]:
        shutil.copytree(ROOT / name, folder / name)
    for name in COURSE:
        path = folder / "notebooks" / name
        nb = read(path)
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        path.write_text(to_text(nb), encoding="utf-8")


def without_make(environment):
    """As a reader calls make, not as a target of the make that runs the tests."""
    return {n: v for n, v in environment.items() if not n.startswith("MAKE")}


class Made:
    """What make starts and this ends.

    A subclass has `answers()`, which raises OSError until there is an answer.
    """

    def __init__(self, *command, log, cwd, environment, seconds):
        self.log = log
        with log.open("w") as stream:
            self._process = subprocess.Popen(
                ["make", *command],
                cwd=cwd,
                env=without_make(environment),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(OSError):
                self.answers()
                return
            time.sleep(0.1)
        self.stop()
        raise AssertionError(f"make {' '.join(command)} failed:\n{log.read_text()}")

    def stop(self):
        """End it, which ends what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)


class Lab(Made):
    """JupyterLab, Notebook 7 and Voila, started by make in a copy of the project.

    What a reader has in the folders "config", "settings" and so on, is `folder`'s.
    """

    def __init__(self, folder, target="lab"):
        self.project = folder / "course"
        copy_of_the_project(self.project)
        self.notebooks = self.project / "notebooks"
        own = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        self.runtime = folder / own["JUPYTER_RUNTIME_DIR"]
        environment = {n: v for n, v in os.environ.items() if n != "MPLBACKEND"}
        environment |= {name: str(folder / path) for name, path in own.items()}
        options = [*OPTIONS, *["--allow-root"] * (os.geteuid() == 0)]
        # The tests run in an environment that is ready: make believes it.
        stamps = [".lab-ready", ".tools-ready"]
        ready = [f"--assume-old={sys.prefix}/{stamp}" for stamp in stamps]
        super().__init__(
            *ready,
            *target.split(),
            f"VENV={sys.prefix}",
            f"ARGS={' '.join(options)}",
            log=folder / "lab.log",
            cwd=self.project,
            environment=environment,
            seconds=SECONDS_TO_START,
        )

    def answers(self):
        # The file is there a little before it is whole, and that before the server is.
        try:
            self.server = json.loads(
                next(self.runtime.glob("jpserver-*.json")).read_text()
            )
        except (StopIteration, json.JSONDecodeError) as error:
            raise OSError("no server yet") from error
        urllib.request.urlopen(self.address("api")).close()

    def address(self, path):
        """The address of a page, such as lab/tree/x.ipynb, with the token.

        It opens what it names, and nothing that was open before.
        """
        return f"{self.server['url']}{path}?token={self.server['token']}&reset"

    def change_setting(self, plugin, **settings):
        """Set settings of a JupyterLab plugin, for pages that are opened later."""
        request = urllib.request.Request(
            self.address(f"lab/api/settings/@jupyterlab/{plugin}"),
            data=json.dumps({"raw": json.dumps(settings)}).encode(),
            headers={"Authorization": f"token {self.server['token']}"},
            method="PUT",
        )
        urllib.request.urlopen(request).close()
