"""What does the history cost, and how fast does it answer?

Frames of moving visitors on pages whose popularity follows Zipf's law, each visitor's moves around a few
places of its page: eight moves every 2 s, a look every 4 s, a click in 4 s of ten. HISTORY_MINUTES of
HISTORY_VISITORS (10 and 3,000) go through the history's own batches into an engine in an empty folder. That
minute by minute is what the writer costs: CPU of all threads, at 12,000 moves a second. Reading Kafka is not
included; see `system`.

Then these minutes are copied until HISTORY_DAYS (2) are full, minutes for the last 30 days, hours and days
for all; in SQL, as the writer would need as long as it took. Of that, bytes on disk a day, and the time of a
question, the median of eleven of different pages, ends to the minute. Of four readers beside a writer, the
99th percentile.

Not shown: a year as it grows by merges, an answer's way by HTTP, and pages that change.
"""

import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.harness import Benchmark, Context, Row, Unavailable, Values
from pageheat.services.contract.bands import Bands
from pageheat.services.contract.packed_rows import pack_looks, pack_moves
from pageheat.services.contract.records import VERSION, Event, Frame, Page, Size, Target
from pageheat.services.history.blocks import blocks
from pageheat.services.history.engine import Embedded, MissingEngine
from pageheat.services.history.partition import Partition, Position
from pageheat.services.history.queries.attention import attention
from pageheat.services.history.queries.elements import elements_of
from pageheat.services.history.queries.grid import grid
from pageheat.services.history.queries.pages import pages
from pageheat.services.history.queries.scroll import scroll
from pageheat.services.history.queries.source import Selection
from pageheat.services.history.ranges import DAY_MS, HOUR_MS, MINUTE_MS, Depth, planned
from pageheat.services.history.schema import DATABASE, LEVELS
from pageheat.services.history.store import Kept, Store
from pageheat.services.history.views import Views

VISITORS = int(os.environ.get("HISTORY_VISITORS", "3000"))
MINUTES = int(os.environ.get("HISTORY_MINUTES", "10"))
DAYS = int(os.environ.get("HISTORY_DAYS", "2"))

PAGES, VIEW_S, SEND_MS = 2_000, 40, 2_000
QUESTIONS, READ_S = 11, 5
MINUTES_KEPT = 30

BANDS = Bands.parse("phone<600,tablet<1024,desktop<1600,wide")
END_MS = 1_767_225_600_000
"""2026-01-01: the end of what is stored."""


