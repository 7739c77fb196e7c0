"""The brute-force recount: a table of cases, and differences reported cell by cell."""

import json
from typing import Any

import numpy as np
import pytest

from pageheat.verification.recount import (
    TYPES,
    PageLog,
    RecountedHeat,
    SeenEvent,
    SeenFrame,
    SeenTarget,
    differences,
    page_key,
    parse,
    read_cells,
    read_frame,
    tile,
)
from tests.support.fine import as_json, fine

MOVE, CLICK, RAGE, DEAD, REST = TYPES.values()


@pytest.mark.parametrize(
    ("position_px", "length_px", "expected"),
    [
        (0, 1000, 0),
        (19.99, 1000, 0),
        (20, 1000, 1),
        (999.9, 1000, 49),
        (1000, 1000, 49),  # the far edge belongs to the last tile
        (5000, 1000, 49),
        (-1, 1000, 0),
        (7, 350, 1),
        (1265 / 50 * 3, 1265, 3),
    ],
)
def test_a_tile_is_a_fiftieth_of_the_document(position_px: float, length_px: float, expected: int) -> None:
    assert tile(position_px, length_px, 50) == expected


@pytest.mark.parametrize(
    ("site", "path", "key"),
    [("", "/", "/"), ("", "lamp", "/lamp"), ("", "//a//b", "/a//b"), ("blog", "/", "//blog/")],
)
def test_a_page_key_has_one_slash_after_its_site(site: str, path: str, key: str) -> None:
    assert page_key(site, path) == key


def frame(
    *events: tuple[int, int, float, float], session: str | None = "ann", size: float | None = 100
) -> SeenFrame:
    """Events as (time, type, x, y), on a square document if its size is known."""
    document = (size, size) if size else None
    return SeenFrame(document, size, session, [SeenEvent(*event) for event in events])


def a_log() -> PageLog:
    """Offsets 0 to 3 of a grid of 10 by 10: tile 1 begins at 10 px."""
    log = PageLog(10)
    log.add(0, frame((1000, MOVE, 5, 5), (1100, MOVE, 15, 5)))
    log.add(1, frame((1999, CLICK, 5, 95), session="bob"))
    log.add(3, frame((900, MOVE, 5, 5), (2000, MOVE, 5, 5)))
    return log


@pytest.mark.parametrize(
    ("start", "end", "position", "moves", "clicks", "visitors", "newest"),
    [
        (1000, 2000, 9, {(0, 0): 1, (1, 0): 1}, {(0, 9): 1}, 2, 1999),
        (1000, 2001, 9, {(0, 0): 2, (1, 0): 1}, {(0, 9): 1}, 2, 2000),  # the end is not in the window
        (900, 2000, 9, {(0, 0): 2, (1, 0): 1}, {(0, 9): 1}, 2, 1999),  # the start is in it
        (900, 2000, 3, {(0, 0): 1, (1, 0): 1}, {(0, 9): 1}, 2, 1999),  # nor is the record at the position
        (900, 2000, 1, {(0, 0): 1, (1, 0): 1}, {}, 1, 1100),
        (900, 2000, 0, {}, {}, 0, None),
        (2001, 9000, 9, {}, {}, 0, None),
    ],
)
def test_a_grid_counts_events_before_its_position_and_in_its_window(
    start: int,
    end: int,
    position: int,
    moves: dict[tuple[int, int], int],
    clicks: dict[tuple[int, int], int],
    visitors: int,
    newest: int | None,
) -> None:
    heat = RecountedHeat.of(a_log().counted(start, end, position), PageLog(10).seen(0, 0, 0), 10, None)
    assert {(x, y): int(heat.moves[x, y]) for x, y in np.argwhere(heat.moves)} == moves
    assert {(x, y): int(heat.clicks[x, y]) for x, y in np.argwhere(heat.clicks)} == clicks
    assert (heat.visitors, heat.newest_ms) == (visitors, newest)


def test_events_without_tile_or_session_and_of_other_layers_are_counted_as_such() -> None:
    log = PageLog(10)
    log.add(0, frame((1000, CLICK, 5, 5), session=None, size=None))
    log.add(1, frame((1001, RAGE, 5, 5), (1002, DEAD, 5, 5), (1003, REST, 5, 5), session="bob"))
    heat = RecountedHeat.of(log.counted(0, 9000, 9), log.seen(0, 9000, 9), 10, None)
    assert (heat.moves.sum(), heat.clicks.sum(), heat.unplaced) == (0, 0, 1)
    assert (heat.visitors, heat.newest_ms) == (1, 1003)


