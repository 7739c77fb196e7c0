"""The tile of an event."""

import numpy as np
import pytest

from pageheat.services.aggregator.grid import LAYERS, CellNumbers, tile
from tests.support.frames import BANDS


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
    assert cell("move", position_px / length_px, 0) == 50 * expected


CELLS = CellNumbers(50, BANDS)


def cell(type_: str, across: float, down: float, band: int = 0) -> int:
    """One event's cell."""
    numbers = (np.array([number]) for number in (LAYERS.index(type_), band, across, down))
    return int(CELLS.of(*numbers)[0])


def test_layers_are_counted_separately_and_bands_together() -> None:
    counts = {
        cell("move", 0.14, 0.06): 2,
        cell("move", 0.14, 0.06, band=3): 1,
        cell("click", 0.14, 0.06): 5,
        cell("rage", 0.14, 0.06): 7,
    }
    assert len(counts) == 4
    assert CELLS.layers(counts) == ({"7": {"3": 3}}, {"7": {"3": 5}})


def test_bands_are_separate_on_request() -> None:
    counts = {cell("move", 0.14, 0.06): 2, cell("click", 0, 0.999, BANDS.unknown): 1}
    phone, *between, unknown = CELLS.layers_by_band(counts)
    assert phone == ({"7": {"3": 2}}, {})
    assert unknown == ({}, {"0": {"49": 1}})
    assert between == [({}, {})] * 3


def test_an_event_on_a_document_of_unknown_size_is_on_no_tile() -> None:
    last = cell("rest", 1, 1, BANDS.unknown)
    assert last < CELLS.unplaced < CELLS.count
    assert CELLS.layers({CELLS.unplaced: 3}) == ({}, {})
