"""The records of the topic `watched`."""

import json

import pytest

from pageheat.services.contract.watching import (
    LEASE_MS,
    MAX_KEY_BYTES,
    RENEW_S,
    VALUE,
    WATCHED_SEND_MS,
    NotAPage,
    page_of,
)


@pytest.mark.parametrize("page", ["/", "/lamp?id=7#/a", "//blog/caf%C3%A9", "/" + "a" * 1_023])
def test_a_records_key_is_its_page(page: str) -> None:
    assert page_of(page.encode()) == page


@pytest.mark.parametrize("key", [None, b"", b"lamp", b"clock/3", b"/\xff", b"/" + b"a" * MAX_KEY_BYTES])
def test_a_key_that_is_no_pages_is_refused(key: bytes | None) -> None:
    with pytest.raises(NotAPage):
        page_of(key)


def test_a_lease_outlives_two_lost_renewals_and_ends_within_15_s() -> None:
    assert 2 * RENEW_S * 1_000 < LEASE_MS < 15_000
    assert json.loads(VALUE) == {"lease_ms": LEASE_MS}


def test_a_watched_pages_visitors_send_at_every_step() -> None:
    assert WATCHED_SEND_MS == 250
