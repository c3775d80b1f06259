"""The classroom's hub, as `make hub` starts it, for the tests."""

import json
import os
import signal
import socket
import sys
import time
import urllib.request
from collections import defaultdict
from contextlib import ExitStack, suppress
from pathlib import Path

from support.lab import Made
from tools.execute import ROOT

HUB = ROOT / ".hub"
INSTALLED = HUB / ".venv" / ".hub-ready"
SECONDS_TO_START = 900  # where it installs itself first
HERE = Path(sys.prefix)  # the tests' environment has the hub
TESTED = (HERE / ".hub-ready").exists()  # not without npm, which brings its proxy


def free_ports(count):
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def processes(folder):
    """{student: {"server" or "kernel": path in /proc}} of the class in a folder.

    The hub and its proxy belong to "".
    """
    found = defaultdict(dict)
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            variables = (path / "environ").read_text(errors="replace").split("\0")
            if f"MLP_CLASS={folder}" in variables:
                of = dict(each.partition("=")[::2] for each in variables)
                student = of.get("JUPYTERHUB_USER", "")
                kernel = "ipykernel_launcher" in (path / "cmdline").read_text()
                kind = "kernel" if kernel else "server"
                found[student][kind if student else path.name] = path
    return found


class Hub(Made):
    """`make hub` for a class of its own in a folder; again at the ports of before."""

    def __init__(self, folder, *options, ports=None, venv=HERE):
        self.folder = folder / "class"
        self.ports = public, hub, proxy = ports or free_ports(3)
        options = [
            f"--port={public}",
            f"--JupyterHub.hub_port={hub}",
            f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{proxy}",
            *options,
        ]
        self.url = f"http://127.0.0.1:{public}"
        super().__init__(
            "hub",
            f"HUB_VENV={venv}",
            f"CLASS={self.folder}",
            f"ARGS={' '.join(options)}",
            log=folder / "hub.log",
            cwd=ROOT,
            environment=os.environ,
            seconds=SECONDS_TO_START,
        )

    def answers(self):
        urllib.request.urlopen(f"{self.url}/hub/api").close()

    def stop(self):
        """End it and its students' servers and kernels, whatever state they are in."""
        super().stop()
        deadline = time.monotonic() + 60
        while found := processes(self.folder):
            for process in (p for of_one in found.values() for p in of_one.values()):
                if time.monotonic() > deadline:
                    with suppress(ProcessLookupError):
                        os.kill(int(process.name), signal.SIGKILL)
            time.sleep(0.2)

    def home(self, name):
        """A student's folder."""
        return self.folder / "students" / name

    def password(self, of="students"):
        return json.loads((self.folder / "passwords.json").read_text())[of]
