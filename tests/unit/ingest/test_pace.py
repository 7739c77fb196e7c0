"""A crowd sends less often, so that together it sends no more frames than a process can take."""

import pytest

from pageheat.services.contract.watching import LONGEST_SEND_MS
from pageheat.services.ingest.pace import LEAST_TURN_MS, Crowd, interval_ms
from pageheat.services.ingest.watched import Paces, PageVisitors, Turns, WatchedPages

PER_S = 100


@pytest.mark.parametrize(
    ("senders", "every_ms"),
    [
        (0, 250),
        (25, 250),  # 100 frames/s
        (50, 500),
        (1_000, 10_000),
        (3_000, LONGEST_SEND_MS),
        (1_000_000, LONGEST_SEND_MS),
    ],
)
def test_an_interval_is_as_short_as_the_rate_allows(senders: int, every_ms: int) -> None:
    assert interval_ms(250, senders, PER_S) == every_ms


def test_without_a_rate_no_interval_is_longer() -> None:
    assert interval_ms(2_000, 1_000_000, 0) == 2_000


def test_an_interval_that_is_longer_than_the_longest_by_the_settings_stays_so() -> None:
    assert interval_ms(LONGEST_SEND_MS, 1_000_000, PER_S) == LONGEST_SEND_MS


def test_a_crowd_is_never_smaller_than_the_number_of_those_who_send_and_half_as_large_again_at_most() -> None:
    crowd = Crowd()
    for senders in range(1, 2_000):
        crowd.saw(0, 0, 250)
        assert senders <= crowd.size <= 1.5 * senders + 1


def test_who_sends_often_counts_once_a_turn() -> None:
    crowd, turns = Crowd(), [0, 0, 0]
    for now_ms in range(0, LEAST_TURN_MS, 250):
        turns = [crowd.saw(turn, now_ms, 250) for turn in turns]
    assert crowd.size == 5, "three, and as many as half of them again"


def senders(crowd: Crowd, turns: list[int], count: int, began_ms: int, every_ms: int) -> None:
    """That many send once each, evenly within an interval."""
    for number in range(count):
        turns[number] = crowd.saw(turns[number], began_ms + every_ms * number / count, every_ms)


def test_a_crowd_that_stays_as_large_is_told_one_interval_for_ever() -> None:
    crowd, turns, sizes = Crowd(), [0] * 1_000, []
    for now_ms in range(0, 1_000_000, 10_000):
        senders(crowd, turns, 1_000, now_ms, 10_000)
        sizes.append(crowd.size)
    assert sizes == [sizes[0]] * len(sizes)


def test_a_crowd_shrinks_when_a_turn_ends_in_which_half_as_many_would_have_found_room() -> None:
    crowd, turns = Crowd(), [0] * 1_000
    senders(crowd, turns, 1_000, 0, 2_000)
    full = crowd.size
    for now_ms in range(2_000, 30_000, 2_000):
        senders(crowd, turns, 100, now_ms, 2_000)
    assert 100 <= crowd.size <= 151 < full


def test_those_who_send_within_a_long_interval_are_a_crowd_all_that_time() -> None:
    crowd, turns = Crowd(), [0] * 100
    sizes = []
    for now_ms in range(0, 300_000, 30_000):
        senders(crowd, turns, 100, now_ms, 30_000)
        sizes.append(crowd.size)
    assert min(sizes) >= 100


def every_ms(page: PageVisitors, count: int) -> int:
    for _ in range(count):
        page.saw(Turns(), 0)
    return page.every_ms


class Nobody:
    def send_every(self, every_ms: int) -> None:
        raise AssertionError(every_ms)


def rates(**of: int) -> WatchedPages:
    return WatchedPages(Paces(2_000, **of))


def test_a_watched_page_of_many_sends_less_often_and_no_other_page_does() -> None:
    pages = rates(page_frames_per_s=100)
    pages.renew(["/crowd", "/quiet"], 0)
    crowd, quiet = (pages.enter(page, Nobody()) for page in ("/crowd", "/quiet"))
    assert every_ms(quiet, 10) == 250
    assert 10_000 <= every_ms(crowd, 1_000) <= 15_000
    assert (quiet.every_ms, quiet.is_crowded, crowd.is_crowded) == (250, False, True)


def test_a_page_that_nobody_watches_has_the_same_limit() -> None:
    pages = rates(page_frames_per_s=100)
    crowd, other = (pages.enter(page, Nobody()) for page in ("/crowd", "/other"))
    assert 10_000 <= every_ms(crowd, 1_000) <= 15_000
    assert other.every_ms == 2_000


def test_many_on_many_pages_that_nobody_watches_send_less_often_and_those_of_watched_pages_do_not() -> None:
    pages = rates(unwatched_frames_per_s=100)
    pages.renew(["/watched"], 0)
    watched = pages.enter("/watched", Nobody())
    others = [pages.enter(f"/{number}", Nobody()) for number in range(100)]
    assert every_ms(watched, 500) == 250
    assert [every_ms(page, 1) for page in others[:10]] == [2_000] * 10
    assert 5_000 <= max(every_ms(page, 5) for page in others) <= 8_000
    assert (watched.every_ms, others[0].every_ms) == (250, others[1].every_ms)
    assert not others[0].is_crowded, "it is the crowd of all pages"


def test_a_crowded_page_that_is_watched_from_now_on_tells_no_more_than_the_rate_allows() -> None:
    class Told(list[int]):
        __hash__ = object.__hash__  # type: ignore[assignment]

        def send_every(self, every_ms: int) -> None:
            self.append(every_ms)

    pages, visitor = rates(page_frames_per_s=1_000), Told()
    crowd = pages.enter("/crowd", visitor)
    assert every_ms(crowd, 500) == 2_000
    pages.renew(["/crowd"], 0)
    assert visitor == [crowd.every_ms]
    assert 500 <= crowd.every_ms <= 750
