"""A web server in a thread of the test process."""

import asyncio
import socket
import threading

from starlette.types import ASGIApp

from pageheat.services.runtime import listening, web

END_TIMEOUT_S = 60
"""To stop a server: connections that are still open are closed after some seconds."""


class Server:
    """Serves an ASGI app on a free port of 127.0.0.1; can be stopped and restarted on the same port.

    Without an app it takes the port, and serves from `start(app)` on: servers may have to know each other's.
    `options` go to `pageheat.services.runtime.web.server`.
    """

    def __init__(self, app: ASGIApp | None = None, **options: object) -> None:
        self._app = app
        self._options = options
        self._listener: socket.socket | None = listening.listen("127.0.0.1", 0)
        self._port = self._listener.getsockname()[1]
        if app:
            self.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self, app: ASGIApp | None = None) -> None:
        self._app = app or self._app
        assert self._app
        listener = self._listener or listening.listen("127.0.0.1", self._port)
        self._listener = None
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
