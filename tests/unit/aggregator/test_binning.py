"""The events of many frames as columns. A pane is 250 ms."""

from pageheat.services.aggregator.binning import ElementEvent, EventBuffer, Rows
from pageheat.services.aggregator.grid import CellNumbers
from pageheat.services.contract.records import Event, Frame, Point, Size
from tests.support.frames import BANDS, at, frame

CELLS = CellNumbers(50, BANDS)


def binned(*frames: Frame) -> tuple[Rows, list[ElementEvent]]:
    batch = EventBuffer(CELLS)
    for each in frames:
        batch.add(each)
    return batch.rows(250)


def test_each_event_has_a_row_in_order_of_arrival() -> None:
    rows, _ = binned(frame(at(740), at(760), at(1010)), frame(at(249), received=900))
    assert rows.frame.tolist() == [0, 0, 0, 1]
    assert rows.pane.tolist() == [2, 3, 4, 0]


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
    small, wide, narrow, clicked, unknown, cornered = rows.cell.tolist()
    tiles = CELLS.grid_size**2
    desktop, phone, nobody_knows = 2, 0, BANDS.unknown
    assert small == desktop * tiles + 7 * 50 + 3
    assert wide == desktop * tiles + 3 * 50 + 3
    assert narrow == phone * tiles + 7 * 50 + 3
    assert clicked == small + len(BANDS.names) * tiles
    assert unknown == CELLS.unplaced
    assert cornered == nobody_knows * tiles + 7 * 50 + 3


def test_events_other_than_moves_are_returned_separately_in_page_coordinates() -> None:
    _, others = binned(
        frame(at(100, 1, 2), at(100, 3, 4, "rest")),
        frame(at(100, 5, 6, "click"), first=Point(100, 50), origin="first"),
    )
    assert others == [
        ElementEvent(0, 0, Event("rest", 3, 4), 3, 4),
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
