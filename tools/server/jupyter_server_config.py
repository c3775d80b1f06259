"""What `make lab` and `make lecture` set for Jupyter's server."""

from jupyter_server.services.kernels.connection import channels


class Prompt(channels.ZMQChannelsWebsocketConnection):
    """Sends each message at once.

    Otherwise a picture may wait up to 40 ms behind the small message that the kernel is
    busy, until the browser has said that it has that one (Nagle's algorithm).
    """

    def connect(self):
        """Connect a kernel to a page."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()


get_config().ServerApp.kernel_websocket_connection_class = Prompt  # noqa: F821