class Visitor:
    """Views page after page, and moves around three places of each."""

    def __init__(self, number: int, chance: random.Random) -> None:
        self._number, self._chance, self._seq, self._view = number, chance, 0, -1
        self._left_s = 0
        self._width = chance.choice([390, 800, 1280, 1280, 1920])

    def frame(self, now_ms: int) -> Frame:
        """Its frame of the last 2 s."""
        chance = self._chance
        if self._left_s <= 0:
            self._left_s, self._view = chance.randrange(10, 2 * VIEW_S), self._view + 1
            page = min(int(chance.paretovariate(1.0)) - 1, PAGES - 1)
            self._height = 2_000 + page % 7 * 900
            self._page = Page(f"/things/{page}", Size(self._width, self._height), Size(self._width, 700))
            self._places = [(chance.randrange(self._width), chance.randrange(self._height)) for _ in "abc"]
            self._top = 0
        self._left_s -= SEND_MS // 1000
        self._seq += 1
        x, y = chance.choice(self._places)
        moves = [
            (int(x + chance.gauss(0, 60)), int(y + chance.gauss(0, 90)), age)
            for age in range(0, SEND_MS, SEND_MS // 8)
        ]
        looks, events = [], []
        if self._seq % 2:
            self._top = min(self._top + chance.choice([0, 0, 300, 700]), self._height - 700)
            looks = [(self._top, 700, 4_000, 0)]
        if chance.random() < 0.2:
            target = Target(f"#offers>li:nth-of-type({chance.randrange(1, 20)})>a", 0.5, 0.5, 240, 48)
            events = [Event("click", x, y, target=target)]
        return Frame(
            VERSION, "", now_ms, self._page, f"visitor-{self._number}", self._seq, self._view,
            moves=pack_moves(moves), events=events, looks=pack_looks(looks),
        )  # fmt: skip


def filled(engine: Embedded, minutes: int, end_ms: int) -> tuple[float, float]:
    """Store that many minutes; returns CPU of the whole writer, and of the engine alone, s a minute."""
    chance = random.Random(1)
    visitors = [Visitor(number, chance) for number in range(VISITORS)]
    part = Partition(0, Position(0), BANDS, Views(), count_robots=False)
    store, offset = Store(engine), 0
    whole: list[float] = []
    storing: list[float] = []
    for minute in range(minutes):
        begin_ms = end_ms - (minutes - minute) * MINUTE_MS
        frames = [
            visitor.frame(begin_ms + turn * SEND_MS)
            for turn in range(MINUTE_MS // SEND_MS)
            for visitor in visitors
        ]
        began_s = time.process_time()
        for one in frames:
            part.add(offset, (0, offset), one)
            offset += 1
        rows = blocks([(0, offset, part.rows())])
        stored_s = time.process_time()
        store.add(rows, store.intend([(0, part.start, part.position)], begin_ms))
        store.progress({0: part.stored_to}, begin_ms)
        part.done()
        ended_s = time.process_time()
        whole.append(ended_s - began_s)
        storing.append(ended_s - stored_s)
    return statistics.median(whole[1:] or whole), statistics.median(storing[1:] or storing)


def copied(engine: Embedded) -> None:
    """Copy what is stored until DAYS are full."""
    same = "band, referrer, source, medium, campaign, segment, partition"
    kinds = {
        "counts": f"page, layer, {{time}}, {same}, cellMap.cell, cellMap.events, cellMap.views",
        "elements": f"page, {{time}}, selector, kind, {same}, views, spotMap.spot, spotMap.events",
    }
    begin_s, length_s = (END_MS - MINUTES * MINUTE_MS) // 1000, MINUTES * 60
    for kind, columns in kinds.items():
        for level, keeps in zip(LEVELS, (min(DAYS, MINUTES_KEPT), DAYS, DAYS), strict=True):
            turns = keeps * DAY_MS // 1000 // length_s
            for first in range(1, turns, 24):
                time_of = f"toStartOf{level.title()}(time - (number + {first}) * {length_s})"
                engine.command(
                    f"""INSERT INTO {DATABASE}.{kind}_{level} SELECT {columns.format(time=time_of)}
                    FROM {DATABASE}.{kind}_minute CROSS JOIN numbers({min(24, turns - first)}) AS n
                    WHERE time >= {begin_s}
                    SETTINGS async_insert = 0, max_partitions_per_insert_block = 1000, max_memory_usage =
                    4e9"""
                )
            if level != "minute":
                engine.command(f"OPTIMIZE TABLE {DATABASE}.{kind}_{level} FINAL")


@contextmanager
def prepared() -> Iterator[Context]:
    """A folder with DAYS of history."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            engine = Embedded(Path(folder))
        except MissingEngine as error:
            raise Unavailable(str(error)) from None
        Store(engine).migrate(Kept(7_000, 7_000, 7_000))
        writer, storage = filled(engine, MINUTES, END_MS)
        copied(engine)
        engine.close()
        per_second = VISITORS * 4  # moves
        scale = 12_000 / per_second / 60
        yield {"folder": folder, "writer": writer * scale, "storage": storage * scale}


def _write(context: Context) -> Values:
    engine = Embedded(Path(context["folder"]))
    rows = engine.query(
        f"""SELECT sum(bytes_on_disk) FROM system.parts
        WHERE active AND database = '{DATABASE}' AND table IN ('counts_minute', 'elements_minute')""",
        format_="CSV",
    )
    engine.close()
    a_day = int(rows) / min(DAYS, MINUTES_KEPT) / 1e6 * 12_000 / (VISITORS * 4)
    return {"writer": context["writer"], "storage": context["storage"], "bytes": a_day}


def chosen(page: int, length_ms: int) -> Selection:
    """A page in a range that ends 17 minutes before the end of all."""
    end_ms = END_MS - 17 * MINUTE_MS if length_ms > HOUR_MS else END_MS
    depth = Depth.of(END_MS, MINUTES_KEPT, 395)
    return Selection(f"/things/{page}" if page >= 0 else "", planned(end_ms - length_ms, end_ms, depth))


def asks(engine: Embedded) -> dict[str, Callable[[int], Any]]:
    """The questions."""
    month = min(DAYS, 30) * DAY_MS
    return {
        "grid of an hour": lambda page: grid(engine, chosen(page, HOUR_MS)),
        "grid of a day": lambda page: grid(engine, chosen(page, min(DAYS - 1, 1) * DAY_MS or 12 * HOUR_MS)),
        "grid of 30 days": lambda page: grid(engine, chosen(page, month - HOUR_MS)),
        "grid of a year": lambda page: grid(engine, chosen(page, DAYS * DAY_MS - HOUR_MS)),
        "elements of 30 days": lambda page: elements_of(engine, chosen(page, month - HOUR_MS), 100),
        "scroll of 30 days": lambda page: scroll(engine, chosen(page, month - HOUR_MS)),
        "attention of 30 days": lambda page: attention(engine, chosen(page, month - HOUR_MS)),
        "top pages of 30 days": lambda page: pages(engine, chosen(-1, month - HOUR_MS)),
    }


def _ask(context: Context) -> Values:
    engine = Embedded(Path(context["folder"]))
    values: dict[str, float] = {}
    for name, ask in asks(engine).items():
        ask(0)
        values[name] = statistics.median(timed(partial(ask, page)) for page in range(QUESTIONS))
    values["memory"] = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    engine.close()
    return values


def timed(ask: Callable[[], object]) -> float:
    """How long it takes, ms."""
    began_s = time.perf_counter()
    ask()
    return (time.perf_counter() - began_s) * 1000


def _beside_a_writer(context: Context) -> Values:
    """Four readers ask for grids while a writer stores minutes as fast as it can."""
    engine = Embedded(Path(context["folder"]))
    until_s, took = time.monotonic() + READ_S, []
    questions = list(asks(engine).values())[:3]

    def read(number: int) -> None:
        chance = random.Random(number)
        while time.monotonic() < until_s:
            took.append(timed(lambda: chance.choice(questions)(chance.randrange(QUESTIONS))))

    readers = [threading.Thread(target=read, args=[number]) for number in range(4)]
    for reader in readers:
        reader.start()
    while time.monotonic() < until_s:
        filled(engine, 1, END_MS + MINUTE_MS)
    for reader in readers:
        reader.join()
    engine.close()
    return {"p99 of four readers": statistics.quantiles(took, n=100)[98]}


BENCHMARK = Benchmark(
    "What does the history cost, and how fast does it answer?",
    {"write": _write, "ask": _ask, "ask beside a writer": _beside_a_writer},
    [
        Row("writer", "cores at 12,000 moves/s", at_most=0.35),
        Row("storage", "cores at 12,000 moves/s", at_most=0.02),
        Row("bytes", "MB a day", at_most=450),
        Row("grid of an hour", "ms", at_most=50),
        Row("grid of a day", "ms", at_most=50),
        Row("grid of 30 days", "ms", at_most=100),
        Row("grid of a year", "ms", at_most=100),
        Row("elements of 30 days", "ms", at_most=100),
        Row("scroll of 30 days", "ms", at_most=100),
        Row("attention of 30 days", "ms", at_most=100),
        Row("top pages of 30 days", "ms", at_most=200),
        Row("p99 of four readers", "ms", at_most=250),
        Row("memory", "MB", at_most=1_000),
    ],
    prepare=prepared,
    rounds=1,
)
