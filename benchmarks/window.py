"""How many events per second does `aggregator` count, one event per record, against the library's own window?

A million moves of 2,000 visitors on 40 pages, one per record, in one partition. A real `aggregator` waits at
the end of an empty topic and gets all of them at once (they are one transaction), so they arrive as live
records and are not read back. The time runs from there to the first record on `heatmap` that covers all,
including the wait for its step. Then each page's last grid is recounted from the topic.

Reference: the tutorial's way, a Quix Streams application with `hopping_window(5 min, 250 ms)`, `reduce()` and
`final()`, over the first 2,000 records of the same topic, by event time and without a changelog, which would
make it slower. Those records span a minute; every grid that it yields must equal our window's, cell by cell.

Kafka runs on the same machine; "one core" uses the CPU time of the measured process only. Not shown: the
subtraction of an event five minutes later (see `overlap`), and the gain of several events per record (see
`frames`).
"""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from confluent_kafka import Consumer
from quixstreams import Application

from benchmarks.harness import Benchmark, Context, Row, Values
from benchmarks.kafka import Record, fill, kafka, start_of
from benchmarks.made import made
from benchmarks.usage import cpu_s
from pageheat.kafka_log import KafkaLog
from pageheat.services.aggregator.grid import CellNumbers, tile
from pageheat.services.aggregator.window import Window
from pageheat.services.contract import packed_rows
from pageheat.services.contract.records import (
    HEARTBEAT_KEY_PREFIX,
    Cells,
    Event,
    Frame,
    GridSummary,
    Heartbeat,
    Page,
    Size,
    Target,
    decode_frame,
    decode_heartbeat,
    decode_summary,
    encode,
)
from pageheat.services.contract.topics import BY_PAGE, HEATMAP
from pageheat.services.contract.tutorial import tile_counts
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.settings import AggregatorSettings
from pageheat.services.runtime.streams import COMMIT_INTERVAL_S
from pageheat.verification.evidence import read_grid
from pageheat.verification.recount import PageLog, differences, read_frame
from tests.support.system import running

EVENTS, PREFIX = 1_000_000, 2_000
VISITORS, PAGES = 2_000, 40
WIDTH_PX, HEIGHT_PX = 1265, 4210
SPAN_MS = 60_000
"""Span of event time of the prefix, and again of all that follows."""

WINDOW_MS, STEP_MS, GRID_SIZE = 300_000, 250, 50
PATIENCE_S = 300


