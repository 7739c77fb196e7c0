"""HTTP endpoints of every process: health, readiness and metrics; and how a port is served.

| path | 200 if, else 503 with the reason | used by |
| --- | --- | --- |
| `/healthz` | the process is alive: its loop turns | supervisors, to restart it |
| `/_pageheat/ready` | it can work now; this includes Kafka | start scripts, alarms |
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
from collections.abc import Callable, Sequence

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

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second, unused series per counter

Health = Callable[[], str | None]
"""Returns why something is unhealthy, or None."""

OPERATIONAL = ("/healthz", "/_pageheat/ready", "/_pageheat/metrics")
"""The paths above. They name no page and no host, so anybody may ask, by any address."""

ready_now = Gauge("pageheat_ready", "Whether the process can work now: 1, or 0")

CLOSE_TIMEOUT_S = 3
"""Time for open connections after SIGTERM; browsers reconnect by themselves."""

BACKLOG = 2048
"""Queue of connections to be accepted: after a restart, all visitors of a site reconnect at once."""


class NotStarted(PageheatError):
    """The application could not start."""


class PortTaken(PageheatError):
    """The port is not available, mostly because another process listens on it; `reason` is the system's."""

    def __init__(self, address: str, port: int, reason: str) -> None:
        super().__init__(
            f"cannot listen on {address}:{port}: {reason}; stop what uses the port, or set another in .env"
        )
        self.reason = reason


class NotOurAddress(PageheatError):
    """The address to listen on does not belong to this machine."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"BIND_ADDRESS={address}: {reason}: should be an address of this machine, such as 127.0.0.1, or "
            "0.0.0.0 for all of them"
        )


def all_well(*healths: Health) -> Health:
    """A health that returns the first reason of these."""
    return lambda: next((reason for health in healths if (reason := health())), None)


def answering() -> str | None:
    """The health of a process whose main loop serves the port: if it answers, it is alive."""
    return None


def operational_routes(ready: Health, alive: Health = answering) -> list[BaseRoute]:
    """Routes for supervisors and Prometheus: see the table above."""
    ready_now.set_function(lambda: ready() is None)

    def route(path: str, health: Health) -> Route:
        async def answer(_: Request) -> Response:
            reason = health()
            return PlainTextResponse((reason or "ok") + "\n", status_code=503 if reason else 200)

        return Route(path, answer)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    healthz, ready_path, metrics_path = OPERATIONAL
    return [route(healthz, alive), route(ready_path, ready), Route(metrics_path, metrics)]


def listen(address: str, port: int) -> socket.socket:
    """A listening TCP socket.

    Raises:
        PortTaken: the port is not available.
        NotOurAddress: the address does not belong to this machine.
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


class _Server(uvicorn.Server):
    """Leaves no connection open when it ends: one whose client does not read would wait for that forever."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all connections, and those that are still open then at once."""
        await super().shutdown(sockets)
        for connection in [*self.server_state.connections]:
            if connection.transport:
                connection.transport.abort()
        await asyncio.sleep(0)  # they are closed in the loop's next turn


def server(app: ASGIApp, **options: object) -> uvicorn.Server:
    """A uvicorn server for `app` with our defaults; `options` override them, for `uvicorn.Config`."""
    defaults: dict[str, object] = {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "http": TimeoutHttpProtocol,
        "ws": TimeoutWebSocketProtocol,
        "ws_per_message_deflate": False,
        "timeout_graceful_shutdown": CLOSE_TIMEOUT_S,
    }
    return _Server(uvicorn.Config(app, **(defaults | options)))  # type: ignore[arg-type]


def _open_as_many_files_as_allowed() -> None:
    """Raise the limit of open files: each connection is one, and a shell's soft limit is often 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # some systems allow fewer than they report
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def serve(
    app: ASGIApp, address: str, port: int, further_ports: Sequence[int] = (), **options: object
) -> None:
    """Serve `app` until SIGTERM or SIGINT.

    Raises:
        PortTaken, NotOurAddress: see `listen`.
        NotStarted: the application could not start.
    """
    listeners = [listen(address, each) for each in (port, *further_ports)]
    _open_as_many_files_as_allowed()
    # uvicorn raises the signal again after its shutdown; a requested stop is not a failure
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    serving = server(app, **options)
    with contextlib.suppress(SystemExit):
        serving.run(sockets=listeners)
    if _failures:
        raise _failures[0]
    if not serving.started:
        raise NotStarted("the port was not opened; the log above has the reason")


def end_process(task: asyncio.Task[None]) -> None:
    """Done callback of a task that the process needs: if it fails, `serve` ends and raises its error."""
    if not task.cancelled() and (failure := task.exception()):
        _failures.append(failure)
        os.kill(os.getpid(), signal.SIGTERM)


def serve_beside(ready: Health, alive: Health, address: str, port: int) -> None:
    """Answer `operational_routes` from a daemon thread, for processes whose main loop is not asyncio.

    Raises:
        PortTaken, NotOurAddress: see `listen`.
    """
    listener = listen(address, port)
    app: ASGIApp = Starlette(routes=operational_routes(ready, alive))
    threading.Thread(
        target=lambda: asyncio.run(server(app).serve(sockets=[listener])),
        name="http",
        daemon=True,
    ).start()
