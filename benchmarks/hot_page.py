"""With how many moving visitors is one page more than an aggregator can count?

A page is counted by one process. Its visitors are told to send less often when they are many (`pace.py`):
here they send what PAGE_FRAMES_PER_S allows to as many processes of ingest as they need, one for each 24,000.
Each visitor moves all the time, eight points a second as the tracker samples them, so more visitors make
larger frames, not more.

One aggregator, a real process, with a window of half a minute, which is full before the time runs: what
leaves the window costs as much as with a longer one. Frames are made in advance but for their time and
number, and written as group_by would write them, evenly. The delay is from writing a frame until a grid with
it is read from `heatmap`; at the end all must be counted.

Not shown: group_by and ingest, whose instances share a page's visitors; looks, clicks and elements; documents
of different sizes.
"""

import random
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from math import ceil
from pathlib import Path
from struct import pack
from types import SimpleNamespace

import numpy as np
from confluent_kafka import Producer

from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.kafka import kafka
from benchmarks.sizing import MAX_SOCKETS, PARTITIONS
from benchmarks.usage import cpu_s
from pageheat.kafka_log import KafkaLog
from pageheat.services.contract.records import (
    MAX_EVENTS,
    SOURCE_OFFSET,
    SOURCE_PARTITION,
    decode_summary,
)
from pageheat.services.contract.topics import BY_PAGE, HEATMAP
from pageheat.services.contract.watching import WATCHED_SEND_MS
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import producer
from pageheat.services.runtime.settings import IngestSettings
from tests.support.system import running

SIZES = (1_000, 10_000, 25_000, 50_000, 100_000)
"""Visitors on the page."""

PAGE = "/hot"
SAMPLE_MS = 125
"""Between two points of a visitor: the tracker's."""

WIDTH_PX, HEIGHT_PX = 1265, 4210

WINDOW_S = 30
WARM_UP_S, SECONDS = WINDOW_S + 5.0, 20.0
TICK_S = 0.02
LAST_S = 30
"""Deadline for a grid with all frames."""

POOL = 512
"""Ways of a visitor between two frames."""


def interval_ms(visitors: int) -> float:
    """How often each of these visitors sends."""
    processes = ceil(visitors / MAX_SOCKETS)
    allowed = processes * IngestSettings.model_fields["page_frames_per_s"].default
    return float(max(WATCHED_SEND_MS, visitors * 1_000 / allowed))


def ways(points: int) -> list[bytes]:
    """Return moves of that many points, as a frame has them."""
    random_ = random.Random(7)
    found = []
    for _ in range(POOL):
        x, y = random_.randrange(WIDTH_PX), random_.randrange(HEIGHT_PX)
        moves = b""
        for number in range(points):
            x = min(WIDTH_PX - 1, max(0, x + random_.randint(-40, 40)))
            y = min(HEIGHT_PX - 1, max(0, y + random_.randint(-40, 40)))
            moves += pack("<3i", x, y, (points - 1 - number) * SAMPLE_MS + random_.randrange(SAMPLE_MS))
        found.append(b64encode(moves))
    return found


class Writer:
    """Writes the frames of a page's visitors, evenly; `sent_s` has the time of each."""

    def __init__(self, broker: str, visitors: int) -> None:
        every_ms = interval_ms(visitors)
        self.visitors = visitors
        self.points = min(MAX_EVENTS, max(1, round(every_ms / SAMPLE_MS)))
        self.frames_per_s = visitors * 1_000 / every_ms
        self.sent_s: list[float] = []
        self._ways = ways(self.points)
        self._form = (
            b'{"v":2,"site":"","received":%%d,"page":{"path":"%s","document":{"width":%d,"height":%d},'
            b'"viewport":{"width":1280,"height":720}},"session":"visitor-%%014d","seq":%%d,"moves":"%%b"}'
        ) % (PAGE.encode(), WIDTH_PX, HEIGHT_PX)
        self._producer: Producer = producer(
            Cluster(broker), {"linger.ms": 20, "queue.buffering.max.kbytes": 262_144}
        )

    def write(self, seconds: float) -> None:
        """Write what is due in that time; return at its end."""
        began_s, before = time.perf_counter(), len(self.sent_s)
        while (now_s := time.perf_counter()) < began_s + seconds:
            due = int((now_s - began_s) * self.frames_per_s) - (len(self.sent_s) - before)
            received_ms = int(time.time() * 1_000)
            for _ in range(due):
                self._write(received_ms, now_s)
            self._producer.poll(0)
            time.sleep(TICK_S)

    def _write(self, received_ms: int, now_s: float) -> None:
        number = len(self.sent_s)
        seq, visitor = divmod(number, self.visitors)
        value = self._form % (received_ms, visitor, seq, self._ways[number % POOL])
        headers = [
            (SOURCE_PARTITION, str(visitor % PARTITIONS).encode()),
            (SOURCE_OFFSET, str(number).encode()),
        ]
        self._producer.produce(BY_PAGE, value, PAGE.encode(), headers=headers)
        self.sent_s.append(now_s)

    def finish(self) -> None:
        """Wait until Kafka has all."""
        assert self._producer.flush(LAST_S) == 0


