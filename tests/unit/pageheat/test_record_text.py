"""Records as `pageheat watch` prints them."""

import json

import pytest

from pageheat.record_text import Record, plain, pretty
from pageheat.services.contract.records import Heartbeat, encode
from tests.support.heatmap_records import grid
from tests.support.packing import packed

HEAD = {"v": 2, "site": "", "received": 1_700_000_000_000, "session": "ann", "page": {"path": "/lamp"}}
FRAME = HEAD | {
    "events": [{"type": "move", "x": 5.0, "y": 7.5, "age": 180}] + [{"type": "click", "x": 5, "y": 8}] * 4,
}
PACKED = HEAD | {
    "moves": packed(512, 1730, 180),
    "fixed_moves": packed(516, -32, 10),
    "looks": packed(1400, 720, 5000, 3),
    "attributes": {"referrer": "internal", "campaign": "spring\u202e"},
}
GRID = {
    "grid-size": 50,
    "value": {"1": {"2": 3, "4": 9}, "7": {"0": 1, "1": 5}},
    "totals": {"moves": 18, "clicks": 2},
    "visitors": 4,
    "position": 99,
}

ANCHORED = HEAD | {
    "events": [
        {"type": "click", "x": 5, "y": 8, "target": {"selector": "#buy", "x": 0.314, "y": 1}},
        {"type": "dwell", "x": 5, "y": 8, "age": 40},
    ],
}
DETAIL = {
    "grid-size": 50,
    "spots": 64,
    "position": 99,
    "bands": [
        {
            "name": "phone",
            "visitors": 2,
            "elements": [
                {"selector": "#buy", "clicks": {"1": {"2": 3, "4": 9}}, "rage": {"1": {"4": 2}}},
                {"selector": "", "dead": {"0": {"0": 1}}},
            ],
        },
        {
            "name": "wide",
            "visitors": 1,
            "elements": [
                {"selector": "#buy", "clicks": {"7": {"0": 1}}},
                {"selector": "body>p", "dwell": {"7": {"0": 6}}},
                {"selector": "body>h1", "dwell": {"7": {"0": 5}}},
            ],
        },
    ],
}


IN_JSON = (
    '{"start":700000,"end":1000000,"visitors":1,"totals":{"moves":1,"clicks":0,"unplaced":0},"newest":999750,'
    '"page":{"width":1000.0,"height":1000.0},"partition":4,"position":5,"value":{"0":{"0":1}},"clicks":{},'
    '"grid-size":50,"fine":{"row":20,"moves":"AAE="}}'
)


def record(value: object = None, key: bytes | None = b"/lamp") -> Record:
    data = value if isinstance(value, bytes) or value is None else json.dumps(value).encode()
    return Record(3, 812, 1_700_000_000_123, key, data)


@pytest.mark.parametrize(
    ("given", "key", "value"),
    [
        (record({"v": 1}), "/lamp", '{"v": 1}'),
        (record(b'{"a":\n\t1}'), "/lamp", '{"a":\\n\\t1}'),
        (record(None), "/lamp", "(tombstone)"),
        (record(b"{oops\xff"), "/lamp", "(undecodable) b'{oops\\xff'"),
        (record(b""), "/lamp", "(undecodable) b''"),
        (record({}, key=None), "(no key)", "{}"),
        (record({}, key=b"a\tb\xff"), "a\\tb\\xff", "{}"),
        (record(encode(grid(1_000_000, 5))), "/lamp", IN_JSON),
        (
            record(encode(Heartbeat(4, 5, 6)), key=b"clock/4"),
            "clock/4",
            '{"partition":4,"position":5,"end":6,"v":1}',
        ),
    ],
)
def test_programs_get_one_line_of_four_columns(given: Record, key: str, value: str) -> None:
    assert plain(given).split("\t") == ["3/812", "2023-11-14T22:13:20.123Z", key, value]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (record(FRAME), "/lamp: move 5,7.5 180 ms old, click 5,8 0 ms old, click 5,8 0 ms old, 2 more"),
        (
            record(PACKED),
            "/lamp: move 512,1730 180 ms old, move 516,-32 fixed 10 ms old, look at 1400 to 2120 px for "
            "5000 ms until 3 ms ago, referrer internal, campaign spring\\u202e",
        ),
        (
            record(GRID),
            "18 moves in 4 tiles, 2 clicks, 4 visitors, position 99; hottest (1,4) 9, (7,1) 5, (1,2) 3",
        ),
        (
            record(GRID | {"value": {}, "totals": {"moves": 0, "clicks": 1, "unplaced": 4}, "visitors": 1}),
            "0 moves in 0 tiles, 1 click, 4 unplaced, 1 visitor, position 99",
        ),
        (
            record(GRID | {"value": {}, "looks": {"row": 20, "views": 2, "tops": "AIgnA/QD"}}),
            "18 moves in 0 tiles, 2 clicks, 4 visitors, 2 page views looking for 6 s, position 99",
        ),
        (
            record(GRID | {"looks": {"views": 2, "tops": "AA=="}}),
            str(GRID | {"looks": {"views": 2, "tops": "AA=="}})[:200],
        ),
        (record(ANCHORED), "/lamp: click 5,8 on #buy at 31%,100% 0 ms old, dwell 5,8 40 ms old"),
        (
            record(DETAIL),
            "visitors phone 2, wide 1, position 99; #buy 13 clicks, 2 rage clicks; body>p 6 s of dwell; "
            "body>h1 5 s of dwell; 1 more",
        ),
        (
            record(DETAIL | {"bands": [{"name": "\x1b]0;", "visitors": 1, "elements": []}]}),
            "visitors \\x1b]0; 1, position 99",
        ),
        (record({"bands": 3}), "{'bands': 3}"),
        (record({"partition": 3, "end": 5}), '{"partition": 3, "end": 5}'),
        (record(None), "(tombstone)"),
        (record(b"\xff"), "(undecodable) b'\\xff'"),
        (record(GRID | {"visitors": "4"}), str(GRID | {"visitors": "4"})[:200]),
        (record({"received": 3}), '{"received": 3}'),
        (record(FRAME | {"moves": "AAAA"}), json.dumps(FRAME | {"moves": "AAAA"})[:200]),
        (record({"grid-size": 50, "value": []}), "{'grid-size': 50, 'value': []}"),
    ],
)
def test_people_get_a_short_form(given: Record, shown: str) -> None:
    assert pretty(given).plain == f"     3/812 22:13:20.123Z /lamp {shown}"


@pytest.mark.parametrize(
    ("given", "key", "page", "matches"),
    [
        (record(FRAME, key=b"ann"), None, None, True),
        (record(FRAME, key=b"ann"), "ann", None, True),
        (record(FRAME, key=b"ann"), "bob", None, False),
        (record(FRAME, key=b"ann"), None, "/lamp", True),  # on clickstream the page is in the frame
        (record(FRAME, key=b"ann"), None, "/sofa", False),
        (record(GRID), None, "/lamp", True),
        (record(None), None, "/lamp", True),
        (record(b"\xff", key=None), None, "/lamp", False),
    ],
)
def test_records_are_chosen_by_key_and_by_page(
    given: Record, key: str | None, page: str | None, matches: bool
) -> None:
    assert given.matches(key=key, page=page) is matches
