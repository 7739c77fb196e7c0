"""The hopping window of one partition: frames and times in, changed grids out. Pure and exact.

Time is cut into panes of one step. An event is written once, into the pane of its event time; the
window at `end` holds the panes of [`end` − length, `end`). Advancing by a step adds the pane that
enters to each page's running grid and subtracts the pane that leaves, so that an event costs two
additions however long the window and however short the step. All counts are integers, so what was
added is subtracted without a rest.

The state is a function of the partition's log alone (and of `end`): reading the log's last window
again makes the same state again. Two guards keep that true when records come twice: a record before
`position` is skipped, and so is a frame whose source offset is not above the highest one seen from its
source partition (`group_by` may send a frame again, in order).

Memory: 8 bytes an event (a click: 16) and at most as much a session in the panes; a page's running grid is
sparse and shares its keys with all others. A page of 300 events takes less than 20 kB (a unit test holds
it there).
"""

from array import array
from collections import Counter
from collections.abc import Iterator

from services.aggregator.elements import Elements
from services.aggregator.grid import CellNumbers
from services.contract.records import Band, Cells, Detail, Frame, Grid, Point, Size, Totals

MAX_PAGES = 100_000
"""Warm pages a partition: 150 MB if each is seen once. Events of further pages are refused, counted."""

MAX_AHEAD_MS = 3_600_000
"""How far beyond the window an event may lie: an hour, by which the clocks of two machines may differ.
What lies further would be kept until then; it is refused, counted."""

_TOP_LEFT = Point(0, 0)

_CELL_BITS = 32
_CELL_MASK = (1 << _CELL_BITS) - 1
_HASH_BITS = 40
"""Of a session's hash: 10,000 visitors of a page are one too few once in 22,000 windows."""
_HASH_MASK = (1 << _HASH_BITS) - 1
_VISIT_BITS = _HASH_BITS + 3
_VISIT_MASK = (1 << _VISIT_BITS) - 1
"""A visit is a session in a width band, 8 of them at most."""

MAX_DETAIL_TILES = 30_000
"""Tiles of a page told by band: all of the usual grid, 300 kB. A finer grid's bands may go without."""


class _Page:
    """One warm page's running state."""

    __slots__ = ("counts", "elements", "events", "id", "key", "newest_pane", "size", "visitors", "visits")

    def __init__(self, id_: int, key: str) -> None:
        self.id = id_
        self.key = key
        self.counts: dict[int, int] = {}  # cell → events in the window, never 0
        self.elements: Elements | None = None  # from the first event that is more than a move
        self.visits: dict[int, int] = {}  # (band, session) → the last pane in the window with an event of it
        self.visitors = 0  # sessions in `visits`, whatever their bands
        self.events = 0  # in all panes, those not yet in the window included
        self.newest_pane = 0  # valid while `counts` is not empty
        self.size: Size | None = None


