"""Sign-in by the class password, with a brake."""

import asyncio

from jupyterhub.authenticators.shared import SharedPasswordAuthenticator


class ClassPassword(SharedPasswordAuthenticator):
    """Lets a wrong password wait, one after the other; the right one never waits."""

    SECONDS = 1
    one_at_a_time = asyncio.Lock()

    async def authenticate(self, handler, data):
        """Return the user as JupyterHub wants it, or None."""
        user = await super().authenticate(handler, data)
        if user is None:
            async with self.one_at_a_time:
                await asyncio.sleep(self.SECONDS)
        return user
