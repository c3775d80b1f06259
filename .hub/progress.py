"""What the class has solved, as a page: JupyterHub runs this file, as a service.

The teacher sees the class, without names unless asked for them; a student sees what is
counted of the own work, and of nobody else's.
"""

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

from classroom import PROGRESS, solved
from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated
from tornado.httpclient import AsyncHTTPClient
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.web import Application, HTTPError, RequestHandler, authenticated

SECONDS_TO_LOOK = 10  # whether the hub is still there
NOT_MADE = "What there is to solve is not written down yet: make hub-update does it."


class Page(HubOAuthenticated, RequestHandler):
    """One address for the teacher and the students."""

    def set_default_headers(self):
        self.set_header("Cache-Control", "no-store")
        self.set_header(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        )

    def write_error(self, status_code, **kwargs):
        error = kwargs.get("exc_info", (None, None))[1]
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(getattr(error, "log_message", None) or "Something went wrong.")

    async def students(self):
        """The names of all who have signed in, but for teachers."""
        users, hub = [], self.hub_auth
        while page := json.loads(
            (
                await AsyncHTTPClient().fetch(
                    f"{hub.api_url}/users?offset={len(users)}",
                    headers={"Authorization": f"token {hub.api_token}"},
                )
            ).body
        ):
            users += page
        return sorted(user["name"] for user in users if not user["admin"])

    def of(self, name):
        return solved(Path(self.settings["homes"].format(username=name), PROGRESS))

    @authenticated
    async def get(self):
        try:
            to_solve = json.loads(self.settings["to_solve"].read_bytes())
        except FileNotFoundError:
            raise HTTPError(503, NOT_MADE) from None
        me, student = self.current_user, self.get_query_argument("student", None)
        if not me["admin"]:
            if student not in (None, me["name"]):
                raise HTTPError(403, "Only your teacher sees what others have solved.")
            student = me["name"]
        if student is not None:
            if me["admin"] and student not in await self.students():
                raise HTTPError(404, "Nobody of this name has signed in.")
            self.render(
                "student.html",
                to_solve=to_solve,
                name=student,
                own=student == me["name"],
                done=self.of(student),
            )
            return
        done = {name: self.of(name) for name in await self.students()}
        self.render(
            "class.html",
            to_solve=to_solve,
            done=done,
            unreadable=[name for name, names in done.items() if names is None],
            with_names=self.get_query_argument("names", "") == "yes",
        )


def main():
    prefix = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
    here, address = (
        Path(__file__).parent,
        urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"]),
    )
    Application(
        [(prefix, Page), (f"{prefix}oauth_callback", HubOAuthCallbackHandler)],
        cookie_secret=os.urandom(32),
        template_path=str(here / "progress"),
        to_solve=Path(os.environ["MLP_CLASS"], "to_solve.json"),
        homes=os.environ["MLP_HOMES"],
    ).listen(address.port, address.hostname)
    hub = os.getppid()

    def look():  # a hub that was killed has not ended it, and starts another one
        if os.getppid() != hub:
            IOLoop.current().stop()

    PeriodicCallback(look, SECONDS_TO_LOOK * 1000).start()
    IOLoop.current().start()


if __name__ == "__main__":
    main()