class _Pane:
    """What happened in one step, packed: (page, cell) of each event, (page, place) of each that is more
    than a move, (page, band, session) of each visit."""

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
    ) -> None:
        self.partition = partition
        self.position = position
        self.late_events = 0
        self.refused_events = 0
        self.future_events = 0
        self.repeated_frames = 0
        self._step_ms = step_ms
        self._length = window_ms // step_ms  # in panes
        self._end = start_ms // step_ms  # in panes: the window is [end − length, end)
        self._cells = cells
        self._keys = list(range(cells.count))  # one int object a cell, shared by all pages
        self._panes: dict[int, _Pane] = {}
        self._pages: dict[str, _Page] = {}
        self._by_id: list[_Page | None] = []
        self._free_ids: list[int] = []
        self._changed: dict[str, _Page] = {}
        self._cooled: dict[str, _Page] = {}
        self._unsettled: dict[str, None] = {}  # keys of pages that changed since `details`
        self._sources: dict[int, int] = {}  # source partition → highest source offset seen

    @property
    def end_ms(self) -> int:
        """The step at which the window stands: it ends here, exclusively."""
        return self._end * self._step_ms

    @property
    def page_count(self) -> int:
        """Pages with an event in the window or to come, or cooled and not yet said so."""
        return len(self._pages)

    def skip(self, offset: int) -> None:
        """Count a record as seen that holds nothing to count."""
        self.position = max(self.position, offset + 1)

    def add(self, offset: int, source: tuple[int, int], frame: Frame) -> None:
        """Count a record's events; those before the window are late and dropped, those far ahead refused.

        Args:
            offset: the record's offset in this partition.
            source: partition and offset of the frame in `clickstream`.
            frame: the record.
        """
        if offset < self.position:
            return
        self.position = offset + 1
        source_partition, source_offset = source
        if source_offset <= self._sources.get(source_partition, -1):
            self.repeated_frames += 1
            return
        self._sources[source_partition] = source_offset

        step_ms, end = self._step_ms, self._end
        first, last = end - self._length, end + MAX_AHEAD_MS // step_ms
        document, band = frame.page.document, self._cells.bands.of(frame)
        visit = None if frame.session is None else band << _HASH_BITS | hash(frame.session) & _HASH_MASK
        corner = frame.page.first if frame.origin == "first" else _TOP_LEFT
        cell_of = self._cells.of
        page: _Page | None = None
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
                self._count(page, cell, number)
            if event.type != "move":
                elements = page.elements = page.elements or Elements()
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
            yield key, self.grid(page)
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
            yield key, self.detail(page) if page else None

    def advance_by_step(self, now_ms: int) -> Iterator[tuple[str, Grid]]:
        """Like `advance`, but yield at each step every page that has an event in the window.

        This is the library's hopping window: for reprocessing, benchmarks and comparison.
        """
        while self.end_ms + self._step_ms <= now_ms:
            self._step()
            self._changed.clear()
            for page in list(self._pages.values()):
                if page.counts:
                    yield page.key, self.grid(page)
                elif not page.events:
                    self._forget(page)

    def touch(self, key: str | None = None) -> None:
        """Have `key`, or every warm page, yielded at the next step even if nothing changes."""
        for page in self._pages.values() if key is None else [self._pages[key]]:
            self._changed[page.key] = page

    def unsettle(self, key: str) -> None:
        """Have `key` yielded by the next `details`, even if nothing changes."""
        self._unsettled[key] = None

    def grid(self, page: _Page) -> Grid:
        """The page's grid as it is now."""
        moves, clicks = self._cells.layers(page.counts)
        end_ms = self.end_ms
        return Grid(
            start=end_ms - self._length * self._step_ms,
            end=end_ms,
            value=moves,
            clicks=clicks,
            grid_size=self._cells.grid_size,
            visitors=page.visitors,
            totals=Totals(_total(moves), _total(clicks), page.counts.get(self._cells.unplaced, 0)),
            newest=page.newest_pane * self._step_ms if page.counts else None,
            page=page.size,
            partition=self.partition,
            position=self.position,
        )

    def detail(self, page: _Page) -> Detail:
        """The page's bands and elements as they are now."""
        bands = self._cells.bands
        tiles = self._cells.layers_by_band(page.counts if len(page.counts) <= MAX_DETAIL_TILES else {})
        spots, elements = (page.elements or Elements()).by_band(bands)
        visitors = Counter(visit >> _HASH_BITS for visit in page.visits)
        told = [
            Band(name, visitors[i], *tiles[i], elements[i])
            for i, name in enumerate(bands.names)
            if i != bands.unknown or any(tiles[i]) or elements[i] or visitors[i]
        ]
        end_ms = self.end_ms
        return Detail(
            start=end_ms - self._length * self._step_ms,
            end=end_ms,
            page=page.size,
            partition=self.partition,
            position=self.position,
            grid_size=self._cells.grid_size,
            spots=spots,
            bands=told,
        )

    def _step(self) -> None:
        """Advance by one pane: count the one that enters, subtract the one that leaves."""
        entering = self._end
        leaving = entering - self._length
        self._end += 1
        if pane := self._panes.get(entering):
            for packed in pane.events:
                self._count(self._page_of(packed >> _CELL_BITS), packed & _CELL_MASK, entering)
            for packed in pane.places:
                self._elements_of(packed >> _CELL_BITS).count(packed & _CELL_MASK)
            for packed in pane.visits:
                _enter(self._page_of(packed >> _VISIT_BITS), packed & _VISIT_MASK, entering)
        if pane := self._panes.pop(leaving, None):
            for packed in pane.events:
                self._uncount(self._page_of(packed >> _CELL_BITS), packed & _CELL_MASK)
            for packed in pane.places:
                self._elements_of(packed >> _CELL_BITS).uncount(packed & _CELL_MASK)
            for packed in pane.visits:
                _leave(self._page_of(packed >> _VISIT_BITS), packed & _VISIT_MASK, leaving)

    def _count(self, page: _Page, cell: int, number: int) -> None:
        cell = self._keys[cell]
        page.counts[cell] = page.counts.get(cell, 0) + 1
        if number > page.newest_pane:
            page.newest_pane = number
        self._changed[page.key] = page

    def _uncount(self, page: _Page, cell: int) -> None:
        left = page.counts[cell] - 1
        if left:
            page.counts[cell] = left
        else:
            del page.counts[cell]
        page.events -= 1
        self._changed[page.key] = page

    def _see(self, page: _Page, visit: int, number: int, pane: _Pane) -> None:
        """Note that a visit has an event in a pane."""
        if number < self._end:
            if page.visits.get(visit, -1) >= number:
                return
            _enter(page, visit, number)
        packed = page.id << _VISIT_BITS | visit
        if not pane.visits or pane.visits[-1] != packed:
            pane.visits.append(packed)

    def _pane(self, number: int) -> _Pane:
        pane = self._panes.get(number)
        if pane is None:
            pane = self._panes[number] = _Pane()
        return pane

    def _page(self, key: str) -> _Page | None:
        """The page of that key, made if need be; None when there are MAX_PAGES others."""
        page = self._pages.get(key)
        if page is None and len(self._pages) < MAX_PAGES:
            if self._free_ids:
                page = _Page(self._free_ids.pop(), key)
                self._by_id[page.id] = page
            else:
                page = _Page(len(self._by_id), key)
                self._by_id.append(page)
            self._pages[key] = page
        return page

    def _page_of(self, id_: int) -> _Page:
        page = self._by_id[id_]
        assert page is not None, "a page is forgotten only when no pane holds it"  # noqa: S101
        return page

    def _elements_of(self, id_: int) -> Elements:
        elements = self._page_of(id_).elements
        assert elements is not None, "a place was numbered by its page's elements"  # noqa: S101
        return elements

    def _forget(self, page: _Page) -> None:
        del self._pages[page.key]
        self._by_id[page.id] = None
        self._free_ids.append(page.id)


def _enter(page: _Page, visit: int, number: int) -> None:
    """A visit has an event in pane `number`, which is in the window."""
    if visit not in page.visits and not _is_elsewhere(page, visit):
        page.visitors += 1
    page.visits[visit] = number


def _leave(page: _Page, visit: int, number: int) -> None:
    """Pane `number` has left the window; if it was the visit's last, so has the visit."""
    if page.visits.get(visit) == number:
        del page.visits[visit]
        if not _is_elsewhere(page, visit):
            page.visitors -= 1


def _is_elsewhere(page: _Page, visit: int) -> bool:
    """Whether the visit's session is in the window in another band, its visitor having resized the window."""
    session = visit & _HASH_MASK
    return any(
        other != visit and other in page.visits
        for other in (band << _HASH_BITS | session for band in range(1 << _VISIT_BITS - _HASH_BITS))
    )


def _total(cells: Cells) -> int:
    return sum(sum(rows.values()) for rows in cells.values())