class Reader(threading.Thread):
    """Reads the page's grids: `seen` has the time and the position of each."""

    def __init__(self, log: KafkaLog) -> None:
        super().__init__(daemon=True)
        log.assign(log.edge(HEATMAP, latest=True))
        self.seen: list[tuple[float, int]] = []
        self._log = log
        self._stops = False

    def run(self) -> None:
        """Read until `stop`."""
        while not self._stops:
            for message in self._log.next():
                if message.key() == PAGE.encode():
                    self.seen.append((time.perf_counter(), decode_summary(message.value() or b"").position))

    def stop(self) -> None:
        """Stop reading."""
        self._stops = True
        self.join()


def of(visitors: int) -> Callable[[Context], Values]:
    """Return the case of so many visitors."""

    def run(context: Context) -> Values:
        """Measure it."""
        name = f"{visitors:,} visitors"
        with (
            tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder,
            running(SimpleNamespace(**context), Path(folder), WINDOW_SECONDS=str(WINDOW_S)) as system,
            closing(KafkaLog(Cluster(context["broker"]))) as log,
        ):
            aggregator = system.start("aggregator").wait_until_healthy()
            first = max(log.ends(log.edge(BY_PAGE, latest=True)).values())
            reader, writer = Reader(log), Writer(context["broker"], visitors)
            reader.start()
            writer.write(WARM_UP_S)
            before_s, began_s = cpu_s(aggregator.pid), time.perf_counter()
            writer.write(SECONDS)
            ended_s = time.perf_counter()
            used_s = cpu_s(aggregator.pid) - before_s
            writer.finish()
            deadline_s = time.perf_counter() + LAST_S
            while not reader.seen or reader.seen[-1][1] - first < len(writer.sent_s):
                assert time.perf_counter() < deadline_s, f"{name}: it does not catch up: {reader.seen[-1:]}"
                time.sleep(TICK_S)
            reader.stop()
        delays_s = [
            seen_s - writer.sent_s[position - first - 1]
            for seen_s, position in reader.seen
            if began_s <= seen_s <= ended_s
        ]
        cores = used_s / (ended_s - began_s)
        return {
            name: cores,
            f"{name}, frames": writer.frames_per_s,
            f"{name}, moves": writer.frames_per_s * writer.points,
            f"{name}, a frame": cores / writer.frames_per_s * 1e6,
            f"{name}, delay of a grid's newest frame, p99": float(np.percentile(delays_s, 99)) * 1e3,
        }

    return run


@contextmanager
def prepare() -> Iterator[Context]:
    """Start Kafka."""
    with kafka() as broker:
        yield {"broker": broker}


BENCHMARK = Benchmark(
    question="One page: what its moving visitors cost the one aggregator that counts it",
    cases={f"{visitors:,} visitors": of(visitors) for visitors in SIZES},
    rows=[
        row
        for visitors in SIZES
        for row in (
            Row(f"{visitors:,} visitors", "cores", at_most=0.7 if visitors == SIZES[-1] else None),
            Row(f"{visitors:,} visitors, frames", "frames/s"),
            Row(f"{visitors:,} visitors, moves", "moves/s"),
            Row(f"{visitors:,} visitors, a frame", "µs"),
            Row(f"{visitors:,} visitors, delay of a grid's newest frame, p99", "ms", at_most=1_000),
        )
    ],
    prepare=prepare,
    rounds=1,
)
