"""Fine counts as `verify` reads them, by code of its own."""

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pageheat.services.contract.packed_cells import packed
from pageheat.verification.fine_recount import read_fine


def layer(data: bytes) -> dict[str, str]:
    return {"clicks": base64.b64encode(data).decode()}


@given(st.lists(st.one_of(*(st.integers(0, most) for most in (1, 255, 65_535, 2**31 - 1)))))
def test_it_reads_what_the_aggregator_packs_in_either_form(counts: list[int]) -> None:
    told = read_fine(layer(packed(np.array(counts, np.int32), len(counts) - counts.count(0))), 10)
    assert told == {("clicks", *divmod(cell, 10)): count for cell, count in enumerate(counts) if count}


@pytest.mark.parametrize("data", [b"\x03\x00\x01\x01\x01", b"\x02\x00\x01", b"\x01", b"\x05\x01\x01\x00"])
def test_it_refuses_anything_else(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"cell|zip"):
        read_fine(layer(data), 10)
