"""A click that is read in one go is answered as the library would answer it, and so is what is none."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from pageheat.services.ingest.app import Ingest
from pageheat.services.ingest.fast_path.connections import FastConnection
from pageheat.services.ingest.limits import BURST_S, Limits
from pageheat.services.ingest.rules import Rules
from pageheat.services.runtime.timeouts import TimeoutHttpProtocol
from tests.support.connections import HANDSHAKE, Forbearing, Hasty, Transport, connected, ended, serving
from tests.support.ingest import NOW_MS, RULES, SHOP, STRANGER, KeepingSink

ELSEWHERE = "192.0.2.1"
"""The other end of a `Transport`."""


def asked(query: str = f"x=1&y=2&u={SHOP}/lamp", version: str = "1.1", **headers: str) -> bytes:
    lines = [f"GET /_pageheat/beacon?{query} HTTP/{version}", "Host: here"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


CLICK, LAST = asked(), asked(Connection="close")
HEAD = CLICK.replace(b"GET", b"HEAD")
POST = b"POST /_pageheat/beacon HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\n\r\n?"


class Line(Transport):
    """A connection that another protocol may take over."""

    unread = 0
    protocol: object = None

    def get_write_buffer_size(self) -> int:
        return self.unread

    def set_protocol(self, protocol: object) -> None:
        self.protocol = protocol


class Client:
    """A connection to ingest, and what has come of it."""

    def __init__(self, *, quick: bool, rules: Rules = RULES) -> None:
        self.sink = KeepingSink()
        app = Ingest(self.sink, {}, rules, clock_ms=lambda: NOW_MS)
        config = Config(app, lifespan="off", interface="asgi3", log_config=None)
        config.load()
        self.state = ServerState()
        kind = partial(FastConnection, app.click) if quick else TimeoutHttpProtocol
        self.line = Line()
        self.line.protocol = kind(config=config, server_state=self.state, app_state={})
        self.line.protocol.connection_made(self.line)

    async def send(self, *pieces: bytes) -> bytes:
        """What is answered, in the end, to what comes in these pieces."""
        before = len(self.line.written)
        for piece in pieces:
            if not self.line.is_closing():
                assert isinstance(self.line.protocol, FastConnection | TimeoutHttpProtocol)
                self.line.protocol.data_received(piece)
            for _ in range(10):
                await asyncio.sleep(0)
        return self.line.written[before:]

    @property
    def is_quick(self) -> bool:
        return isinstance(self.line.protocol, FastConnection)


@pytest.mark.parametrize(
    "pieces",
    [
        [CLICK],
        [CLICK, CLICK, LAST],
        [asked(version="1.0", Referer=f"{SHOP}/lamp")],
        [asked(version="1.0", Connection="keep-alive")],
        [asked(Origin=SHOP, Referer=f"{SHOP}/", User_Agent="Googlebot/2.1"), CLICK],
        [asked(Origin=STRANGER), CLICK],
        [asked("x=1"), CLICK],
        [asked("x=1&y=2&u=/" + "a" * 9_000), CLICK],
        [asked(Cookie="a" * 20_000)],
        [CLICK[:20], CLICK[20:], CLICK],
        [CLICK, CLICK[:20], CLICK[20:]],
        [CLICK + CLICK],
        [CLICK + LAST + CLICK],
        [asked(Content_Length="1") + b"?", CLICK],
        [asked(Expect="100-continue", Content_Length="1"), b"?", CLICK],
        [asked(Upgrade="h2c", Connection="Upgrade")],
        [asked(Connection="close, keep-alive"), CLICK],
        [asked(Proxy_Connection="close"), CLICK],
        [POST, CLICK],
        [HEAD, CLICK],
        [CLICK.replace(b"GET", b"OPTIONS"), CLICK],
        [CLICK.replace(b"beacon", b"%62eacon"), CLICK],
        [CLICK.replace(b" HTTP", b"#here HTTP"), CLICK],
        [CLICK.replace(b"?", b"s?"), CLICK],
        [CLICK.replace(b"Host: here", b"Host here")],
        [CLICK.replace(b"1.1", b"1.2")],
        [asked("x=1&y=2&u=/\x00")],
    ],
)
async def test_what_is_asked_is_answered_as_the_library_does(pieces: list[bytes]) -> None:
    quick, slow = Client(quick=True), Client(quick=False)
    assert await quick.send(*pieces) == await slow.send(*pieces)
    assert quick.line.closed == slow.line.closed
    assert quick.sink.frames == slow.sink.frames


async def test_a_usual_click_is_taken_and_answered_at_once() -> None:
    client = Client(quick=True)
    for number in (1, 2):
        client.line.protocol.data_received(CLICK)  # type: ignore[attr-defined]
        assert client.line.written.count(b"HTTP/1.1 204 ") == len(client.sink.frames) == number
    assert client.is_quick


async def test_a_quick_click_counts_for_the_address_it_comes_from() -> None:
    def rules(proxies: int) -> Rules:
        return Rules(RULES.origins, Limits(0, 1, clock_ns=lambda: 0), proxies=proxies)

    client = Client(quick=True, rules=rules(0))
    assert (await client.send(*[CLICK] * (BURST_S + 1))).count(b" 204 ") == BURST_S
    assert client.line.closed
    behind = Client(quick=True, rules=rules(1))
    for n in range(BURST_S + 1):
        assert b" 204 " in await behind.send(asked(X_Forwarded_For=f"{ELSEWHERE}, 198.51.100.{n}"))
    for n in range(BURST_S):
        assert (b" 204 " in await behind.send(asked(X_Forwarded_For="198.51.100.0"))) is (n < BURST_S - 1)
    assert behind.is_quick


async def test_who_does_not_read_answers_is_left_to_the_library() -> None:
    client = Client(quick=True)
    await client.send(CLICK)
    client.line.unread = 1
    assert b" 204 " in await client.send(CLICK)
    assert not client.is_quick


async def test_a_connection_is_known_until_it_is_lost_for_the_server_to_close() -> None:
    client = Client(quick=True)
    (connection,) = client.state.connections
    connection.shutdown()
    assert client.line.closed
    connection.connection_lost(None)
    left = Client(quick=True)
    await left.send(CLICK[:5])
    assert (client.state.connections, left.state.connections) == (set(), {left.line.protocol})


# over real connections


class HastyQuick(FastConnection):
    library: type[TimeoutHttpProtocol] = Hasty


class ForbearingQuick(FastConnection):
    library: type[TimeoutHttpProtocol] = Forbearing


class OnceHastyQuick(HastyQuick):
    """Waits for a beginning as `Hasty` does; what goes on with it, never ends."""

    def _leave(self, data: bytes) -> None:
        self.library = Forbearing
        super()._leave(data)


class LaterHastyQuick(ForbearingQuick):
    """The other way round."""

    def _leave(self, data: bytes) -> None:
        self.library = Hasty
        super()._leave(data)


def kind(of: type[FastConnection]) -> dict[str, object]:
    return {"http": partial(of, Ingest(KeepingSink(), {}, RULES).click)}


@pytest.fixture
async def address() -> AsyncIterator[tuple[str, int]]:
    async with serving(**kind(HastyQuick)) as address:
        yield address


async def answered(reader: asyncio.StreamReader) -> bool:
    return b"204" in await reader.readuntil(b"\r\n\r\n")


@pytest.mark.parametrize("sent", [b"", b"G", CLICK[:-2], HANDSHAKE[:-2]])
async def test_a_request_that_does_not_come_is_not_waited_for(address: tuple[str, int], sent: bytes) -> None:
    async with connected(address) as (reader, writer):
        writer.write(sent)
        assert await ended(reader)


async def test_a_further_request_has_to_come_too(address: tuple[str, int]) -> None:
    async with connected(address) as (reader, writer):
        writer.write(CLICK)
        assert await answered(reader)
        assert await ended(reader)


async def test_what_begins_slowly_gets_no_second_chance() -> None:
    async with serving(**kind(OnceHastyQuick)) as address, connected(address) as (reader, writer):
        writer.write(CLICK[:5])
        assert await ended(reader)


async def test_what_begins_after_a_click_has_a_time_of_its_own() -> None:
    async with serving(**kind(LaterHastyQuick)) as address, connected(address) as (reader, writer):
        writer.write(CLICK)
        assert await answered(reader)
        writer.write(CLICK[:5])
        assert await ended(reader)


async def test_who_has_asked_in_time_is_not_cut_off() -> None:
    async with (
        serving(**kind(OnceHastyQuick)) as address,
        connected(address) as (reader, writer),
        connected(address) as (silent, _),
    ):
        for piece in (HEAD[:20], HEAD[20:]):
            writer.write(piece)
        assert await answered(reader)
        assert await ended(silent)
        writer.write(CLICK)
        assert await answered(reader)


@pytest.mark.parametrize("last", [LAST, asked(version="1.0")])
async def test_the_last_answer_is_there_whole_before_the_end(address: tuple[str, int], last: bytes) -> None:
    async with connected(address) as (reader, writer):
        writer.write(CLICK)
        assert await answered(reader)
        writer.write(last)
        head, _, rest = (await reader.read()).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 204 No Content\r\ndate: ")
        assert head.endswith(b"\r\nconnection: close")
        assert rest == b""


async def test_a_websocket_opens_over_it(address: tuple[str, int]) -> None:
    async with connected(address) as (reader, writer):
        writer.write(HANDSHAKE)
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")


async def test_the_server_does_not_wait_for_who_may_click_again() -> None:
    async with serving(**kind(ForbearingQuick)) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(CLICK)
        assert await answered(reader)
    assert await ended(reader)
    writer.close()
