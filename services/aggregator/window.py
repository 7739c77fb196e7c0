"""The hopping window of one partition: frames and times in, changed grids out. Pure and exact.

Time is cut into panes of one step. An event is written once, into the pane of its event time; the
window at `end` holds the panes of [`end` − length, `end`). Advancing by a step adds the pane that
enters to each page's running grid and subtracts the pane that leaves, so that an event costs two
additions however long the window and however short the step. All counts are integers, so
subtraction is exact.

Frames wait until a few thousand events have come, or somebody looks: binned together (`binning.py`)
they cost a fraction of what they cost one by one. So do events of the window until the next step: of those
on one cell the sum is added. Nothing that can be seen depends on when that is done.

The state is a function of the partition's log alone (and of `end`): reading the log's last window
again makes the same state again. Two guards keep that true when records come twice: a record before
`position` is skipped, and so is a frame whose source offset is not above the highest one seen from its
source partition (`group_by` may send a frame again, in order). Unless it was received later than all that
was seen from there: then it is no repetition, but `clickstream` was made anew.

Memory: 8 bytes an event (a click: 16) and at most as much a visit in the panes; a page's running grid is
sparse and shares its keys with all others. A page of 300 events takes less than 20 kB (a unit test holds
it there).
"""

from array import array
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from pageheat.services.aggregator.binning import ElementEvent, EventBuffer, Integers, Rows
from pageheat.services.aggregator.elements import ElementRoom, PageElements
from pageheat.services.aggregator.grid import CellNumbers
from pageheat.services.aggregator.page import VISIT_BITS, PageCounts, WindowBounds
from pageheat.services.aggregator.page_table import PageTable
from pageheat.services.contract.records import Breakdown, Frame, Grid

MAX_SOURCES = 1_000
"""Partitions of `clickstream`, far more than it has; `add` is given lower ones only."""

MAX_AHEAD_MS = 60_000
"""How far beyond the window an event may lie: machines' clocks differ by less. What lies further would appear
when its time comes, long after it happened; it is refused, counted, as the clock that said so is wrong."""

MAX_WAITING = 8_192
"""Events that wait to be binned: more at once are not cheaper, and a step should not wait for them long."""

MAX_BINNED = 1_048_576
"""Events that wait to be added to grids, 8 MB: the more, the more of them share a cell."""

_CELL_BITS = 32
_CELL_MASK = (1 << _CELL_BITS) - 1
_VISIT_MASK = (1 << VISIT_BITS) - 1


class _Pane:
    """What happened in one step, packed: (page, cell) of each event, (page, place) of each that is more
    than a move, (page, visit) of each visit."""

    __slots__ = ("events", "places", "visits")

    def __init__(self) -> None:
        self.events = array("q")
        self.places = array("q")
        self.visits = array("q")


class DropCounts(NamedTuple):
    """Events in no grid, by the reason; frames that came again; events on elements beyond the limits."""

    late: int = 0
    future: int = 0
    too_many_pages: int = 0
    robot: int = 0
    repeated: int = 0
    unnamed: int = 0


