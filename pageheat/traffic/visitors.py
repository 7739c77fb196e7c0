"""Simulated visitors of the demo shop. Pure and seeded: the same seed gives the same visits.

A visitor has a window of some width. On each page it scrolls down to where it turns round (`turning_px`), and
back, at first and before it leaves. In between it does what people do with a mouse: pauses, reads along lines
of text, scans parts that it has seen, scrolls them into view, reaches for them, clicks. Some clicks lead to
another page, some are mistaken or impatient. After a few pages the visitor leaves.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from pageheat.services.contract.records import SentPage, Size, Target
from pageheat.traffic.arrivals import FIRST_APPEAL, arrival, within
from pageheat.traffic.looking import Gaze
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
from pageheat.traffic.views import EventType, Look, Sample, View

SAMPLE_MS = 125
"""The tracker's interval: eight samples a second while the pointer moves."""

PAGES = (1, 2, 2, 3, 3, 4, 6)
"""Pages per visit, each equally likely."""

PHONE_PX = 600
"""Narrower windows are phones'."""

NOTCH_PX, NOTCH_MS = 100, 70
"""One notch of a mouse wheel, turned quickly."""

FIXATION_MS, SACCADE_PX = (170, 260), (60, 120)
"""How long an eye, and the pointer that follows it, stays at a point of a line, and how far it jumps."""

LINE_PX = 26
"""Height of a line of text."""

MISTAKEN = 0.15
"""Share of clicks without a link that hit a picture mistaken for a button. They are dead."""

DEAD_MS = 2500
"""When the tracker decides that nothing changed after a click."""

IMPATIENT = 0.1
"""Share of clicks without a link that are repeated."""

BURST, BURST_MS = (3, 6), (130, 260)
"""How many clicks, and how far apart: from the third within a second on they are rage."""

SCREENS, GLANCE_MS = (0.5, 0.9), (300, 1_200)
"""How far a page is scrolled at a time on the way down, in windows, and how long it is then looked at."""

DWELL_MS, MAX_DWELLS = 1000, 30
"""The tracker reports each whole second of dwell, up to this many in a row."""


@dataclass(frozen=True)
class Moment:
    """What the time of a visit changes: how many come by phone and by the newsletter, to the usual."""

    phones: float = 1.0
    mailing: float = 1.0


ANY_TIME = Moment()


def visit(rng: Random, sample_ms: float = SAMPLE_MS, moment: Moment = ANY_TIME) -> Iterator[View]:
    """One visitor's page views, in order."""
    windows = viewports()
    weights = [_weight(window, moment) for window in windows]
    viewport = rng.choices(windows, weights)[0]
    came = arrival(rng, moment.mailing)
    attributes = came
    path = HOME
    if rng.random() > HOME_ARRIVALS:
        path = rng.choices(products(), [appeal(product) for product in products()])[0]
    for pages_left in reversed(range(rng.choice(PAGES))):
        page = layout(path, viewport)
        turn = turning_px(rng, page)
        links = [part for part in seen_parts(page, turn) if part.leads_to] if pages_left else []
        link = rng.choices(links, [_appeal(part, came.segment) for part in links])[0] if links else None
        # Its own random source: what is drawn from it while the page is played changes nothing here.
        hand = _Hand(Random(rng.random()), page, turn, sample_ms)  # noqa: S311
        yield View(SentPage(path, page.document, page.viewport), hand.browse(link), attributes)
        if link is None or link.leads_to is None:
            return
        path, attributes = link.leads_to, within(came)


def _weight(window: Size, moment: Moment) -> float:
    return WEIGHTS[int(window.width)] * (moment.phones if window.width < PHONE_PX else 1)


def _appeal(part: Part, variant: str) -> float:
    return part.appeal * (FIRST_APPEAL[variant] if part.leads_to == products()[0] else 1)


def turning_px(rng: Random, page: Layout) -> float:
    """How far down a visitor sees the page before it turns round, px: as likely at each place below the fold.

    So of page views in equally large windows, a share s turns round in the first s of what is below the fold,
    half of them in the middle between it and the page's end.
    """
    fold = min(page.viewport.height, page.document.height)
    return fold + rng.random() * (page.document.height - fold)


def seen_parts(page: Layout, turn: float) -> list[Part]:
    """The parts of which a visitor who turns round there has seen half."""
    return [part for part in page.parts if part.fixed or part.y + part.height / 2 <= turn]


