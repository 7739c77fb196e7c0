"""What every process answers over HTTP: its health, its readiness and its metrics; how a port is served.

| path | 200, else 503 with the reason, while | who asks |
| --- | --- | --- |
| `/healthz` | it is alive: its loop turns | supervisors, to start it again |
| `/_pageheat/ready` | it can do its work now, Kafka and all | who waits for its start, alarms |
| `/_pageheat/metrics` | always | Prometheus |
"""

import asyncio
import contextlib
import errno
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, disable_created_metrics, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from pageheat.services.contract.errors import PageheatError
from pageheat.services.runtime.timeouts import TimeoutHttpProtocol, TimeoutWebSocketProtocol

_failures: list[BaseException] = []

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series a counter that nobody reads

Health = Callable[[], str | None]
"""Says why something is not well, or None when it is."""

ready_now = Gauge("pageheat_ready", "Whether the process can do its work now: 1, or 0")

CLOSE_TIMEOUT_S = 3
"""On SIGTERM open connections get this long; browsers reconnect by themselves."""

BACKLOG = 2048
"""Connections that wait to be accepted: a site's visitors, all reconnecting after a restart."""


class NotStarted(PageheatError):
    """The application could not begin its work."""


class PortTaken(PageheatError):
    """The port cannot be had, most often as another process listens on it; `reason` is the system's."""

    def __init__(self, address: str, port: int, reason: str) -> None:
        super().__init__(
            f"cannot listen on {address}:{port}: {reason}; stop what uses the port, or set another in .env"
        )
        self.reason = reason


class NotOurAddress(PageheatError):
    """The address to listen on is none of this machine's."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"BIND_ADDRESS={address}: {reason}: should be an address of this machine, such as 127.0.0.1, or "
            "0.0.0.0 for all of them"
        )


def all_well(*healths: Health) -> Health:
    """Says the first trouble of these."""
    return lambda: next((trouble for health in healths if (trouble := health())), None)


def answering() -> str | None:
    """The health of a process whose loop is the one that answers: that it answers says all."""
    return None


def operational_routes(ready: Health, alive: Health = answering) -> list[BaseRoute]:
    """Routes for supervisors and Prometheus: see the table above."""
    ready_now.set_function(lambda: ready() is None)

    def route(path: str, health: Health) -> Route:
        async def answer(_: Request) -> Response:
            trouble = health()
            return PlainTextResponse((trouble or "ok") + "\n", status_code=503 if trouble else 200)

        return Route(path, answer)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [route("/healthz", alive), route("/_pageheat/ready", ready), Route("/_pageheat/metrics", metrics)]


def listen(address: str, port: int) -> socket.socket:
    """A listening TCP socket.

    Raises:
        PortTaken: with what to do.
        NotOurAddress: likewise.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
            raise NotOurAddress(address, reason) from None
        raise PortTaken(address, port, reason) from None
    return listener


def server(app: ASGIApp, **options: object) -> uvicorn.Server:
    """A uvicorn server for `app` as all our ports use it; `options` go to `uvicorn.Config`."""
    defaults: dict[str, object] = {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "http": TimeoutHttpProtocol,
        "ws": TimeoutWebSocketProtocol,
        "ws_per_message_deflate": False,
        "timeout_graceful_shutdown": CLOSE_TIMEOUT_S,
    }
    return uvicorn.Server(uvicorn.Config(app, **(defaults | options)))  # type: ignore[arg-type]


def _open_as_many_files_as_allowed() -> None:
    """A connection is a file to the system, and a shell's soft limit is often 1,024 of them."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # where the system allows fewer than it says
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def serve(app: ASGIApp, address: str, port: int, **options: object) -> None:
    """Serve `app` until SIGTERM or SIGINT.

    Raises:
        PortTaken, NotOurAddress: it cannot listen there.
        NotStarted: the application could not begin.
    """
    listener = listen(address, port)
    _open_as_many_files_as_allowed()
    # uvicorn raises the signal again when it has shut down: to be stopped is no failure
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    serving = server(app, **options)
    with contextlib.suppress(SystemExit):
        serving.run(sockets=[listener])
    if _failures:
        raise _failures[0]
    if not serving.started:
        raise NotStarted("the port was not opened: what is logged above says why")


def end_process(task: asyncio.Task[None]) -> None:
    """As a task's callback: a process whose task has failed is of no use. `serve` ends and raises why."""
    if not task.cancelled() and (failure := task.exception()):
        _failures.append(failure)
        os.kill(os.getpid(), signal.SIGTERM)


def serve_beside(ready: Health, alive: Health, address: str, port: int) -> None:
    """Answer `operational_routes` from a daemon thread, for processes whose main loop is not asyncio.

    Raises:
        PortTaken: another process listens on the port.
    """
    listener = listen(address, port)
    app: ASGIApp = Starlette(routes=operational_routes(ready, alive))
    threading.Thread(
        target=lambda: asyncio.run(server(app).serve(sockets=[listener])),
        name="http",
        daemon=True,
    ).start()
