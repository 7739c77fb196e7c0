"""A site's WebSockets under the heat-map front end, over real connections."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Request, Response

from pageheat.frontends.heatmap import protocols, sockets
from pageheat.frontends.heatmap.protocols import SERVER_OPTIONS
from pageheat.frontends.heatmap.server import create_app
from pageheat.services.runtime.settings import HeatmapSettings
from tests.support.server import Server

Handler = Callable[[ServerConnection], Awaitable[None]]
Check = Callable[[ServerConnection, Request], Response | None]


async def echo(socket: ServerConnection) -> None:
    async for message in socket:
        await socket.send(message)


class Site:
    """Handles each WebSocket with `handler`, after `check`, and keeps the handshakes' requests."""

    def __init__(self) -> None:
        self.handler: Handler = echo
        self.check: Check = lambda _connection, _request: None
        self.requests: list[Request] = []
        self.codes: asyncio.Queue[tuple[int | None, str | None]] = asyncio.Queue()
        self.origin = ""

    async def handle(self, socket: ServerConnection) -> None:
        try:
            await self.handler(socket)
        finally:
            await socket.wait_closed()
            self.codes.put_nowait((socket.close_code, socket.close_reason))

    def process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request)
        return self.check(connection, request)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    async with serve(
        site.handle,
        "127.0.0.1",
        0,
        process_request=site.process_request,
        select_subprotocol=lambda _, offered: next((one for one in offered if one == "vite-hmr"), None),
        max_size=None,
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        site.origin = f"http://127.0.0.1:{port}"
        yield site


@pytest.fixture
def front(site: Site) -> Iterator[str]:
    app = Server(create_app(HeatmapSettings.load(site_url=site.origin)), **SERVER_OPTIONS)
    yield app.origin
    app.stop()


class _Connect(connect):
    """Follows no redirects, as browsers."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


@asynccontextmanager
async def opened(front: str, path: str = "/", **options: object) -> AsyncIterator[ClientConnection]:
    options = {"compression": None, "proxy": None, "max_size": None, "origin": front} | options
    async with _Connect(front.replace("http", "ws", 1) + path, **options) as socket:  # type: ignore[arg-type]
        yield socket


async def test_messages_pass_in_both_directions_as_they_are(front: str) -> None:
    async with opened(front) as browser:
        for message in ("", "höt", b"", b"\x00\xff", '{"type":"full-reload"}'):
            await browser.send(message)
            assert await browser.recv() == message


async def test_the_site_sees_its_own_host_and_origin_and_the_browsers_cookies(site: Site, front: str) -> None:
    headers = {"cookie": "a=1; _pageheat__Host-sid=2", "authorization": "Basic eA==", "user-agent": "Firefox"}
    async with opened(front, "/live/web;socket?vsn=2&x=%20", additional_headers=headers):
        pass
    [request] = site.requests
    assert request.path == "/live/web;socket?vsn=2&x=%20"
    assert request.headers["host"] == site.origin.removeprefix("http://")
    assert request.headers["origin"] == site.origin
    assert request.headers["cookie"] == "a=1; __Host-sid=2"
    assert request.headers["authorization"] == "Basic eA=="
    assert request.headers["user-agent"].startswith("Firefox")
    assert "sec-websocket-extensions" not in request.headers


async def test_a_strangers_page_does_not_reach_the_site(site: Site, front: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with opened(front, origin="http://evil.example"):
            pass
    assert refused.value.response.status_code == 403
    assert site.requests == []


async def test_the_host_is_that_of_site_url_wherever_the_site_is_fetched(site: Site) -> None:
    settings = HeatmapSettings.load(site_url="https://www.shop.example", site_fetch_url=site.origin)
    app = Server(create_app(settings), **SERVER_OPTIONS)
    async with opened(app.origin) as browser:
        await browser.send("?")
        await browser.recv()
    await asyncio.to_thread(app.stop)
    headers = site.requests[0].headers
    assert (headers["host"], headers["origin"]) == ("www.shop.example", "https://www.shop.example")
    assert headers["x-forwarded-proto"] == "https"


@pytest.mark.parametrize("offered", [["vite-hmr"], ["other", "vite-hmr"]])
async def test_the_sites_subprotocol_is_chosen(front: str, offered: list[str]) -> None:
    async with opened(front, subprotocols=offered) as browser:
        assert browser.subprotocol == "vite-hmr"


async def test_cookies_of_the_handshake_reach_the_browser(site: Site, front: str) -> None:
    def set_cookie(_: ServerConnection, __: Request, response: Response) -> Response:
        response.headers["Set-Cookie"] = "a=1; Secure; Path=/"
        return response

    async with serve(echo, "127.0.0.1", 0, process_response=set_cookie) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        app = Server(create_app(HeatmapSettings.load(site_url=f"http://127.0.0.1:{port}")), **SERVER_OPTIONS)
        async with opened(app.origin) as browser:
            assert browser.response is not None
            assert browser.response.headers.get_all("set-cookie") == ["a=1; Path=/"]
        await asyncio.to_thread(app.stop)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 302, 200])
async def test_a_refusal_is_passed_as_the_site_gave_it(
    site: Site, front: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(connection: ServerConnection, _: Request) -> Response:
        response = connection.respond(status, "no socket here\n")
        response.headers["X-Why"] = "closed"
        response.headers["Location"] = "http://elsewhere.example/"
        return response

    site.check = refuse
    with pytest.raises(InvalidStatus) as refused:
        async with opened(front, open_timeout=30):
            pass
    answer = refused.value.response
    assert (answer.status_code, answer.headers["x-why"]) == (status, "closed")
    assert answer.body == b"no socket here\n"
    assert len(site.requests) == 1, "a redirect is not followed"
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_if_the_site_is_away_the_answer_says_so(caplog: pytest.LogCaptureFixture) -> None:
    app = Server(create_app(HeatmapSettings.load(site_url="http://127.0.0.1:1")), **SERVER_OPTIONS)
    with caplog.at_level(logging.WARNING), pytest.raises(InvalidStatus) as refused:
        async with opened(app.origin):
            pass
    await asyncio.to_thread(app.stop)
    assert refused.value.response.status_code == 502
    assert "Nothing listens on port 1" in caplog.text


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1001, "bye"), (3000, "höt"), (4999, "x" * 120)])
async def test_the_code_of_the_browsers_end_reaches_the_site(
    site: Site, front: str, code: int, reason: str
) -> None:
    async with opened(front) as browser:
        await browser.close(code, reason)
    assert await site.codes.get() == (code, reason)


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1008, "go"), (1012, ""), (4001, "expired")])
async def test_the_code_of_the_sites_end_reaches_the_browser(
    site: Site, front: str, code: int, reason: str
) -> None:
    site.handler = lambda socket: socket.close(code, reason)
    async with opened(front) as browser:
        await browser.wait_closed()
        assert (browser.close_code, browser.close_reason) == (code, reason)


async def test_a_browser_that_vanishes_leaves_no_socket_at_the_site(site: Site, front: str) -> None:
    async with opened(front) as browser:
        browser.transport.abort()
    assert (await site.codes.get())[0] == 1000


async def test_a_site_that_vanishes_ends_the_browsers_socket(site: Site, front: str) -> None:
    async def vanish(socket: ServerConnection) -> None:
        socket.transport.abort()

    site.handler = vanish
    async with opened(front) as browser:
        await browser.wait_closed()
        assert browser.close_code == 1011


async def test_large_messages_pass_whole(front: str) -> None:
    large = b"\x01" * 12_000_000
    async with opened(front) as browser:
        await browser.send(large)
        assert await browser.recv() == large
        await browser.send(part for part in [b"\x02" * 4096] * 1000)
        assert await browser.recv() == b"\x02" * 4_096_000


async def test_a_message_beyond_the_bound_ends_the_socket(
    site: Site, front: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sockets, "MAX_MESSAGE_BYTES", 1000)
    with caplog.at_level(logging.WARNING):
        async with opened(front) as browser:
            await browser.send("x" * 2000)
            with pytest.raises(ConnectionClosed):
                await browser.recv()
            assert browser.close_code == 1009
    assert "more than 1000 bytes in one message" in caplog.text


async def test_a_browser_that_does_not_read_holds_the_site_back(site: Site, front: str) -> None:
    sent = 0

    async def flood(socket: ServerConnection) -> None:
        nonlocal sent
        for _ in range(200):
            await socket.send(b"x" * 1_000_000)
            sent += 1

    site.handler = flood
    async with opened(front, max_queue=1) as browser:
        await browser.recv()
        before = -1
        while sent != before:  # until the site waits
            before = sent
            await asyncio.sleep(0.5)
        assert sent < 100, "the rest would be in memory"
        for _ in range(199):
            await browser.recv()
    assert sent == 200


async def test_a_site_that_does_not_read_holds_the_browser_back(site: Site, front: str) -> None:
    go_on = asyncio.Event()
    received = 0

    async def wait(socket: ServerConnection) -> None:
        nonlocal received
        await go_on.wait()
        async for _ in socket:
            received += 1

    site.handler = wait
    sent = 0

    async def flood(browser: ClientConnection) -> None:
        nonlocal sent
        for _ in range(200):
            await browser.send(b"x" * 1_000_000)
            sent += 1

    async with opened(front) as browser:
        flooding = asyncio.create_task(flood(browser))
        before = -1
        while sent != before:
            before = sent
            await asyncio.sleep(0.5)
        assert sent < 100
        go_on.set()
        await flooding
    await site.codes.get()
    assert received == 200


async def test_beyond_their_bound_sockets_are_refused(
    front: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sockets, "MAX_SOCKETS", 1)
    async with opened(front):
        with caplog.at_level(logging.WARNING), pytest.raises(InvalidStatus) as refused:
            async with opened(front):
                pass
    assert refused.value.response.status_code == 503
    assert "more than 1 WebSockets" in caplog.text


def test_the_server_takes_messages_as_long_as_the_site_does() -> None:
    assert SERVER_OPTIONS["ws_max_size"] == sockets.MAX_MESSAGE_BYTES
    assert protocols.SiteWebSocketProtocol.max_unfinished_bytes >= sockets.MAX_MESSAGE_BYTES
