"""The hopping window of one partition: frames and times in, changed grids out. Pure and exact.

Time is cut into panes of one step. An event is written once, into the pane of its event time; the
window at `end` holds the panes of [`end` − length, `end`). Advancing by a step adds the pane that
enters to each page's running grid and subtracts the pane that leaves, so that an event costs two
additions however long the window and however short the step. All counts are integers, so what was
added is subtracted without a rest.

The state is a function of the partition's log alone (and of `end`): reading the log's last window
again makes the same state again. Two guards keep that true when records come twice: a record before
`position` is skipped, and so is a frame whose source offset is not above the highest one seen from its
source partition (`group_by` may send a frame again, in order). Unless it was received later than all that
was seen from there: then it is no repetition, but `clickstream` was made anew.

Memory: 8 bytes an event (a click: 16) and at most as much a session in the panes; a page's running grid is
sparse and shares its keys with all others. A page of 300 events takes less than 20 kB (a unit test holds
it there).
"""

from array import array
from collections.abc import Iterator

from services.aggregator.elements import ElementRoom, Elements
from services.aggregator.grid import CellNumbers
from services.aggregator.page import VISIT_BITS, Page, Span, visit_of
from services.contract.records import Detail, Frame, Grid, Point

MAX_PAGES = 30_000
"""Warm pages a partition: 25 MB if each is seen once, twice that with a click on each, in all twelve 600 MB.
Events of further pages are refused, counted."""

MAX_SOURCES = 1_000
"""Partitions of `clickstream`, far more than it has; `add` is given lower ones only."""

MAX_AHEAD_MS = 60_000
"""How far beyond the window an event may lie: machines' clocks differ by less. What lies further would appear
when its time comes, long after it happened; it is refused, counted, as the clock that said so is wrong."""

_TOP_LEFT = Point(0, 0)

_CELL_BITS = 32
_CELL_MASK = (1 << _CELL_BITS) - 1
_VISIT_MASK = (1 << VISIT_BITS) - 1


