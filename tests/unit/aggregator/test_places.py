"""Where events are counted on pages that grow, are tall, or have parts that do not scroll; and bounds.

The window is 4 panes of 250 ms. Rows are written as (row, column): count.
"""

from typing import Any

import pytest

from pageheat.services.aggregator import dense_counts, record_counts
from pageheat.services.aggregator.grid import CellNumbers
from pageheat.services.aggregator.window import Window
from pageheat.services.contract.records import MAX_RECORD_BYTES, MAX_ROWS, Frame, Grid, Size, encode
from tests.support.fine import fine, read
from tests.support.frames import BANDS, At, at, frame
from tests.support.tiles import shown_tiles

SHORT, GROWN = Size(1000, 981), Size(1000, 4_981)
SCREEN = Size(1000, 700)


def new_window(grid_size: int = 50) -> Window:
    return Window(3, 0, 0, window_ms=1_000, step_ms=250, cells=CellNumbers(grid_size, BANDS))


def on(document: Size, *events: At, **more: Any) -> Frame:
    return frame(*events, document=document, viewport=SCREEN, **more)


def grid_of(window: Window, now_ms: int = 250) -> Grid:
    grid = dict(window.advance(now_ms))["/"]
    assert grid
    return grid


@pytest.mark.parametrize(
    ("frames", "tiles", "rows"),
    [
        pytest.param(
            [on(SHORT, at(10, 0, 600)), on(GROWN, at(20, 0, 600))],
            {"0": {"6": 2}},  # 610 of 4,981 px, not 30 and 6
            {"moves": {(30, 0): 2}},
            id="a page that grows keeps its heat where it was",
        ),
        pytest.param(
            [on(SHORT, at(10, 0, 980)), on(SHORT, at(20, 0, 0))],
            {"0": {"0": 1, "49": 1}},
            {"moves": {(0, 0): 1, (49, 0): 1}},
            id="where all heights agree, tiles are parts of that height",
        ),
        pytest.param(
            [on(GROWN, at(10, 0, 4_980)), on(SHORT, at(20, 0, 0))],
            {"0": {"0": 1, "49": 1}},  # 4,990 px is below the newest height
            {"moves": {(0, 0): 1, (249, 0): 1}},
            id="what is below the newest height is in the last tile, but keeps its row",
        ),
        pytest.param(
            [on(Size(1000, 19_653), at(10, 500, 12_345, "click"))],
            {"25": {"31": 1}},
            {"clicks": {(617, 25): 1}},
            id="on a tall page a click is in a row of 20 px",
        ),
        pytest.param(
            [on(Size(1000, 300_000), at(10, 0, 299_990))],
            {"0": {"49": 1}},
            {"moves": {(14_999, 0): 1}},
            id="an endless page",
        ),
        pytest.param(
            [on(Size(1000, 9e6), at(10, 0, 8.9e6), at(11, 0, 8.8e6), at(12, 0, 0))],
            {"0": {"0": 1, "49": 1, "48": 1}},
            {"moves": {(0, 0): 1, (MAX_ROWS - 1, 0): 2}},
            id="further down than any page: in the last row",
        ),
        pytest.param(
            [on(GROWN, at(10, 0, 30, fixed=True), at(11, 980, 690, "click", fixed=True), at(12, 0, 30))],
            {"0": {"0": 2}},
            {"moves": {(1, 0): 1}, "top_moves": {(1, 0): 1}, "bottom_clicks": {(0, 49): 1}},
            id="header and bottom bar are counted apart, by the viewport",
        ),
        pytest.param(
            [
                on(GROWN, at(10, 0, 690, fixed=True)),
                frame(at(10, 0, 890, fixed=True), document=GROWN, viewport=Size(1000, 900)),
            ],
            {"0": {"6": 1, "8": 1}},
            {"bottom_moves": {(0, 0): 2}},
            id="a bottom bar is at the bottom of each window",
        ),
    ],
)
def test_an_event_is_counted_where_it_was(
    frames: list[Frame], tiles: dict[str, dict[str, int]], rows: dict[str, dict[tuple[int, int], int]]
) -> None:
    window = new_window()
    for offset, each in enumerate(frames):
        window.add(offset, (0, offset), each)
    grid = grid_of(window)
    assert shown_tiles(grid.value or grid.clicks) == tiles
    assert read(grid.fine) == rows
    sums = {
        kind: sum(sum(layer.values()) for name, layer in rows.items() if name.endswith(kind))
        for kind in ("moves", "clicks")
    }
    assert (grid.totals.moves, grid.totals.clicks) == (sums["moves"], sums["clicks"])


