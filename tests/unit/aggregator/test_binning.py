"""The events of many frames as columns. A pane is 250 ms."""

import msgspec

from pageheat.services.aggregator.binning import ElementEvent, EventBuffer, Rows
from pageheat.services.aggregator.grid import (
    BOTTOM,
    COLUMN_AT,
    LAYER_AT,
    ON_ELEMENTS,
    ROW_AT,
    TILE_AT,
    TOP,
    UNPLACED,
    CellNumbers,
)
from pageheat.services.contract.records import Event, Frame, Point, Size
from tests.support.frames import BANDS, at, frame

CELLS = CellNumbers(50, BANDS)


def cell(layer: int, row: int, column: int, *, band: int, tile: int) -> int:
    """A cell's number."""
    return layer << LAYER_AT | row << ROW_AT | column << COLUMN_AT | tile << TILE_AT | band


def binned(*frames: Frame) -> tuple[Rows, list[ElementEvent]]:
    batch = EventBuffer(CELLS)
    for each in frames:
        batch.add(each)
    return batch.rows(250)


def by_frame(rows: Rows) -> list[int]:
    """The cell of each frame's only event."""
    return [cell for _, cell in sorted(zip(rows.frame.tolist(), rows.cell.tolist(), strict=True))]


def test_each_event_has_a_row_packed_moves_first() -> None:
    rows, _ = binned(
        frame(at(740), at(990, fixed=True), at(760, 0.5), at(1010)),
        frame(at(249), at(510, type_="click"), received=900),
    )
    assert rows.frame.tolist() == [0, 0, 1, 0, 0, 1]
    assert rows.pane.tolist() == [2, 4, 0, 3, 3, 2]


def test_a_packed_move_is_counted_where_the_same_move_as_an_event_is() -> None:
    places = [(0, 0), (140, 60), (999, 1700), (-3, 5), (7, 801)]
    for fixed in (False, True):
        packed, _ = binned(frame(*(at(10, x, y, fixed=fixed) for x, y in places)))
        events = [Event("move", x, y, fixed=fixed) for x, y in places]
        others, _ = binned(msgspec.structs.replace(frame(at(10)), moves=b"", events=events))
        assert packed.cell.tolist() == others.cell.tolist()


def test_a_cell_depends_on_the_frames_document_and_band() -> None:
    rows, _ = binned(
        frame(at(0, 140, 60)),
        frame(at(0, 140, 60), document=Size(2000, 1000)),
        frame(at(0, 140, 60), viewport=Size(390, 844)),
        frame(at(0, 140, 60, "click")),
        frame(at(0, 140, 60), document=None),
        # px from the corner of the body's first element
        frame(at(0, 40, 10), first=Point(100, 50), origin="first", viewport=None),
    )
    small, wide, narrow, clicked, unknown, cornered = by_frame(rows)
    desktop, phone, nobody_knows = 2, 0, BANDS.unknown
    assert small == cell(0, 3, 7, band=desktop, tile=3)
    assert wide == cell(0, 3, 3, band=desktop, tile=3)
    assert narrow == cell(0, 3, 7, band=phone, tile=3)
    assert clicked == cell(1, 3, 7, band=desktop, tile=3)
    assert unknown == UNPLACED << LAYER_AT
    assert cornered == cell(0, 3, 7, band=nobody_knows, tile=3)


def test_a_fixed_event_has_its_place_in_the_viewport() -> None:
    phone, viewport = BANDS.of(frame(at(0), viewport=Size(400, 800))), Size(400, 800)
    rows, _ = binned(
        frame(
            at(0, 100, 399, fixed=True),
            at(0, 100, 400, "click", fixed=True),
            at(0, 100, 799, fixed=True),
            at(0, 100, 400, "rage", fixed=True),
            viewport=viewport,
        )
    )
    upper, lowest, lower, other = rows.cell.tolist()
    assert upper == cell(TOP, 19, 12, band=phone, tile=19)
    assert lower == cell(1 + BOTTOM, 20, 12, band=phone, tile=20)
    assert lowest == cell(BOTTOM, 0, 12, band=phone, tile=39)
    assert other == ON_ELEMENTS << LAYER_AT


def test_events_other_than_moves_are_returned_separately_in_page_coordinates() -> None:
    _, others = binned(
        frame(at(100, 1, 2), at(100, 3, 4, "dwell")),
        frame(at(100, 5, 6, "click"), first=Point(100, 50), origin="first"),
    )
    assert others == [
        ElementEvent(0, 0, Event("dwell", 3, 4), 3, 4),
        ElementEvent(1, 0, Event("click", 5, 6), 105, 56),
    ]


def test_filtered_rows_are_left_out_of_all_columns() -> None:
    rows, _ = binned(frame(at(100, 500), at(600, 140, 60), received=600), frame(at(900, 140, 60)))
    some = rows.where(rows.pane > 0)
    assert some.frame.tolist() == [0, 1]
    assert some.pane.tolist() == [2, 3]
    assert some.cell.tolist() == rows.cell[1:].tolist()


def test_a_frames_newest_pane_and_each_of_its_panes_once_are_found() -> None:
    rows, _ = binned(
        frame(at(100), at(300), at(310), at(900), at(910), at(1300)),
        frame(at(1500)),
        frame(at(800), at(300)),
    )
    assert rows.last_panes(4) == [5, 6, 3, -1]
    assert list(rows.panes()) == [(0, 0), (0, 1), (0, 3), (0, 5), (1, 6), (2, 3), (2, 1)]
