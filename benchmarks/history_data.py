"""A database with a past: HISTORY_MINUTES of real batches, copied in SQL to a day, a month and a year.

The last minutes are made by moving visitors (`history_visitors`), and go through the history's own batches.
They are what is measured of writing and of bytes. What is older is made of their rows: a day of minutes, the
hours of EDGES, a year of days and of weeks. A day has 24 times what an hour has, which the page on rank
24 · n has of what the page on rank n has in an hour; so a page's day is the hour of a page on a 24th of its
rank.

What no question reads is left out: hours between the days at whose edges ranges begin and end, and of pages
that are not asked for by name (ASKED) all but the sums of their rows.
"""

import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.history_visitors import PAGES, SEND_MS, Visitors
from pageheat.services.contract.bands import Bands
from pageheat.services.history.blocks import Addition, blocks
from pageheat.services.history.engine import Embedded
from pageheat.services.history.partition import Partition, Position
from pageheat.services.history.ranges import MINUTE_MS
from pageheat.services.history.schema import COLUMNS, DATABASE, WEEKS_OF_DAYS, WITH_PAGES
from pageheat.services.history.store import Intent, Store
from pageheat.services.history.views import Views

BANDS = Bands.parse("phone<600,tablet<1024,desktop<1600,wide")
PARTITIONS = 12

ASKED = (0, 1, 3, 6, 12, 25, 50, 100, 200, 400, 800)
"""Ranks of the pages that are asked for: from the most visited to one with a move a second."""

MONTH, DAYS = 31, 365
"""Days by band and attributes and of all pages; and of all views together, of pages that are asked for."""

EDGES = ((0, 2), (29, 31), (363, 365))
"""Days before the end, from and to, in which ranges begin and end: of them there are hours."""


@dataclass(frozen=True)
class Cost:
    """CPU of a minute, s: unpacking frames and making rows, and the database, its merges included."""

    rows: float
    storage: float


def filled(engine: Embedded, visitors: int, minutes: int, end_ms: int) -> Cost:
    """Store that many minutes before `end_ms`; waits for the merges that they cause."""
    crowd, store = Visitors(visitors), Store(engine)
    parts = [Partition(p, Position(0), BANDS, Views(), count_robots=False) for p in range(PARTITIONS)]
    began_s, ours_s, rows_s = time.process_time(), 0.0, 0.0
    for minute in range(minutes):
        begin_ms = end_ms - (minutes - minute) * MINUTE_MS
        turn_s = time.thread_time()
        turns = range(begin_ms + SEND_MS - 1, begin_ms + MINUTE_MS, SEND_MS)
        frames = [frame for at_ms in turns for frame in crowd.frames(at_ms)]
        made_s = time.thread_time()
        for frame in frames:
            part = parts[zlib.crc32(frame.key.encode()) % PARTITIONS]
            part.add(part.position, (part.number, part.position), frame)
        added = [Addition(part.number, part.position, part.era, part.rows()) for part in parts]
        tables = blocks(added)
        ended_s = time.thread_time()
        ours_s += ended_s - turn_s
        rows_s += ended_s - made_s
        token = store.intend([Intent(it.number, it.batch, it.start, it.position) for it in parts])
        for table, block in tables:
            store.add(table, block, token)
        store.progress({part.number: part.stored_to for part in parts})
        for part in parts:
            part.done()
    _until_idle(engine)
    return Cost(rows_s / minutes, (time.process_time() - began_s - ours_s) / minutes)


def _until_idle(engine: Embedded) -> None:
    """Wait until no merge is going on."""
    while int(engine.query("SELECT count() FROM system.merges", format_="CSV")):
        time.sleep(0.1)


def merged(engine: Embedded) -> None:
    """Merge all parts, as the engine does in time."""
    for table in WITH_PAGES:
        engine.command(f"OPTIMIZE TABLE {DATABASE}.{table} FINAL")


def bytes_of(engine: Embedded) -> Mapping[str, int]:
    """Bytes on disk by table."""
    rows = engine.query(
        f"""SELECT table, sum(bytes_on_disk) FROM system.parts
        WHERE active AND database = '{DATABASE}' GROUP BY table""",
        format_="TSV",
    )
    pairs = (line.split("\t") for line in rows.decode().splitlines())
    return {table: int(size) for table, size in pairs}


