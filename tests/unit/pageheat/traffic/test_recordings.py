"""Reading recordings: five sessions, and files broken in every way."""

from math import ceil
from pathlib import Path

import pytest

from pageheat.services.aggregator.grid import CellNumbers
from pageheat.services.aggregator.window import Window
from pageheat.services.contract.bands import Bands
from pageheat.services.contract.packed_cells import cells as cells_of
from pageheat.services.contract.records import Frame, Page, Size, Target
from pageheat.traffic.recordings import (
    MAX_DISTANCE_MS,
    NoRecording,
    default_prefix,
    find,
    looks_of,
    read,
    read_rows,
    read_sizes,
    samples_of,
)
from pageheat.traffic.views import Sample, sent_frame
from tests.support.recordings import CHOSEN


def read_samples(lines: list[str]) -> tuple[list[Sample], int]:
    rows, malformed, _ = read_rows(lines)
    return samples_of(rows), malformed


HEADER = "timestamp,xpos,ypos,event,xpath"


@pytest.mark.parametrize("name", CHOSEN.sessions)
def test_a_session_is_read_as_recorded(name: str) -> None:
    session = CHOSEN.sessions[name]
    recording = read(CHOSEN.folder / "mouse-movement-data" / f"{name}.csv")
    clicks = [sample for sample in recording.samples if sample.type == "click"]
    assert len(recording.samples) - len(clicks) == session.moves
    assert [(it.x, it.y, it.at_ms) for it in clicks] == [(it.x, it.y, it.at_ms) for it in session.clicks]
    assert [it.target for it in clicks] == [Target(it.selector, 0.5, 0.5) for it in session.clicks]
    assert {sample.target for sample in recording.samples if sample.type == "move"} == {None}
    assert recording.document == session.document
    assert recording.viewport == session.viewport
    assert recording.malformed_rows == 0


@pytest.mark.parametrize("file", CHOSEN.rows, ids=lambda file: file.stem)
def test_a_sessions_moves_are_the_rows_of_its_file_in_order(file: Path) -> None:
    rows = [line.split(",")[:4] for line in file.read_text().splitlines()]
    expected = [(float(x), float(y)) for _, x, y, event in rows if event == "mousemove"]
    assert [(s.x, s.y) for s in read(file).samples if s.type == "move"] == expected


INPUTS = {"mousemove", "mousedown", "mouseup", "click", "wheel", "scroll"}


