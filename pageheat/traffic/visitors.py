"""Simulated visitors of the demo shop. Pure and seeded: the same seed makes the same visits.

A visitor arrives in a browser of some width, and on each page does what people do with a mouse: rests,
reads along lines of text, scans what there is, scrolls it into view, reaches for it, clicks. Some of the
clicks lead to another page; after a few pages the visitor leaves.
"""

import math
from collections.abc import Callable, Iterator
from random import Random

from pageheat.traffic.pointer import Point, movement, reach_ms
from pageheat.traffic.shop import (
    HOME,
    HOME_ARRIVALS,
    WEIGHTS,
    Layout,
    Part,
    appeal,
    layout,
    products,
    viewports,
)
from pageheat.traffic.views import Sample, View
from services.contract.records import Page, Size

SAMPLE_MS = 125
"""The tracker's pace: eight samples a second of a pointer that moves."""

PAGES = (1, 2, 2, 3, 3, 4, 6)
"""Pages a visit, each as likely."""

NOTCH_PX, NOTCH_MS = 100, 70
"""Of a mouse wheel, turned quickly."""

FIXATION_MS, SACCADE_PX = (170, 260), (60, 120)
"""How long an eye, and a pointer that follows it, rests on a line of text, and how far it jumps."""

LINE_PX = 26
"""From one line of text to the next."""


def visit(rng: Random, sample_ms: float = SAMPLE_MS) -> Iterator[View]:
    """The pages that one visitor looks at, one after the other."""
    windows = viewports()
    viewport = rng.choices(windows, [WEIGHTS[int(window.width)] for window in windows])[0]
    path = HOME
    if rng.random() > HOME_ARRIVALS:
        path = rng.choices(products(), [appeal(product) for product in products()])[0]
    for pages_left in reversed(range(rng.choice(PAGES))):
        page = layout(path, viewport)
        links = [part for part in page.parts if part.leads_to] if pages_left else []
        link = rng.choices(links, [part.appeal for part in links])[0] if links else None
        # A source of its own: what is drawn from it while the page is lived through changes nothing here.
        hand = _Hand(Random(rng.random()), page, sample_ms)  # noqa: S311
        yield View(Page(path, page.document, page.viewport), hand.browse(link))
        if link is None or link.leads_to is None:
            return
        path = link.leads_to


