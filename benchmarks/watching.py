"""How soon do visitors know that somebody watches their page, and what do they send until then?

All services are real. "told": on each of 100 pages there is one visitor, a plain WebSocket that has sent a
frame. One page after the other gets its first viewer; the time is from the end of the viewer's handshake
until the visitor has the message that tells it to send every 250 ms. A tracker sends what waits as soon as it
has that.

"visitor": a real tracker in Chromium on the demo shop, whose pointer moves for a minute on a page that nobody
watches, then for a minute on one that has a viewer. Counted are the WebSocket's messages in both directions,
and the bytes of their texts.

Not shown: TCP, TLS and WebSocket headers (some 100 bytes a message); what a browser adds before it sends.
"""

import asyncio
import json
import tempfile
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from playwright.sync_api import Page, WebSocket, sync_playwright
from websockets.asyncio.client import ClientConnection, connect
from websockets.sync import client as sync_client

from benchmarks.browser import launch
from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.kafka import kafka
from benchmarks.probes import OURS
from pageheat.kafka.ports import free_port
from pageheat.services.contract.packed_rows import pack_moves
from pageheat.services.contract.watching import WATCHED_SEND_MS
from tests.support.system import running

PAGES = 100

BETWEEN_S = 0.1
"""Between two pages' first viewers."""

MOVED_S = 60

MOVE_MS = 20
"""Between two points of the hand."""

PATH = "/thanks"

WAYS = ("unwatched", "watched")


@contextmanager
def prepare() -> Iterator[Context]:
    """Start Kafka."""
    with kafka() as broker:
        yield {"broker": broker}


async def told(ingest: str, broadcaster: str) -> list[float]:
    """Return for each page how long its visitor waits to be told, s."""
    waits_s = []
    async with asyncio.TaskGroup() as group:
        visitors = [
            await group.create_task(_visitor(ingest, f"/page-{number}", number)) for number in range(PAGES)
        ]
        for number, visitor in enumerate(visitors):
            hearing = asyncio.create_task(_hear(visitor))
            async with connect(f"ws://{broadcaster}/page-{number}", subprotocols=[OURS], compression=None):
                opened_s = time.perf_counter()
                waits_s.append(await hearing - opened_s)
            await asyncio.sleep(BETWEEN_S)
        for visitor in visitors:
            await visitor.close()
    return waits_s


async def _visitor(ingest: str, page: str, number: int) -> ClientConnection:
    """A visitor who has sent a frame, and whose frame is acknowledged."""
    visitor = await connect(f"ws://{ingest}/s{number}", subprotocols=[OURS], compression=None)
    sizes = {"document": {"width": 1265, "height": 4210}, "viewport": {"width": 1280, "height": 720}}
    moves = b64encode(pack_moves([(100, 200, 0)])).decode()
    frame = {"v": 2, "session": f"s{number}", "seq": 0, "page": {"path": page} | sizes, "moves": moves}
    await visitor.send(json.dumps(frame))
    assert json.loads(await visitor.recv()) == {"acknowledged": [0]}
    return visitor


async def _hear(visitor: ClientConnection) -> float:
    assert json.loads(await visitor.recv()) == {"every": WATCHED_SEND_MS}
    return time.perf_counter()


def move(page: Page, seconds: float) -> None:
    """Move the pointer to and fro."""
    until_s, x = time.monotonic() + seconds, 0
    while time.monotonic() < until_s:
        x = (x + 7) % 400
        page.mouse.move(300 + x, 300 + x // 9)
        page.wait_for_timeout(MOVE_MS)


def run(context: Context) -> Values:
    """Measure both."""
    demo_port = str(free_port())
    with (
        tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder,
        running(SimpleNamespace(**context), Path(folder)) as system,
        sync_playwright() as playwright,
        launch(playwright) as browser,
    ):
        services = system.start_all(ORIGINS=f"http://127.0.0.1:{demo_port}")
        ingest, broadcaster = services["ingest"].address, services["broadcaster"].address
        demo = system.start("demo", DEMO_PORT=demo_port, INGEST_URL=f"http://{ingest}").wait_until_healthy()
        values = visitor_values(browser.new_page(), f"http://{demo.address}{PATH}", broadcaster)
    with (
        tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder,
        running(SimpleNamespace(**context), Path(folder)) as system,
    ):
        services = system.start_all()
        waits_s = asyncio.run(told(services["ingest"].address, services["broadcaster"].address))
    for percent in (50, 95):
        values[f"told after the viewer's handshake, p{percent}"] = (
            float(np.percentile(waits_s, percent)) * 1e3
        )
    return values


def visitor_values(page: Page, address: str, broadcaster: str) -> dict[str, float]:
    """Return what a visitor sends and receives in a minute of movement, by whether somebody watches."""
    counts: Counter[str] = Counter()
    ways = iter(WAYS)
    way = next(ways)

    def note(direction: str, text: str | bytes) -> None:
        counts[f"{way}: messages {direction}"] += 1
        counts[f"{way}: bytes {direction}"] += len(text)

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda text: note("sent", text))
        socket.on("framereceived", lambda text: note("received", text))

    page.on("websocket", listen)
    page.goto(address)
    move(page, MOVED_S)
    way = next(ways)
    with sync_client.connect(f"ws://{broadcaster}{PATH}", subprotocols=[OURS], compression=None):
        move(page, MOVED_S)
    return {name: count * 60 / MOVED_S for name, count in counts.items()}


BENCHMARK = Benchmark(
    question="A page's first viewer, and its visitors: when they know, and what they send in a minute",
    cases={"all": run},
    rows=[
        Row("told after the viewer's handshake, p50", "ms"),
        Row("told after the viewer's handshake, p95", "ms", at_most=300),
        *(
            Row(
                f"{way}: {what} {direction}",
                "",
                f"watched: {what} {direction}" if way == "unwatched" else None,
            )
            for what in ("messages", "bytes")
            for direction in ("sent", "received")
            for way in WAYS
        ),
    ],
    prepare=prepare,
    rounds=1,
)
