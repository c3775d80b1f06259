"""Students on a hub, without browsers: what their pages send to it, and wait for."""

import asyncio
import json
import time
import uuid
from datetime import UTC, datetime

import aiohttp
from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)

PROTOCOL = "v1.kernel.websocket.jupyter.org"
SECONDS = 900  # for any answer: thirty sign in at the same moment


class Failed(Exception):
    """What a student's page would show as an error."""


class Student:
    """One who signs in, opens a notebook, runs it, and moves a slider.

    errors   what cells raised
    sliders  {control: (id of its widget, what it is)}, of the last explorer with it
    """

    def __init__(self, hub, name):
        self.hub, self.name = hub, name
        self.url = f"{hub.url}/user/{name}"
        self.errors, self.sliders = [], {}

    async def __aenter__(self):
        jar = aiohttp.CookieJar(unsafe=True)  # of an address without a name, too
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        self._http = aiohttp.ClientSession(
            cookie_jar=jar, timeout=timeout, raise_for_status=True
        )
        return self

    async def __aexit__(self, *_):
        await self._http.close()

    def _xsrf(self, path):
        cookies = self._http.cookie_jar
        return next(c.value for c in cookies if (c.key, c["path"]) == ("_xsrf", path))

    async def sign_in(self):
        """Sign in, and wait for the server."""
        hub = f"{self.hub.url}/hub"
        await self._http.get(f"{hub}/login")
        form = {"username": self.name, "password": self.hub.password()}
        await self._http.post(
            f"{hub}/login", data={**form, "_xsrf": self._xsrf("/hub/")}
        )
        await self.come_back()

    async def come_back(self):
        """Wait for the own server, as a page does, and start it where it has ended."""
        hub = f"{self.hub.url}/hub"
        await self._http.get(f"{hub}/spawn")
        progress = f"{hub}/api/users/{self.name}/server/progress"
        ask = {"params": {"_xsrf": self._xsrf("/hub/")}}
        async with self._http.get(progress, **ask) as events:
            async for line in events.content:
                if b'"failed": true' in line:
                    raise Failed(line.decode())
                if b'"ready": true' in line:
                    break
        await self._http.get(f"{self.url}/lab")

    async def api(self, method, path, **given):
        """What the own server answers."""
        headers = {"X-XSRFToken": self._xsrf(f"/user/{self.name}/")}
        address = f"{self.url}/api/{path}"
        async with self._http.request(method, address, headers=headers, **given) as got:
            return await got.json()

    async def open(self, path):
        """Open a notebook with its kernel, the same one where it still runs."""
        kernel = {"kernel": {"name": "python3"}, "name": path, "type": "notebook"}
        session = await self.api("POST", "sessions", json={**kernel, "path": path})
        self.kernel = session["kernel"]["id"]
        channels = f"{self.url}/api/kernels/{self.kernel}/channels"
        self._socket = await self._http.ws_connect(
            channels, protocols=[PROTOCOL], max_msg_size=0
        )
        async for kind, *_ in self._answers("kernel_info_request"):
            if kind == "kernel_info_reply":
                break

    async def _answers(self, kind, content=None, channel="shell"):
        """Send a message; yield (kind, content, buffers) of what the kernel says then.

        Only of what answers this message.
        """
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": kind,
            "session": self.name,
            "username": self.name,
            "date": datetime.now(UTC).isoformat(),
            "version": "5.3",
        }
        parts = {"header": header, "parent_header": {}, "metadata": {}}
        pack = lambda part: json.dumps(part).encode()  # noqa: E731
        message = parts | {"content": content or {}}
        await self._socket.send_bytes(serialize_msg_to_ws_v1(message, channel, pack))
        while True:
            got = await asyncio.wait_for(self._socket.receive(), SECONDS)
            if got.type is not aiohttp.WSMsgType.BINARY:
                raise Failed(f"{self.name}: the connection to the kernel ended")
            _, parts = deserialize_msg_from_ws_v1(got.data)
            answered, parent, _, said = map(json.loads, parts[:4])
            if said.get("execution_state") == "restarting":
                raise Failed(f"{self.name}: the kernel died")
            if parent.get("msg_id") == header["msg_id"]:
                yield answered["msg_type"], said, parts[4:]

    async def run(self, source):
        """Run a cell to its end."""
        ask = {"code": source, "silent": False, "store_history": True}
        ask |= {"user_expressions": {}, "allow_stdin": False, "stop_on_error": True}
        async for kind, said, _ in self._answers("execute_request", ask):
            if kind == "error":
                self.errors.append(f"{said['ename']}: {said['evalue']}")
            elif kind == "comm_open":
                form = said["data"].get("state", {}).get("form", {})
                for control, spec in form.get("controls", {}).items():
                    self.sliders[control] = said["comm_id"], spec
            elif kind == "status" and said["execution_state"] == "idle":
                return

    async def run_all(self, path):
        """Run all cells of a notebook of the own folder."""
        nb = await self.api("GET", f"contents/{path}")
        for cell in nb["content"]["cells"]:
            if cell["cell_type"] == "code":
                await self.run(cell["source"])

    async def move(self, control, place):
        """Move a slider; return the seconds until its new picture is there."""
        widget, _ = self.sliders[control]
        sent = {"id": uuid.uuid4().hex, "kind": "move"}
        sent |= {"control": control, "place": place}
        asks = {"comm_id": widget, "data": {"method": "custom", "content": sent}}
        began, seconds = time.perf_counter(), None
        async for kind, said, buffers in self._answers("comm_msg", asks):
            if kind == "comm_msg" and buffers and widget == said["comm_id"]:
                seconds = time.perf_counter() - began
            elif kind == "status" and said["execution_state"] == "idle":
                break
        if seconds is None:
            raise Failed(f"{self.name}: no picture of {control} at {place}")
        return seconds