RIGHT: dict[str, Any] = {
    "start": 1000,
    "end": 2000,
    "value": {"0": {"0": 1}, "1": {"0": 1}},
    "clicks": {"0": {"9": 1}},
    "visitors": 2,
    "totals": {"moves": 2, "clicks": 1, "unplaced": 0},
    "newest": 1750,
    "page": {"width": 100, "height": 100},
    "position": 4,
    "fine": as_json(fine(columns=10, moves={(0, 0): 1, (0, 1): 1}, clicks={(4, 0): 1})),
}


def test_a_correct_grid_has_no_differences() -> None:
    assert list(differences(RIGHT, a_log(), newest_to_ms=250)) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"value": {"0": {"0": 2}, "1": {"0": 1}}}, "value of tile (0, 0): expected 1, got 2"),
        ({"value": {"0": {"0": 1, "7": 4}, "1": {"0": 1}}}, "value of tile (0, 7): expected 0, got 4"),
        ({"value": {"0": {"0": 1}}}, "value of tile (1, 0): expected 1, got 0"),
        ({"clicks": {}}, "clicks of tile (0, 9): expected 1, got 0"),
        ({"value": {"10": {"0": 1}}}, "value: tile (10, 0) has 1 on a grid of 10"),
        ({"value": {"0": {"0": "1"}}}, "value: tile (0, 0) has '1' on a grid of 10"),
        ({"value": {"0": {"0": 0}}}, "value: tile (0, 0) has 0 on a grid of 10"),
        ({"value": {"0": 3}}, "value: 'int' object has no attribute 'items'"),
        ({"visitors": 1}, "visitors: expected 2, got 1"),
        ({"newest": 1999}, "newest: expected 1750, got 1999"),
        ({"newest": None}, "newest: expected 1750, got None"),
        (
            {"totals": {"moves": 3, "clicks": 1, "unplaced": 0}},
            "totals: expected {'moves': 2, 'clicks': 1, 'unplaced': 0}, "
            "got {'moves': 3, 'clicks': 1, 'unplaced': 0}",
        ),
        (
            {"totals": {"moves": 2, "clicks": 1, "unplaced": 1}},
            "totals: expected {'moves': 2, 'clicks': 1, 'unplaced': 0}, "
            "got {'moves': 2, 'clicks': 1, 'unplaced': 1}",
        ),
        ({"page": {"width": 100, "height": 99}}, "page: 100x99 is not a visitor's document size"),
        (
            {"fine": as_json(fine(columns=10, moves={(0, 0): 1, (0, 1): 2}, clicks={(4, 0): 1}))},
            "fine moves of cell (1, 0): expected 1, got 2",
        ),
        (
            {"fine": as_json(fine(columns=10, moves={(0, 0): 1, (0, 1): 1}, top_clicks={(4, 0): 1}))},
            "fine clicks of cell (0, 4): expected 1, got 0",
        ),
        ({"fine": as_json(fine(40))}, "fine: expected rows of 20 px, got 40"),
        ({"fine": {"row": 20, "moves": "gA=="}}, "fine: ValueError('the last number does not end')"),
        ({"page": None}, "page: None is not a visitor's document size"),
    ],
)
def test_anything_wrong_in_a_grid_is_reported(wrong: dict[str, Any], told: str) -> None:
    assert next(differences(RIGHT | wrong, a_log(), newest_to_ms=250)) == told


@pytest.mark.parametrize("size", [None, {"width": 100, "height": 99}])
def test_any_page_size_is_accepted_if_no_frame_in_the_window_has_one(size: Any) -> None:
    log = PageLog(10)
    log.add(0, frame((500, CLICK, 5, 5)))  # before the window
    log.add(1, frame((1000, CLICK, 5, 5), session=None, size=None))
    grid = RIGHT | {
        "value": {},
        "clicks": {},
        "visitors": 0,
        "totals": {"moves": 0, "clicks": 0, "unplaced": 1},
        "newest": 1000,
        "page": size,
        "fine": {"row": 20},
    }
    assert list(differences(grid, log, newest_to_ms=250)) == []


