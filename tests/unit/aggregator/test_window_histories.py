"""Random histories: whatever the records and their order, every grid equals a brute-force recount."""

from collections import Counter
from math import ceil, floor
from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from pageheat.services.aggregator.grid import CellNumbers
from pageheat.services.aggregator.window import Window
from pageheat.services.contract.packed_cells import cells
from pageheat.services.contract.packed_rows import events, looks
from pageheat.services.contract.records import (
    SPOTS,
    Breakdown,
    Cells,
    ElementCounts,
    Event,
    Frame,
    Grid,
    LookCounts,
    Size,
    decode_grid,
    encode,
)
from tests.support.fine import read
from tests.support.frames import BANDS
from tests.support.histories import SPAN_MS, Look, happened, histories, looked
from tests.support.tiles import shown_tiles

STEP_MS, WINDOW_MS, GRID_SIZE = 250, 1_500, 20
KINDS = {"click": "clicks", "rage": "rage", "dead": "dead", "dwell": "dwell"}
PAGES = ("/", "/a", "/b/c")

COLD: tuple[object, ...] = ({}, {}, {}, (0, {}, {}, {}, {}), 0, None)


def new_window(position: int, now: int) -> Window:
    cells = CellNumbers(GRID_SIZE, BANDS)
    return Window(0, position, now, window_ms=WINDOW_MS, step_ms=STEP_MS, cells=cells)


def part(position: float, length: float, parts: int) -> str:
    return str(min(max(floor(parts * (position / length)), 0), parts - 1))


def spot(x: float, y: float, width: float, height: float) -> tuple[str, str]:
    column = part(x, width, SPOTS) if width <= 512 else str(64 + int(part(x, width, 256)))
    if height <= 512:
        return column, part(y, height, SPOTS)
    return column, str(min(64 + floor(min(max(y, 0), height) / 8), 8191))


def nested(places: list[tuple[str, str]]) -> Cells:
    cells: Cells = {}
    for (column, row), count in Counter(places).items():
        cells.setdefault(column, {})[row] = count
    return cells


def tiles(seen: list[tuple[Frame, Event]], layer: str, newest: Size | None) -> Cells:
    """The tutorial's tiles: of each event's own height if all agree, else of its row on the newest."""
    sized = [(one, event, one.page.document) for one, event in seen if one.page.document]
    agree = len({document.height for _, _, document in sized}) == 1
    places = []
    for one, event, document in sized:
        if event.type != layer:
            continue
        width = (one.page.viewport or document).width if event.fixed else document.width
        y, height = event.y, document.height
        if newest and not agree and not event.fixed:
            y, height = row_of(y, height) * 20 + 10, newest.height
        places.append((part(event.x, width, GRID_SIZE), part(y, height, GRID_SIZE)))
    return nested(places)


def row_of(y: float, height: float) -> int:
    return max(0, min(floor(y / 20), ceil(height / 20) - 1))


def rows(seen: list[tuple[Frame, Event]]) -> dict[str, dict[tuple[int, int], int]]:
    """Fine counts as in `tests.support.fine`."""
    found: dict[str, Counter[tuple[int, int]]] = {}
    for one, event in seen:
        document = one.page.document
        if document is None or event.type not in ("move", "click"):
            continue
        anchor, row, width = "", row_of(event.y, document.height), document.width
        if event.fixed:
            screen = one.page.viewport or document
            is_upper = event.y < screen.height / 2
            anchor, width = "top_" if is_upper else "bottom_", screen.width
            row = min(max(0, floor((event.y if is_upper else screen.height - event.y) / 20)), 255)
        layer = found.setdefault(f"{anchor}{event.type}s", Counter())
        layer[row, int(part(event.x, width, GRID_SIZE))] += 1
    return {name: dict(layer) for name, layer in found.items()}


Looks = tuple[int, dict[int, int], dict[int, int], dict[int, int], dict[int, int]]
"""Page views, tops, bottoms, depths, folds."""


