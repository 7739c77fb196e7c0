"""What remains of an hour, a day or a week of which a part was forgotten: SQL that stores it anew. Pure.

A mask hides each row that has any of its span, so also the hours, days and weeks at the span's two ends, as a
whole. What remains of them is added up from finer rows, and stored as of the mask's era: so the mask does not
hide it, and it is not deleted. Where finer rows are no longer kept, nothing remains.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pageheat.services.history.masks import LAST_S, Mask, Parameters, condition, hidden
from pageheat.services.history.ranges import LENGTHS, MINUTE_MS, WEEK_MS, Span, ceiling, floor, spans
from pageheat.services.history.schema import COLUMNS, DATABASE, LEVELS, table_of

_ONE_BLOCK = """async_insert = 0, optimize_on_insert = 1, max_insert_threads = 1, max_threads = 1,
    min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 100000000000"""
"""A token is of a block, so there may be one only. Many of its rows have one key: they are added up."""

SLICES = 8
"""Statements for a site's pages, which are divided among them: a block is held in memory."""


@dataclass(frozen=True)
class Remainder:
    """A statement that stores what remains in a table, unless the table knows its token."""

    sql: str
    parameters: Parameters


def earlier(mask: Mask, masks: Iterable[Mask]) -> list[Mask]:
    """The mask, and those before it that may hide any of the rows that it hides. What remains of theirs is to
    be stored before its own."""
    return [
        it
        for it in masks
        if it.partition == mask.partition and it.batch <= mask.batch and _have_rows_in_common(it, mask)
    ]


def remainders(mask: Mask, hiding: Iterable[Mask]) -> Iterator[Remainder]:
    """What remains of the rows that a mask hides; `hiding` is as `earlier` has it."""
    slices = SLICES if mask.what.of_site else 1
    for kind, levels in LEVELS.items():
        for level in levels:
            if level != "minute" and (parts := _parts(mask, level)):
                for number in range(slices):
                    yield _remainder(mask, hiding, kind, level, parts, (number, slices))


def _parts(mask: Mask, level: str) -> list[tuple[int, Span]]:
    """The spans of finer rows that remain, each with the beginning of the row that they become, s."""
    begin_ms = floor(mask.what.begin_s * 1000, MINUTE_MS)
    end_ms = ceiling(mask.what.end_s * 1000, MINUTE_MS)
    length, finer = LENGTHS[level], list(LENGTHS)[list(LENGTHS).index(level) - 1]
    ends = {floor(begin_ms, length)}
    if mask.what.end_s != LAST_S:
        ends.add(floor(end_ms - MINUTE_MS, length))
    return [
        (row_ms // 1000, span)
        for row_ms in sorted(ends)
        for first_ms, last_ms in ((row_ms, begin_ms), (end_ms, row_ms + length))
        for span in spans(first_ms, min(last_ms, row_ms + length), finer)
    ]


def _remainder(
    mask: Mask,
    hiding: Iterable[Mask],
    kind: str,
    level: str,
    parts: Iterable[tuple[int, Span]],
    slice_: tuple[int, int],
) -> Remainder:
    table = table_of(kind, level)
    columns = [name for name in COLUMNS[kind] if name not in ("time", "era")]
    names = ", ".join(f"`{name}`" for name in columns)
    number, slices = slice_
    page = "page = {key:String}"
    if mask.what.of_site:
        page = f"startsWith(page, {{key:String}}) AND cityHash64(page) % {slices} = {number}"
    parameters: Parameters = {"key": mask.what.key}
    read = []
    for time_s, span in parts:
        finer = table_of(kind, span.level)
        is_hidden, own = condition(hidden(hiding), finer)
        parameters |= own
        read.append(
            f"""SELECT {names}, toDateTime({time_s}, 'UTC'), toUInt32({mask.batch}) FROM {DATABASE}.{finer}
            WHERE {page} AND partition = {mask.partition} AND era < {mask.batch} AND NOT ({is_hidden})
                AND time >= {span.begin_ms // 1000} AND time < {span.end_ms // 1000}"""
        )
    token = f"remainder-{mask.partition}-{mask.batch}-{number}"
    sql = (
        f"INSERT INTO {DATABASE}.{table} ({names}, `time`, `era`) "
        f"SETTINGS {_ONE_BLOCK}, insert_deduplication_token = '{token}' " + " UNION ALL ".join(read)
    )
    return Remainder(sql, parameters)


def _have_rows_in_common(one: Mask, other: Mask) -> bool:
    """Whether both may hide one row; the longest is of a week."""
    begin_s, end_s = max(one.what.begin_s, other.what.begin_s), min(one.what.end_s, other.what.end_s)
    is_near = begin_s - end_s < WEEK_MS // 1000
    return is_near and (one.what.covers(other.what.key) or other.what.covers(one.what.key))