class _Hand:
    """A pointer on one page: its viewport position, the page's scroll offset, and the time.

    The page is seen down to `turn` px, and no further.
    """

    def __init__(self, rng: Random, page: Layout, turn: float, sample_ms: float) -> None:
        self._rng = rng
        self._page = page
        self._parts = seen_parts(page, turn)
        self._end = max(turn - page.viewport.height, 0)  # how far the page is scrolled
        self._sample_ms = sample_ms
        self._now_ms = 0.0
        self._scroll = 0.0
        self._still_since_ms: float | None = None  # last activity; None before the first
        self._at: Point = self._anywhere(page.viewport)
        self._gaze = Gaze(page.viewport.height)

    def browse(self, link: Part | None) -> Iterator[Sample | Look]:
        """Look around, then follow the link if there is one."""
        for sample in self._act(link):
            yield from self._gaze.until(sample.known_ms)
            yield sample
        yield from self._gaze.end(self._now_ms)

    def _act(self, link: Part | None) -> Iterator[Sample | Look]:
        yield from self._pause(300, 1200)
        yield from self._skim()
        acts: list[Callable[[], Iterator[Sample | Look]]] = [
            self._scan,
            self._read,
            self._linger,
            self._press,
        ]
        for act in self._rng.choices(acts, (4, 3, 2, 1), k=self._rng.randint(2, 7)):
            yield from act()
        yield from self._skim()  # again, as a window may have begun after the first time
        if link:
            yield from self._reach(link)
            yield from self._click()

    def _skim(self) -> Iterator[Sample | Look]:
        """Scroll down to where the visitor turns round, with a glance at each screen, and back to the top."""
        while self._scroll < self._end:
            yield from self._scroll_to(
                self._scroll + self._page.viewport.height * self._rng.uniform(*SCREENS)
            )
            x, y = self._at
            yield from self._move((x + self._rng.gauss(0, 40), y + self._rng.gauss(0, 40)), 250)
            yield from self._pause(*GLANCE_MS)
        yield from self._scroll_to(0)

    def _scan(self) -> Iterator[Sample | Look]:
        """Go from one part to the next, with a short look at each."""
        for part in self._pick("card", "picture", count=self._rng.randint(1, 4)):
            yield from self._reach(part)
            yield from self._pause(250, 1500)

    def _read(self) -> Iterator[Sample | Look]:
        """Follow lines of text in jumps; then the hand stays while the eyes read on."""
        for text in self._pick("text", count=1):
            yield from self._reach(text)
            left, width = text.x + 8, min(text.width, 640)
            y = text.y + LINE_PX / 2
            for _ in range(self._rng.randint(2, max(2, min(6, int(text.height // LINE_PX))))):
                x = left
                while x < left + width:
                    yield from self._move((x, min(y, text.y + text.height) - self._scroll), 60)
                    yield from self._pause(*FIXATION_MS)
                    x += self._rng.uniform(*SACCADE_PX)
                y += LINE_PX
            yield from self._pause(500, 5000)

    def _linger(self) -> Iterator[Sample]:
        """Stay while the eyes wander, then move a little."""
        yield from self._pause(600, 4000)
        x, y = self._at
        yield from self._move((x + self._rng.gauss(0, 30), y + self._rng.gauss(0, 20)), 250)

    def _press(self) -> Iterator[Sample | Look]:
        """Click something without a link."""
        for part in self._pick("picture" if self._rng.random() < MISTAKEN else "button", count=1):
            yield from self._reach(part)
            clicks = list(self._click())
            if self._rng.random() < IMPATIENT:
                clicks += self._click_again()
            yield from clicks
            pressed = self._page.part_at(*self._at, self._scroll)
            if pressed is None or pressed.kind in ("picture", "text"):
                yield from self._report_dead(clicks)

    def _report_dead(self, clicks: list[Sample]) -> Iterator[Sample]:
        """Wait until these clicks are dead, and report them so."""
        yield from self._pause(DEAD_MS, DEAD_MS)
        for click in clicks:
            if click.type == "click":
                yield click._replace(type="dead", found_ms=self._now_ms - click.at_ms)

    def _pick(self, *kinds: str, count: int) -> list[Part]:
        """Random parts of these kinds, from top to bottom; those near the viewport are more likely."""
        parts = [part for part in self._parts if part.kind in kinds]
        if not parts:
            return []
        middle = self._scroll + self._page.viewport.height / 2
        near = [part.appeal / (1 + abs(part.y - middle) / self._page.viewport.height) for part in parts]
        return sorted(set(self._rng.choices(parts, near, k=count)), key=lambda part: (part.y, part.x))

    def _reach(self, part: Part) -> Iterator[Sample | Look]:
        """Scroll a part into view and move to a point near its middle."""
        yield from self._bring_into_view(part)
        top = part.y if part.fixed else part.y - self._scroll
        seen_top = top if part.fixed else max(top, self._page.header)
        seen_height = max(min(top + part.height, self._page.viewport.height) - seen_top, 1)
        target = part.x + part.width * self._within(), seen_top + seen_height * self._within()
        distance = math.dist(target, self._at)
        yield from self._move(target, reach_ms(distance, max(8.0, min(part.width, part.height))))

    def _bring_into_view(self, part: Part) -> Iterator[Look]:
        """Scroll until a third of the viewport is above the part."""
        if part.fixed:
            return
        height = self._page.viewport.height
        top = part.y - self._scroll
        if self._page.header <= top and top + min(part.height, height / 3) <= height:
            return
        yield from self._scroll_to(part.y - height / 3)

    def _scroll_to(self, wanted: float) -> Iterator[Look]:
        """Scroll there, or as far as the visitor does, notch by notch."""
        wanted = min(max(wanted, 0), self._end)
        notches = round((wanted - self._scroll) / NOTCH_PX)
        if wanted in (0, self._end) and wanted != self._scroll:
            notches = math.ceil(abs(wanted - self._scroll) / NOTCH_PX) * (1 if wanted > self._scroll else -1)
        if not notches:
            return
        yield from self._gaze.end(self._now_ms)
        self._now_ms += abs(notches) * NOTCH_MS
        self._scroll = min(max(self._scroll + notches * NOTCH_PX, 0), self._end)
        self._gaze.hold(self._now_ms, self._scroll)
        if self._still_since_ms is not None:
            self._still_since_ms = self._now_ms

    def _within(self) -> float:
        """A position along a part, from 0 to 1, most often near its middle."""
        return min(max(self._rng.gauss(0.5, 0.16), 0.05), 0.95)

    def _move(self, to: Point, duration_ms: float) -> Iterator[Sample]:
        began_ms = self._now_ms
        for elapsed_ms, point in movement(self._rng, self._at, to, duration_ms, self._sample_ms):
            self._at, self._now_ms = self._clamp(point), began_ms + elapsed_ms
            yield self._sample("move")
        self._still_since_ms = self._now_ms

    def _click(self) -> Iterator[Sample]:
        yield from self._pause(80, 250)
        yield self._sample("click")
        self._still_since_ms = self._now_ms

    def _click_again(self) -> Iterator[Sample]:
        """Repeat the click, so often and quickly that it is rage."""
        for number in range(2, self._rng.randint(*BURST) + 1):
            self._now_ms += self._rng.uniform(*BURST_MS)
            click = self._sample("click")
            yield click
            if number >= BURST[0]:
                yield click._replace(type="rage")
        self._still_since_ms = self._now_ms

    def _pause(self, least_ms: float, most_ms: float) -> Iterator[Sample]:
        """Keep the pointer still."""
        end_ms = self._now_ms + self._rng.uniform(least_ms, most_ms)
        if (since_ms := self._still_since_ms) is not None:
            first = int((self._now_ms - since_ms) // DWELL_MS) + 1
            last = min(int((end_ms - since_ms) // DWELL_MS), MAX_DWELLS)
            for number in range(first, last + 1):
                self._now_ms = since_ms + number * DWELL_MS
                yield self._sample("dwell")
        self._now_ms = end_ms

    def _sample(self, type_: EventType) -> Sample:
        """The pointer's present state as a sample."""
        x, y = self._at
        part = None if type_ == "move" else self._page.part_at(x, y, self._scroll)
        is_fixed = y < self._page.header
        return Sample(
            self._now_ms,
            type_,
            x,
            y if is_fixed else y + self._scroll,
            fixed=is_fixed,
            target=self._target(part) if part else None,
        )

    def _target(self, part: Part) -> Target:
        """The pointer's position on a part."""
        x, y = self._at[0] - part.x, self._at[1] - part.y + (0 if part.fixed else self._scroll)
        place = round(x / part.width, 3), round(y / part.height, 3)
        return Target(part.selector, *place, part.width, part.height)

    def _clamp(self, at: Point) -> Point:
        """Keep the pointer inside the viewport and the page."""
        width = min(self._page.viewport.width, self._page.document.width) - 1
        return min(max(at[0], 0.0), width), min(max(at[1], 0.0), self._page.viewport.height - 1)

    def _anywhere(self, size: Size) -> Point:
        return self._rng.uniform(0, size.width - 1), self._rng.uniform(0, size.height - 1)
