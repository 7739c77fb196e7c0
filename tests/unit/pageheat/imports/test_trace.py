"""Rows of recordings: five sessions, and rows broken in every way."""

from collections import Counter
from pathlib import Path

import pytest

from pageheat.counts import Kind
from pageheat.imports.positions import NoEvent, Unreadable
from pageheat.imports.trace import Trace, is_header
from pageheat.traffic import recordings
from tests.support.recordings import CHOSEN

HEADER = b"timestamp,xpos,ypos,event,xpath"
MOVE, CLICK = Kind("/p", 0, 0, 1422), Kind("/p", 1, 0, 1422)


@pytest.mark.parametrize("file", recordings.find(CHOSEN.folder), ids=lambda file: file.stem)
def test_a_session_is_imported_as_it_is_replayed(file: Path) -> None:
    header, *rows = file.read_bytes().splitlines()
    trace = Trace(header, "/p", 1422)
    found = Counter(event for row in rows if isinstance(event := trace.read(row), tuple))
    kinds = {"move": MOVE, "click": CLICK}
    assert found == Counter((kinds[s.type], s.x, s.y) for s in recordings.read(file).samples)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (b"5,1,2,mousemove,/", (MOVE, 1, 2)),
        (b"5,1,2,mousedown,/", (CLICK, 1, 2)),
        (b"5,1.9,-2.1,mousemove,/\r", (MOVE, 1, -3)),
        (b"5,1,2,mousemove", (MOVE, 1, 2)),
        (b'"5","1","2","mousemove","/a,b"', (MOVE, 1, 2)),
        (b'5,1,2,mousemove,//*[@id="a,b"]', (MOVE, 1, 2)),
        (b"5,1,2,mousemove,\xff\xfe", (MOVE, 1, 2)),
        (b"5,0,300,scroll,/", NoEvent.LINE),
        (b"5,1,2,click,/", NoEvent.LINE),
        (HEADER, NoEvent.LINE),
    ],
)
def test_a_row_is_a_move_a_click_or_something_else(row: bytes, found: object) -> None:
    assert Trace(HEADER, "/p", 1422).read(row) == found


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"5,1", "the row is truncated: '5,1'"),
        (b"", "the row is truncated"),
        (b"5,one,2,mousemove,/", "xpos is 'one'"),
        (b"5,1,nan,mousemove,/", "ypos is 'nan'"),
        (b"5,1,1e300,mousedown,/", "ypos is '1e300'"),
        (b'5,"1,2,mousemove,/', "the row is truncated"),
    ],
)
def test_an_unreadable_row_has_a_reason(row: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        Trace(HEADER, "/p", 1422).read(row)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (b"cursor timestamp xpos ypos event xpath attrs", b"0 50 7 8 mousedown /html {}"),
        (b"event,xpos,ypos", b"mousedown,7,8"),
        (b"xpath,ypos,xpos,event", b'"/html,/body",8,7,mousedown'),
        (b'"event","xpos","ypos"\r', b"mousedown,7,8\r"),
    ],
)
def test_columns_are_found_by_their_names(header: bytes, row: bytes) -> None:
    assert is_header(header)
    assert Trace(header, "/p", 1422).read(row) == (CLICK, 7, 8)


@pytest.mark.parametrize("line", [b"", b"?x=1&y=2,http://a/", b"xpos,ypos", b'"unclosed', b"\xff\x00,\x00"])
def test_other_first_lines_are_no_header_of_a_recording(line: bytes) -> None:
    assert not is_header(line)
    with pytest.raises(Unreadable, match="the first line names no column event"):
        Trace(line, "/p", 0)
