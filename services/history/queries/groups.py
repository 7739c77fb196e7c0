"""Groups of pages that their names suggest, with the evidence. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import msgspec

from pageheat.services.history.queries.series import LAYERS, SUMS
from pageheat.services.history.queries.source import Asks, Selection, rows, sums

MAX_KNOWN = 50_000
"""Pages from which groups are proposed, those of most views."""

MIN_VALUES = 8
"""Different values of a part of the path, with all else the same, that make a group worth proposing."""

EXAMPLES = 3


class Proposal(msgspec.Struct, frozen=True):
    """A pattern, and why: of each `*` how many different `values` it has, how many pages match, their
    views, and some of them."""

    pattern: str
    values: list[int]
    pages: int
    views: int
    examples: list[str]


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
