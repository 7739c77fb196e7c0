"""With how many moving visitors is one page more than an aggregator can count?

A page is counted by one process. Its visitors are told to send less often when they are many (`pace.py`):
here they send what PAGE_FRAMES_PER_S allows to as many processes of ingest as they need, one for each 24,000.
Each visitor moves all the time, eight points a second as the tracker samples them, so more visitors make
larger frames, not more.

The frames of 10 s are written as group_by would write them, and become visible at once to one aggregator, a
real process that is ready and idle. Its CPU time until all are counted, divided by those 10 s, is what of a
core the page needs; the last grid must have every move. A core that is BUSY is taken as full.

Not shown: group_by and ingest, whose instances share a page's visitors; looks, clicks and elements; documents
of different sizes; the steps of those 10 s, each of which makes a grid and subtracts a pane (some ms a
second); smaller batches, as frames come one after the other.
"""

import random
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from math import ceil
from pathlib import Path
from struct import pack
from types import SimpleNamespace

from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.kafka import Record, fill, kafka
from benchmarks.scale import BY_KEY, partition_of
from benchmarks.sizing import BUSY, HOT_VISITORS, MAX_SOCKETS, PARTITIONS
from benchmarks.usage import cpu_s
from pageheat.kafka_log import KafkaLog
from pageheat.services.contract.records import (
    MAX_EVENTS,
    SOURCE_OFFSET,
    SOURCE_PARTITION,
    GridSummary,
    decode_summary,
)
from pageheat.services.contract.topics import BY_PAGE, HEATMAP
from pageheat.services.contract.watching import WATCHED_SEND_MS
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.settings import IngestSettings
from tests.support.system import running

SIZES = (10_000, HOT_VISITORS)
"""Visitors on the page."""

SECONDS = 10
SAMPLE_MS = 125
"""Between two points of a visitor: the tracker's."""

WIDTH_PX, HEIGHT_PX = 1265, 4210

COUNTED_S = 300
"""Deadline for a grid with all frames."""

POOL = 512
"""Ways of a visitor between two frames."""


def interval_ms(visitors: int) -> float:
    """How often each of these visitors sends."""
    processes = ceil(visitors / MAX_SOCKETS)
    allowed = processes * IngestSettings.model_fields["page_frames_per_s"].default
    return float(max(WATCHED_SEND_MS, visitors * 1_000 / allowed))


def points(visitors: int) -> int:
    """Of a frame."""
    return min(MAX_EVENTS, max(1, round(interval_ms(visitors) / SAMPLE_MS)))


def ways(count: int) -> list[bytes]:
    """Return moves of that many points, as a frame has them."""
    random_ = random.Random(7)
    found = []
    for _ in range(POOL):
        x, y = random_.randrange(WIDTH_PX), random_.randrange(HEIGHT_PX)
        moves = b""
        for number in range(count):
            x = min(WIDTH_PX - 1, max(0, x + random_.randint(-40, 40)))
            y = min(HEIGHT_PX - 1, max(0, y + random_.randint(-40, 40)))
            moves += pack("<3i", x, y, (count - 1 - number) * SAMPLE_MS + random_.randrange(SAMPLE_MS))
        found.append(b64encode(moves))
    return found


def records(page: str, visitors: int, frames: int) -> Iterator[Record]:
    """Yield what group_by writes for that many frames of the page, the last of them now."""
    pool, every_ms, now_ms = ways(points(visitors)), SECONDS * 1_000 / frames, int(time.time() * 1_000)
    form = (
        b'{"v":2,"site":"","received":%%d,"page":{"path":"%s","document":{"width":%d,"height":%d},'
        b'"viewport":{"width":1280,"height":720}},"session":"visitor-%%014d","seq":%%d,"moves":"%%b"}'
    ) % (page.encode(), WIDTH_PX, HEIGHT_PX)
    for number in range(frames):
        seq, visitor = divmod(number, visitors)
        received_ms = now_ms - round((frames - 1 - number) * every_ms)
        headers = [
            (SOURCE_PARTITION, str(visitor % PARTITIONS).encode()),
            (SOURCE_OFFSET, str(number).encode()),
        ]
        yield page.encode(), form % (received_ms, visitor, seq, pool[number % POOL]), headers


def counted(log: KafkaLog, page: str, position: int) -> GridSummary:
    """Read `heatmap` until a grid of the page counts all before that position."""
    deadline_s = time.monotonic() + COUNTED_S
    while time.monotonic() < deadline_s:
        for message in log.next():
            if message.key() == page.encode() and (value := message.value()):
                grid = decode_summary(value)
                if grid.position >= position:
                    return grid
    raise AssertionError(f"{page} is not counted within {COUNTED_S} s")


def of(visitors: int) -> Callable[[Context], Values]:
    """Return the case of so many visitors."""

    def run(context: Context) -> Values:
        """Measure it."""
        name, page = f"{visitors:,} visitors", f"/{visitors}"
        frames = round(visitors * 1_000 / interval_ms(visitors)) * SECONDS
        before_s = 0.0

        def begin() -> None:
            nonlocal before_s
            before_s = cpu_s(aggregator.pid)

        with (
            tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder,
            running(SimpleNamespace(**context), Path(folder)) as system,
            closing(KafkaLog(Cluster(context["broker"]))) as log,
        ):
            aggregator = system.start("aggregator").wait_until_healthy()
            first = log.edge(BY_PAGE, latest=True)[partition_of(page)].offset
            log.assign(log.edge(HEATMAP, latest=True))
            fill(context["broker"], BY_PAGE, records(page, visitors, frames), BY_KEY, begin)
            grid = counted(log, page, first + frames)
            used_s = cpu_s(aggregator.pid) - before_s
        assert grid.totals.moves == frames * points(visitors)
        cores = used_s / SECONDS
        return {
            name: cores,
            f"{name}, frames": frames / SECONDS,
            f"{name}, moves": frames * points(visitors) / SECONDS,
            f"{name}, a frame": used_s / frames * 1e6,
            FULL: visitors * BUSY / cores,
        }

    return run


FULL = "moving visitors of a page that fill an aggregator"
"""By the last case: as if each cost the same."""


@contextmanager
def prepare() -> Iterator[Context]:
    """Start Kafka."""
    with kafka() as broker:
        yield {"broker": broker}


BENCHMARK = Benchmark(
    question="One page: what its moving visitors cost the one aggregator that counts it",
    cases={f"{visitors:,} visitors": of(visitors) for visitors in SIZES},
    rows=[
        Row(FULL, "", at_least=100_000),
        *(
            row
            for visitors in SIZES
            for row in (
                Row(f"{visitors:,} visitors", "cores"),
                Row(f"{visitors:,} visitors, frames", "frames/s"),
                Row(f"{visitors:,} visitors, moves", "moves/s"),
                Row(f"{visitors:,} visitors, a frame", "µs"),
            )
        ),
    ],
    prepare=prepare,
    rounds=1,
)
