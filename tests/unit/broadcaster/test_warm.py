"""The broadcaster's warm pages after each record of `heatmap`."""

import pytest

from pageheat.services.broadcaster.warm import SILENT_MS, Status, WarmPages
from pageheat.services.contract.records import (
    Grid,
    Heartbeat,
    UnreadableRecord,
    decode_grid,
    decode_summary,
    encode,
)
from tests.support.heatmap_records import WINDOW_MS, grid


def apply(pages: WarmPages, key: str, record: Grid | Heartbeat | None, now_ms: int = 1_000_000) -> list[str]:
    """The pages whose viewers get an update."""
    value = None if record is None else encode(record)
    partition = record.partition if record else 4
    return [page for page, _ in pages.apply(partition, key.encode(), value, now_ms)]


def test_a_new_grid_is_passed_on_unchanged() -> None:
    pages = WarmPages()
    value = encode(grid(1_000_000, 5))
    [(page, heat)] = pages.apply(4, b"/lamp", value, 0)
    assert (page, heat.record) == ("/lamp", value)
    assert pages.heat("/lamp") is heat


def test_a_grid_with_a_lower_position_is_ignored_as_a_stalled_instances() -> None:
    pages = WarmPages()
    assert apply(pages, "/lamp", grid(1_000_000, 5)) == ["/lamp"]
    assert apply(pages, "/lamp", grid(1_000_250, 4)) == []
    assert apply(pages, "/lamp", grid(1_000_250, 5)) == ["/lamp"]
    assert apply(pages, "/lamp", grid(1_000_000, 5)) == []


def test_a_tombstone_forgets_the_page() -> None:
    pages = WarmPages()
    apply(pages, "/lamp", grid(1_000_000, 5))
    assert apply(pages, "/lamp", None) == []
    assert pages.heat("/lamp") is None


def test_pages_are_listed_warmest_first_without_cooled_ones() -> None:
    pages = WarmPages()
    for name, moves in [("/b", 7), ("/cold", 0), ("/hot", 90), ("/a", 7), ("/mild", 1)]:
        apply(pages, name, grid(1_000_000, 5, moves=moves))
    total, listed = pages.warmest(3)
    assert [name for name, _ in listed] == ["/hot", "/a", "/b"]
    assert total == len(pages.warmest(10)[1]) == len(pages) == 4
    assert pages.warmest(10, lambda page: page == "/a")[0] == 1


@pytest.mark.parametrize(
    ("clock", "cooled"),
    [
        pytest.param(Heartbeat(4, 5, 1_299_750), False, id="its newest event is still in the window"),
        pytest.param(Heartbeat(4, 5, 1_300_000), True, id="its newest event has left the window"),
        pytest.param(Heartbeat(3, 5, 1_300_000), False, id="another partition's heartbeat"),
    ],
)
def test_a_page_that_cooled_without_an_aggregator_is_emptied_by_the_heartbeat(
    clock: Heartbeat, cooled: bool
) -> None:
    pages = WarmPages()
    apply(pages, "/lamp", grid(1_000_000, 5, newest=999_750))
    shown = list(pages.apply(clock.partition, f"clock/{clock.partition}".encode(), encode(clock), 0))
    assert [page for page, _ in shown] == (["/lamp"] if cooled else [])
    assert (pages.heat("/lamp") is None) == cooled
    if cooled:
        empty = decode_grid(shown[0][1].record)
        assert decode_summary(shown[0][1].record) == shown[0][1].summary
        assert (empty.value, empty.end, empty.visitors) == (b"", clock.end, 0)
        assert empty.end - empty.start == WINDOW_MS


def test_a_grid_ahead_of_its_partitions_later_heartbeat_is_forgotten() -> None:
    """Such as a well-formed forgery: a genuine grid, though lower, is shown again within a second."""
    pages = WarmPages()
    apply(pages, "/lamp", grid(1_000_000, 5))
    assert apply(pages, "/lamp", grid(1_000_250, 2**52)) == ["/lamp"]
    assert apply(pages, "clock/4", Heartbeat(4, 9, 1_000_500)) == []
    assert pages.heat("/lamp") is None
    assert apply(pages, "/lamp", grid(1_000_750, 6)) == ["/lamp"]


