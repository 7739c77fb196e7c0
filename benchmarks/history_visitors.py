"""Frames of moving visitors, for the history: thousands of views at once, drawn by numpy.

Pages are visited, and places of a page are gone to, with the frequencies of Zipf's law (the second half as
often as the first, the third a third). Every 2 s each visitor sends eight moves, one smooth reach from where
the pointer is to one of the page's places; every other frame has a look of 4 s, and one in twenty a click on
an element of the place. A view lasts 10 to 80 s. It comes from another page of the site, or from one of 30
other sites, or nobody knows from where.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.packed_rows import pack_looks
from pageheat.services.contract.records import Attributes, Event, Frame, Page, Size, Target
from pageheat.services.contract.versions import FRAME
from pageheat.traffic.pointer import minimum_jerk

SEND_MS = 2_000
MOVES = 8
PAGES, PLACES, REFERRERS = 2_000, 40, 30
WINDOW_PX = 700
CLICKS = 0.05
"""Share of frames with a click: one a view."""

WIDTHS = (390, 390, 390, 800, 1280, 1280, 1440, 1920)
SPREAD_PX = 25, 10
"""Standard deviations of where a place is reached, across and down."""

Reals = NDArray[np.float64]
Integers = NDArray[np.int64]

_SHARES = np.array([minimum_jerk((number + 1) / MOVES) for number in range(MOVES)])
_AGES = np.arange(MOVES - 1, -1, -1) * (SEND_MS // MOVES)


class Visitors:
    """Visitors that move all the time; `seed` tells one crowd from another."""

    def __init__(self, count: int, seed: int = 1) -> None:
        self._chance = chance = np.random.default_rng(seed)
        self._names = [f"visitor-{seed}-{number:08}" for number in range(count)]
        of_site = np.random.default_rng(0)  # the same pages for all crowds
        self._places = of_site.random((PAGES, PLACES, 2))
        self._heights = of_site.integers(1_500, 9_000, PAGES)
        self._pages = _cumulated(PAGES)
        self._referrers = _cumulated(REFERRERS)
        self._near = _cumulated(PLACES)
        self._width = chance.choice(WIDTHS, count)
        self._page = np.zeros(count, np.int64)
        self._view = np.full(count, -1)
        self._left = chance.integers(0, 20, count)  # frames of the view that are still to come
        self._seq = np.zeros(count, np.int64)
        self._at = np.zeros((count, 2))
        self._top = np.zeros(count)
        self._documents: dict[tuple[int, int], Page] = {}

    def frames(self, now_ms: int) -> Iterator[Frame]:
        """The frame of the last 2 s of each."""
        begins = self._left <= 0
        self._begin(np.flatnonzero(begins))
        rows = self._reach()
        self._left -= 1
        self._seq += 1
        clicks = self._chance.random(len(rows)) < CLICKS
        columns = (
            self._names, self._page.tolist(), self._width.tolist(), self._view.tolist(), self._seq.tolist(),
            self._top.tolist(), begins.tolist(), clicks.tolist(), self._target.tolist(),
        )  # fmt: skip
        for index, (name, page, width, view, seq, top, is_first, is_click, target) in enumerate(
            zip(*columns, strict=True)
        ):
            events = []
            if is_click:
                x, y = rows[index, -1, :2].tolist()
                box = Target(f"#offers>li:nth-of-type({target + 1})>a", 0.5, 0.5, 240, 48)
                events = [Event("click", x, y, target=box)]
            yield Frame(
                FRAME, "", now_ms, self._document(page, width), name, seq, view,
                self._attributes() if is_first else None, rows[index].tobytes(), events=events,
                looks=pack_looks([(int(top), WINDOW_PX, 2 * SEND_MS, 0)]) if seq % 2 else b"",
            )  # fmt: skip

    def _begin(self, who: Integers) -> None:
        """Begin a view of each of these."""
        self._left[who] = self._chance.integers(5, 40, len(who))
        self._view[who] += 1
        self._page[who] = np.searchsorted(self._pages, self._chance.random(len(who)))
        self._top[who] = 0
        self._at[who] = np.stack([self._width[who] / 2, np.full(len(who), WINDOW_PX / 2)], axis=1)

    def _reach(self) -> NDArray[np.int32]:
        """Moves of each, shape (visitors, MOVES, 3); of four places that it might go to, the nearest."""
        count = len(self._page)
        might = np.searchsorted(self._near, self._chance.random((count, 4)))
        sizes = np.stack([self._width, self._heights[self._page]], axis=1)
        places = self._places[self._page[:, None], might] * sizes[:, None, :]
        nearest = np.argmin(np.abs(places[:, :, 1] - self._at[:, None, 1]), axis=1)
        everybody = np.arange(count)
        self._target = might[everybody, nearest]
        goal = places[everybody, nearest] + self._chance.normal(0, SPREAD_PX, (count, 2))
        goal = np.clip(goal, 0, sizes - 1)
        path = self._at[:, None, :] + _SHARES[None, :, None] * (goal - self._at)[:, None, :]
        self._at = goal
        lowest = np.maximum(sizes[:, 1] - WINDOW_PX, 0)
        self._top = np.clip(goal[:, 1] - WINDOW_PX / 2, 0, lowest) // 100 * 100
        ages = np.broadcast_to(_AGES[None, :, None], (count, MOVES, 1))
        return np.concatenate([path, ages], axis=2).astype(np.int32)

    def _document(self, page: int, width: int) -> Page:
        found = self._documents.get((page, width))
        if found is None:
            size = Size(width, int(self._heights[page]))
            found = self._documents[page, width] = Page(f"/things/{page}", size, Size(width, WINDOW_PX))
        return found

    def _attributes(self) -> Attributes:
        chance = self._chance.random()
        if chance < 0.7:
            return Attributes("internal")
        if chance < 0.8:
            return Attributes()
        site = int(np.searchsorted(self._referrers, self._chance.random()))
        return Attributes(f"site-{site}.example")


def _cumulated(count: int) -> Reals:
    """Zipf's law: up to each rank, the share of all."""
    weights = 1 / np.arange(1, count + 1)
    shares: Reals = np.cumsum(weights) / weights.sum()
    shares[-1] = 1
    return shares
