"""What does it cost to send each new grid of a page to its viewers?

2,000 viewers without the subprotocol watch 2,000 pages, 20, or one. In each step every page gets a new grid
of 150 tiles (1.5 kB); the next step begins when all viewers have it. No grid is skipped: the bytes that each
viewer gets are counted, and the last grid is compared. broadcaster is a real process; grids come from Kafka's
`heatmap`. At the end each page gets 20 grids at once: a viewer may miss some, but must end with the newest.
The readers are raw sockets in their own process.

The result is grids × viewers per second of CPU time of the serving process, all its threads, on one core: the
throughput if it never had to wait. By the wall clock each step includes a wait for Kafka.

Reference: `websockets.broadcast` of the same bytes to the same viewers from a bare server, which reads what
to broadcast next from its standard input.

Not shown: viewers with the subprotocol, who get less (`viewer-bytes`); slow networks; TLS.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from confluent_kafka import Producer
from websockets.frames import Frame, Opcode

from benchmarks.cores import MEASURED, OTHERS, kafka_beside, on
from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.raw_viewers import RawViewers
from benchmarks.usage import cpu_s
from pageheat.parent import ending_with_parent
from pageheat.services.contract.records import Grid, Size, Totals, encode
from pageheat.services.contract.topics import HEATMAP
from pageheat.services.contract.tutorial import tutorial_json
from tests.support.fine import fine
from tests.support.system import running
from tests.support.tiles import packed_tiles

VIEWERS = 2_000
STEPS = 60
AT_ONCE = 20
WARMING = 5
STEP_MS = 250

Send = Callable[[bytes, list[str]], None]
"""Sends a grid to the viewers of all these pages."""


def grid(step: int, begin_ms: int) -> bytes:
    """Return a page's grid at a step; the length is the same for all steps."""
    tiles = {f"{10 + x}": {f"{10 + 7 * y}": 1 + (x + y + step) % 9 for y in range(5)} for x in range(30)}
    rows = {(10 + 7 * y, 10 + x): 1 + (x + y + step) % 9 for y in range(5) for x in range(30)}
    end = begin_ms + step * STEP_MS
    return encode(
        Grid(
            start=end - 300_000,
            end=end,
            value=packed_tiles(tiles),
            clicks=b"",
            grid_size=50,
            visitors=12,
            totals=Totals(1_000 + step, 0),
            newest=end - STEP_MS,
            page=Size(1265, 4210),
            partition=0,
            position=1_000_000 + step,
            fine=fine(moves=rows),
        )
    )


def frame(step: int, begin_ms: int) -> bytes:
    """Return the same grid as the WebSocket frame that viewers get."""
    return Frame(Opcode.TEXT, tutorial_json(grid(step, begin_ms))).serialize(mask=False)


@contextmanager
def prepare() -> Iterator[Context]:
    """Start Kafka on the cores that are not measured."""
    with kafka_beside() as broker:
        yield {"broker": broker}


def measure(name: str, each: int, port: int, pid: int, send: Send, *, may_miss: bool) -> Values:
    """Send grids to as many pages as give each page `each` viewers."""
    begin_ms = time.time_ns() // 1_000_000 // STEP_MS * STEP_MS
    pages = [f"/{begin_ms}/{number}" for number in range(VIEWERS // each)]
    length = len(frame(0, begin_ms))
    with closing(RawViewers(port, [page for page in pages for _ in range(each)])) as viewers:
        for step in range(WARMING + STEPS):
            if step == WARMING:
                began_s, before_s = time.perf_counter(), cpu_s(pid)
            send(grid(step, begin_ms), pages)
            viewers.read(length)
        used_s, took_s = cpu_s(pid) - before_s, time.perf_counter() - began_s
        send(grid(step + 1, begin_ms), pages)
        got = viewers.read_to(frame(step + 1, begin_ms))
        assert set(got) == {length}, (length, {n: got.count(n) for n in set(got)})
        for further in range(AT_ONCE):
            send(grid(step + 2 + further, begin_ms), pages)
        got = viewers.read_to(frame(step + 1 + AT_ONCE, begin_ms))
        assert all(count % length == 0 for count in got)
        assert may_miss or set(got) == {AT_ONCE * length}
    deliveries = STEPS * VIEWERS
    return {name: deliveries / used_s, f"{name}, by the clock": deliveries / took_s}


@on(OTHERS)
def of_websockets(each: int, _: Context) -> Values:
    """Measure the reference."""
    with on([MEASURED]):
        server = subprocess.Popen(
            ending_with_parent([sys.executable, "-m", "benchmarks.broadcast_server"]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    assert server.stdin
    assert server.stdout

    def send(value: bytes, pages: list[str]) -> None:
        print(json.dumps([tutorial_json(value).decode(), pages]), file=server.stdin, flush=True)

    with server, closing(server.stdin):
        port = int(server.stdout.readline())
        return measure(f"websockets, {each:,} a page", each, port, server.pid, send, may_miss=False)


@on(OTHERS)
def of_broadcaster(each: int, context: Context) -> Values:
    """Measure broadcaster."""
    producer = Producer({"bootstrap.servers": context["broker"], "linger.ms": 1_000})

    def send(value: bytes, pages: list[str]) -> None:
        for page in pages:
            producer.produce(HEATMAP, value, page, 0)
        producer.flush(30)

    with (
        tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder,
        running(SimpleNamespace(**context), Path(folder)) as system,
    ):
        with on([MEASURED]):
            broadcaster = system.start("broadcaster")
        broadcaster.wait_until_healthy()
        return measure(
            f"broadcaster, {each:,} a page", each, broadcaster.port, broadcaster.pid, send, may_miss=True
        )


EACH = (1, 100, VIEWERS)

BENCHMARK = Benchmark(
    "broadcaster: grids × viewers for each second of CPU, 2,000 viewers",
    {
        f"{name}, {each:,} a page": partial(case, each)
        for each in EACH
        for name, case in (("websockets", of_websockets), ("broadcaster", of_broadcaster))
    },
    [
        row
        for each in EACH
        for reference, ours in [(f"websockets, {each:,} a page", f"broadcaster, {each:,} a page")]
        for row in (
            Row(reference, "/s"),
            Row(ours, "/s", reference, at_least=0.9),
            Row(f"{reference}, by the clock", "/s"),
            Row(f"{ours}, by the clock", "/s"),
        )
    ],
    prepare,
    rounds=3,
)
