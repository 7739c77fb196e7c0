"""A web server in a thread of the test process."""

import asyncio
import threading

from starlette.types import ASGIApp

from pageheat.services.runtime import web

END_TIMEOUT_S = 60
"""To stop a server: connections that are still open are closed after some seconds."""


class Server:
    """Serves an ASGI app on a free port of 127.0.0.1; can be stopped and restarted on the same port.

    `options` go to `pageheat.services.runtime.web.server`.
    """

    def __init__(self, app: ASGIApp, **options: object) -> None:
        self._app = app
        self._options = options
        self._port = 0
        self.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        listener = web.listen("127.0.0.1", self._port)
        self._port = listener.getsockname()[1]
        self._server = web.server(self._app, **self._options)
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._server.serve(sockets=[listener])), daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Return when the port and every connection is closed."""
        self._server.should_exit = True
        self._thread.join(END_TIMEOUT_S)
        assert not self._thread.is_alive(), "a request is not answered, so the server does not end"
