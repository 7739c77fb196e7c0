"""The events of many frames as columns. A pane has 250 ms."""

from services.aggregator.binning import Batch
from services.aggregator.grid import CellNumbers
from services.contract.records import Frame, Point, Size
from tests.frames import BANDS, at, frame

CELLS = CellNumbers(50, BANDS)


def batch(*frames: Frame) -> Batch:
    return Batch(frames, 250, CELLS)


def test_each_event_has_a_row_in_the_order_in_which_they_came() -> None:
    rows = batch(frame(at(740), at(760), at(1010)), frame(at(249), received=900))
    assert rows.frame.tolist() == [0, 0, 0, 1]
    assert rows.pane.tolist() == [2, 3, 4, 0]


def test_a_cell_is_that_of_the_frames_document_and_band() -> None:
    rows = batch(
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
    assert (rows.x[-1], rows.y[-1]) == (140, 60)


def test_what_is_not_wanted_is_forgotten_in_all_columns() -> None:
    rows = batch(frame(at(100, 1, 2), at(600, 3, 4, "click"), received=600), frame(at(900, 5, 6)))
    rows.keep(rows.pane > 0)
    assert [event.x for event in rows.events] == rows.x.tolist() == [3, 5]
    assert rows.y.tolist() == [4, 6]
    assert rows.frame.tolist() == [0, 1]
    assert rows.others() == [0]
    assert len(rows.cell) == len(rows.layer) == 2


def test_the_panes_of_a_frame_are_told_up_to_the_windows_end_by_the_newest_and_from_there_each_once() -> None:
    rows = batch(
        frame(at(100), at(300), at(310), at(900), at(910), at(1300)),
        frame(at(1500)),
        frame(at(800), at(300)),
    )
    assert rows.last_before(3) == [1, -1, 1]
    assert list(rows.panes_from(3)) == [(0, 3), (0, 5), (1, 6), (2, 3)]
