"""The page store stays within its limit, and finds values by page and by heartbeat."""

import random
from typing import NamedTuple

from pageheat.services.broadcaster.page_store import MAX_KEPT_BYTES, PAGE_BYTES, LogPosition, PageStore
from pageheat.services.contract.records import Heartbeat


class Value(NamedTuple):
    """A value of `size` bytes."""

    log_position: LogPosition
    record: bytes = b""


def place(partition: int, position: int = 1, end: int = 100, over: int = 1_000) -> LogPosition:
    return LogPosition(partition, position, end, over)


def test_a_pages_value_replaces_its_last_and_frees_its_room_when_forgotten() -> None:
    kept = PageStore[Value]()
    for partition, record in [(1, b"first"), (1, b"another"), (2, b"second")]:
        assert kept.put("/lamp", Value(place(partition), record))
        assert kept.get("/lamp") == Value(place(partition), record)
        assert kept.bytes == PAGE_BYTES + len(record)
    kept.forget("/lamp")
    kept.forget("/lamp")
    assert (kept.get("/lamp"), len(kept), kept.bytes) == (None, 0, 0)


def test_beyond_the_limit_no_new_page_is_kept_and_known_ones_stay() -> None:
    kept = PageStore[Value]()
    quarter = Value(place(0), bytes(MAX_KEPT_BYTES // 4 - PAGE_BYTES))
    assert [kept.put(f"/{n}", quarter) for n in range(6)] == [True] * 4 + [False] * 2
    assert kept.put("/2", quarter), "a known page can have another value"
    kept.forget("/0")
    assert kept.put("/5", quarter)
    assert len(kept) == 4


def test_a_million_pages_take_no_more_than_the_limit() -> None:
    kept, value = PageStore[Value](), Value(place(3), bytes(600))
    taken = sum(kept.put(f"/{number}", value) for number in range(1_000_000))
    assert taken == MAX_KEPT_BYTES // (600 + PAGE_BYTES)
    assert len(kept) == taken


def test_a_heartbeat_finds_pages_ahead_of_it_until_it_has_caught_up() -> None:
    kept = PageStore[Value]()

    def ahead(clock: Heartbeat) -> list[str]:
        return sorted(page for page, _ in kept.take_heartbeat(clock)[0])

    kept.put("/early", Value(place(4, position=9)))
    assert ahead(Heartbeat(4, 9, 100)) == []
    kept.put("/far", Value(place(4, position=30)))
    kept.put("/late", Value(place(4, end=300)))
    kept.put("/other", Value(place(5, position=30)))
    assert ahead(Heartbeat(4, 20, 200)) == ["/far", "/late"]
    assert ahead(Heartbeat(4, 20, 300)) == ["/far"]
    assert ahead(Heartbeat(4, 30, 300)) == []
    assert ahead(Heartbeat(4, 8, 400)) == ["/early", "/far"], "a heartbeat that goes back doubts every page"


def test_a_heartbeat_finds_expired_pages_and_visits_no_others() -> None:
    """Compared with a scan of every page, in random histories of pages that are updated and forgotten."""
    rng = random.Random(7)
    kept, over = PageStore[Value](), dict[str, int]()
    found_at_all = 0
    for now in range(0, 20_000, 50):
        for _ in range(5):
            page, until = f"/{rng.randrange(40)}", now + rng.randint(-100, 3_000)
            if rng.random() < 0.2:
                kept.forget(page)
                over.pop(page, None)
            else:
                kept.put(page, Value(place(4, 1, now, until)))
                over[page] = until
        _, found = kept.take_heartbeat(Heartbeat(4, 1, now))
        assert sorted(page for page, _ in found) == sorted(p for p, until in over.items() if until <= now)
        found_at_all += len(found)
        for page, _ in found:
            kept.forget(page)
            del over[page]
    assert found_at_all > 50
    assert len(kept._queued) <= 40