class Window:
    """All pages of one partition over one hopping window.

    Args:
        partition: names the grids' origin.
        position: offset of the first record that will be added.
        start_ms: the window first ends at the last multiple of the step that is not after this.
        window_ms: length of the window, a multiple of `step_ms`.
        step_ms: length of a step.
        cells: the grid.
        count_robots: whether robots' events count like others.
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
    ) -> None:
        self.partition = partition
        self.position = position
        self._step_ms = step_ms
        self._length = window_ms // step_ms  # in panes
        self._ahead = MAX_AHEAD_MS // step_ms  # in panes
        self._end = start_ms // step_ms  # in panes: the window is [end − length, end)
        self._cells = cells
        self._count_robots = count_robots
        self._waiting = EventBuffer(cells)
        self._binned: list[Integers] = []  # (page, cell) of events that are in the window and in no grid yet
        self._binned_events = 0
        self._late = self._future = self._too_many_pages = self._robot = self._repeated = 0
        self._keys = np.arange(cells.count).astype(object)  # one int a cell, shared by all pages
        self._panes: dict[int, _Pane] = {}
        self._pages = PageTable()
        self._changed: dict[str, PageCounts] = {}
        self._cooled: dict[str, PageCounts] = {}
        self._unsettled: dict[str, None] = {}  # keys of pages that changed since `details`
        self._sources: dict[int, tuple[int, int]] = {}  # source partition → highest offset, newest `received`
        self._room = ElementRoom()

    @property
    def end_ms(self) -> int:
        """The step at which the window stands: it ends here, exclusively."""
        return self._end * self._step_ms

    @property
    def _now(self) -> WindowBounds:
        end_ms = self.end_ms
        return WindowBounds(end_ms - self._length * self._step_ms, end_ms, self.partition, self.position)

    @property
    def page_count(self) -> int:
        """Pages with an event in the window or to come, or cooled and not yet said so."""
        self._bin()
        return len(self._pages)

    @property
    def element_count(self) -> int:
        """Elements with an event in the window or to come, all pages together."""
        self._bin()
        return self._room.named

    @property
    def tally(self) -> DropCounts:
        """What was not counted, or not as it came, so far."""
        self._bin()
        return DropCounts(
            self._late,
            self._future,
            self._too_many_pages,
            self._robot,
            self._repeated,
            self._room.unnamed_events,
        )

    def skip(self, offset: int) -> None:
        """Count a record as seen that holds nothing to count."""
        self.position = max(self.position, offset + 1)

    def add(self, offset: int, source: tuple[int, int], frame: Frame) -> None:
        """Count a record's events; those before the window are late and dropped, those far ahead refused.

        A robot's are left out unless they are to count.

        Args:
            offset: the record's offset in this partition.
            source: partition and offset of the frame in `clickstream`.
            frame: the record.
        """
        if offset < self.position:
            return
        self.position = offset + 1
        if frame.received // self._step_ms > self._end + self._ahead:
            self._future += len(frame.events)
        elif self._is_repeated(source, frame.received):
            self._repeated += 1
        elif frame.robot and not self._count_robots:
            self._robot += len(frame.events)
        else:
            self._waiting.add(frame)
            if self._waiting.count >= MAX_WAITING:
                self._bin()
                if self._binned_events >= MAX_BINNED:
                    self._settle()

    def advance(self, now_ms: int) -> Iterator[tuple[str, Grid | None]]:
        """Move to the last step that is not after `now_ms`; yield what changed since the last call.

        Yields a page's key and its grid at `end_ms`, once; None (a tombstone) for a page whose
        grid was empty at the last call and still is. Yields nothing when no step has passed.
        """
        target = now_ms // self._step_ms
        if target <= self._end:
            return
        self._settle()
        while self._end < target:
            self._step()
        cooled, self._cooled = self._cooled, {}
        changed, self._changed = self._changed, {}
        for key, page in changed.items():
            if not page.counts and not page.events:
                self._cooled[key] = page
            self._unsettled[key] = None
            yield key, page.grid(self._cells, self._now, self._step_ms)
        for key, page in cooled.items():
            if key not in changed and not page.events:
                self._pages.forget(page)
                self._unsettled[key] = None
                yield key, None

    def details(self) -> Iterator[tuple[str, Breakdown | None]]:
        """What is finer than the grids, of each page whose grid changed since the last call.

        Yields a page's key and its detail at `end_ms`; None (a tombstone) for a page that was forgotten.
        """
        self._settle()
        unsettled, self._unsettled = self._unsettled, {}
        for key in unsettled:
            page = self._pages.get(key)
            yield key, page.detail(self._cells, self._now) if page else None

    def advance_by_step(self, now_ms: int) -> Iterator[tuple[str, Grid]]:
        """Like `advance`, but yield at each step every page that has an event in the window.

        This is the library's hopping window: for reprocessing, benchmarks and comparison.
        """
        while self.end_ms + self._step_ms <= now_ms:
            self._settle()
            self._step()
            self._changed.clear()
            for page in self._pages:
                if page.counts:
                    yield page.key, page.grid(self._cells, self._now, self._step_ms)
                elif not page.events:
                    self._pages.forget(page)

    def touch(self, key: str | None = None) -> None:
        """Have `key`, or every warm page, yielded at the next step even if nothing changes."""
        self._bin()
        for page in self._pages if key is None else [self._pages.get(key)]:
            if page:
                self._changed[page.key] = page

    def unsettle(self, key: str) -> None:
        """Have `key` yielded by the next `details`, even if nothing changes."""
        self._unsettled[key] = None

    def _is_repeated(self, source: tuple[int, int], received: int) -> bool:
        """Whether a frame of a source partition was seen before; from now on it has been."""
        partition, offset = source
        highest, newest = self._sources.get(partition, (-1, 0))
        if offset <= highest and received <= newest:
            return True
        self._sources[partition] = offset, max(received, newest)
        return False

    def _settle(self) -> None:
        """Count whatever waits."""
        self._bin()
        if self._binned:
            packed = np.concatenate(self._binned)
            self._binned, self._binned_events = [], 0
            for page, counts in self._by_page(packed):
                page.count(counts)
                self._changed[page.key] = page

    def _bin(self) -> None:
        """Put each event that waits into its pane, and note those that are in the window."""
        batch = self._waiting
        if not batch.count:
            return
        self._waiting = EventBuffer(self._cells)
        rows, others = batch.rows(self._step_ms)
        late, future = rows.pane < self._end - self._length, rows.pane > self._end + self._ahead
        self._late += int(late.sum())
        self._future += int(future.sum())
        in_time = rows.where(~(late | future))
        pages = self._pages_of(batch, in_time)
        ids = np.array([-1 if page is None else page.id for page in pages])
        counted = in_time.where(ids[in_time.frame] >= 0)
        self._too_many_pages += len(in_time.pane) - len(counted.pane)
        packed = ids[counted.frame] << _CELL_BITS | counted.cell
        order = np.argsort(counted.pane, kind="stable")
        for number, part in _runs(counted.pane[order]):
            self._panes.setdefault(number, _Pane()).events.frombytes(packed[order[part]].tobytes())
        self._count_on_elements(batch, pages, others)
        self._count_visitors(batch, pages, counted)
        self._binned.append(packed[counted.pane < self._end])
        self._binned_events += len(self._binned[-1])

    def _pages_of(self, batch: EventBuffer, in_time: Rows) -> list[PageCounts | None]:
        """The page of each frame, made if need be; None where no event needs one, or there are MAX_PAGES."""
        pages: list[PageCounts | None] = []
        counts = np.bincount(in_time.frame, minlength=len(batch.keys)).tolist()
        for key, document, count in zip(batch.keys, batch.documents, counts, strict=True):
            page = self._pages.have(key) if count else None
            if page:
                page.size = document or page.size
                page.events += count
            pages.append(page)
        return pages

    def _by_page(self, packed: Integers) -> Iterator[tuple[PageCounts, Iterable[tuple[int, int]]]]:
        """Events by page: cells, and how many are on each."""
        values, counts = np.unique(packed, return_counts=True)
        cells, numbers = self._keys[values & _CELL_MASK].tolist(), counts.tolist()
        for id_, rows in _runs(values >> _CELL_BITS):
            yield self._pages.numbered(id_), zip(cells[rows], numbers[rows], strict=True)

    def _count_on_elements(
        self, batch: EventBuffer, pages: list[PageCounts | None], others: Iterable[ElementEvent]
    ) -> None:
        """Put what is more than a move on its element."""
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
        """Note which visits have events; of the panes in the window only a visit's newest has to know."""
        in_window = counted.pane < self._end
        last = counted.where(in_window).last_panes(len(pages))
        for page, visit, number in zip(pages, batch.visits, last, strict=True):
            if page is None or number < 0:
                continue
            if number > page.newest_pane:
                page.newest_pane = number
            if visit is not None and page.visits.get(visit, -1) < number:
                page.enter(visit, number)
                self._panes[number].visits.append(page.id << VISIT_BITS | visit)
        for index, number in counted.where(~in_window).panes():
            page, visit = pages[index], batch.visits[index]
            if page and visit is not None:
                self._panes[number].visits.append(page.id << VISIT_BITS | visit)

    def _step(self) -> None:
        """Advance by one pane: count the one that enters, subtract the one that leaves."""
        entering = self._end
        leaving = entering - self._length
        self._end += 1
        if pane := self._panes.get(entering):
            for page, counts in self._by_page(np.frombuffer(pane.events, np.int64)):
                page.count(counts)
                page.newest_pane = max(page.newest_pane, entering)
                self._changed[page.key] = page
            for packed in pane.places:
                self._pages.elements(packed >> _CELL_BITS).count(packed & _CELL_MASK)
            for packed in pane.visits:
                self._pages.numbered(packed >> VISIT_BITS).enter(packed & _VISIT_MASK, entering)
        if pane := self._panes.pop(leaving, None):
            for page, counts in self._by_page(np.frombuffer(pane.events, np.int64)):
                page.uncount(counts)
                self._changed[page.key] = page
            for packed in pane.places:
                self._pages.elements(packed >> _CELL_BITS).uncount(packed & _CELL_MASK)
            for packed in pane.visits:
                self._pages.numbered(packed >> VISIT_BITS).leave(packed & _VISIT_MASK, leaving)


def _runs(column: Integers) -> Iterator[tuple[int, slice]]:
    """The values of a sorted column, each with its rows."""
    ends = [*(np.flatnonzero(np.diff(column)) + 1).tolist(), len(column)]
    start = 0
    for stop in ends if len(column) else []:
        yield int(column[start]), slice(start, stop)
        start = stop
