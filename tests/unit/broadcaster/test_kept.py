"""What is kept of warm pages stays within its bound, and is found by page and by partition."""

from services.broadcaster.kept import MAX_KEPT_BYTES, PAGE_BYTES, Kept


def test_a_pages_value_takes_the_place_of_its_last_and_leaves_room_when_it_is_forgotten() -> None:
    kept = Kept[str]()
    for partition, value in [(1, "first"), (2, "second")]:
        assert kept.put("/lamp", partition, len(value), value)
    assert (kept.get("/lamp"), kept.of(1), kept.of(2)) == ("second", [], [("/lamp", "second")])
    assert kept.bytes == PAGE_BYTES + len("second")
    kept.forget("/lamp")
    kept.forget("/lamp")
    assert (kept.get("/lamp"), kept.of(2), len(kept), kept.bytes) == (None, [], 0, 0)


def test_beyond_the_bound_no_page_is_kept_and_those_there_stay() -> None:
    kept = Kept[int]()
    size = MAX_KEPT_BYTES // 4 - PAGE_BYTES
    assert [kept.put(f"/{number}", 0, size, number) for number in range(6)] == [True] * 4 + [False] * 2
    assert kept.put("/2", 0, size, 7), "a page that is there can have another value"
    kept.forget("/0")
    assert kept.put("/5", 0, size, 5)


def test_a_million_pages_take_no_more_than_the_bound() -> None:
    kept = Kept[None]()
    taken = sum(kept.put(f"/{number}", number % 12, 600, None) for number in range(1_000_000))
    assert taken == MAX_KEPT_BYTES // (600 + PAGE_BYTES)
    assert len(kept) == taken
