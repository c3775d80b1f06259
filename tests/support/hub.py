"""The classroom's hub, as `make hub` starts it, for the tests."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import ExitStack

from tools.execute import ROOT

HUB = ROOT / ".hub"
INSTALLED = HUB / ".venv" / ".hub-ready"
SECONDS_TO_START = 900  # where it installs itself first


def free_ports(count):
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Hub:
    """`make hub` for a class of its own in a folder."""

    def __init__(self, folder, *options):
        self.folder = folder / "class"
        self.log = folder / "hub.log"
        public, hub, proxy = free_ports(3)
        options = [
            f"--port={public}",
            f"--JupyterHub.hub_port={hub}",
            f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{proxy}",
            *options,
        ]
        self.url = f"http://127.0.0.1:{public}"
        command = ["make", "hub", f"CLASS={self.folder}", f"ARGS={' '.join(options)}"]
        environment = {k: v for k, v in os.environ.items() if k[:4] != "MAKE"}
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()

    def _wait(self):
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/hub/api").close()
                return
            time.sleep(0.2)
        self.stop()
        raise AssertionError(f"make did not start the hub:\n{self.log.read_text()}")

    def home(self, name):
        """A student's folder."""
        return self.folder / "students" / name

    def password(self, of="students"):
        return json.loads((self.folder / "passwords.json").read_text())[of]

    def stop(self):
        """End the hub, which ends its proxy and the students' servers."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
