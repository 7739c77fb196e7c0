"""The breakdowns that the broadcaster keeps."""

import pytest

from pageheat.services.broadcaster.breakdowns import Breakdowns
from pageheat.services.contract.records import (
    Breakdown,
    Heartbeat,
    UnreadableRecord,
    encode,
)
from tests.support.heatmap_records import WINDOW_MS, detail


def details(*records: Breakdown) -> Breakdowns:
    known = Breakdowns()
    for record in records:
        known.apply(4, b"/lamp", encode(record))
    return known


def test_a_breakdown_is_kept_unchanged() -> None:
    found = details(detail(1_000_000, 5)).of("/lamp")
    assert found is not None
    assert found.record == encode(detail(1_000_000, 5))
    assert found.decoded() == detail(1_000_000, 5)
    assert found.bands == ["phone", "desktop"]


def test_an_older_breakdown_does_not_replace_a_newer_one() -> None:
    known = details(detail(1_000_000, 5))
    assert not known.apply(4, b"/lamp", encode(detail(2_000_000, 4)))
    shown = known.apply(4, b"/lamp", encode(detail(1_000_250, 5)))
    assert list(shown) == [("/lamp", known.of("/lamp"))]


def test_a_tombstone_deletes_a_breakdown() -> None:
    known = details(detail(1_000_000, 5))
    assert not known.apply(4, b"/lamp", None)
    assert known.of("/lamp") is None


@pytest.mark.parametrize(
    ("clock", "is_known"),
    [
        (Heartbeat(4, 9, 1_000_000 + WINDOW_MS - 250), True),
        (Heartbeat(4, 9, 1_000_000 + WINDOW_MS), False),  # all its events have left the window
        (Heartbeat(3, 9, 1_000_000 + WINDOW_MS), True),  # another partition's
    ],
)
def test_a_breakdown_is_forgotten_when_its_window_has_passed(clock: Heartbeat, is_known: bool) -> None:
    known = details(detail(1_000_000, 5))
    known.take_heartbeat(clock)
    assert (known.of("/lamp") is not None) == is_known


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (b"lamp", b"{}", "the key is not a page"),
        (None, b"{}", "the key is not a page"),
        (b"/\xff", b"{}", "not UTF-8"),
        (b"/lamp", b"{", "truncated"),
        (b"/lamp", b"[]", "Expected `object`"),
        (b"/lamp", encode(detail(1_000_000, 5, partition=3)), "names partition 3, but is in 4"),
    ],
)
def test_an_invalid_breakdown_is_refused_with_a_reason(key: bytes | None, value: bytes, reason: str) -> None:
    with pytest.raises(UnreadableRecord, match=reason):
        Breakdowns().apply(4, key, value)
