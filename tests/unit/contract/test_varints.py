"""Many varints at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pageheat.services.contract.varints import numbers, varints

number = st.one_of(*(st.integers(0, 2**bits - 1) for bits in (3, 7, 8, 14, 21, 62)))


@given(st.lists(number))
def test_what_is_written_is_read(written: list[int]) -> None:
    data = varints(np.array(written, np.int64))
    assert numbers(data).tolist() == written


def test_the_bytes_are_those_of_the_protocol() -> None:
    assert varints(np.array([52, 1, 300])) == bytes([52, 1, 0xAC, 2])


@pytest.mark.parametrize("data", [b"\x80", b"\x01\x80", b"\x80" * 9 + b"\x01\x01"])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="varint"):
        numbers(data)
