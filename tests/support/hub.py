"""The classroom's hub, as `make hub` starts it, for the tests."""

import json
import os
import socket
import sys
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from support.lab import Made
from tools.execute import ROOT

HUB = ROOT / ".hub"
INSTALLED = HUB / ".venv" / ".hub-ready"
SECONDS_TO_START = 120
HERE = Path(sys.prefix)  # the tests' environment has the hub
TESTED = (HERE / ".hub-ready").exists()  # not without npm, which brings its proxy


def free_ports(count):
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Hub(Made):
    """`make hub` for a class of its own in a folder."""

    def __init__(self, folder, *options):
        self.folder = folder / "class"
        public, hub, proxy = free_ports(3)
        options = [
            f"--port={public}",
            f"--JupyterHub.hub_port={hub}",
            f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{proxy}",
            *options,
        ]
        self.url = f"http://127.0.0.1:{public}"
        super().__init__(
            "hub",
            f"HUB_VENV={HERE}",
            f"CLASS={self.folder}",
            f"ARGS={' '.join(options)}",
            log=folder / "hub.log",
            cwd=ROOT,
            environment=os.environ,
            seconds=SECONDS_TO_START,
        )

    def answers(self):
        urllib.request.urlopen(f"{self.url}/hub/api").close()

    def home(self, name):
        """A student's folder."""
        return self.folder / "students" / name

    def password(self, of="students"):
        return json.loads((self.folder / "passwords.json").read_text())[of]
