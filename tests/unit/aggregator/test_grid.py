"""Which tile an event falls on."""

import pytest

from services.aggregator.grid import BANDS, CellNumbers, band, tile
from services.contract.records import Event, Page, Size


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


@pytest.mark.parametrize(
    ("width", "expected"), [(375, "phone"), (600, "tablet"), (1280, "desktop"), (1920, "wide")]
)
def test_visitors_are_told_apart_by_their_viewports_width(width: float, expected: str) -> None:
    assert BANDS[band(Page("/", Size(5000, 5000), Size(width, 700)))] == expected


def test_where_the_viewport_is_unknown_the_documents_width_tells_the_band() -> None:
    assert BANDS[band(Page("/", Size(390, 5000)))] == "phone"


def test_layers_are_counted_apart_and_bands_together() -> None:
    cells = CellNumbers(50)
    page = Page("/", Size(1000, 1000))
    move, click = Event("move", 140, 60), Event("click", 140, 60)
    counts = {cells.of(move, page, 0): 2, cells.of(move, page, 3): 1, cells.of(click, page, 0): 5}
    assert len(counts) == 3
    assert cells.layers(counts) == {"move": {"7": {"3": 3}}, "click": {"7": {"3": 5}}}