def scrolled(file: Path, viewport: Size, document: Size) -> tuple[list[int], int]:
    """Ms in view of each row, and the lowest row, from the file's scroll events alone."""
    lines = [line.split(",")[:4] for line in file.read_text().splitlines()[1:]]
    events = sorted(((int(time), float(y), event) for time, _, y, event in lines), key=lambda it: it[0])
    began, ended = events[0][0], events[-1][0]
    changes, top = [(began, 0.0)], 0.0
    for time, y, event in events:
        if event in INPUTS:
            top = y if event == "scroll" else top
            changes.append((time, top))
    holds: list[list[float]] = []  # from, to, top
    for (since, place), (until, _) in zip(changes, [*changes[1:], (ended, 0)], strict=True):
        seen_until = min(until, since + 30_000)
        if holds and holds[-1][1:] == [since, place]:
            holds[-1][1] = seen_until
        else:
            holds.append([since, seen_until, place])
    ms = [0] * (ceil(document.height / 20) + 1)
    for began_ms, ended_ms, place in holds:
        if ended_ms - began_ms >= 250:
            end = min(round(place) + viewport.height, document.height)
            for row in range(round(place) // 20, int((end - 1) // 20) + 1):
                ms[row] += int(ended_ms - began_ms)
    return ms, max(row for row, each in enumerate(ms) if each)


@pytest.mark.parametrize("file", CHOSEN.rows, ids=lambda file: file.stem)
def test_what_a_session_had_in_view_is_counted_as_its_scroll_events_say(file: Path) -> None:
    recording = read(file)
    end_ms = ceil(recording.looks[-1].at_ms)
    page = recording.view("/").page
    sent = sent_frame(page, recording.looks, "ann", 0, end_ms)
    seen = Page(page.path, page.document, page.viewport)
    cells = CellNumbers(50, Bands.parse("all"))
    window = Window(0, 0, 0, window_ms=3_600_000, step_ms=1_000, cells=cells)
    window.add(0, (0, 0), Frame(2, "", end_ms, seen, "ann", looks=sent.looks))
    window.touch()
    (grid,) = dict(window.advance(end_ms + 1_000)).values()
    assert grid is not None
    tops, bottoms, depths, folds = (dict(zip(*cells_of(it), strict=True)) for it in grid.looks.layers)
    ms, below = [0], 0
    for row in range(ceil(recording.document.height / 20) + 1):
        ms.append(ms[-1] + tops.get(row, 0) - below)
        below = bottoms.get(row, 0)
    expected, depth = scrolled(file, recording.viewport, recording.document)
    assert ms[1:] == expected
    assert depths == {depth: 1}
    assert folds == {(recording.viewport.height - 1) // 20: 1}


def test_a_folder_means_all_its_sessions_and_names_their_pages() -> None:
    files = find(CHOSEN.folder)
    assert files == CHOSEN.rows
    paths = [read(file).view(default_prefix(file)).page.path for file in files]
    assert paths == [CHOSEN.path(name) for name in sorted(CHOSEN.sessions)]


def test_an_unreadable_row_is_counted_and_skipped() -> None:
    samples, malformed = read_samples(
        [
            HEADER,
            "1000,1,2,mousemove,/",
            "1010,3,4",  # cut off
            "1020,five,6,mousemove,/",
            "",
            "soon,5,6,mousemove,/",
            "1030,nan,6,mousemove,/",
            "1030,5,inf,mousemove,/",
            "1030,5,1e300,mousemove,/",
            "1040,7,8,,/",
            f"{1050 + 2 * MAX_DISTANCE_MS},9,9,mousemove,/",  # a clock that jumped
            "1060,9,10,mousedown,/",
        ]
    )
    assert [(s.at_ms, s.type, s.x, s.y) for s in samples] == [(0, "move", 1, 2), (60, "click", 9, 10)]
    assert malformed == 9


def test_a_place_is_looked_at_from_250_ms_on_and_for_30_s_after_the_last_input() -> None:
    rows, *_ = read_rows(
        [
            HEADER,
            "1000,0,0,load,/",
            "1400,0,300,scroll,/",
            "1600,0,600,scroll,/",
            "1700,5,5,mousemove,/",
            "50000,5,5,mousemove,/",
            "50500,0,0,unload,/",
        ]
    )
    looks = [(it.at_ms, it.top, it.height, it.duration_ms) for it in looks_of(rows, Size(1_000, 700))]
    sooner = [(600 + 250 + 5_000 * n, 600, 700, 5_000 if n else 250) for n in range(6)]
    assert looks == [
        *((250, 0, 700, 250), (400, 0, 700, 150)),
        *sooner,
        (30_700, 600, 700, 4_850),
        *((49_250, 600, 700, 250), (49_500, 600, 700, 250)),
    ]


def test_scrolling_and_other_recorded_events_are_no_samples() -> None:
    rows = ["5,0,0,load,/", "7,0,300,scroll,/", "8,1,1,mouseover,/", "9,1,1,mousemove,/", "9,1,1,click,/"]
    samples, malformed = read_samples([HEADER, *rows])
    assert [(sample.at_ms, sample.type) for sample in samples] == [(4, "move")]
    assert malformed == 0


def test_rows_out_of_order_are_sorted_by_time_and_equal_ones_keep_their_order() -> None:
    rows = ["30,3,0,mousemove,/", "10,1,0,mousemove,/", "20,2,0,mousemove,/", "20,2.5,0,mousedown,/"]
    samples, _ = read_samples([HEADER, *rows])
    assert [(sample.at_ms, sample.x) for sample in samples] == [(0, 1), (10, 2), (10, 2.5), (20, 3)]


def test_columns_are_found_by_name_and_evtracks_spaces_are_accepted() -> None:
    samples, malformed = read_samples(
        ["cursor timestamp xpos ypos event xpath", "0 50 7 8 mousemove /html", "0 60 9 9 mousedown /html"]
    )
    assert [(s.at_ms, s.type, s.x) for s in samples] == [(0, "move", 7), (10, "click", 9)]
    assert [s.target for s in samples] == [None, None]  # the page is no element
    assert malformed == 0


def test_recordings_without_elements_are_accepted() -> None:
    samples, malformed = read_samples(["timestamp,xpos,ypos,event,xpath", "50,7,8,mousedown"])
    assert (samples[0].target, malformed) == (None, 0)
    samples, malformed = read_samples(["timestamp,xpos,ypos,event", "50,7,8,mousedown"])
    assert (samples[0].target, malformed) == (None, 0)


def test_a_click_without_its_place_on_an_element_counts_as_in_the_middle() -> None:
    samples, malformed = read_samples([HEADER, "50,7,8,mousedown,//*[@id='buy']/b"])
    assert samples[0].target == Target("#buy>b:nth-of-type(1)", 0.5, 0.5)
    assert malformed == 0


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "no column timestamp, xpos, ypos, event"),
        (["timestamp,xpos,event", "1,1,mousemove"], "no column ypos"),
        ([HEADER], "no mousemove or mousedown"),
        ([HEADER, "1,1,1,scroll,/"], "no mousemove or mousedown"),
        ([HEADER, '1,1,1,"mousemove,/'], "no mousemove or mousedown"),
    ],
)
def test_a_file_without_samples_is_refused_with_what_is_missing(lines: list[str], reason: str) -> None:
    with pytest.raises(NoRecording, match=reason):
        read_samples(lines)


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ("<data><window>10x10</window></data>", "<document> is '', not like 1403x3380"),
        ("<data><document>10x0</document><window>1x1</window></data>", "<document> is '10x0'"),
        ("<data><document>wide</document><window>1x1</window></data>", "<document> is 'wide'"),
        ("<data>", "not valid XML"),
    ],
)
def test_metadata_without_sizes_is_refused(xml: str, reason: str) -> None:
    with pytest.raises(NoRecording, match=reason):
        read_sizes(xml)


def test_metadata_may_be_beside_the_recording_and_its_folder_names_the_pages(tmp_path: Path) -> None:
    folder = tmp_path / "my shop"
    folder.mkdir()
    (folder / "a b.csv").write_text(f"{HEADER}\n1,2,3,mousemove,/\n")
    with pytest.raises(NoRecording, match=r"a b\.csv: its metadata is missing"):
        read(folder / "a b.csv")
    (folder / "a b.xml").write_text("<data><document>10x20</document><window>5x6</window></data>")
    recording = read(folder / "a b.csv")
    assert recording.view(default_prefix(folder / "a b.csv")).page.path == "/my%20shop/a%20b"


def test_a_folder_without_recordings_is_refused_with_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(NoRecording, match="no recordings; give a CSV file"):
        find(tmp_path)
