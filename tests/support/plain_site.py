"""A small real site behind the heat-map front end: what it answers is up to the test."""

import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pageheat.frontends.heatmap import proxy
from pageheat.services.runtime.settings import HeatmapSettings
from tests.support.server import Server

Answer = Callable[[Request], Awaitable[Response]]

PAGE = "<!doctype html><body>Lämps</body>"


class Site:
    """Answers every request with `answer`, and records the requests."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.bodies: list[bytes] = []
        self.answer: Answer = self._page
        self.server = Server(Starlette(routes=[Route("/{path:path}", _Endpoint(self))]))

    @property
    def origin(self) -> str:
        return self.server.origin

    async def _page(self, _: Request) -> Response:
        return Response(PAGE, media_type="text/html")


class _Endpoint:
    """An ASGI application, so that its route accepts all methods."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        request = Request(scope, receive)
        self._site.requests.append(request)
        self._site.bodies.append(await request.body())
        response = await self._site.answer(request)
        await response(scope, receive, send)


def settings(site: str, **others: str) -> HeatmapSettings:
    return HeatmapSettings.load(site_url=site, broadcaster_url="http://localhost:8002", **others)


def says(
    body: bytes | str,
    content_type: str = "text/html",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    async def answer(_: Request) -> Response:
        return Response(body, status, {"content-type": content_type, **(headers or {})})

    return answer


@contextmanager
def nobody() -> Iterator[str]:
    """The origin of a reserved port without a listener."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def ask(origin: str, line: str, *headers: str) -> bytes:
    """A request that no client library would send."""
    host, port = origin.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = "\r\n".join([f"{line} HTTP/1.1", *headers, "Connection: close", "", ""])
        connection.sendall(head.encode())
        return b"".join(iter(lambda: connection.recv(65_536), b""))


class Late(httpx2.AsyncBaseTransport):
    """A site that answers later than the time-out."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        assert request.extensions["timeout"] == proxy.PAGE_TIMEOUT.as_dict()
        raise httpx2.ReadTimeout("")
