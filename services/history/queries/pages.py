"""The pages that were ever stored: a list with sums of a range, and groups of pages by a pattern. Pure."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import msgspec

from pageheat.services.history.layers import Layer
from pageheat.services.history.queries.gaps import since
from pageheat.services.history.queries.reached import Answer
from pageheat.services.history.queries.series import LAYERS, summed
from pageheat.services.history.queries.source import Asks, Selection, expression, rows, sums
from pageheat.services.history.ranges import DAY_MS, HOUR_MS, STEPS, Range

MAX_LISTED = 1_000
"""Pages in one answer."""

MAX_POINTS = 60
"""Points of a series in the list: a sparkline is no wider."""

FINE_MS = {"minute": 12 * HOUR_MS, "hour": 62 * DAY_MS}
"""The longest range whose series is made of minutes, and of hours: some 1,500 rows of a page."""

MAX_GROUPS = 20
"""Patterns in one question."""

Sort = Literal["views", "clicks", "moves", "attention", "change", "page"]


class Sums(msgspec.Struct, frozen=True):
    """What was counted; `attention` in ms."""

    views: int
    clicks: int
    moves: int
    attention: int


class PageSums(msgspec.Struct, frozen=True):
    """A page, or a group by its pattern, and how many pages it has; `attention` in ms.

    Attributes:
        example: the page itself, or one of the group's that is much looked at.
        before: the same in the range before; null if it was not asked for.
        series: page views of each step; empty if that was not asked for.
    """

    page: str
    pages: int
    views: int
    clicks: int
    moves: int
    attention: int
    example: str
    before: Sums | None = None
    series: Sequence[int] = ()


class PageList(Answer, frozen=True, rename={"begin": "from", "end": "to"}):
    """The list.

    Attributes:
        total: how many pages and groups there are.
        before: begin and end of the range that `before` is of; null if it was not asked for.
        step: length of a series' point, ms; null without series.
        since: from when on anything is known of any page; null if nothing is yet.
    """

    begin: int
    end: int
    exact: str
    total: int
    before: tuple[int, int] | None
    step: int | None
    since: int | None
    pages: list[PageSums]


def pages(
    asks: Asks,
    selection: Selection,
    *,
    covers: str = "",
    search: str = "",
    sort: Sort = "views",
    is_reversed: bool = False,
    groups: Sequence[str] = (),
    before: Range | None = None,
    points: int = 0,
    limit: int = 100,
    offset: int = 0,
) -> PageList:
    """The pages with something in the range, or in the one before.

    Args:
        asks: the database.
        selection: the range and filters; its page is "", or a pattern: only pages that match.
        covers: regular expression of the pages that may be seen; "" for all.
        search: part of the pages' names.
        sort: by what, largest first; names in their order. The change is that of views.
        is_reversed: the other way round.
        groups: patterns; pages that match one are listed together under the first that does.
        before: another range to count in, too.
        points: of each page's series, at most; 0 for none.
        limit, offset: which part of the list.

    Rows: name, pages, example, sums, those before, and the number of all.
    """
    parameters: dict[str, str | int] = {"search": search, "covers": covers}
    chosen = " AND ".join(
        [
            "(empty({search:String}) OR positionCaseInsensitiveUTF8(page, {search:String}) > 0)",
            "(empty({covers:String}) OR match(page, {covers:String}))",
        ]
    )
    named = ""
    for number, pattern in enumerate(groups):
        parameters |= {f"group{number}": pattern, f"like{number}": expression(pattern)}
        named += f"match(page, {{like{number}:String}}), {{group{number}:String}}, "
    name = f"multiIf({named}page)" if named else "page"
    is_up = (sort == "page") != is_reversed
    by = {"page": "name", "change": "toInt64(views) - toInt64(views_before)"}.get(sort, sort)
    own_only = " AND is_own" if before else ""
    # A page by itself has a set of one, and is its own example.
    count = f"uniqExactIf(page, 1{own_only})" if named else "max(is_own)" if before else "1"
    example = f"argMaxIf(page, v, layer = {int(Layer.VIEW)})" if named else "name"
    sql, own = sums(
        selection,
        f"{name} AS name, {count}, {example}, "
        f"{summed(own_only)}, {summed(' AND NOT is_own', '_before') if before else '0, 0, 0, 0'}, "
        "count() OVER ()",
        LAYERS,
        group=f"WHERE {chosen} GROUP BY name ORDER BY {by} {'ASC' if is_up else 'DESC'}, name "
        f"LIMIT {limit} OFFSET {offset}",
        other=before,
    )
    found = rows(asks, (sql, parameters | own))
    step, series = 0, {}
    if points:
        step = _step(selection.range, points)
        listed = [row[0] for row in found]
        drawn = _series(asks, selection, (name, chosen, parameters), listed, step)
        series = {each: drawn.get(each, [0] * -(-selection.range.length_ms // step)) for each in listed}
    return PageList(
        selection.range.begin_ms,
        selection.range.end_ms,
        selection.range.exact,
        found[0][-1] if found else 0,
        (before.begin_ms, before.end_ms) if before else None,
        step or None,
        since(asks),
        [_page(row, is_compared=before is not None, series=series.get(row[0], ())) for row in found],
    )


def _page(row: Sequence[Any], *, is_compared: bool, series: Sequence[int]) -> PageSums:
    name, count, example, views, clicks, moves, attention, *before = row
    return PageSums(
        name,
        count,
        views,
        clicks,
        moves,
        attention,
        example or name,
        Sums(*before[:4]) if is_compared else None,
        series,
    )


def _step(range_: Range, points: int) -> int:
    """Length of a point, ms: whole steps of the level that its series is read from."""
    length = STEPS[_level(range_)]
    return max(1, -(-range_.length_ms // (points * length))) * length


def _level(range_: Range) -> str:
    kept = list(STEPS)[list(STEPS).index(range_.finest) :]
    return next((it for it in kept if range_.length_ms <= FINE_MS.get(it, range_.length_ms)), "day")


def _series(
    asks: Asks,
    selection: Selection,
    listing: tuple[str, str, dict[str, str | int]],
    names: Sequence[str],
    step: int,
) -> dict[str, list[int]]:
    """The page views of each step of the listed pages and groups. Rows: name, number of the step, views.

    Where hours are read, the first and the last step have the whole of theirs.
    """
    name, chosen, parameters = listing
    range_ = selection.range
    is_listed = "page IN (SELECT arrayJoin(JSONExtract({names:String}, 'Array(String)')))"
    for number in range(MAX_GROUPS):
        if parameters.get(f"group{number}") in names:
            is_listed += f" OR match(page, {{like{number}:String}})"
    begin_s, step_s = range_.begin_ms // 1000, step // 1000
    count = -(-range_.length_ms // step)
    steps = f"intDiv(toInt64(toUnixTimestamp(time)) - {begin_s}, {step_s})"
    sql, own = sums(
        selection.during(replace(range_, spans=(range_.in_steps(STEPS[_level(range_)]),))),
        f"{name} AS name, least(greatest({steps}, 0), {count - 1}) AS at, sum(v)",
        (Layer.VIEW,),
        group=f"WHERE {chosen} AND ({is_listed}) GROUP BY name, at",
    )
    found: dict[str, list[int]] = {}
    for page, at, views in rows(asks, (sql, parameters | own | {"names": json.dumps(list(names))})):
        found.setdefault(page, [0] * count)[at] = views
    return found
