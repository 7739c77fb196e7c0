"""Recounts breakdowns: each width band, and each element spot by spot.

A breakdown may omit parts, by rules that the recount applies too: the bands' tiles of a page with more than
MAX_CELLS hot cells, the finer spots of one with more than MAX_SPOTS, and the elements beyond MAX_ELEMENTS or
beyond MAX_SELECTOR_BYTES of selectors, which count under the page.
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

MAX_CELLS = 30_000
MAX_SPOTS = 20_000
MAX_ELEMENTS = 512
MAX_SELECTOR_BYTES = 49_152

KINDS = {"clicks": TYPES["click"], "rage": TYPES["rage"], "dead": TYPES["dead"], "rests": TYPES["rest"]}

Spot = tuple[str, str, str, int, int]
"""Band, kind, selector, column, row."""

UNREADABLE = (KeyError, TypeError, AttributeError, ValueError)
"""What reading malformed bands raises."""


def band_differences(breakdown: Json, log: PageLog, bands: Bands) -> Iterator[str]:
    """Differences in visitors and tiles between a breakdown's bands and the recount."""
    events = _counted(breakdown, log)
    numbers = band_numbers(events, bands)
    has_tiles = _cells(events, numbers) <= MAX_CELLS
    try:
        reported = {band["name"]: band for band in breakdown["bands"]}
        names = [
            name
            for i, name in enumerate(bands.names)
            if i != bands.unknown or _is_reported(events[numbers == i], has_tiles=has_tiles)
        ]
        if list(reported) != names:
            yield f"bands: expected {', '.join(names)}, got {', '.join(reported)}"
        for i, name in enumerate(bands.names):
            if name not in reported:
                continue
            heat = RecountedHeat.of(events[numbers == i], log.grid_size)
            if reported[name]["visitors"] != heat.visitors:
                yield f"{name}'s visitors: expected {heat.visitors}, got {reported[name]['visitors']}"
            for layer, expected in (("value", heat.moves), ("clicks", heat.clicks)):
                counts = expected if has_tiles else np.zeros_like(expected)
                yield from layer_differences(f"{name}'s {layer}", reported[name][layer], counts)
    except UNREADABLE as error:
        yield f"bands: {error!r}"


def element_differences(breakdown: Json, log: PageLog, bands: Bands) -> Iterator[str]:
    """Differences between a breakdown's elements and the recount, spot by spot.

    If the page has too many elements to tell apart, only each kind's sum is compared. (There an event on
    an element would count nowhere if the page's size were unknown; no client sends one without the other.)
    """
    events = _counted(breakdown, log)
    try:
        spots, expected = recounted_spots(events, log.selectors, bands)
        got = reported_spots(breakdown)
        if _too_many(log.selectors):
            expected, got = _by_kind(expected), _by_kind(got)
        elif breakdown["spots"] != spots:
            yield f"spots: expected {spots}, got {breakdown['spots']}"
            return
        for spot in sorted(expected.keys() | got.keys()):
            if expected[spot] != got[spot]:
                yield f"{_name(spot)}: expected {expected[spot]}, got {got[spot]}"
    except UNREADABLE as error:
        yield f"elements: {error!r}"


def band_numbers(events: Events, bands: Bands) -> NDArray[np.int64]:
    """The band index of each event: the number of edges that its width reaches."""
    numbers = (events["width"][:, np.newaxis] >= np.array(bands.edges)).sum(axis=1)
    return np.where(np.isnan(events["width"]), bands.unknown, numbers)


def recounted_spots(events: Events, selectors: Sequence[str], bands: Bands) -> tuple[int, Counter[Spot]]:
    """The number of spots per side in a breakdown of these events, and the counts."""
    on_element = events["element"] != NOWHERE
    events, numbers = events[on_element], band_numbers(events, bands)[on_element]
    spots = SPOTS
    while True:
        columns, rows = (place * spots // SPOTS for place in np.divmod(events["spot"], SPOTS))
        places = np.stack((numbers, events["type"], events["element"], columns, rows))
        different, counts = np.unique(places, axis=1, return_counts=True)
        if len(counts) <= MAX_SPOTS or spots == 1:
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


def reported_spots(breakdown: Json) -> Counter[Spot]:
    """The counts of a breakdown's elements.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: the breakdown is malformed.
    """
    reported: Counter[Spot] = Counter()
    for band in breakdown["bands"]:
        for element in band["elements"]:
            for kind in KINDS:
                counts = read_cells(element.get(kind, {}), breakdown["spots"])
                for column, row in np.argwhere(counts).tolist():
                    reported[band["name"], kind, element["selector"], column, row] += int(counts[column, row])
    return reported


def _counted(breakdown: Json, log: PageLog) -> Events:
    return log.counted(breakdown["start"], breakdown["end"], breakdown["position"])


def _cells(events: Events, numbers: NDArray[np.int64]) -> int:
    """Number of hot cells: distinct (type, band, tile), and one for all events without a tile."""
    placed = events["tile"] != NOWHERE
    cells = np.stack((events["type"], numbers, events["tile"]))[:, placed]
    return int(np.unique(cells, axis=1).shape[1] + (not placed.all()))


def _is_reported(events: Events, *, has_tiles: bool) -> bool:
    """Whether a band with these events has anything to report."""
    on_tile = (events["tile"] != NOWHERE) & (events["type"] <= CLICK) & has_tiles
    return bool((on_tile | (events["session"] != NOWHERE) | (events["element"] != NOWHERE)).any())


def _too_many(selectors: Sequence[str]) -> bool:
    """Whether some of a page's elements may count under the page."""
    return len(selectors) - 1 > MAX_ELEMENTS or len("".join(selectors).encode()) > MAX_SELECTOR_BYTES


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