def test_the_first_event_a_grid_should_have_counted_is_found() -> None:
    log = a_log()
    assert log.first_waiting(0, 9000, position=4) is None
    assert log.first_waiting(0, 9000, position=1) == 1
    assert log.first_waiting(2000, 9000, position=1) == 3
    assert log.first_waiting(0, 900, position=0) is None


EVENTS = [
    {"type": "move", "age": 180, "x": 1, "y": 2},
    {"type": "click", "x": 3, "y": 4.5, "target": {"selector": "#buy", "x": 0.25, "y": 1}},
]
DOCUMENT, VIEWPORT = {"width": 100, "height": 200}, {"width": 90, "height": 50}
SEEN = [SeenEvent(4820, MOVE, 1, 2), SeenEvent(5000, CLICK, 3, 4.5, SeenTarget("#buy", 0.25, 1))]
AT_FIRST = [event._replace(x=event.x + 10, y=event.y + 20) for event in SEEN]


@pytest.mark.parametrize(
    ("page", "rest", "expected"),
    [
        (
            {"document": DOCUMENT, "viewport": VIEWPORT},
            {},
            SeenFrame((100, 200), 90, "ann", SEEN, viewport=(90, 50)),
        ),
        ({"document": DOCUMENT}, {}, SeenFrame((100, 200), 100, "ann", SEEN)),
        (
            {"viewport": VIEWPORT, "document": None},
            {},
            SeenFrame(None, 90, "ann", SEEN, viewport=(90, 50)),
        ),
        ({"first": {"x": 10, "y": 20}}, {}, SeenFrame(None, None, "ann", SEEN)),
        ({}, {"session": None}, SeenFrame(None, None, None, SEEN)),
        ({}, {"session": None, "origin": "first"}, SeenFrame(None, None, None, SEEN)),
        (
            {"document": DOCUMENT, "first": {"x": 10, "y": 20}},
            {"session": None, "origin": "first"},
            SeenFrame((100, 200), None, None, AT_FIRST),
        ),
    ],
)
def test_a_record_is_read_with_its_page_and_the_times_of_its_events(
    page: dict[str, Any], rest: dict[str, Any], expected: SeenFrame
) -> None:
    value = {"session": "ann", "received": 5000, "page": {"path": "/"} | page, "events": EVENTS} | rest
    assert read_frame(json.dumps(value).encode()) == expected


def test_packed_moves_are_read_with_the_signs_and_the_order_of_their_bytes() -> None:
    value = {
        "received": 5000,
        "page": {"path": "/", "document": DOCUMENT},
        "moves": "AAIAAMIGAAC0AAAA/////wAAAQDYDgAA",
        "fixed_moves": "BAIAACAAAAD2////",
    }
    read = read_frame(json.dumps(value).encode())
    assert read
    assert read.events == [
        SeenEvent(4820, MOVE, 512, 1730),
        SeenEvent(1200, MOVE, -1, 65536),
        SeenEvent(5010, MOVE, 516, 32, fixed=True),
    ]


@pytest.mark.parametrize("packed", ["?", "AAIAAMIGAAA=", "AAIAAMIGAAC0AAAA ", 3])
def test_a_frame_whose_moves_are_packed_in_another_way_is_skipped(packed: object) -> None:
    value = {"received": 5000, "page": {"path": "/", "document": DOCUMENT}, "moves": packed}
    assert read_frame(json.dumps(value).encode()) is None


@pytest.mark.parametrize(
    "value", [None, b"", b"{", b"[1]", b"null", b"\xff", b"{}", b'{"page": 3}', b"[" * 100_000]
)
def test_an_invalid_frame_is_skipped(value: bytes | None) -> None:
    assert read_frame(value) is None


def test_cells_are_columns_of_rows() -> None:
    assert read_cells({"2": {"0": 5}}, 3).tolist() == [[0, 0, 0], [0, 0, 0], [5, 0, 0]]


def test_json_other_than_an_object_is_skipped() -> None:
    assert parse(b"{}") == {}
    assert parse("3") is None


def test_events_before_a_pages_tombstone_count_only_in_grids_before_it() -> None:
    log = PageLog(50)
    log.add(1, frame((100, MOVE, 1, 1)))
    log.forget(2)
    log.add(3, frame((200, MOVE, 2, 2), (210, MOVE, 2, 2)))
    assert [len(log.counted(0, 1000, position)) for position in (1, 2, 3, 4)] == [0, 1, 0, 2]
