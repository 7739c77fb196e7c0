"""The hopping window of one partition: frames and times in, changed grids out. Pure and exact.

Time is cut into panes of one step. An event is written once, into the pane of its event time; the
window at `end` holds the panes of [`end` − length, `end`). A step adds the entering pane to each page's
running grid and subtracts the leaving pane. So an event costs two additions, however long the window and
however short the step. All counts are integers, so subtraction is exact.

Frames are buffered until a few thousand events have arrived, or a result is requested: binned together
(`binning.py`), they cost a fraction of their single costs. In the same way, events of the window are
buffered until the next step, and added cell by cell, as sums. The results do not depend on when that happens.

The state is a function of the partition's log (and of `end`) only: reading the last window of the log
again gives the same state. Two guards keep that true for duplicates: a record before `position` is
skipped, and so is a frame whose source offset is not above the highest one seen from its source partition
(`group_by` may resend frames, in order). The exception is a frame received later than all frames seen from
there: it is not a duplicate; `clickstream` was deleted and created again.

Memory: 8 bytes per event (16 per click or look) and at most as much per visit in the panes, and 16 per
document height of a page. A page's running counts take 16 bytes a cell; a busy page (`dense_counts.py`) has
two bytes more for each place of its layers, with events or not.
A page with 300 events takes less than 20 kB (held by a unit test).
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from pageheat.services.aggregator.binning import ElementEvent, EventBuffer, Rows
from pageheat.services.aggregator.elements import PLACE_BITS, ElementRoom, PageElements
from pageheat.services.aggregator.grid import CELL_BITS, CellNumbers, Integers
from pageheat.services.aggregator.looks import VIEW_BITS, Look
from pageheat.services.aggregator.page import VISIT_BITS, PageCounts, WindowBounds, grids
from pageheat.services.aggregator.page_table import PageTable
from pageheat.services.contract.records import Breakdown, Frame, Grid, Size
from pageheat.services.contract.sources import Sources, is_repeated

MAX_AHEAD_MS = 60_000
"""Limit for events ahead of the window: machines' clocks differ by less. Events further ahead come from a
wrong clock and would be shown long after they happened; they are dropped and counted."""

MAX_BUFFERED = 8_192
"""Buffered events and looks before binning: more at once are not cheaper each, and would delay a step."""

MAX_BINNED = 1_048_576
"""Binned events before they are added to grids, 8 MB: the more, the more of them share a cell."""

_CELL_BITS = max(CELL_BITS, PLACE_BITS)
_CELL_MASK = (1 << _CELL_BITS) - 1
_VISIT_MASK = (1 << VISIT_BITS) - 1
_VIEW_MASK = (1 << VIEW_BITS) - 1


class _Pane:
    """The events of one step, packed: (page, cell) of each event, (page, place) of each that is not a
    move, (page, visit) of each visit; page and document height of each height; (page, view) and extent of
    each look."""

    __slots__ = ("events", "extents", "height_pages", "heights", "looks", "places", "visits")

    def __init__(self) -> None:
        self.events = array("q")
        self.places = array("q")
        self.visits = array("q")
        self.height_pages = array("q")
        self.heights = array("d")
        self.looks = array("q")
        self.extents = array("q")

    def add_height(self, page: PageCounts, document: Size) -> None:
        """Record that an event on the page has this document height."""
        self.height_pages.append(page.id)
        self.heights.append(document.height)

    def remove(self, page: PageCounts) -> None:
        """Remove all that concerns the page."""
        events = np.frombuffer(self.events, np.int64)
        self.events = array("q", events[events >> _CELL_BITS != page.id].tobytes())
        self.places = array("q", [it for it in self.places if it >> _CELL_BITS != page.id])
        self.visits = array("q", [it for it in self.visits if it >> VISIT_BITS != page.id])
        kept = [(id_, px) for id_, px in zip(self.height_pages, self.heights, strict=True) if id_ != page.id]
        self.height_pages = array("q", [id_ for id_, _ in kept])
        self.heights = array("d", [px for _, px in kept])
        looks = [it for it in zip(self.looks, self.extents, strict=True) if it[0] >> VIEW_BITS != page.id]
        self.looks = array("q", [look for look, _ in looks])
        self.extents = array("q", [extent for _, extent in looks])


class DropCounts(NamedTuple):
    """Events and looks in no grid, by reason; duplicate frames; events on elements beyond the limits."""

    late: int = 0
    future: int = 0
    too_many_pages: int = 0
    robot: int = 0
    repeated: int = 0
    unnamed: int = 0


class Window:
    """All pages of one partition over one hopping window.

    Args:
        partition: the partition's number, written into the grids.
        position: offset of the first record to add.
        start_ms: the window first ends at the last multiple of the step that is not after this.
        window_ms: length of the window, a multiple of `step_ms`.
        step_ms: length of a step.
        cells: the grid.
        count_robots: whether to count robots' events.
        unwatched_steps: `advance` yields a page that nobody watches every so many steps at most.
        is_watched: whether somebody watches a page, by its key.
    """

    def __init__(
        self,
        partition: int,
        position: int,
        start_ms: int,
        *,
        window_ms: int,
        step_ms: int,
        cells: CellNumbers,
        count_robots: bool = False,
        unwatched_steps: int = 1,
        is_watched: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.partition = partition
        self.position = position
        self._step_ms = step_ms
        self._length = window_ms // step_ms  # in panes
        self._ahead = MAX_AHEAD_MS // step_ms  # in panes
        self._end = start_ms // step_ms  # in panes: the window is [end − length, end)
        self._cells = cells
        self._count_robots = count_robots
        self._unwatched_steps = unwatched_steps
        self._is_watched = is_watched
        self._buffer = EventBuffer(cells)
        self._binned: list[Integers] = []  # (page, cell) of events in the window, not yet added to grids
        self._binned_events = 0
        self._late = self._future = self._too_many_pages = self._robot = self._repeated = 0
        self._panes: dict[int, _Pane] = {}
        self._pages = PageTable()
        self._changed: dict[str, PageCounts] = {}
        self._cooled: dict[str, PageCounts] = {}
        self._changed_breakdowns: dict[str, None] = {}  # keys of pages that changed since `breakdowns`
        self._sources: Sources = {}
        self._room = ElementRoom()

    @property
    def end_ms(self) -> int:
        """The window's exclusive end, a multiple of the step."""
        return self._end * self._step_ms

    @property
    def _now(self) -> WindowBounds:
        end_ms = self.end_ms
        return WindowBounds(end_ms - self._length * self._step_ms, end_ms, self.partition, self.position)

    @property
    def page_count(self) -> int:
        """Pages with something in the window or ahead of it, and cooled pages without a tombstone yet."""
        self._bin()
        return len(self._pages)

    @property
    def element_count(self) -> int:
        """Elements with an event in the window or ahead of it, on all pages."""
        self._bin()
        return self._room.named

    @property
    def drops(self) -> DropCounts:
        """What was dropped, or counted under its page instead of its element, so far."""
        self._bin()
        return DropCounts(
            self._late,
            self._future,
            self._too_many_pages,
            self._robot,
            self._repeated,
            self._room.unnamed_events,
        )

    def forget(self, offset: int, key: str) -> None:
        """Count none of a page's events so far any more: the record at `offset` is its tombstone."""
        if offset < self.position:
            return
        self._flush()
        self.position = offset + 1
        if page := self._pages.get(key):
            for pane in self._panes.values():
                pane.remove(page)
            if page.elements:
                page.elements.clear()
            self._changed[key] = self._pages.renew(page)

    def skip(self, offset: int) -> None:
        """Move `position` past a record that has nothing to count."""
        self.position = max(self.position, offset + 1)

    def add(self, offset: int, source: tuple[int, int], frame: Frame) -> None:
        """Count a record's events and looks; drop those before the window (late) or far ahead (future).

        A robot's events are dropped unless `count_robots` is set.

        Args:
            offset: the record's offset in this partition.
            source: partition and offset of the frame in `clickstream`.
            frame: the record.
        """
        if offset < self.position:
            return
        self.position = offset + 1
        if frame.received // self._step_ms > self._end + self._ahead:
            self._future += frame.event_count + frame.look_count
        elif is_repeated(self._sources, source, frame.received):
            self._repeated += 1
        elif frame.robot and not self._count_robots:
            self._robot += frame.event_count + frame.look_count
        else:
            self._buffer.add(frame)
            if self._buffer.count >= MAX_BUFFERED:
                self._bin()
                if self._binned_events >= MAX_BINNED:
                    self._flush()

    def advance(self, now_ms: int) -> Iterator[tuple[str, Grid | None]]:
        """Move to the last step that is not after `now_ms`; yield what changed and is due.

        Yields each changed page's key and its grid at `end_ms`; None (a tombstone) for a page whose
        grid was empty when it was yielded last and still is. A page that nobody watches waits for
        its turn. Yields nothing if no step has passed.
        The window moves at once; what changed is yielded by this iterator, or the next one that is read.
        """
        target = now_ms // self._step_ms
        if target <= self._end:
            return iter(())
        self._flush()
        while self._end < target:
            self._step()
        return self._news()

    def _news(self) -> Iterator[tuple[str, Grid | None]]:
        cooled, self._cooled = self._cooled, {}
        changed, self._changed = self._changed, {}
        due = []
        for key, page in changed.items():
            if self._end < page.due and not self._is_watched(key):
                self._changed[key] = page
                continue
            due.append(page)
            page.due = self._next_turn(page)
            if not page.events:
                self._cooled[key] = page
            self._changed_breakdowns[key] = None
        yield from self._grids(due)
        for key, page in cooled.items():
            if key not in changed and not page.events:
                self._pages.remove(page)
                self._changed_breakdowns[key] = None
                yield key, None

    def _next_turn(self, page: PageCounts) -> int:
        """The step at which a page that is yielded now is due again. Pages take turns, by their ids."""
        steps = self._unwatched_steps
        return self._end + steps - (self._end + page.id) % steps

    def breakdowns(self, *, of_watched: bool = True) -> Iterator[tuple[str, Breakdown | None]]:
        """The breakdown of each page whose grid was yielded after its last breakdown, and is not outdated.

        Args:
            of_watched: of pages that somebody watches, too. Called so less often than at each step, it spares
                their breakdowns; those of other pages belong to the few grids that are yielded of them.

        Yields a page's key and its breakdown at `end_ms`; None (a tombstone) for a page that is not warm.
        """
        self._flush()
        changed, self._changed_breakdowns = self._changed_breakdowns, {}
        for key in changed:
            if key in self._changed or (self._is_watched(key) and not of_watched):
                self._changed_breakdowns[key] = None
                continue
            page = self._pages.get(key)
            yield key, page.breakdown(self._cells, self._now) if page else None

    def advance_by_step(self, now_ms: int) -> Iterator[tuple[str, Grid]]:
        """Like `advance`, but yield every page with an event in the window at each step.

        This is Quix Streams' hopping window: for reprocessing, benchmarks and comparison.
        """
        while self.end_ms + self._step_ms <= now_ms:
            self._flush()
            self._step()
            self._changed.clear()
            yield from self._grids([page for page in self._pages if page.in_window])
            for page in self._pages:
                if not page.events:
                    self._pages.remove(page)

    def touch(self, key: str | None = None) -> None:
        """Yield `key`, or every warm page, at the next step even if nothing changes."""
        self._bin()
        for page in self._pages if key is None else [self._pages.get(key)]:
            if page:
                self._changed[page.key] = page

    def touch_breakdown(self, key: str) -> None:
        """Yield `key` from the next `breakdowns` even if nothing changes."""
        self._changed_breakdowns[key] = None

    def _grids(self, pages: Sequence[PageCounts]) -> Iterator[tuple[str, Grid]]:
        return grids(pages, self._cells.grid_size, self._now, self._step_ms)

    def _flush(self) -> None:
        """Add all buffered and binned events to the grids."""
        self._bin()
        if self._binned:
            packed = np.concatenate(self._binned)
            self._binned, self._binned_events = [], 0
            for page, cells, numbers in self._by_page(packed):
                page.count(cells, numbers)
                self._changed[page.key] = page

    def _bin(self) -> None:
        """Put each buffered event into its pane, and keep those in the window for the grids."""
        batch = self._buffer
        if not batch.keys:
            return
        self._buffer = EventBuffer(self._cells)
        rows, others = batch.rows(self._step_ms)
        late, future = rows.pane < self._end - self._length, rows.pane > self._end + self._ahead
        self._late += int(late.sum())
        self._future += int(future.sum())
        in_time = rows.where(~(late | future))
        looks = self._in_time(batch.looks.read(self._step_ms))
        pages = self._pages_of(batch, in_time, looks)
        ids = np.array([-1 if page is None else page.id for page in pages])
        counted = in_time.where(ids[in_time.frame] >= 0)
        self._too_many_pages += len(in_time.pane) - len(counted.pane)
        packed = ids[counted.frame] << _CELL_BITS | counted.cell
        order = np.argsort(counted.pane, kind="stable")
        for number, part in _runs(counted.pane[order]):
            self._panes.setdefault(number, _Pane()).events.frombytes(packed[order[part]].tobytes())
        self._count_on_elements(batch, pages, others)
        self._count_visitors(batch, pages, counted)
        self._count_looks(batch, pages, looks)
        self._binned.append(packed[counted.pane < self._end])
        self._binned_events += len(self._binned[-1])

    def _in_time(self, looks: list[Look]) -> list[Look]:
        """The looks that are not too late or far ahead."""
        first, last = self._end - self._length, self._end + self._ahead
        kept = [look for look in looks if first <= look.pane <= last]
        if len(kept) < len(looks):
            late = sum(look.pane < first for look in looks)
            self._late += late
            self._future += len(looks) - len(kept) - late
        return kept

    def _pages_of(self, batch: EventBuffer, in_time: Rows, looks: list[Look]) -> list[PageCounts | None]:
        """The page of each frame, created if new; None if the frame has nothing in time, or at MAX_PAGES."""
        pages: list[PageCounts | None] = []
        counts = np.bincount(in_time.frame, minlength=len(batch.keys)).tolist()
        for look in looks:
            counts[look.frame] += 1
        for key, document, count in zip(batch.keys, batch.documents, counts, strict=True):
            page = self._pages.get_or_create(key) if count else None
            if page:
                page.size = document or page.size
                page.events += count
            pages.append(page)
        return pages

    def _by_page(self, packed: Integers) -> Iterator[tuple[PageCounts, Integers, Integers]]:
        """Events by page: cells in order, and the number of events of each."""
        ordered = np.sort(packed)
        begins = _begins(ordered)
        values, numbers = ordered[begins[:-1]], begins[1:] - begins[:-1]
        cells = values & _CELL_MASK
        for id_, rows in _runs(values >> _CELL_BITS):
            yield self._pages.by_id(id_), cells[rows], numbers[rows]

    def _count_on_elements(
        self, batch: EventBuffer, pages: list[PageCounts | None], others: Iterable[ElementEvent]
    ) -> None:
        """Count all events but moves on their elements."""
        for index, number, event, x, y in others:
            page = pages[index]
            if page is None or not self._end - self._length <= number <= self._end + self._ahead:
                continue
            elements = page.elements = page.elements or PageElements(self._room)
            place = elements.place(event.type, event.target, x, y, batch.documents[index], batch.bands[index])
            if place is not None:
                self._panes[number].places.append(page.id << _CELL_BITS | place)
                if number < self._end:
                    elements.count(place)

    def _count_visitors(self, batch: EventBuffer, pages: list[PageCounts | None], counted: Rows) -> None:
        """Record visits and document heights with events; of the panes in the window, only the newest of each
        needs an entry."""
        in_window = counted.pane < self._end
        last = counted.where(in_window).last_panes(len(pages))
        for page, visit, document, number in zip(pages, batch.visits, batch.documents, last, strict=True):
            if page is None or number < 0:
                continue
            if number > page.newest_pane:
                page.newest_pane = number
            if document is not None and page.heights.get(document.height, -1) < number:
                page.enter_height(document.height, number)
                self._panes[number].add_height(page, document)
            if visit is not None and page.visits.get(visit, -1) < number:
                page.enter(visit, number)
                self._panes[number].visits.append(page.id << VISIT_BITS | visit)
        seen: set[tuple[int, int, float]] = set()  # pane, page and height of entries just added
        for index, number in counted.where(~in_window).panes():
            page, visit, document = pages[index], batch.visits[index], batch.documents[index]
            if page and document is not None:
                height = number, page.id, document.height
                if height not in seen:
                    seen.add(height)
                    self._panes[number].add_height(page, document)
            if page and visit is not None:
                self._panes[number].visits.append(page.id << VISIT_BITS | visit)

    def _count_looks(self, batch: EventBuffer, pages: list[PageCounts | None], looks: Iterable[Look]) -> None:
        """Put each look into its pane, and count those in the window, with their visits."""
        for index, view, number, extent in looks:
            page, visit = pages[index], batch.visits[index]
            if page is None:
                self._too_many_pages += 1
                continue
            pane = self._panes.setdefault(number, _Pane())
            pane.looks.append(page.id << VIEW_BITS | view)
            pane.extents.append(extent)
            is_new = True
            if number < self._end:
                page.enter_look(view, number, extent)
                self._changed[page.key] = page
                if is_new := visit is not None and page.visits.get(visit, -1) < number:
                    page.enter(visit, number)
            if is_new and visit is not None:
                pane.visits.append(page.id << VISIT_BITS | visit)

    def _step(self) -> None:
        """Advance by one pane: add the entering pane, subtract the leaving one."""
        entering = self._end
        leaving = entering - self._length
        self._end += 1
        if pane := self._panes.get(entering):
            for page, cells, numbers in self._by_page(np.frombuffer(pane.events, np.int64)):
                page.count(cells, numbers)
                page.newest_pane = max(page.newest_pane, entering)
                self._changed[page.key] = page
            for packed in pane.places:
                self._pages.elements(packed >> _CELL_BITS).count(packed & _CELL_MASK)
            for packed in pane.visits:
                self._pages.by_id(packed >> VISIT_BITS).enter(packed & _VISIT_MASK, entering)
            for id_, height in zip(pane.height_pages, pane.heights, strict=True):
                self._pages.by_id(id_).enter_height(height, entering)
            for packed, extent in zip(pane.looks, pane.extents, strict=True):
                page = self._pages.by_id(packed >> VIEW_BITS)
                page.enter_look(packed & _VIEW_MASK, entering, extent)
                self._changed[page.key] = page
        if pane := self._panes.pop(leaving, None):
            for page, cells, numbers in self._by_page(np.frombuffer(pane.events, np.int64)):
                page.uncount(cells, numbers)
                self._changed[page.key] = page
            for packed in pane.places:
                self._pages.elements(packed >> _CELL_BITS).uncount(packed & _CELL_MASK)
            for packed in pane.visits:
                self._pages.by_id(packed >> VISIT_BITS).leave(packed & _VISIT_MASK, leaving)
            for id_, height in zip(pane.height_pages, pane.heights, strict=True):
                self._pages.by_id(id_).leave_height(height, leaving)
            for packed, extent in zip(pane.looks, pane.extents, strict=True):
                page = self._pages.by_id(packed >> VIEW_BITS)
                page.leave_look(packed & _VIEW_MASK, leaving, extent)
                self._changed[page.key] = page


def _runs(column: Integers) -> Iterator[tuple[int, slice]]:
    """The distinct values of a sorted column, each with its rows."""
    begins = _begins(column)
    for value, (start, stop) in zip(column[begins[:-1]].tolist(), pairwise(begins.tolist()), strict=True):
        yield value, slice(start, stop)


def _begins(column: Integers) -> Integers:
    """Where each distinct value of a sorted column begins, and the end; only the end if there are none."""
    differs = np.ones(len(column) + 1, bool)
    np.not_equal(column[1:], column[:-1], out=differs[1:-1])
    return differs.nonzero()[0]
