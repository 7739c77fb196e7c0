"""The pages that were ever stored: a list with sums of a range, and groups of pages by a pattern. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import msgspec

from pageheat.services.history.queries.series import LAYERS, SUMS
from pageheat.services.history.queries.source import Asks, Selection, expression, rows, sums

MAX_LISTED = 1_000
"""Pages in one answer."""

MAX_GROUPS = 20
"""Patterns in one question."""

MAX_KNOWN = 50_000
"""Pages from which groups are proposed, those of most views."""

MIN_VALUES = 8
"""Different values of a part of the path, with all else the same, that make a group worth proposing."""

EXAMPLES = 3

Sort = Literal["views", "clicks", "moves", "attention", "page"]


class PageSums(msgspec.Struct, frozen=True):
    """A page, or a group by its pattern, and how many pages it has; `attention` in ms."""

    page: str
    pages: int
    views: int
    clicks: int
    moves: int
    attention: int


class PageList(msgspec.Struct, frozen=True, rename={"begin": "from", "end": "to"}):
    """The list; `total` is how many pages and groups there are."""

    begin: int
    end: int
    exact: str
    total: int
    pages: list[PageSums]


class Proposal(msgspec.Struct, frozen=True):
    """A pattern, and why: of each `*` how many different `values` it has, how many pages match, their
    views, and some of them."""

    pattern: str
    values: list[int]
    pages: int
    views: int
    examples: list[str]


def pages(
    asks: Asks,
    selection: Selection,
    *,
    covers: str = "",
    search: str = "",
    sort: Sort = "views",
    groups: Sequence[str] = (),
    limit: int = 100,
    offset: int = 0,
) -> PageList:
    """The pages with something in the range.

    Args:
        asks: the database.
        selection: the range and filters; its page is "".
        covers: regular expression of the pages that may be seen; "" for all.
        search: part of the pages' names.
        sort: by what, largest first; names in their order.
        groups: patterns; pages that match one are listed together under the first that does.
        limit, offset: which part of the list.

    Rows: name, pages, sums, and the number of all.
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
    order = "name" if sort == "page" else f"{sort} DESC, name"
    sql, own = sums(
        selection,
        f"{name} AS name, uniqExact(page), {SUMS}, count() OVER ()",
        LAYERS,
        group=f"WHERE {chosen} GROUP BY name ORDER BY {order} LIMIT {limit} OFFSET {offset}",
    )
    found = rows(asks, (sql, parameters | own))
    range_ = selection.range
    return PageList(
        range_.begin_ms,
        range_.end_ms,
        range_.exact,
        found[0][-1] if found else 0,
        [PageSums(*row[:-1]) for row in found],
    )


def proposals(asks: Asks, selection: Selection, covers: Callable[[str], bool]) -> list[Proposal]:
    """Groups that the pages' names suggest, those of most views first. Rows: page, views."""
    sql, parameters = sums(
        selection,
        f"page, {SUMS}",
        LAYERS,
        group=f"GROUP BY page ORDER BY views DESC, page LIMIT {MAX_KNOWN}",
    )
    found = rows(asks, (sql, parameters))
    return proposed((page, views) for page, views, *_ in found if covers(page))


def proposed(pages: Iterable[tuple[str, int]]) -> list[Proposal]:
    """Groups of pages, given with their views.

    A part of a path is a variable if, with all its other parts the same, it has MIN_VALUES values. Where
    several parts of a page are, the last is looked for first, and the others with it as a variable. A site's
    name is none: its pages are a group only with one another.
    """
    names = {page: views for page, views in pages if "?" not in page and "#" not in page}
    patterns = {page: page for page in names}
    longest = max((page.count("/") for page in names), default=0)
    for place in range(longest, 0, -1):
        alike: dict[str, set[str]] = defaultdict(set)
        for pattern in patterns.values():
            parts = pattern.split("/")
            if len(parts) > place >= _first_part(pattern) and parts[place] not in ("", "*"):
                alike["/".join([*parts[:place], "*", *parts[place + 1 :]])].add(parts[place])
        variable = {pattern for pattern, values in alike.items() if len(values) >= MIN_VALUES}
        for page, pattern in patterns.items():
            parts = pattern.split("/")
            if len(parts) > place:
                general = "/".join([*parts[:place], "*", *parts[place + 1 :]])
                patterns[page] = general if general in variable else pattern
    members: dict[str, list[str]] = defaultdict(list)
    for page, pattern in patterns.items():
        if pattern != page:
            members[pattern].append(page)
    found = [
        Proposal(
            pattern,
            _values(pattern, each),
            len(each),
            sum(names[page] for page in each),
            sorted(each)[:EXAMPLES],
        )
        for pattern, each in members.items()
    ]
    return sorted(found, key=lambda it: (-it.views, it.pattern))


def _first_part(page: str) -> int:
    """Where a page's path begins among its parts: `//site/lamp` has two others before."""
    return 3 if page.startswith("//") else 1


def _values(pattern: str, pages: Sequence[str]) -> list[int]:
    """How many different values each `*` of a pattern has in its pages."""
    places = [place for place, part in enumerate(pattern.split("/")) if part == "*"]
    return [len({page.split("/")[place] for page in pages}) for place in places]
