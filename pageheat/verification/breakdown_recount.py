"""Recounts breakdowns: each width band, and each element spot by spot.

A breakdown may omit parts, by rules that the recount applies too: rows are higher on a page with more than
MAX_CELLS hot cells, spots larger on one with more than MAX_SPOTS, and the elements beyond MAX_ELEMENTS or
beyond MAX_SELECTOR_BYTES of selectors count under the page.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.bands import Bands
from pageheat.services.contract.records import LONG_SIDE_PX, MAX_SPOT_ROWS, SPOT_PX
from pageheat.verification.fine_recount import fine_differences, recounted_fine
from pageheat.verification.look_recount import Looks, look_differences, recounted_looks
from pageheat.verification.recount import CLICK, NOWHERE, TYPES, Events, Json, PageLog
from pageheat.verification.spots import coarser

MAX_CELLS = 30_000
MAX_SPOTS = 20_000
MAX_ELEMENTS = 512
MAX_SELECTOR_BYTES = 49_152

KINDS = {"clicks": TYPES["click"], "rage": TYPES["rage"], "dead": TYPES["dead"], "dwell": TYPES["dwell"]}

Spot = tuple[str, str, str, int, int]
"""Band, kind, selector, column, row."""

UNREADABLE = (KeyError, TypeError, AttributeError, ValueError)
"""What reading malformed bands raises."""


def band_differences(breakdown: Json, log: PageLog, bands: Bands) -> Iterator[str]:
    """Differences in visitors and tiles between a breakdown's bands and the recount."""
    events, looks = _counted(breakdown, log), _seen(breakdown, log)
    numbers, look_numbers = band_numbers(events, bands), band_numbers(looks, bands)
    fine, row_px = recounted_fine(events, log.grid_size, MAX_CELLS, numbers)
    try:
        reported = {band["name"]: band for band in breakdown["bands"]}
        names = [
            name
            for i, name in enumerate(bands.names)
            if i != bands.unknown or _is_reported(events[numbers == i]) or (look_numbers == i).any()
        ]
        if list(reported) != names:
            yield f"bands: expected {', '.join(names)}, got {', '.join(reported)}"
        for i, name in enumerate(bands.names):
            if name not in reported:
                continue
            sessions = np.concatenate((events["session"][numbers == i], looks["session"][look_numbers == i]))
            visitors = len(np.unique(sessions[sessions != NOWHERE]))
            if reported[name]["visitors"] != visitors:
                yield f"{name}'s visitors: expected {visitors}, got {reported[name]['visitors']}"
            expected = fine.get(i, Counter())
            yield from fine_differences(
                f"{name}'s fine", reported[name]["fine"], log.grid_size, expected, row_px
            )
    except UNREADABLE as error:
        yield f"bands: {error!r}"


def looks_differences(record: Json, log: PageLog, bands: Bands, step_ms: int) -> Iterator[str]:
    """Differences between the looks of a grid, or of a breakdown's bands, and the recount, row by row."""
    looks = _seen(record, log)
    is_grid = "bands" not in record
    expected, row_px = recounted_looks(looks, band_numbers(looks, bands), step_ms, together=is_grid)
    try:
        parts = (
            [("looks", 0, record["looks"])]
            if is_grid
            else [
                (f"{band['name']}'s looks", bands.names.index(band["name"]), band["looks"])
                for band in record["bands"]
            ]
        )
    except UNREADABLE as error:
        yield f"looks: {error!r}"
        return
    for name, number, part in parts:
        yield from look_differences(name, part, expected.get(number, Counter()), row_px)


def element_differences(breakdown: Json, log: PageLog, bands: Bands) -> Iterator[str]:
    """Differences between a breakdown's elements and the recount, spot by spot.

    If the page has too many elements to tell apart, only each kind's sum is compared. (There an event on
    an element would count nowhere if the page's size were unknown; no client sends one without the other.)
    """
    events = _counted(breakdown, log)
    try:
        spot_px, expected = recounted_spots(events, log.selectors, bands)
        got = reported_spots(breakdown)
        if _too_many(log.selectors):
            expected, got = _by_kind(expected), _by_kind(got)
        elif (breakdown["spots"], breakdown["spot-px"]) != (max(1, LONG_SIDE_PX // spot_px), spot_px):
            yield f"spots: expected {spot_px} px, got {breakdown['spots']}, {breakdown['spot-px']} px"
            return
        for spot in sorted(expected.keys() | got.keys()):
            if expected[spot] != got[spot]:
                yield f"{_name(spot)}: expected {expected[spot]}, got {got[spot]}"
    except UNREADABLE as error:
        yield f"elements: {error!r}"


def band_numbers(events: Events | Looks, bands: Bands) -> NDArray[np.int64]:
    """The band index of each event or look: the number of edges that its width reaches."""
    numbers = (events["width"][:, np.newaxis] >= np.array(bands.edges)).sum(axis=1)
    return np.where(np.isnan(events["width"]), bands.unknown, numbers)


def recounted_spots(events: Events, selectors: Sequence[str], bands: Bands) -> tuple[int, Counter[Spot]]:
    """The height of a spot, px, in a breakdown of these events, and the counts."""
    on_element = events["element"] != NOWHERE
    events, numbers = events[on_element], band_numbers(events, bands)[on_element]
    fields = ("type", "element", "spot_column", "spot_row")
    exact = Counter(zip(numbers.tolist(), *(events[field].tolist() for field in fields), strict=True))
    spot_px, counts = SPOT_PX, exact
    while len(counts) > MAX_SPOTS and spot_px < MAX_SPOT_ROWS * SPOT_PX:
        spot_px *= 2
        counts = Counter()
        for (band, type_, element, column, row), count in exact.items():
            counts[band, type_, element, *coarser(column, row, spot_px)] += count
    names = {type_: kind for kind, type_ in KINDS.items()}
    return spot_px, Counter(
        {
            (bands.names[band], names[type_], selectors[element], column, row): count
            for (band, type_, element, column, row), count in counts.items()
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
                for column, rows in element.get(kind, {}).items():
                    for row, count in rows.items():
                        if type(count) is not int or count <= 0:
                            raise ValueError(f"spot ({column}, {row}) has {count!r}")
                        reported[band["name"], kind, element["selector"], int(column), int(row)] += count
    return reported


def _counted(breakdown: Json, log: PageLog) -> Events:
    return log.counted(breakdown["start"], breakdown["end"], breakdown["position"])


def _seen(record: Json, log: PageLog) -> Looks:
    return log.seen(record["start"], record["end"], record["position"])


def _is_reported(events: Events) -> bool:
    """Whether a band with these events has anything to report."""
    on_page = (events["anchor"] != NOWHERE) & (events["type"] <= CLICK)
    return bool((on_page | (events["session"] != NOWHERE) | (events["element"] != NOWHERE)).any())


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