def test_tiles_are_exact_again_when_the_events_of_another_height_have_left() -> None:
    """970 px are in tile 49 of 981, and in tile 9 of 4,981."""
    window, tiles = new_window(), {}
    for offset, (ms, document) in enumerate([(0, SHORT), (300, GROWN), (1300, SHORT), (1550, GROWN)]):
        window.add(offset, (0, offset), on(document, at(ms, 0, 970)))
        now_ms = ms - ms % 250 + 250
        tiles[now_ms] = shown_tiles(grid_of(window, now_ms).value)
    tiles[2500] = shown_tiles(grid_of(window, 2500).value)
    assert tiles == {
        250: {"0": {"49": 1}},  # short alone: exact
        500: {"0": {"9": 2}},  # both: of 4,981
        1500: {"0": {"49": 1}},  # the others have left: short alone again
        1750: {"0": {"9": 2}},
        2500: {"0": {"9": 1}},  # grown alone: exact
    }


def test_a_page_with_more_cells_than_a_record_may_have_gets_higher_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(record_counts, "MAX_GRID_CELLS", 3)
    window = new_window()
    events = [at(10, 0, y) for y in (0, 20, 40, 60, 700)] + [at(10, 0, 680, fixed=True)]
    window.add(0, (0, 0), on(GROWN, *events))
    assert grid_of(window).fine == fine(80, moves={(0, 0): 4, (8, 0): 1}, bottom_moves={(0, 0): 1})


def test_a_busy_page_with_more_cells_than_a_record_may_have_gets_higher_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window, limit = new_window(), 700
    for module in (record_counts, dense_counts):
        monkeypatch.setattr(module, "MAX_GRID_CELLS", limit)
    for offset, ms in enumerate((10, 300, 600)):
        rows = range(8 * offset, 8 * offset + 8)
        window.add(
            offset, (0, offset), on(GROWN, *(at(ms, 20 * x + 1, 20 * y) for x in range(50) for y in rows))
        )
    told = {now_ms: read(grid_of(window, now_ms).fine)["moves"] for now_ms in (250, 500, 750, 1_250)}
    once = {(row, x): 1 for row in range(24) for x in range(50)}
    assert told[250] == {cell: 1 for cell in once if cell[0] < 8}
    assert told[500] == {(row, x): 2 for row in range(8) for x in range(50)}
    assert told[750] == {(row, x): 2 for row in range(12) for x in range(50)}
    assert told[1_250] == {(row, x): 2 for row in range(4, 12) for x in range(50)}


def test_a_grid_and_breakdown_with_heat_everywhere_fit_a_record() -> None:
    window = new_window(200)
    offset = 0
    for width in (300, 700, 1_200, 1_700):
        for column in range(0, 200, 2):
            for first in range(0, 1_200, 200):
                events = [at(10, 5 * column, 20 * row) for row in range(first, first + 200)]
                one = frame(*events, document=Size(1000, 24_000), viewport=Size(width, 700))
                window.add(offset, (0, offset), one)
                offset += 1
    grid = grid_of(window)
    (breakdown,) = dict(window.breakdowns()).values()
    assert breakdown
    assert grid.fine.row == 80
    assert sum(read(grid.fine, 200)["moves"].values()) == grid.totals.moves == 480_000
    assert {band.fine.row for band in breakdown.bands} == {320}
    assert len(encode(grid)) < MAX_RECORD_BYTES
    assert len(encode(breakdown)) < MAX_RECORD_BYTES