class _Hand:
    """A pointer on one page: where it is in the viewport, how far the page is scrolled, what time it is."""

    def __init__(self, rng: Random, page: Layout, sample_ms: float) -> None:
        self._rng = rng
        self._page = page
        self._sample_ms = sample_ms
        self._now_ms = 0.0
        self._scroll = 0.0
        self._at: Point = self._anywhere(page.viewport)

    def browse(self, link: Part | None) -> Iterator[Sample]:
        """Look around, and leave by the link if there is one."""
        self._rest(300, 1200)
        acts: list[Callable[[], Iterator[Sample]]] = [self._scan, self._read, self._linger, self._press]
        for act in self._rng.choices(acts, (4, 3, 2, 1), k=self._rng.randint(2, 7)):
            yield from act()
        if link:
            yield from self._reach(link)
            yield from self._click()

    def _scan(self) -> Iterator[Sample]:
        """From one thing to the next, with a short look at each."""
        for part in self._pick("card", "picture", count=self._rng.randint(1, 4)):
            yield from self._reach(part)
            self._rest(250, 1500)

    def _read(self) -> Iterator[Sample]:
        """Along the lines of a text, in jumps."""
        for text in self._pick("text", count=1):
            yield from self._reach(text)
            left, width = text.x + 8, min(text.width, 640)
            y = text.y + LINE_PX / 2
            for _ in range(self._rng.randint(2, max(2, min(6, int(text.height // LINE_PX))))):
                x = left
                while x < left + width:
                    yield from self._move((x, min(y, text.y + text.height) - self._scroll), 60)
                    self._rest(*FIXATION_MS)
                    x += self._rng.uniform(*SACCADE_PX)
                y += LINE_PX

    def _linger(self) -> Iterator[Sample]:
        """The hand rests while the eyes wander; then it shifts a little."""
        self._rest(600, 3000)
        x, y = self._at
        yield from self._move((x + self._rng.gauss(0, 30), y + self._rng.gauss(0, 20)), 250)

    def _press(self) -> Iterator[Sample]:
        """Click something that leads nowhere."""
        for part in self._pick("button", "picture", count=1):
            yield from self._reach(part)
            yield from self._click()

    def _pick(self, *kinds: str, count: int) -> list[Part]:
        """Parts of these kinds, those near what is seen now more likely; from top to bottom."""
        parts = [part for part in self._page.parts if part.kind in kinds]
        if not parts:
            return []
        middle = self._scroll + self._page.viewport.height / 2
        near = [part.appeal / (1 + abs(part.y - middle) / self._page.viewport.height) for part in parts]
        return sorted(set(self._rng.choices(parts, near, k=count)), key=lambda part: (part.y, part.x))

    def _reach(self, part: Part) -> Iterator[Sample]:
        """Scroll a part into view and move to a place on it, near its middle."""
        self._bring_into_view(part)
        top = part.y if part.fixed else part.y - self._scroll
        seen_top = top if part.fixed else max(top, self._page.header)
        seen_height = max(min(top + part.height, self._page.viewport.height) - seen_top, 1)
        target = part.x + part.width * self._within(), seen_top + seen_height * self._within()
        distance = math.dist(target, self._at)
        yield from self._move(target, reach_ms(distance, max(8.0, min(part.width, part.height))))

    def _bring_into_view(self, part: Part) -> None:
        """Turn the wheel, notch by notch, until a third of the viewport is above the part."""
        if part.fixed:
            return
        height = self._page.viewport.height
        top = part.y - self._scroll
        if self._page.header <= top and top + min(part.height, height / 3) <= height:
            return
        wanted = min(max(part.y - height / 3, 0), max(self._page.document.height - height, 0))
        notches = round((wanted - self._scroll) / NOTCH_PX)
        self._now_ms += abs(notches) * NOTCH_MS
        end = max(self._page.document.height - height, 0)
        self._scroll = min(max(self._scroll + notches * NOTCH_PX, 0), end)

    def _within(self) -> float:
        """A place along a part, from 0 to 1, most often near its middle."""
        return min(max(self._rng.gauss(0.5, 0.16), 0.05), 0.95)

    def _move(self, to: Point, duration_ms: float) -> Iterator[Sample]:
        for elapsed_ms, point in movement(self._rng, self._at, to, duration_ms, self._sample_ms):
            yield self._sample("move", self._now_ms + elapsed_ms, point)
        self._at = self._clamp(to)
        self._now_ms += duration_ms

    def _click(self) -> Iterator[Sample]:
        self._rest(80, 250)
        yield self._sample("click", self._now_ms, self._at)

    def _sample(self, type_: str, at_ms: float, at: Point) -> Sample:
        x, y = self._clamp(at)
        fixed = y < self._page.header
        return Sample(at_ms, "click" if type_ == "click" else "move", x, y + self._scroll, fixed)

    def _clamp(self, at: Point) -> Point:
        """A pointer is in the viewport, and a page's coordinates are on the page."""
        width = min(self._page.viewport.width, self._page.document.width) - 1
        return min(max(at[0], 0.0), width), min(max(at[1], 0.0), self._page.viewport.height - 1)

    def _rest(self, least_ms: float, most_ms: float) -> None:
        self._now_ms += self._rng.uniform(least_ms, most_ms)

    def _anywhere(self, size: Size) -> Point:
        return self._rng.uniform(0, size.width - 1), self._rng.uniform(0, size.height - 1)
