"""Where an event is counted."""

import numpy as np
import pytest

from pageheat.services.aggregator.grid import LAYER_AT, ROW_AT, TILE_AT, CellNumbers, tile, tiles
from pageheat.services.contract.records import MAX_ROWS
from tests.support.frames import BANDS

CELLS = CellNumbers(50, BANDS)


@pytest.mark.parametrize(
    ("position_px", "length_px", "expected"),
    [
        (0, 1000, 0),
        (19.99, 1000, 0),
        (20, 1000, 1),  # a tile begins at its edge
        (999.9, 1000, 49),
        (1000, 1000, 49),  # the document's last pixel column ends here
        (5000, 1000, 49),  # outside the document: the outermost tile
        (-3, 1000, 0),
        (0.1 * 3, 0.3, 49),  # 0.30000000000000004 / 0.3 is above 1
    ],
)
def test_a_document_has_equal_tiles_and_everything_outside_is_on_the_outermost(
    position_px: float, length_px: float, expected: int
) -> None:
    assert tile(position_px, length_px, 50) == expected
    assert tiles(np.array([position_px]), length_px, 50).tolist() == [expected]


def row_and_tile(y: float, height: float) -> tuple[int, int]:
    zero = np.zeros(1, np.int64)
    (cell,) = CELLS.on_page(zero, zero, np.zeros(1), np.array([y]), np.array([height])).tolist()
    assert cell < 1 << LAYER_AT
    return cell >> ROW_AT, cell >> TILE_AT & 0xFF


@pytest.mark.parametrize(
    ("y", "height", "expected"),
    [
        (0, 4210, (0, 0)),
        (19.99, 4210, (0, 0)),
        (20, 4210, (1, 0)),
        (84, 4210, (4, 0)),  # a tile is 84.2 px …
        (84.5, 4210, (4, 1)),  # … so the second begins within row 4
        (100, 4210, (5, 1)),
        (-7, 4210, (0, 0)),  # outside: the outermost row and tile
        (9999, 4210, (210, 49)),
        (19_652, 19_653, (982, 49)),
        (299_999, 300_000, (14_999, 49)),
        (5, 7, (0, 35)),  # all of a page of 7 px is one row
        (9e6, 1e7, (MAX_ROWS - 1, 45)),  # below the last row: in it
    ],
)
def test_a_row_is_20_px_from_the_top_and_a_tile_a_fiftieth_of_the_height(
    y: float, height: float, expected: tuple[int, int]
) -> None:
    assert row_and_tile(y, height) == expected


@pytest.mark.parametrize("height", [1, 7, 333.3, 981, 1000, 2000, 4210, 19_653, 300_000, 9_999_999])
def test_the_tiles_of_many_events_are_those_of_each(height: float) -> None:
    rng = np.random.default_rng(1)
    edges = np.arange(51) * height / 50
    for y in [*(rng.random(300) * height), *edges, *np.nextafter(edges, 0), -5, 2 * height]:
        assert row_and_tile(y, height)[1] == tile(y, height, 50), y
