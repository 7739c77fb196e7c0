"""Which tile an event falls on."""

import pytest

from services.aggregator.grid import CellNumbers, tile
from services.contract.records import Size
from tests.frames import BANDS


@pytest.mark.parametrize(
    ("position_px", "length_px", "expected"),
    [
        (0, 1000, 0),
        (19.99, 1000, 0),
        (20, 1000, 1),  # a tile begins at its edge
        (999.9, 1000, 49),
        (1000, 1000, 49),  # the document's last pixel column ends here
        (5000, 1000, 49),  # beyond the document: the outermost tile
        (-3, 1000, 0),
        (0.1 * 3, 0.3, 49),  # 0.30000000000000004 / 0.3 is above 1
    ],
)
def test_a_document_is_cut_into_equal_tiles_and_all_outside_belongs_to_the_outermost(
    position_px: float, length_px: float, expected: int
) -> None:
    assert tile(position_px, length_px, 50) == expected


def test_layers_are_counted_apart_and_bands_together() -> None:
    cells = CellNumbers(50, BANDS)
    page = Size(1000, 1000)
    counts = {
        cells.of("move", 140, 60, page, 0): 2,
        cells.of("move", 140, 60, page, 3): 1,
        cells.of("click", 140, 60, page, 0): 5,
        cells.of("rage", 140, 60, page, 0): 7,
    }
    assert len(counts) == 4
    assert cells.layers(counts) == ({"7": {"3": 3}}, {"7": {"3": 5}})


def test_bands_are_told_apart_where_that_is_asked_for() -> None:
    cells = CellNumbers(50, BANDS)
    page = Size(1000, 1000)
    counts = {cells.of("move", 140, 60, page, 0): 2, cells.of("click", 0, 999, page, BANDS.unknown): 1}
    phone, *between, unknown = cells.layers_by_band(counts)
    assert phone == ({"7": {"3": 2}}, {})
    assert unknown == ({}, {"0": {"49": 1}})
    assert between == [({}, {})] * 3


def test_what_lies_on_a_document_of_unknown_size_is_on_no_tile() -> None:
    cells = CellNumbers(50, BANDS)
    unplaced = cells.of("click", 140, 60, None, BANDS.unknown)
    assert unplaced == cells.unplaced
    assert cells.layers({unplaced: 3}) == ({}, {})
