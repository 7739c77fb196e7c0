"""Counts on a page's elements: the numbering of places, and the events at each place.

A place is (element, width band, kind, spot) in one small integer. Elements are numbered in order of arrival.
Number 0 is the page itself: events without an element of their own are counted there, by page position.
"""

from collections.abc import Iterable

from pageheat.services.aggregator.grid import LAYERS, total
from pageheat.services.contract.bands import Bands
from pageheat.services.contract.places import spot_of
from pageheat.services.contract.records import (
    SPOT_PX,
    SPOTS,
    WIDE_SPOTS,
    Cells,
    ElementCounts,
    Size,
    Target,
)

MAX_ELEMENTS = 512
"""Limit per page and window; people click on tens. Events on further elements count under the page."""

MAX_NAMED_BYTES = 49_152
"""Limit for their selectors, 96 each: a breakdown has them once per band, at worst 400 kB uncompressible."""

MAX_ALL_ELEMENTS = 50_000
"""Limit for all pages of a partition. Events on further elements count under the page."""

MAX_SPOTS = 20_000
"""Limit per breakdown, 200 kB; if a page has more, the spots of all its elements are made coarser."""

KINDS = ("clicks", "rage", "dead", "dwell")
"""Kinds counted on elements, by their names in the record; moves are counted on tiles only."""

_KIND = {type_: kind - 1 for kind, type_ in enumerate(LAYERS)}
_ROW_BITS, _COLUMN_BITS, _KIND_BITS, _BAND_BITS, _NUMBER_BITS = 13, 9, 2, 3, 10
_SPOT_BITS = _ROW_BITS + _COLUMN_BITS
PLACE_BITS = _SPOT_BITS + _KIND_BITS + _BAND_BITS + _NUMBER_BITS

MAX_DOUBLINGS = 13
"""Then a box has one spot of each form: rows are as high as all of MAX_SPOT_ROWS together."""


class ElementRoom:
    """Room for MAX_ALL_ELEMENTS, shared by all pages of a partition."""

    def __init__(self) -> None:
        self.named = 0
        self.unnamed_events = 0
        """Events counted under their page because their element was beyond a limit."""


class PageElements:
    """One page's elements: their numbers, and the counts of their places in the window."""

    __slots__ = ("_free", "_named_bytes", "_numbers", "_room", "_selectors", "_uses", "spots")

    def __init__(self, room: ElementRoom) -> None:
        self._room = room
        self.spots: dict[int, int] = {}  # place → events in the window, never 0
        self._numbers: dict[str, int] = {"": 0}
        self._selectors: list[str] = [""]
        self._named_bytes = 0
        self._uses: list[int] = [0]  # events in all panes
        self._free: list[int] = []

    def place(
        self, type_: str, target: Target | None, x: float, y: float, document: Size | None, band: int
    ) -> int | None:
        """The place of an event: on its element, or else at its page coordinates. Marks it as in use.

        None if the event has no element and the document's size is unknown.
        """
        number = self._number(target.selector) if target else 0
        if target and number:
            spot = spot_of(target.x, target.y, target.width, target.height)
        elif document:
            spot = spot_of(x / document.width, y / document.height, document.width, document.height)
        else:
            return None
        self._uses[number] += 1
        kind = (number << _BAND_BITS | band) << _KIND_BITS | _KIND[type_]
        return kind << _SPOT_BITS | spot

    def count(self, place: int) -> None:
        """Count an event that enters the window at this place."""
        self.spots[place] = self.spots.get(place, 0) + 1

    def uncount(self, place: int) -> None:
        """Subtract an event that leaves the window, and its last pane, at this place."""
        left = self.spots[place] - 1
        if left:
            self.spots[place] = left
        else:
            del self.spots[place]
        number = place >> _BAND_BITS + _KIND_BITS + _SPOT_BITS
        self._uses[number] -= 1
        if number and not self._uses[number]:
            selector = self._selectors[number]
            del self._numbers[selector]
            self._named_bytes -= len(selector.encode())
            self._room.named -= 1
            self._free.append(number)

    def clear(self) -> None:
        """Leave the shared room, before the page is dropped."""
        self._room.named -= len(self._numbers) - 1

    def by_band(self, bands: Bands) -> tuple[tuple[int, int], list[list[ElementCounts]]]:
        """Spots a side and their height in px, and the elements of each band, most clicked first."""
        doublings = 0
        distinct = len(self.spots)
        while distinct > MAX_SPOTS and doublings < MAX_DOUBLINGS:
            doublings += 1
            distinct = len({_coarse(place, doublings) for place in self.spots})
        found: list[dict[int, list[Cells]]] = [{} for _ in bands.names]
        for place, count in self.spots.items():
            place_, column, row = _coarse(place, doublings)
            owner, kind = divmod(place_, 1 << _KIND_BITS)
            number, band = divmod(owner, 1 << _BAND_BITS)
            cells = found[band].setdefault(number, [{} for _ in KINDS])[kind]
            rows = cells.setdefault(str(column), {})
            name = str(row)
            rows[name] = rows.get(name, 0) + count
        spots = max(1, SPOTS >> doublings), SPOT_PX << doublings
        return spots, [self._sorted(elements.items()) for elements in found]

    def _sorted(self, elements: Iterable[tuple[int, list[Cells]]]) -> list[ElementCounts]:
        counts = [ElementCounts(self._selectors[number], *cells) for number, cells in elements]
        return sorted(counts, key=lambda it: (-total(it.clicks), it.selector))

    def _number(self, selector: str) -> int:
        """The element's number, assigned if it is new; 0 if a limit is reached."""
        number = self._numbers.get(selector)
        if number is not None:
            return number
        named_bytes = self._named_bytes + len(selector.encode())
        is_full = len(self._numbers) > MAX_ELEMENTS or named_bytes > MAX_NAMED_BYTES
        if is_full or self._room.named >= MAX_ALL_ELEMENTS:
            self._room.unnamed_events += 1
            return 0
        self._room.named += 1
        if self._free:
            number = self._free.pop()
            self._selectors[number] = selector
        else:
            number = len(self._selectors)
            self._selectors.append(selector)
            self._uses.append(0)
        self._numbers[selector] = number
        self._named_bytes = named_bytes
        return number


def no_elements(bands: Bands) -> tuple[tuple[int, int], list[list[ElementCounts]]]:
    """What `by_band` returns for a page without events on elements."""
    return (SPOTS, SPOT_PX), [[] for _ in bands.names]


def _coarse(place: int, doublings: int) -> tuple[int, int, int]:
    """A place without its spot, and its column and row if spots are doubled in size so many times."""
    column, row = place >> _ROW_BITS & (1 << _COLUMN_BITS) - 1, place & (1 << _ROW_BITS) - 1
    if doublings:
        spots, wide = max(1, SPOTS >> doublings), max(1, WIDE_SPOTS >> doublings)
        is_wide, is_high = column >= SPOTS, row >= SPOTS
        column = spots + (column - SPOTS) * wide // WIDE_SPOTS if is_wide else column * spots // SPOTS
        row = spots + (row - SPOTS >> doublings) if is_high else row * spots // SPOTS
    return place >> _SPOT_BITS, column, row
