"""Cells and their counts in few bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pageheat.services.contract.packed_cells import cells, packed, packed_by_cell

counts = st.one_of(*(st.integers(0, most) for most in (1, 255, 65_535, 2**31 - 1)))


def read(data: bytes) -> dict[int, int]:
    places, numbers = cells(data)
    assert sorted(places.tolist()) == places.tolist()
    return dict(zip(places.tolist(), numbers.tolist(), strict=True))


@given(st.lists(counts))
def test_what_is_packed_is_read(written: list[int]) -> None:
    hot = {place: count for place, count in enumerate(written) if count}
    assert read(packed(np.array(written, np.int32), len(hot))) == hot
    assert read(packed_by_cell(np.array([*hot], np.int64), np.array([*hot.values()], np.int64))) == hot


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", {}),
        (bytes([52, 1, 0, 7]), {52: 1, 53: 7}),
        (bytes([52, 0xAC, 2]), {52: 300}),
        (bytes([1, 0, 0, 3, 255, 0, 1]), {1: 3, 2: 255, 4: 1}),  # all cells, a byte each
        (bytes([2, 0, 0xAC, 1, 1, 0]), {0: 428, 1: 1}),  # two bytes each
        (bytes([4, 0, 0, 0, 1, 0]), {0: 65_536}),
        (bytes([1, 0]), {}),
    ],
)
def test_the_bytes_are_those_of_the_protocol(data: bytes, expected: dict[int, int]) -> None:
    assert read(data) == expected


def test_a_layer_with_events_nearly_everywhere_takes_a_byte_a_cell() -> None:
    everywhere = np.ones(10_000, np.int32)
    everywhere[7] = 255
    assert len(packed(everywhere, 10_000)) == 10_002
    everywhere[7] = 256
    assert len(packed(everywhere, 10_000)) == 20_002
    few = np.zeros(10_000, np.int32)
    few[5_000:5_010] = 1
    assert len(packed(few, 10)) < 25


@pytest.mark.parametrize(
    "data",
    [
        b"\x80",
        b"\x01",
        b"\x05\x01\x01\x00",  # a cell with 0
        b"\xff" * 5 + b"\x01\x01",
        b"\x03\x00\x01\x01\x01",  # three bytes a cell
        b"\x02\x00\x01",  # half a count
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"varint|cell|multiple"):
        cells(data)