def copied(engine: Embedded, end_ms: int, minutes: int) -> None:
    """Copy the last minutes: to a day of minutes, the hours of EDGES, and a year of days."""
    length_s = minutes * 60
    begin_s = end_ms // 1000 - length_s
    for kind, names in COLUMNS.items():
        cells = [name for name in names if "." in name]
        columns = ", ".join(name for name in names if name not in ("page", "time", *cells))
        is_whole = kind == "whole"
        if not is_whole:
            table = _Table(engine, f"{kind}_minute", columns, cells)
            table.copy(begin_s, length_s, length_s, count=86_400 // length_s - 1, asked_alone=True)
            table.copy(end_ms // 1000 - 3_600, 3_600, 30 * 86_400 - 3_600, count=1)
        hours = _Table(engine, f"{kind}_hour", columns, cells)
        hour_s = end_ms // 1000 - 3_600
        for first, last in EDGES:
            earlier_s = first * 86_400 or 3_600
            count = (last * 86_400 - earlier_s) // 3_600
            hours.copy(hour_s, 3_600, earlier_s, count=count, asked_alone=not is_whole)
        _days(engine, kind, columns, cells, hour_s)
    _until_idle(engine)


@dataclass(frozen=True)
class _Table:
    """A table that gets copies of its own rows."""

    engine: Embedded
    name: str
    columns: str
    cells: Sequence[str]

    def copy(
        self, begin_s: int, length_s: int, earlier_s: int, *, count: int, asked_alone: bool = False
    ) -> None:
        """Copy the rows of a span, first to so much earlier, then that again and again, twice as much each
        time."""
        if count > 0:
            self._insert(begin_s, begin_s + length_s, earlier_s, asked_alone=asked_alone)
        done = 1
        while done < count:
            more = min(done, count - done)
            first_s = begin_s - earlier_s - (more - 1) * length_s
            self._insert(first_s, first_s + more * length_s, done * length_s, asked_alone=asked_alone)
            done += more

    def _insert(self, begin_s: int, end_s: int, earlier_s: int, *, asked_alone: bool) -> None:
        cells = ", ".join(f"if({ARE_ASKED}, {each}, []) AS `{each}`" for each in self.cells)
        self.engine.command(
            f"""INSERT INTO {DATABASE}.{self.name} (page, time, {self.columns}, {_names(self.cells)})
            SELECT page, time - {earlier_s} AS time, {self.columns}, {cells}
            FROM {DATABASE}.{self.name} AS old
            WHERE old.time >= {begin_s} AND old.time < {end_s} {f"AND {ARE_ASKED}" if asked_alone else ""}
            {SETTINGS}"""
        )


def _days(engine: Embedded, kind: str, columns: str, cells: Sequence[str], hour_s: int) -> None:
    """A day of each page is an hour of the page on a 24th of its rank."""
    is_whole = kind == "whole"
    day_s = hour_s // 86_400 * 86_400 - 86_400
    ranks = ", ".join(map(str, ASKED))
    none = [f"emptyArrayUInt32() AS `{each}`" for each in cells]
    for condition, what in ((f"IN ({ranks})", cells), *([(f"NOT IN ({ranks})", none)] if is_whole else [])):
        engine.command(
            f"""INSERT INTO {DATABASE}.{kind}_day (page, time, {columns}, {_names(cells)})
            SELECT r.page AS page, toDateTime({day_s}, 'UTC') AS time, {columns}, {", ".join(what)}
            FROM (SELECT * EXCEPT page, page AS alike FROM {DATABASE}.{kind}_hour WHERE time = {hour_s}) AS h
            INNER JOIN (
                SELECT '/things/' || toString(number) AS page,
                    '/things/' || toString(intDiv(number, 24)) AS alike
                FROM numbers({PAGES}) WHERE number {condition}
            ) AS r USING alike
            {SETTINGS}"""
        )
    days = _Table(engine, f"{kind}_day", columns, cells)
    days.copy(day_s, 86_400, 86_400, count=MONTH - 1)
    if is_whole:
        days.copy(day_s, 86_400, MONTH * 86_400, count=DAYS - MONTH, asked_alone=True)
        engine.command(f"TRUNCATE TABLE {DATABASE}.whole_week")
        engine.command(WEEKS_OF_DAYS)
        engine.command(f"OPTIMIZE TABLE {DATABASE}.whole_week FINAL")


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in columns)


ARE_ASKED = "page IN (" + ", ".join(f"'/things/{rank}'" for rank in ASKED) + ")"

SETTINGS = """SETTINGS async_insert = 0, optimize_on_insert = 0, max_threads = 1, max_block_size = 4096,
    min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 1500000000,
    max_partitions_per_insert_block = 1000, max_memory_usage = 10e9"""
"""Rows have thousands of cells, so what is read at once is little. What is stored at once is much: large
parts, each as large as all before it, are not merged while questions are measured."""
