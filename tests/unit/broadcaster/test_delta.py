"""Deltas: what is encoded is decoded, with the base and without it."""

import random
from typing import Any

import msgspec
import pytest

from pageheat.services.broadcaster.delta import GRID, Reader, Snapshot, WrongDelta, decode, encode
from pageheat.services.broadcaster.snapshots import of_breakdown, of_grid
from pageheat.services.contract.records import UnreadableRecord
from pageheat.services.contract.records import encode as record_of
from tests.support.grid_histories import details, grids
from tests.support.heatmap_records import grid


def test_the_bytes_are_those_of_the_docstring() -> None:
    before = Snapshot(GRID, [300], {1: "\u00e4"}, [{2: 5, 4: 5}])
    after = Snapshot(GRID, [299], {1: "\u00e4"}, [{4: 5, 9: 1}])
    assert encode(before) == bytes([4, 1, 0xD8, 4, 1, 1, 2, 0xC3, 0xA4, 1, 1, 10, 2, 2, 1])
    assert encode(after, before) == bytes([5, 1, 1, 0, 1, 2, 2, 1, 9, 9, 1, 2])


@pytest.mark.parametrize("seed", range(3))
def test_a_viewer_that_misses_messages_still_has_the_right_state(seed: int) -> None:
    rng = random.Random(seed)
    reader, known = Reader(), dict[int, Snapshot]()
    names: dict[int, str] = {}
    for made, detail in zip(grids(rng, 50), details(rng, 50), strict=True):
        seen = of_breakdown(record_of(detail), "phone", names)
        names = dict(seen.names)
        for snapshot in (of_grid(record_of(made)), seen):
            if rng.random() < 0.6:
                told = reader.take(encode(snapshot, known.get(snapshot.kind)))
                known[snapshot.kind] = snapshot
                assert told._replace(names=snapshot.names) == snapshot
                assert snapshot.names.items() <= told.names.items()


def test_one_step_of_a_large_grid_is_small() -> None:
    tiles = {cell: 1 + cell % 7 for cell in range(2_500)}
    before = Snapshot(GRID, [1_800_000_000_000, 300_000, 4_000_000], {}, [tiles, {}])
    moved = tiles | {cell: tiles[cell] + 1 for cell in range(0, 2_500, 50)}
    after = Snapshot(GRID, [1_800_000_000_250, 300_000, 4_000_050], {}, [moved, {}])
    assert len(encode(before)) < 2_600, "a byte per tile"
    assert len(encode(after, before)) < 70, "a byte per changed tile"


@pytest.mark.parametrize(
    "message",
    [
        b"",
        bytes([5, 0, 0, 0]),  # no base
        bytes([4, 1, 128]),
        bytes([4, 1, *[128] * 9, 0, 0, 0]),
        bytes([4, 0, 1, 8, 5, 65]),
        bytes([4, 0, 0, 1, 1, 2, 9, 1]),
    ],
)
def test_a_message_cut_off_or_without_its_base_is_refused(message: bytes) -> None:
    with pytest.raises(WrongDelta):
        decode(message, None)


@pytest.mark.parametrize(
    ("wrong", "wrong_rows", "wrong_looks"),
    [
        ({"grid-size": 201}, {}, {}),
        ({}, {"row": 0}, {}),
        ({}, {"moves": b"\x34"}, {}),  # half a pair
        ({}, {"moves": b"\x34\0"}, {}),  # a cell with 0
        ({}, {"moves": b"\x34\x85"}, {}),  # the last number does not end
        ({}, {"moves": b"\xff\xff\xff\x7f\1"}, {}),  # below any page
        ({}, {"moves": [52, 5]}, {}),
        ({}, {}, {"tops": b"\0\xb0"}),  # the last number does not end
        ({}, {}, {"tops": b"\0"}),  # half a pair
        ({}, {}, {"tops": b"\x80\x80\4\1"}),  # below any page
    ],
)
def test_a_grid_that_cannot_be_drawn_is_unreadable(
    wrong: dict[str, object], wrong_rows: dict[str, object], wrong_looks: dict[str, object]
) -> None:
    record: dict[str, Any] = msgspec.to_builtins(
        grid(1_000_000, 5, moves=5), builtin_types=[bytes], str_keys=True
    )
    record["fine"] = {"row": 20, "moves": b"\x34\5"}
    record["looks"] = {"row": 20, "views": 1, "tops": b"\0\xb0\t"}
    shown = of_grid(msgspec.msgpack.encode(record))
    assert shown.layers == [{1 * 50 + 2: 5}, {}, {}, {}, {}, {}, {0: 1200}, {}, {}, {}]
    with pytest.raises(UnreadableRecord):
        of_grid(
            msgspec.msgpack.encode(
                record | wrong | {"fine": record["fine"] | wrong_rows, "looks": record["looks"] | wrong_looks}
            )
        )
