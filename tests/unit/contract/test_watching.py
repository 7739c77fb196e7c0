"""The records of the topic `watched`."""

import json

import pytest

from pageheat.services.contract.versions import WATCHED, NewerRecord
from pageheat.services.contract.watching import (
    LEASE_MS,
    MAX_KEY_BYTES,
    RENEW_S,
    VALUE,
    WATCHED_SEND_MS,
    NotWatched,
    page_of,
)


@pytest.mark.parametrize("page", ["/", "/lamp?id=7#/a", "//blog/caf%C3%A9", "/" + "a" * 1_023])
def test_a_records_key_is_its_page(page: str) -> None:
    assert page_of(page.encode(), VALUE) == page


@pytest.mark.parametrize("key", [None, b"", b"lamp", b"clock/3", b"/\xff", b"/" + b"a" * MAX_KEY_BYTES])
def test_a_key_that_is_no_pages_is_refused(key: bytes | None) -> None:
    with pytest.raises(NotWatched):
        page_of(key, VALUE)


@pytest.mark.parametrize("value", [None, b"", b"{}", b"?", b'{"v":1}', b'{"lease_ms":9}'])
def test_what_else_a_record_says_is_for_people(value: bytes | None) -> None:
    assert page_of(b"/lamp", value) == "/lamp"


def test_a_record_of_a_later_program_is_told_apart() -> None:
    with pytest.raises(NewerRecord, match="version 2, and this program reads 1"):
        page_of(b"/lamp", b'{"v":2}')


def test_a_lease_outlives_two_lost_renewals_and_ends_within_15_s() -> None:
    assert 2 * RENEW_S * 1_000 < LEASE_MS < 15_000
    assert json.loads(VALUE) == {"v": WATCHED, "lease_ms": LEASE_MS}


def test_a_watched_pages_visitors_send_at_every_step() -> None:
    assert WATCHED_SEND_MS == 250
