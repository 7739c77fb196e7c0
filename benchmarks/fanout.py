"""What does it take to bring each new grid of a page to those who watch it?

2,000 viewers, without the subprotocol, watch 2,000 pages, 20, or one. Each step every page has a new grid of
150 tiles (1.5 kB), and the next step begins when all viewers have it: none is left out, as the bytes that
each gets are counted, and the last grid is compared. Broadcaster is a real process; grids come from Kafka's
`heatmap`. At the end come 20 grids of each page at once: a viewer may miss some of these, but has to end with
the newest. The readers are raw sockets in a process of their own.

What counts is grids × viewers for each second of CPU of the serving process, on one core, all its threads
included: what the same process would do if it had nothing to wait for. By the clock there is a wait for Kafka
in each step.

Reference: `websockets.broadcast` of the same bytes to the same viewers from a bare server, which is told by a
line on its standard input what to broadcast next.

What this doesn't show: viewers of the subprotocol, who get less (`viewer-bytes`); slow lines; TLS.
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
from tests.support.system import running

VIEWERS = 2_000
STEPS = 60
AT_ONCE = 20
WARMING = 5
STEP_MS = 250

Send = Callable[[bytes, list[str]], None]
"""Has a grid brought to the viewers of all of these pages."""


def grid(step: int, begin_ms: int) -> bytes:
    """A page's grid at a step; of all steps they are of the same length."""
    tiles = {f"{10 + x}": {f"{10 + 7 * y}": 1 + (x + y + step) % 9 for y in range(5)} for x in range(30)}
    end = begin_ms + step * STEP_MS
    return encode(
        Grid(
            start=end - 300_000,
            end=end,
            value=tiles,
            clicks={},
            grid_size=50,
            visitors=12,
            totals=Totals(1_000 + step, 0),
            newest=end - STEP_MS,
            page=Size(1265, 4210),
            partition=0,
            position=1_000_000 + step,
        )
    )


def frame(step: int, begin_ms: int) -> bytes:
    """The same as viewers get it."""
    return Frame(Opcode.TEXT, grid(step, begin_ms)).serialize(mask=False)


@contextmanager
def prepare() -> Iterator[Context]:
    """Kafka, beside the core that is measured."""
    with kafka_beside() as broker:
        yield {"broker": broker}


def measure(name: str, each: int, port: int, pid: int, send: Send, *, may_miss: bool) -> Values:
    """Show grids on as many pages as it takes for `each` viewers a page."""
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
    """The reference."""
    with on([MEASURED]):
        server = subprocess.Popen(
            ending_with_parent([sys.executable, "-m", "benchmarks.broadcast_server"]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    assert server.stdin
    assert server.stdout

    def send(told: bytes, pages: list[str]) -> None:
        print(json.dumps([told.decode(), pages]), file=server.stdin, flush=True)

    with server, closing(server.stdin):
        port = int(server.stdout.readline())
        return measure(f"websockets, {each:,} a page", each, port, server.pid, send, may_miss=False)


@on(OTHERS)
def of_broadcaster(each: int, context: Context) -> Values:
    """Ours."""
    producer = Producer({"bootstrap.servers": context["broker"], "linger.ms": 1_000})

    def send(told: bytes, pages: list[str]) -> None:
        for page in pages:
            producer.produce(HEATMAP, told, page, 0)
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
