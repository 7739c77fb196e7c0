"""HTTP endpoints of every process: health, readiness and metrics; and how a port is served.

| path | 200 if, else 503 with the reason | used by |
| --- | --- | --- |
| `/healthz` | the process is alive: its loop turns | supervisors, to restart it |
| `/_pageheat/ready` | it can work now; this includes Kafka | start scripts, alarms |
| `/_pageheat/metrics` | always | Prometheus |
"""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Gauge, disable_created_metrics, generate_latest
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from pageheat import __version__
from pageheat.services.contract.errors import PageheatError
from pageheat.services.runtime.listening import listen
from pageheat.services.runtime.timeouts import TimeoutHttpProtocol, TimeoutWebSocketProtocol
from pageheat.services.runtime.workers import (
    Answer,
    Colleagues,
    Endpoint,
    OfWorker,
    first_trouble,
    joined_metrics,
)

_failures: list[BaseException] = []

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second, unused series per counter

Health = Callable[[], str | None]
"""Returns why something is unhealthy, or None."""

OPERATIONAL = ("/healthz", "/_pageheat/ready", "/_pageheat/metrics")
"""The paths above. They name no page and no host, so anybody may ask, by any address."""

ready_now = Gauge("pageheat_ready", "Whether the process can work now: 1, or 0")

build = Gauge("pageheat_build_info", "1, with the version that runs as a label", ["version"])
build.labels(__version__).set(1)

CLOSE_TIMEOUT_S = 3
"""Time for open connections after SIGTERM; browsers reconnect by themselves."""


class NotStarted(PageheatError):
    """The application could not start."""


def all_well(*healths: Health) -> Health:
    """A health that returns the first reason of these."""
    return lambda: next((reason for health in healths if (reason := health())), None)


def answering() -> str | None:
    """The health of a process whose main loop serves the port: if it answers, it is alive."""
    return None


def operational_routes(
    ready: Health, alive: Health = answering, colleagues: Colleagues | None = None
) -> list[BaseRoute]:
    """Routes for supervisors and Prometheus: see the table above. With `colleagues` they answer for all."""
    ready_now.set_function(lambda: ready() is None)
    registry: Collector = OfWorker(REGISTRY, colleagues.number) if colleagues else REGISTRY

    def route(path: str, own: Endpoint, merged: Callable[[Sequence[Answer]], Response]) -> Route:
        return Route(path, colleagues.endpoint(own, merged) if colleagues else own)

    def reports(health: Health) -> Endpoint:
        async def answer(_: Request) -> Response:
            reason = health()
            return PlainTextResponse((reason or "ok") + "\n", status_code=503 if reason else 200)

        return answer

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    def all_metrics(answers: Sequence[Answer]) -> Response:
        return Response(joined_metrics(answers), media_type=CONTENT_TYPE_LATEST)

    healthz, ready_path, metrics_path = OPERATIONAL
    return [
        route(healthz, reports(alive), first_trouble),
        route(ready_path, reports(ready), first_trouble),
        route(metrics_path, metrics, all_metrics),
    ]


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


def open_files() -> int:
    """Raise the limit of open files as far as allowed, and return it: each connection is one, and a shell's
    soft limit is often 1,024. -1 stands for no limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # some systems allow fewer than they report
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    now, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return -1 if now == resource.RLIM_INFINITY else now


def serve(
    app: ASGIApp, address: str, port: int, further_ports: Sequence[int] = (), **options: object
) -> None:
    """Serve `app` until SIGTERM or SIGINT.

    Raises:
        PortTaken, NotOurAddress: see `listen`.
        NotStarted: the application could not start.
    """
    serve_on([listen(address, each) for each in (port, *further_ports)], app, **options)


def serve_on(listeners: list[socket.socket], app: ASGIApp, **options: object) -> None:
    """Serve `app` on these listening sockets until SIGTERM or SIGINT.

    Raises:
        NotStarted: the application could not start.
    """
    open_files()
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


def serve_beside(
    ready: Health,
    alive: Health,
    address: str,
    port: int,
    routes: Sequence[BaseRoute] = (),
    wrapped: Callable[[ASGIApp], ASGIApp] = lambda app: app,
) -> None:
    """Answer `operational_routes` from a daemon thread, for processes whose main loop is not asyncio.

    Args:
        ready, alive: the process's health.
        address, port: where to listen.
        routes: further routes.
        wrapped: puts a middleware around the application.

    Raises:
        PortTaken, NotOurAddress: see `listen`.
    """
    listener = listen(address, port)
    app = wrapped(Starlette(routes=[*routes, *operational_routes(ready, alive)]))
    threading.Thread(
        # the peer of a connection is who it is: VIEW_PROXIES decides whose headers count
        target=lambda: asyncio.run(server(app, proxy_headers=False).serve(sockets=[listener])),
        name="http",
        daemon=True,
    ).start()