def records(count: int, events: int = 1, prefix: int = 0, clicks: float = 0) -> Iterator[Record]:
    """Yield frames with that many events, 25 ms apart, as `group_by` writes them, with that share of clicks.

    The first `prefix` frames span as much time as all others.
    """
    random_, begin_ms = random.Random(5), int(time.time() * 1000) - 2 * SPAN_MS
    pages = [Page(f"/things/{i}", Size(WIDTH_PX, HEIGHT_PX), Size(1280, 720)) for i in range(PAGES)]
    target = Target("#offers>li:nth-of-type(3)>a", 0.31, 0.5)
    for number in range(count):
        visitor, part = number % VISITORS, (number - prefix) / (count - prefix)
        received = begin_ms + int(SPAN_MS * (1 + part if number >= prefix else number / prefix))
        is_click = [random_.random() < clicks for _ in range(events)]
        moves: list[tuple[int, int, int]] = []
        others: list[Event] = []
        for i, clicked in enumerate(is_click):
            x, y = int(random_.triangular(0, WIDTH_PX)), int(random_.triangular(0, HEIGHT_PX, 600))
            age = 25 * (events - 1 - i) + random_.randrange(25)
            if clicked:
                others.append(Event("click", x, y, age, target=target))
            else:
                moves.append((x, y, age))
        page = pages[visitor % PAGES]
        frame = made(received, page, f"visitor-{visitor:014}", number // VISITORS, moves, others)
        source = [("source.partition", b"0"), ("source.offset", b"%d" % number)]
        yield page.path.encode(), encode(frame), source


# Ours


HEARTBEATS_A_TURN = 3
"""Pages that nobody watches take turns of 2 s, so after that many heartbeats each has its newest grid."""


@dataclass(frozen=True)
class Taken:
    """Wall-clock time and CPU time."""

    clock_s: float
    core_s: float


def counted(broker: str, given: Iterator[Record]) -> Taken:
    """Measure a live `aggregator` with records that appear at once; recount each page's grid."""
    reader = Consumer({"bootstrap.servers": broker, "group.id": "bench", "auto.offset.reset": "earliest"})
    with (
        closing(reader),
        tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder,
        running(SimpleNamespace(broker=broker), Path(folder)) as system,
    ):
        aggregator = system.start("aggregator").wait_until_healthy()
        reader.assign([start_of(HEATMAP)])
        began: list[float] = []
        count = fill(
            broker,
            BY_PAGE,
            given,
            committing=lambda: began.extend((time.perf_counter(), cpu_s(aggregator.pid), time.time() * 1000)),
        )
        began_s, began_core_s, began_ms = began
        newest: dict[str, bytes] = {}
        waited, position = False, 0
        while position < count:
            message = reader.poll(PATIENCE_S)
            assert message
            assert not message.error()
            key, value = message.key().decode(), message.value()
            is_heartbeat = key.startswith(HEARTBEAT_KEY_PREFIX)
            record: Heartbeat | GridSummary = (
                decode_heartbeat(value) if is_heartbeat else decode_summary(value)
            )
            if not is_heartbeat:
                newest[key] = value
            position = record.position
            waited = waited or position == 0
            assert position == 0 or record.end > began_ms - STEP_MS, "records were counted before the commit"
        taken = Taken(time.perf_counter() - began_s, cpu_s(aggregator.pid) - began_core_s)
        assert waited
        heartbeats = 0
        while heartbeats < HEARTBEATS_A_TURN:
            message = reader.poll(PATIENCE_S)
            assert message
            if message.key().startswith(HEARTBEAT_KEY_PREFIX.encode()):
                heartbeats += 1
            else:
                newest[message.key().decode()] = message.value()
    check(broker, count, newest)
    return taken


def check(broker: str, count: int, newest: dict[str, bytes]) -> None:
    """Assert that each page's last grid equals a recount of the topic."""
    pages = {f"/things/{i}": PageLog(GRID_SIZE) for i in range(PAGES)}
    with closing(KafkaLog(Cluster(broker))) as log:
        log.assign([start_of(BY_PAGE)])
        for message in log.up_to({(BY_PAGE, 0): count}):
            frame = read_frame(message.value())
            assert frame
            pages[message.key().decode()].add(message.offset(), frame)
    assert newest.keys() == pages.keys()
    for page, value in newest.items():
        grid = read_grid(value)
        assert grid
        assert not [*differences(grid, pages[page], STEP_MS)], page
        assert pages[page].first_waiting(grid["start"], grid["end"], grid["position"]) is None
        assert grid["totals"]["moves"] > 0.9 * count / PAGES


# The library's


Grids = dict[tuple[str, int], Cells]
"""Page and end of a window → its moves."""


def library(broker: str) -> tuple[Taken, Grids]:
    """Measure the tutorial's application with the prefix; also return its grids."""
    with tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder:
        app = Application(
            broker_address=broker,
            consumer_group="tutorial",
            auto_offset_reset="earliest",
            auto_create_topics=False,
            use_changelog_topics=False,
            state_dir=folder,
            loglevel=None,
        )
        shown: Grids = {}
        began: list[float] = []
        read = 0

        def decode(value: bytes) -> Frame:
            nonlocal read
            if not read:
                began.extend((time.perf_counter(), time.process_time()))
            read += 1
            if read == PREFIX:
                app.stop()
            return decode_frame(value)

        def take(window: dict[str, Any], key: str, *_: object) -> None:
            shown[key, window["end"]] = window["value"]

        (
            app.dataframe(app.topic(BY_PAGE, value_deserializer="bytes", key_deserializer="str"))
            .apply(decode)
            .set_timestamp(lambda frame, *_: event_time(frame))
            .apply(tile_names)
            .hopping_window(WINDOW_MS, STEP_MS, on_late=lambda *_: False)
            .reduce(with_another, lambda names: with_another({}, names))
            .final()
            .update(take, metadata=True)
        )
        app.run()
        began_s, began_core_s = began
        return Taken(time.perf_counter() - began_s, time.process_time() - began_core_s), shown


def event_time(frame: Frame) -> int:
    """Return the event time of a frame of one event."""
    return frame.received - next(packed_rows.events(frame)).age


def tile_names(frame: Frame) -> list[str]:
    """Return column and row of a frame's event, as JSON keys."""
    event = next(packed_rows.events(frame))
    return [str(tile(event.x, WIDTH_PX, GRID_SIZE)), str(tile(event.y, HEIGHT_PX, GRID_SIZE))]


def with_another(cells: Cells, names: list[str]) -> Cells:
    """Return the cells with one more event."""
    column, row = names
    rows = cells.get(column, {})
    return cells | {column: rows | {row: rows.get(row, 0) + 1}}


def our_grids(broker: str) -> Grids:
    """Return our windows' grids for the prefix, by event time, one window per page."""
    shown: Grids = {}
    windows: dict[str, Window] = {}
    newest: dict[str, int] = {}
    cells = CellNumbers(GRID_SIZE, AggregatorSettings().bands)
    with closing(KafkaLog(Cluster(broker))) as log:
        log.assign([start_of(BY_PAGE)])
        for message in log.up_to({(BY_PAGE, 0): PREFIX}):
            offset, key = message.offset(), message.key().decode()
            if offset >= PREFIX:
                break
            frame = decode_frame(message.value())
            newest[key] = max(newest.get(key, 0), event_time(frame))
            if key not in windows:
                windows[key] = Window(0, 0, newest[key], window_ms=WINDOW_MS, step_ms=STEP_MS, cells=cells)
            windows[key].add(offset, (0, offset), frame)
            for _, grid in windows[key].advance_by_step(newest[key]):
                shown[key, grid.end] = _named(tile_counts(grid.value, GRID_SIZE))
    return shown


def _named(tiles: dict[int, dict[int, int]]) -> Cells:
    return {str(x): {str(y): n for y, n in rows.items()} for x, rows in tiles.items()}


# The comparison


def both(_: Context) -> Values:
    """Measure ours over the whole topic, the library's over its beginning."""
    with kafka() as broker:
        ours = counted(broker, records(EVENTS, prefix=PREFIX))
        assert ours.clock_s > 3 * COMMIT_INTERVAL_S, "must span several commits"
        theirs, shown = library(broker)
        assert len(shown) > PREFIX
        assert shown == our_grids(broker)
    return {
        OURS: EVENTS / ours.clock_s,
        f"{OURS}, one core": EVENTS / ours.core_s,
        THEIRS: PREFIX / theirs.clock_s,
        f"{THEIRS}, one core": PREFIX / theirs.core_s,
    }


OURS, THEIRS = "aggregator", "hopping_window"

BENCHMARK = Benchmark(
    question="The window of 5 min that advances by 250 ms, one event a record",
    cases={"both": both},
    rows=[
        Row(OURS, "events/s", THEIRS, at_least=3_000),
        Row(f"{OURS}, one core", "events/s", f"{THEIRS}, one core"),
        Row(THEIRS, "events/s"),
        Row(f"{THEIRS}, one core", "events/s"),
    ],
    rounds=2,
)