def test_a_forged_heartbeat_is_ignored_after_three_seconds() -> None:
    pages = WarmPages()
    apply(pages, "clock/4", Heartbeat(4, 2**52, 1_000_000), now_ms=1_000_000)
    apply(pages, "clock/4", Heartbeat(4, 5, 1_001_000), now_ms=1_001_000)
    assert pages.heartbeat(4) == Heartbeat(4, 2**52, 1_000_000)
    apply(pages, "clock/4", Heartbeat(4, 6, 1_003_000), now_ms=1_000_000 + SILENT_MS)
    assert pages.heartbeat(4) == Heartbeat(4, 6, 1_003_000)


def test_lower_positions_are_shown_when_the_pages_topic_was_created_again() -> None:
    pages = WarmPages()
    apply(pages, "/lamp", grid(1_000_000, 5_000), 1_000_000)
    apply(pages, "/chair", grid(1_000_000, 5_000), 1_000_000)
    apply(pages, "clock/4", Heartbeat(4, 5_000, 1_000_000), 1_000_000)
    assert apply(pages, "/lamp", grid(1_001_000, 2), 1_001_000) == [], "it may come from a stalled instance"
    assert apply(pages, "/lamp", grid(1_004_000, 3), 1_004_000) == ["/lamp"]
    apply(pages, "clock/4", Heartbeat(4, 3, 1_004_000), 1_004_000)
    assert pages.heat("/chair") is None, "it is from the old topic"
    assert pages.status("/lamp", 1_004_000).is_live


def test_setting_an_aggregators_clock_back_an_hour_does_not_hide_heat() -> None:
    pages = WarmPages()
    apply(pages, "/lamp", grid(4_600_000, 5), 1_000_000)
    apply(pages, "clock/4", Heartbeat(4, 5, 4_600_000), 1_000_000)
    apply(pages, "clock/4", Heartbeat(4, 5, 1_004_000), 1_004_000)
    assert apply(pages, "/lamp", grid(1_004_250, 5), 1_004_250) == ["/lamp"]


def test_a_record_that_ends_in_the_far_future_is_refused() -> None:
    with pytest.raises(UnreadableRecord, match="hours from now"):
        apply(WarmPages(), "/lamp", grid(1_000_000 + 3 * 3_600_000, 5), now_ms=1_000_000)
    with pytest.raises(UnreadableRecord, match="hours from now"):
        apply(WarmPages(), "clock/4", Heartbeat(4, 5, 2**52), now_ms=1_000_000)


def test_a_page_is_live_while_its_partition_has_heartbeats() -> None:
    pages = WarmPages()
    apply(pages, "/lamp", grid(1_000_000, 5))
    assert not pages.status("/lamp", 0).is_live, "there has been no heartbeat"
    apply(pages, "clock/4", Heartbeat(4, 5, 1_000_000), now_ms=10_000)
    apply(pages, "clock/7", Heartbeat(7, 5, 900_000), now_ms=1)
    now_ms = 10_000 + SILENT_MS
    assert pages.status("/lamp", now_ms - 1) == Status(True, now_ms - 1, 1_000_000)
    assert not pages.status("/lamp", now_ms).is_live


def test_a_cold_page_is_live_while_all_partitions_have_heartbeats() -> None:
    pages = WarmPages()
    apply(pages, "clock/4", Heartbeat(4, 5, 1_000_000), now_ms=10_000)
    assert pages.status("/cold", 10_000).is_live
    apply(pages, "clock/7", Heartbeat(7, 5, 1_000_000), now_ms=1)
    assert not pages.status("/cold", 10_000).is_live


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, b"{}"),
        (b"\xff", b"{}"),
        (b"lamp", b"{}"),
        (b"/lamp", b""),
        (b"/lamp", b"{}"),
        (b"/lamp", encode(grid(1_000_000, 5))[:-1]),
        (b"/lamp", encode(grid(1_000_000, 5)).replace(b"partition\x04", b"partition\x05")),
        (b"/lamp", encode(grid(1_000_000, 2**60))),
        (b"clock/5", encode(Heartbeat(5, 5, 1_000_000))),
        (b"clock/4", None),
        (b"clock/4", b"[]"),
    ],
)
def test_an_invalid_record_is_refused_with_a_reason(key: bytes | None, value: bytes | None) -> None:
    with pytest.raises(UnreadableRecord):
        list(WarmPages().apply(4, key, value, 0))
