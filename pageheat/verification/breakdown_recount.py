"""What is finer than a page's grid, counted again: each width band, and each element spot by spot.

A detail may leave something out, by rules that the recount knows: the bands' tiles of a page with more than
MAX_TOLD_CELLS hot cells, the finer spots of one with more than MAX_TOLD_SPOTS, and the elements beyond
MAX_TOLD_ELEMENTS or beyond MAX_TOLD_NAMES bytes of selectors, which count under the page.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.bands import Bands
from pageheat.services.contract.records import SPOTS
from pageheat.verification.recount import (
    CLICK,
    NOWHERE,
    TYPES,
    Events,
    Json,
    PageLog,
    RecountedHeat,
    layer_differences,
    read_cells,
)

MAX_TOLD_CELLS = 30_000
MAX_TOLD_SPOTS = 20_000
MAX_TOLD_ELEMENTS = 512
MAX_TOLD_NAMES = 49_152

KINDS = {"clicks": TYPES["click"], "rage": TYPES["rage"], "dead": TYPES["dead"], "rests": TYPES["rest"]}

Spot = tuple[str, str, str, int, int]
"""Band, kind, selector, column, row."""

UNREADABLE = (KeyError, TypeError, AttributeError, ValueError)
"""What reading a detail's bands raises if they are of another form."""


def band_differences(detail: Json, log: PageLog, bands: Bands) -> Iterator[str]:
    """What a detail's bands say of visitors and tiles that the recount does not."""
    events = _counted(detail, log)
    numbers = band_numbers(events, bands)
    tells_tiles = _cells(events, numbers) <= MAX_TOLD_CELLS
    try:
        told = {band["name"]: band for band in detail["bands"]}
        names = [
            name
            for i, name in enumerate(bands.names)
            if i != bands.unknown or _says(events[numbers == i], tells_tiles=tells_tiles)
        ]
        if list(told) != names:
            yield f"bands: expected {', '.join(names)}, got {', '.join(told)}"
        for i, name in enumerate(bands.names):
            if name not in told:
                continue
            heat = RecountedHeat.of(events[numbers == i], log.grid_size)
            if told[name]["visitors"] != heat.visitors:
                yield f"{name}'s visitors: expected {heat.visitors}, got {told[name]['visitors']}"
            for layer, expected in (("value", heat.moves), ("clicks", heat.clicks)):
                counts = expected if tells_tiles else np.zeros_like(expected)
                yield from layer_differences(f"{name}'s {layer}", told[name][layer], counts)
    except UNREADABLE as error:
        yield f"bands: {error!r}"


def element_differences(detail: Json, log: PageLog, bands: Bands) -> Iterator[str]:
    """What a detail says of elements that the recount does not, spot by spot.

    Of a page with more elements than are told apart only the sums of each kind are compared. (There an
    event on an element would count nowhere if the page's size were unknown; no client tells the one
    without the other.)
    """
    events = _counted(detail, log)
    try:
        spots, expected = recounted_spots(events, log.selectors, bands)
        got = told_spots(detail)
        if _too_many(log.selectors):
            expected, got = _by_kind(expected), _by_kind(got)
        elif detail["spots"] != spots:
            yield f"spots: expected {spots}, got {detail['spots']}"
            return
        for spot in sorted(expected.keys() | got.keys()):
            if expected[spot] != got[spot]:
                yield f"{_name(spot)}: expected {expected[spot]}, got {got[spot]}"
    except UNREADABLE as error:
        yield f"elements: {error!r}"


def band_numbers(events: Events, bands: Bands) -> NDArray[np.int64]:
    """Of each event the index of its band: how many of the edges its width has reached."""
    numbers = (events["width"][:, np.newaxis] >= np.array(bands.edges)).sum(axis=1)
    return np.where(np.isnan(events["width"]), bands.unknown, numbers)


def recounted_spots(events: Events, selectors: Sequence[str], bands: Bands) -> tuple[int, Counter[Spot]]:
    """How many spots a side a detail tells of these events, and the counts."""
    on_something = events["element"] != NOWHERE
    events, numbers = events[on_something], band_numbers(events, bands)[on_something]
    spots = SPOTS
    while True:
        columns, rows = (place * spots // SPOTS for place in np.divmod(events["spot"], SPOTS))
        places = np.stack((numbers, events["type"], events["element"], columns, rows))
        different, counts = np.unique(places, axis=1, return_counts=True)
        if len(counts) <= MAX_TOLD_SPOTS or spots == 1:
            break
        spots //= 2
    names = {type_: kind for kind, type_ in KINDS.items()}
    return spots, Counter(
        {
            (bands.names[band], names[type_], selectors[element], column, row): count
            for (band, type_, element, column, row), count in zip(
                different.T.tolist(), counts.tolist(), strict=True
            )
        }
    )


def told_spots(detail: Json) -> Counter[Spot]:
    """The counts of a detail's elements.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: it is of another form.
    """
    told: Counter[Spot] = Counter()
    for band in detail["bands"]:
        for element in band["elements"]:
            for kind in KINDS:
                counts = read_cells(element.get(kind, {}), detail["spots"])
                for column, row in np.argwhere(counts).tolist():
                    told[band["name"], kind, element["selector"], column, row] += int(counts[column, row])
    return told


def _counted(detail: Json, log: PageLog) -> Events:
    return log.counted(detail["start"], detail["end"], detail["position"])


def _cells(events: Events, numbers: NDArray[np.int64]) -> int:
    """How many different cells are hot: (type, band, tile), and one for all that is on no tile."""
    placed = events["tile"] != NOWHERE
    cells = np.stack((events["type"], numbers, events["tile"]))[:, placed]
    return int(np.unique(cells, axis=1).shape[1] + (not placed.all()))


def _says(events: Events, *, tells_tiles: bool) -> bool:
    """Whether a band has something to say of these events."""
    on_a_tile = (events["tile"] != NOWHERE) & (events["type"] <= CLICK) & tells_tiles
    return bool((on_a_tile | (events["session"] != NOWHERE) | (events["element"] != NOWHERE)).any())


def _too_many(selectors: Sequence[str]) -> bool:
    """Whether not all of a page's elements may have been told apart."""
    return len(selectors) - 1 > MAX_TOLD_ELEMENTS or len("".join(selectors).encode()) > MAX_TOLD_NAMES


def _by_kind(spots: Counter[Spot]) -> Counter[Spot]:
    sums: Counter[Spot] = Counter()
    for (band, kind, *_), count in spots.items():
        sums[band, kind, "*", 0, 0] += count
    return sums


def _name(spot: Spot) -> str:
    band, kind, selector, column, row = spot
    if selector == "*":
        return f"{band}'s {kind} of all elements"
    return f"{band}'s {kind} of {selector or 'the page'} at spot ({column}, {row})"
