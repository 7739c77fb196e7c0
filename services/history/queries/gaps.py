"""Since when anything is known, and when nothing is: the service was away. Pure.

The history notes each minute in which it runs and Kafka answers. A minute without a note is known all the
same if it has anything of any page: it was read from the log later. What was imported is from before the
first note, and known.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pageheat.services.history.queries.source import LIMITS, Asks, rows
from pageheat.services.history.ranges import DAY_MS, HOUR_MS, MINUTE_MS, Range, floor
from pageheat.services.history.schema import DATABASE

LEAST_MS = 3 * MINUTE_MS
"""Trackers keep what they have not sent for so long: a shorter absence loses nothing."""

MAX_GAPS = 200
"""Gaps in an answer: of more, the longest."""


class Gap(NamedTuple):
    """A span of which nothing is known, ms since the epoch."""

    begin: int
    end: int


def since(asks: Asks) -> int | None:
    """From when on anything is known, ms since the epoch; None if nothing is yet."""
    note, minute, day = (_first_ms(asks, table) for table in ("alive", "counts_minute", "counts_day"))
    # where the first minutes are no longer kept, their day is
    if minute is not None and day == floor(minute, DAY_MS):
        day = minute
    return min((each for each in (note, day) if each is not None), default=None)


def gaps(asks: Asks, range_: Range, since_ms: int | None) -> list[Gap]:
    """The gaps within a range, in order.

    Args:
        asks: the database.
        range_: where to look.
        since_ms: the answer of `since`.
    """
    if since_ms is None:
        return [Gap(range_.begin_ms, range_.end_ms)]
    first_ms = _first_ms(asks, "alive")
    found = [Gap(range_.begin_ms, min(since_ms, range_.end_ms))] if range_.begin_ms < since_ms else []
    if first_ms is not None:
        unnoted = list(_unnoted(asks, max(range_.begin_ms, first_ms), range_.end_ms))
        found += _without_records(asks, unnoted, range_)
    longest = sorted(found, key=lambda gap: gap.begin - gap.end)[:MAX_GAPS]
    return sorted(longest)


def _first_ms(asks: Asks, table: str) -> int | None:
    asked = f"SELECT toUnixTimestamp(min(time)) FROM {DATABASE}.{table} SETTINGS {LIMITS}"
    return rows(asks, (asked, {}))[0][0] * 1000 or None


def _unnoted(asks: Asks, begin_ms: int, end_ms: int) -> Iterator[Gap]:
    """Spans without a note. Rows: two notes after each other, s; the first is from before the span."""
    if begin_ms >= end_ms:
        return
    first, last = begin_ms // 1000, end_ms // 1000
    asked = f"""SELECT before, at FROM (
        SELECT at, lagInFrame(at, 1, {first - 60}) OVER (
            ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS before
        FROM (
            SELECT DISTINCT toUnixTimestamp(time) AS at FROM {DATABASE}.alive
            WHERE time >= {first} AND time < {last}
            UNION ALL SELECT toUInt32({last}) AS at
        )
    ) WHERE at - before > {(LEAST_MS + MINUTE_MS) // 1000}
    ORDER BY before LIMIT {MAX_GAPS} SETTINGS {LIMITS}"""
    for before, at in rows(asks, (asked, {})):
        yield Gap(before * 1000 + MINUTE_MS, at * 1000)


def _without_records(asks: Asks, unnoted: list[Gap], range_: Range) -> list[Gap]:
    """What is left of these spans where nothing of any page was recorded."""
    found = []
    for gap in unnoted:
        level, length = ("hour", HOUR_MS) if gap.begin < range_.depth.minutes_ms else ("minute", MINUTE_MS)
        asked = f"""SELECT DISTINCT toUnixTimestamp(time) AS at FROM {DATABASE}.counts_{level}
        WHERE time >= {floor(gap.begin, length) // 1000} AND time < {gap.end // 1000}
        ORDER BY at SETTINGS {LIMITS}"""
        begin = gap.begin
        for (at,) in rows(asks, (asked, {})):
            found.append(Gap(begin, at * 1000))
            begin = at * 1000 + length
        found.append(Gap(begin, gap.end))
    return [gap for gap in found if gap.end - gap.begin > LEAST_MS]
