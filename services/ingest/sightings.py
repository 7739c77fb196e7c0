"""What ingest has lately received of each page: from people, from robots, or refused. Pure.

It has nothing of visitors, answers one question, why a page has no heat, and ends with the process. Each
process knows only what came to it.
"""

import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from pageheat.services.contract.pages import page_key
from pageheat.services.contract.records import Frame

LATELY_MS = 300_000
"""As long as the default window: what came earlier has cooled."""

MAX_PAGES = 2_000
"""Pages to remember, 2 MB; beyond that the least recently visited is forgotten."""

MAX_ORIGINS = 100
"""Refused origins to remember, as clients can invent them."""

MAX_ALIKE = 5
"""Pages or origins to name: enough to see the pattern."""

_ENDING = re.compile(r"(?:/|/index)?(?:\.html?|\.php)?/*$")


class Seen(NamedTuple):
    """What came lately: for a page, for pages of nearly its address, and from refused origins like its."""

    people: bool
    robots: bool
    alike: list[str]
    refused: list[str]


def together(told: Sequence[Seen]) -> Seen:
    """What several processes have seen of one page."""
    return Seen(
        people=any(each.people for each in told),
        robots=any(each.robots for each in told),
        alike=sorted({page for each in told for page in each.alike})[:MAX_ALIKE],
        refused=sorted({origin for each in told for origin in each.refused})[:MAX_ALIKE],
    )


class Sightings:
    """Times of the last frames, ms since the epoch."""

    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[str, str], list[int]] = OrderedDict()  # (site, name) → people, robots
        self._refused: OrderedDict[str, int] = OrderedDict()

    def saw(self, frame: Frame) -> None:
        """A frame was accepted."""
        key = frame.site, frame.page.path
        times = self._pages.get(key)
        if times is None:
            times = self._pages[key] = [0, 0]
            if len(self._pages) > MAX_PAGES:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(key)
        times[frame.robot] = frame.received

    def refused(self, origin: str, now_ms: int) -> None:
        """A page of this origin may not send."""
        self._refused[origin] = now_ms
        self._refused.move_to_end(origin)
        if len(self._refused) > MAX_ORIGINS:
            self._refused.popitem(last=False)

    def of(self, site: str, name: str, origin: str, now_ms: int) -> Seen:
        """What came lately for a page, at its address or nearly, and from origins of nearly the same name."""
        since = now_ms - LATELY_MS
        people, robots = self._pages.get((site, name), (0, 0))
        alike = [
            page_key(*key)
            for key, (last, _) in self._pages.items()
            if last >= since and key != (site, name) and _folded(key[1]) == _folded(name)
        ]
        refused = [
            each for each, last in self._refused.items() if last >= since and _host(each) == _host(origin)
        ]
        return Seen(people >= since, robots >= since, alike[-MAX_ALIKE:], refused[-MAX_ALIKE:])


def _folded(name: str) -> str:
    """What addresses have in common that people take for one page."""
    return _ENDING.sub("", name.partition("#")[0].partition("?")[0].lower())


def _host(origin: str) -> str:
    host = origin.partition("://")[2].partition(":")[0].removeprefix("www.")
    return "localhost" if host == "127.0.0.1" else host
