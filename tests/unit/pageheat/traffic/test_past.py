"""A simulated past: the same again, whole visits as a tracker sends them, in the rhythm of days and weeks."""

from collections import Counter
from itertools import pairwise

import pytest

from pageheat.services.contract.attributes import INTERNAL
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.pages import PATHS_ALONE
from pageheat.services.contract.records import Frame
from pageheat.traffic.arrivals import VARIANTS
from pageheat.traffic.past import DAY_MS, HOUR_MS, MINUTE_MS, SETTLED_MS, SLICES_MS, Past, Slice
from pageheat.traffic.playing import Player
from pageheat.traffic.shop import paths

MONDAY = 1_767_571_200_000  # 2026-01-05T00:00:00Z
PAST = Past(seed=1, views=60)
LONG, HOUR, SHORT = SLICES_MS


def player() -> Player:
    return Player("", Origins("http://localhost:8080", {}, set()), PATHS_ALONE)


@pytest.fixture(scope="module")
def evening() -> list[Frame]:
    """The frames of an hour of an evening."""
    return PAST.frames(Slice(MONDAY + 20 * HOUR_MS, HOUR), player())


def test_the_same_seed_makes_the_same_past_and_another_seed_another() -> None:
    slice_ = Slice(MONDAY + 9 * HOUR_MS, SHORT)
    one, same, other = (Past(seed, 60).frames(slice_, player()) for seed in (1, 1, 2))
    assert one == same != other


def test_a_slice_has_what_the_slices_within_have(evening: list[Frame]) -> None:
    inner = Slice(MONDAY + 20 * HOUR_MS, HOUR).within()
    assert [frame for each in inner for frame in PAST.frames(each, player())] == evening


def test_visits_are_those_of_live_visitors(evening: list[Frame]) -> None:
    begin_ms = MONDAY + 20 * HOUR_MS
    assert all(begin_ms <= frame.received < begin_ms + HOUR_MS + SETTLED_MS for frame in evening)
    assert {frame.key for frame in evening} <= set(paths())
    views = {(frame.session, frame.view) for frame in evening}
    told = [frame.attributes for frame in evening if frame.attributes]
    assert len(told) == len(views)
    assert {attributes.segment for attributes in told} == set(VARIANTS)
    assert INTERNAL in {attributes.referrer for attributes in told}
    assert {event.type for frame in evening for event in frame.events} >= {"click", "dwell"}
    assert any(frame.looks for frame in evening)


def arrivals(begin_ms: int, end_ms: int) -> int:
    past = Past(seed=1, views=3_000)
    return sum(len(past._arrivals(at_ms)) for at_ms in range(begin_ms, end_ms, SHORT))


def test_evenings_and_weekends_are_busier_than_nights_and_weekdays() -> None:
    at_night, in_the_evening = (
        arrivals(MONDAY + hour * HOUR_MS, MONDAY + (hour + 2) * HOUR_MS) for hour in (2, 19)
    )
    assert in_the_evening > 8 * at_night
    tuesday, sunday = (arrivals(MONDAY + day * DAY_MS, MONDAY + (day + 1) * DAY_MS) for day in (1, 6))
    assert sunday > 1.1 * tuesday


def test_page_views_of_a_day_are_about_as_many_as_asked_for() -> None:
    frames = [
        frame
        for hour in range(8, 22, 4)
        for frame in PAST.frames(Slice(MONDAY + hour * HOUR_MS, HOUR), player())
    ]
    views = len({(frame.session, frame.view) for frame in frames})
    assert 0.7 * 60 < views / 4 < 1.6 * 60


def test_what_is_missing_is_made_in_long_slices_and_the_last_hours_in_short_ones() -> None:
    now_ms = MONDAY + 8 * HOUR_MS + 47 * MINUTE_MS
    missing = PAST.missing(1, now_ms, set())
    assert Counter(slice_.length_ms for slice_ in missing) == {LONG: 4, HOUR: 2, SHORT: 3}
    assert missing[0].begin_ms == MONDAY - DAY_MS + 6 * HOUR_MS
    assert missing[-1].end_ms == MONDAY + 8 * HOUR_MS + 30 * MINUTE_MS
    for before, after in pairwise(missing):
        assert before.end_ms == after.begin_ms


def test_later_a_past_is_continued_without_a_gap_and_nothing_twice() -> None:
    made: list[Slice] = []
    for minutes in (0, 3, 25, 70, 200, 1_000, 3_000):
        known = {PAST.digest(slice_) for slice_ in made}
        made += PAST.missing(3, MONDAY + minutes * MINUTE_MS, known)
    made.sort()
    for before, after in pairwise(made):
        assert before.end_ms == after.begin_ms
    assert made[-1].end_ms == MONDAY + 2_990 * MINUTE_MS
