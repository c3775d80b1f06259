"""JupyterLab as `make lab` and `make lecture` start it, for the browser tests."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

from tools.execute import COURSE, ROOT, read, to_text

SECONDS_TO_START = 120
# All cells stay in the page, so that every picture can be looked at.
TRACKER_SETTINGS = '{"windowingMode": "none"}'


def copy_of_the_project(folder):
    """A copy to run in, its notebooks not yet executed. Running saves them."""
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


class Lab:
    """JupyterLab, started by make in a copy of the project.

    What a reader has in the folders "config", "settings" and so on, is `folder`'s.
    """

    def __init__(self, folder, target="lab", options=""):
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
            "IPYTHONDIR": str(folder / "ipython"),
        }
        options += " --no-browser --port=0"
        if os.geteuid() == 0:
            options += " --allow-root"
        # The tests run in an environment that is ready: -o lets make believe it.
        ready = ["-o", f"{sys.prefix}/.lab-ready"]
        self.process = subprocess.Popen(
            ["make", *ready, *target.split(), f"VENV={sys.prefix}", f"ARGS={options}"],
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
        raise AssertionError(f"make did not start JupyterLab:\n{self.log.read_text()}")

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