class _Pane:
    """What happened in one step, packed: (page, cell) of each event, (page, place) of each that is more
    than a move, (page, visit) of each visit."""

    __slots__ = ("events", "places", "visits")

    def __init__(self) -> None:
        self.events = array("Q")
        self.places = array("Q")
        self.visits = array("Q")


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
        self.late_events = 0
        self.refused_events = 0
        self.future_events = 0
        self.repeated_frames = 0
        self.robot_events = 0
        self._step_ms = step_ms
        self._length = window_ms // step_ms  # in panes
        self._end = start_ms // step_ms  # in panes: the window is [end − length, end)
        self._cells = cells
        self._count_robots = count_robots
        self._keys = list(range(cells.count))  # one int object a cell, shared by all pages
        self._panes: dict[int, _Pane] = {}
        self._pages: dict[str, Page] = {}
        self._by_id: list[Page | None] = []
        self._free_ids: list[int] = []
        self._changed: dict[str, Page] = {}
        self._cooled: dict[str, Page] = {}
        self._unsettled: dict[str, None] = {}  # keys of pages that changed since `details`
        self._sources: dict[int, tuple[int, int]] = {}  # source partition → highest offset, newest `received`
        self._room = ElementRoom()

    @property
    def end_ms(self) -> int:
        """The step at which the window stands: it ends here, exclusively."""
        return self._end * self._step_ms

    @property
    def _now(self) -> Span:
        end_ms = self.end_ms
        return Span(end_ms - self._length * self._step_ms, end_ms, self.partition, self.position)

    @property
    def page_count(self) -> int:
        """Pages with an event in the window or to come, or cooled and not yet said so."""
        return len(self._pages)

    @property
    def elements(self) -> ElementRoom:
        """What is counted of elements, all pages together."""
        return self._room

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
        step_ms, end = self._step_ms, self._end
        first, last = end - self._length, end + MAX_AHEAD_MS // step_ms
        if frame.received // step_ms > last:
            self.future_events += len(frame.events)
            return
        if self._is_repeated(*source, frame.received):
            self.repeated_frames += 1
            return
        if frame.robot and not self._count_robots:
            self.robot_events += len(frame.events)
            return
        document, band = frame.page.document, self._cells.bands.of(frame)
        visit = None if frame.session is None else visit_of(frame.session, band)
        corner = frame.page.first if frame.origin == "first" else _TOP_LEFT
        cell_of = self._cells.of
        page: Page | None = None
        for event in frame.events:
            number = (frame.received - event.age) // step_ms
            if number < first:
                self.late_events += 1
                continue
            if number > last:
                self.future_events += 1
                continue
            if page is None:
                page = self._page(frame.key)
                if page is None:
                    self.refused_events += 1
                    continue
                page.size = document or page.size
            x, y = event.x + corner.x, event.y + corner.y
            cell = cell_of(event.type, x, y, document, band)
            pane = self._pane(number)
            pane.events.append(page.id << _CELL_BITS | cell)
            page.events += 1
            if number < end:
                page.count(self._keys[cell], number)
                self._changed[page.key] = page
            if event.type != "move":
                elements = page.elements = page.elements or Elements(self._room)
                place = elements.place(event.type, event.target, x, y, document, band)
                if place is not None:
                    pane.places.append(page.id << _CELL_BITS | place)
                    if number < end:
                        elements.count(place)
            if visit is not None:
                self._see(page, visit, number, pane)

    def advance(self, now_ms: int) -> Iterator[tuple[str, Grid | None]]:
        """Move to the last step that is not after `now_ms`; yield what changed since the last call.

        Yields a page's key and its grid at `end_ms`, once; None (a tombstone) for a page whose
        grid was empty at the last call and still is. Yields nothing when no step has passed.
        """
        target = now_ms // self._step_ms
        if target <= self._end:
            return
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
                self._forget(page)
                self._unsettled[key] = None
                yield key, None

    def details(self) -> Iterator[tuple[str, Detail | None]]:
        """What is finer than the grids, of each page whose grid changed since the last call.

        Yields a page's key and its detail at `end_ms`; None (a tombstone) for a page that was forgotten.
        """
        unsettled, self._unsettled = self._unsettled, {}
        for key in unsettled:
            page = self._pages.get(key)
            yield key, page.detail(self._cells, self._now) if page else None

    def advance_by_step(self, now_ms: int) -> Iterator[tuple[str, Grid]]:
        """Like `advance`, but yield at each step every page that has an event in the window.

        This is the library's hopping window: for reprocessing, benchmarks and comparison.
        """
        while self.end_ms + self._step_ms <= now_ms:
            self._step()
            self._changed.clear()
            for page in list(self._pages.values()):
                if page.counts:
                    yield page.key, page.grid(self._cells, self._now, self._step_ms)
                elif not page.events:
                    self._forget(page)

    def touch(self, key: str | None = None) -> None:
        """Have `key`, or every warm page, yielded at the next step even if nothing changes."""
        for page in self._pages.values() if key is None else [self._pages[key]]:
            self._changed[page.key] = page

    def unsettle(self, key: str) -> None:
        """Have `key` yielded by the next `details`, even if nothing changes."""
        self._unsettled[key] = None

    def _is_repeated(self, partition: int, offset: int, received: int) -> bool:
        """Whether a frame of a source partition was seen before; from now on it has been."""
        highest, newest = self._sources.get(partition, (-1, 0))
        if offset <= highest and received <= newest:
            return True
        self._sources[partition] = offset, max(received, newest)
        return False

    def _step(self) -> None:
        """Advance by one pane: count the one that enters, subtract the one that leaves."""
        entering = self._end
        leaving = entering - self._length
        self._end += 1
        if pane := self._panes.get(entering):
            for packed in pane.events:
                page = self._page_of(packed >> _CELL_BITS)
                page.count(self._keys[packed & _CELL_MASK], entering)
                self._changed[page.key] = page
            for packed in pane.places:
                self._elements_of(packed >> _CELL_BITS).count(packed & _CELL_MASK)
            for packed in pane.visits:
                self._page_of(packed >> VISIT_BITS).enter(packed & _VISIT_MASK, entering)
        if pane := self._panes.pop(leaving, None):
            for packed in pane.events:
                page = self._page_of(packed >> _CELL_BITS)
                page.uncount(packed & _CELL_MASK)
                self._changed[page.key] = page
            for packed in pane.places:
                self._elements_of(packed >> _CELL_BITS).uncount(packed & _CELL_MASK)
            for packed in pane.visits:
                self._page_of(packed >> VISIT_BITS).leave(packed & _VISIT_MASK, leaving)

    def _see(self, page: Page, visit: int, number: int, pane: _Pane) -> None:
        """Note that a visit has an event in a pane."""
        if number < self._end:
            if page.visits.get(visit, -1) >= number:
                return
            page.enter(visit, number)
        packed = page.id << VISIT_BITS | visit
        if not pane.visits or pane.visits[-1] != packed:
            pane.visits.append(packed)

    def _pane(self, number: int) -> _Pane:
        pane = self._panes.get(number)
        if pane is None:
            pane = self._panes[number] = _Pane()
        return pane

    def _page(self, key: str) -> Page | None:
        """The page of that key, made if need be; None when there are MAX_PAGES others."""
        page = self._pages.get(key)
        if page is None and len(self._pages) < MAX_PAGES:
            if self._free_ids:
                page = Page(self._free_ids.pop(), key)
                self._by_id[page.id] = page
            else:
                page = Page(len(self._by_id), key)
                self._by_id.append(page)
            self._pages[key] = page
        return page

    def _page_of(self, id_: int) -> Page:
        page = self._by_id[id_]
        assert page is not None, "a page is forgotten only when no pane holds it"  # noqa: S101
        return page

    def _elements_of(self, id_: int) -> Elements:
        elements = self._page_of(id_).elements
        assert elements is not None, "a place was numbered by its page's elements"  # noqa: S101
        return elements

    def _forget(self, page: Page) -> None:
        del self._pages[page.key]
        self._by_id[page.id] = None
        self._free_ids.append(page.id)