def looks_of(seen: list[tuple[Frame, Look]]) -> Looks:
    tops, bottoms, depths, folds = Counter[int](), Counter[int](), Counter[int](), Counter[int]()
    views: dict[object, list[tuple[int, int, int]]] = {}  # step, last row, fold
    for one, (top, height, ms, age) in seen:
        top = max(top, 0)
        end = min(top + height, one.page.document.height if one.page.document else 1e9)
        last = max(floor((end - 1) / 20), top // 20)
        tops[top // 20] += ms
        bottoms[last] += ms
        step = (one.received - age) // STEP_MS
        views.setdefault((one.session, one.view, BANDS.of(one)), []).append((step, last, (height - 1) // 20))
    for own in views.values():
        newest = max(step for step, _, _ in own)
        depths[max(last for _, last, _ in own)] += 1
        folds[[fold for step, _, fold in own if step == newest][-1]] += 1
    return len(views), dict(+tops), dict(+bottoms), dict(depths), dict(folds)


def read_looks(looks: LookCounts) -> Looks:
    assert looks.row == 20
    layers = [dict(zip(*(it.tolist() for it in cells(packed)), strict=True)) for packed in looks.layers]
    return looks.views, layers[0], layers[1], layers[2], layers[3]


def recount(history: list[Frame], page: str, end: int, newest_size: Size | None) -> tuple[object, ...]:
    """A page's moves, clicks, rows, looks, visitors and newest step in the window that ends at `end`."""
    seen = happened(history, page, end - WINDOW_MS, end)
    gazes = looked(history, page, end - WINDOW_MS, end)
    times = [one.received - event.age for one, event in seen] + [
        one.received - age for one, (*_, age) in gazes
    ]
    newest = max((time // STEP_MS * STEP_MS for time in times), default=None)
    layers = [tiles(seen, layer, newest_size) for layer in ("move", "click")]
    sessions = {one.session for one, _ in (*seen, *gazes)}
    return *layers, rows(seen), looks_of(gazes), len(sessions), newest


def recount_detail(history: list[Frame], page: str, end: int) -> dict[str, Any]:
    """Band → visitors, rows, looks, and element → kind → spots; empty ones are left out."""
    bands: dict[str, Any] = {}
    seen = happened(history, page, end - WINDOW_MS, end)
    gazes = looked(history, page, end - WINDOW_MS, end)
    for name in BANDS.names:
        own_looks = [(one, look) for one, look in gazes if BANDS.names[BANDS.of(one)] == name]
        own = [(one, event) for one, event in seen if BANDS.names[BANDS.of(one)] == name]
        elements: dict[str, dict[str, list[tuple[str, str]]]] = {}
        for one, event in own:
            if event.type == "move" or not one.page.document:
                continue
            document, selector = one.page.document, ""
            where = spot(event.x, event.y, document.width, document.height)
            if it := event.target:
                width, height = it.width or 1, it.height or 1
                selector, where = it.selector, spot(it.x * width, it.y * height, width, height)
            elements.setdefault(selector, {}).setdefault(KINDS[event.type], []).append(where)
        if own or own_looks:
            bands[name] = (
                len({one.session for one, _ in (*own, *own_looks)}),
                rows(own),
                looks_of(own_looks),
                {
                    selector: {kind: nested(spots) for kind, spots in kinds.items()}
                    for selector, kinds in elements.items()
                },
            )
    return bands


def told(breakdown: Breakdown | None) -> dict[str, Any]:
    """A breakdown in the form of `recount_detail`."""
    return {
        band.name: (
            band.visitors,
            read(band.fine, GRID_SIZE),
            read_looks(band.looks),
            {each.selector: kinds(each) for each in band.elements},
        )
        for band in (breakdown.bands if breakdown else [])
        if band.visitors
    }


def kinds(element: ElementCounts) -> dict[str, Cells]:
    return {kind: getattr(element, kind) for kind in KINDS.values() if getattr(element, kind)}


strides_ = st.lists(st.sampled_from([0, 1, 1, 2, 7]), min_size=1)


@given(histories(), strides_, st.sampled_from([1, 2, 64]), st.sampled_from([1, 1_024]))
def test_everything_shown_equals_a_recount_of_the_records_before_it(
    history: list[Frame], strides: list[int], together: int, changes: int
) -> None:
    with (
        patch("pageheat.services.aggregator.page.MAX_TOGETHER", together),
        patch("pageheat.services.aggregator.cell_counts.MAX_CHANGES", changes),
    ):
        check(history, strides)


@given(
    histories(),
    strides_,
    st.sampled_from([1, 4]),
    st.sampled_from([0, 128]),
    st.sampled_from([60, 9999]),
)
def test_so_does_everything_shown_of_pages_with_arrays_which_come_and_go(
    history: list[Frame], strides: list[int], cells: int, few: int, places: int
) -> None:
    with (
        patch("pageheat.services.aggregator.page.MIN_CELLS", cells),
        patch("pageheat.services.aggregator.dense_counts.FEW_CHANGES", few),
        patch("pageheat.services.aggregator.dense_counts.MAX_PLACES_A_CELL", places),
    ):
        check(history, strides)


def check(history: list[Frame], strides: list[int]) -> None:
    now = history[0].received
    window = new_window(0, now)
    seen: list[Frame] = []
    shown: dict[str, Grid | None] = {}
    detailed: dict[str, Breakdown | None] = {}

    def step() -> None:
        shown.update(window.advance(now))
        detailed.update(window.breakdowns())
        for page in PAGES:
            grid = shown.get(page)
            last = COLD
            if grid:
                grid = decode_grid(encode(grid))
                value, clicks = (shown_tiles(it, GRID_SIZE) for it in (grid.value, grid.clicks))
                counts = read(grid.fine, GRID_SIZE), read_looks(grid.looks)
                last = value, clicks, *counts, grid.visitors, grid.newest
            assert last == recount(seen, page, window.end_ms, grid.page if grid else None)
            assert told(detailed.get(page)) == recount_detail(seen, page, window.end_ms)

    for number, one in enumerate(history):
        window.add(number, (0, number), one)
        seen.append(one)
        if stride := strides[number % len(strides)]:
            now += STEP_MS * stride
            step()
    for _ in range((SPAN_MS + 2 * WINDOW_MS) // STEP_MS):
        now += STEP_MS
        step()
    assert window.page_count == 0, "all pages are cold in the end"
    assert set(detailed.values()) == {None}, "and each got a tombstone"


@given(histories(), st.integers(1, 12), st.integers(1, 12))
def test_grids_do_not_depend_on_when_events_are_binned(
    history: list[Frame], waiting: int, binned: int
) -> None:
    def shown() -> list[object]:
        now = history[0].received
        window = new_window(0, now)
        told: list[object] = []
        for number, one in enumerate(history):
            window.add(number, (0, number), one)
            if number % 5 == 4:
                now += 2 * STEP_MS
                told += [dict(window.advance(now)), dict(window.breakdowns()), window.drops]
        now += WINDOW_MS
        return [*told, dict(window.advance(now)), dict(window.breakdowns()), window.page_count]

    at_the_end = shown()
    with (
        patch("pageheat.services.aggregator.window.MAX_BUFFERED", waiting),
        patch("pageheat.services.aggregator.window.MAX_BINNED", binned),
    ):
        assert shown() == at_the_end


@given(histories(), st.integers(0, 39), st.integers(0, 40))
def test_a_window_rebuilt_from_the_log_continues_like_one_never_lost(
    history: list[Frame], killed_after: int, read_back_from: int
) -> None:
    def play(window: Window, first: int, last: int) -> None:
        for number in range(first, last):
            window.add(number, (0, number), history[number])

    start = min(one.received for one in history)
    killed_after = min(killed_after, len(history))
    now = max((one.received for one in history[:killed_after]), default=start)
    undisturbed = new_window(0, now)
    play(undisturbed, 0, killed_after)
    # A recovery may start anywhere before the first record with an event in the window.
    first_needed = next(
        (
            number
            for number, one in enumerate(history)
            if any(
                one.received - age >= now - now % STEP_MS - WINDOW_MS
                for age in (*(event.age for event in events(one)), *looks(one.looks)[:, 3].tolist())
            )
        ),
        len(history),
    )
    begin = min(read_back_from, first_needed, killed_after)
    recovered = new_window(begin, now)
    play(recovered, begin, killed_after)
    undisturbed.touch()
    recovered.touch()
    for window in (undisturbed, recovered):
        play(window, killed_after, len(history))
    for _ in range(3):
        now += 5 * STEP_MS
        assert dict(recovered.advance(now)) == dict(undisturbed.advance(now))
        assert dict(recovered.breakdowns()) == dict(undisturbed.breakdowns())
