"""A database with a past: HISTORY_MINUTES of real batches, copied in SQL to a day, a month and a year.

The last minutes are made by moving visitors (`history_visitors`), and go through the history's own batches.
They are what is measured of writing and of bytes. What is older is made of their rows: a day of minutes, 30
days of hours, a year of days. A day has 24 times what an hour has, which the page on rank 24 · n has of what
the page on rank n has in an hour; so a page's day is the hour of a page on a 24th of its rank. Cells are
copied for the pages that are asked for (ASKED), in counts, places and elements; of the others there are the
rows without their cells, as no question about other pages reads them.
"""

import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.history_visitors import PAGES, SEND_MS, Visitors
from pageheat.services.contract.bands import Bands
from pageheat.services.history.blocks import Addition, blocks
from pageheat.services.history.engine import Embedded
from pageheat.services.history.partition import Partition, Position
from pageheat.services.history.ranges import MINUTE_MS
from pageheat.services.history.schema import DATABASE, WITH_PAGES
from pageheat.services.history.store import Intent, Store
from pageheat.services.history.views import Views

BANDS = Bands.parse("phone<600,tablet<1024,desktop<1600,wide")
PARTITIONS = 12

ASKED = (0, 1, 3, 6, 12, 25, 50, 100, 200, 400, 800)
"""Ranks of the pages that are asked for: from the most visited to one with a move a second."""

HOURS, DAYS = 30 * 24, 365

LABELS = "band, referrer, source, medium, campaign, segment"
CELLS = ("cellMap.cell", "cellMap.events", "cellMap.views")
SPOTS = ("spotMap.spot", "spotMap.events")


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
    while int(engine.query("SELECT count() FROM system.merges", format_="CSV")):
        time.sleep(0.1)
    return Cost(rows_s / minutes, (time.process_time() - began_s - ours_s) / minutes)


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
    """Copy the last minutes: to a day of minutes, 30 days of hours, and a year of days."""
    length_s = minutes * 60
    begin_s = end_ms // 1000 - length_s
    asked = "page IN (" + ", ".join(f"'/things/{rank}'" for rank in ASKED) + ")"
    for kind, labels, own, arrays in (
        ("counts", LABELS, "layer, events, views", CELLS),
        ("whole", "", "layer, events, views", CELLS),
        ("elements", LABELS, "selector, kind, views", SPOTS),
    ):
        columns = ", ".join(filter(None, (labels, own, "partition", "era")))
        cells = ", ".join(arrays)
        none = ", ".join(f"emptyArrayUInt32() AS `{each}`" for each in arrays)
        fresh = f"time >= {begin_s}"
        if kind != "whole":
            turns = range(1, 86_400 // length_s)
            _copy(engine, f"{kind}_minute", f"{kind}_minute", f"{columns}, {cells}", fresh, turns, length_s)
        hours = f"{kind}_hour"
        for condition, what in (
            (asked, cells),
            *([(f"NOT {asked}", none)] if kind == "whole" else []),
        ):
            chosen = f"{fresh} - 3600 AND {condition}"
            _copy(engine, hours, hours, f"{columns}, {what}", chosen, range(1, HOURS), 3600)
        days = DAYS if kind == "whole" else 31
        _days(engine, kind, f"{columns}, {cells}", begin_s, days, asked)
        if kind == "whole":
            _days(engine, kind, f"{columns}, {none}", begin_s, days, f"NOT {asked}")


def _copy(
    engine: Embedded, table: str, source: str, columns: str, condition: str, turns: range, length_s: int
) -> None:
    """Copy rows as often as there are turns, each time so much earlier."""
    for first in range(turns.start, turns.stop, AT_ONCE):
        count = min(AT_ONCE, turns.stop - first)
        engine.command(
            f"""INSERT INTO {DATABASE}.{table} (page, time, {_names(columns)})
            SELECT page, time - toUInt32((n.number + {first}) * {length_s}), {columns}
            FROM {DATABASE}.{source} CROSS JOIN numbers({count}) AS n WHERE {condition} {SETTINGS}"""
        )


def _days(engine: Embedded, kind: str, columns: str, begin_s: int, days: int, condition: str) -> None:
    """A day of each page is an hour of the page on a 24th of its rank."""
    for first in range(1, days, AT_ONCE):
        count = min(AT_ONCE, days - first)
        engine.command(
            f"""INSERT INTO {DATABASE}.{kind}_day (page, time, {_names(columns)})
            SELECT '/things/' || toString(r.rank) AS page,
                toStartOfDay(toDateTime({begin_s}, 'UTC')) - toUInt32((n.number + {first}) * 86400), {columns}
            FROM (SELECT * FROM {DATABASE}.{kind}_hour WHERE time >= {begin_s} - 3600) AS h
            INNER JOIN (
                SELECT number AS rank, '/things/' || toString(intDiv(number, 24)) AS alike,
                    '/things/' || toString(number) AS page
                FROM numbers({PAGES})
            ) AS r ON h.page = r.alike
            CROSS JOIN numbers({count}) AS n WHERE {condition.replace("page", "r.page")} {SETTINGS}"""
        )


def _names(columns: str) -> str:
    return ", ".join(each.rpartition(" AS ")[2] for each in columns.split(", "))


AT_ONCE = 12
SETTINGS = """SETTINGS async_insert = 0, max_partitions_per_insert_block = 1000, max_memory_usage = 6e9,
    max_threads = 2"""
