"""A range of any length is read from the fewest rows, and has exactly its minutes."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pageheat.services.contract.forgetting import Forgotten
from pageheat.services.history.engine import Embedded
from pageheat.services.history.ranges import DAY_MS, HOUR_MS, LENGTHS, MINUTE_MS, WEEK_MS, spans, up_to
from tests.support.history import NOON_MS, frame
from tests.support.history_log import Log, run
from tests.unit.history.test_answers import app_of, asked

minutes = st.integers(0, 2 * 366 * 1440)


@given(minutes, minutes, st.sampled_from([*LENGTHS]))
def test_spans_follow_each_other_from_begin_to_end(begin: int, length: int, coarsest: str) -> None:
    begin_ms, end_ms = begin * MINUTE_MS, (begin + length) * MINUTE_MS
    found = spans(begin_ms, end_ms, coarsest)
    assert [*up_to(coarsest, spans(begin_ms, end_ms))] == found
    at_ms = begin_ms
    for span in found:
        assert span.begin_ms == at_ms < span.end_ms
        assert span.begin_ms % LENGTHS[span.level] == span.end_ms % LENGTHS[span.level] == 0
        at_ms = span.end_ms
    assert at_ms == end_ms or not length


def test_a_year_to_the_minute_is_read_from_few_rows() -> None:
    begin_ms = 2_900 * WEEK_MS + DAY_MS + HOUR_MS + MINUTE_MS
    rows = dict.fromkeys(LENGTHS, 0)
    for span in spans(begin_ms, begin_ms + 365 * DAY_MS):
        rows[span.level] += (span.end_ms - span.begin_ms) // LENGTHS[span.level]
    assert rows == {"minute": 60, "hour": 23, "day": 7, "week": 51}


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_the_grid_of_any_weeks_has_exactly_their_moves_for_all_and_for_some(
    engine: Embedded, is_forgotten: bool
) -> None:
    chance = random.Random(8)
    times = sorted(NOON_MS - chance.randrange(28 * 1440) * MINUTE_MS for _ in range(60))
    frames = [frame(at_ms, moves=[(1, 1, 0)], session=f"s{at}") for at, at_ms in enumerate(times)]
    log = Log.of(frames)
    if is_forgotten:
        gone_ms, back_ms = times[20] - 7 * MINUTE_MS, times[30] + MINUTE_MS
        log.forget(Forgotten("/", begin_ms=gone_ms, end_ms=back_ms))
        times = [at_ms for at_ms in times if not gone_ms <= at_ms < back_ms]
    member = run(log, engine, step=30)
    if is_forgotten:
        member.tick()
    client = app_of(engine)
    for _ in range(12):
        begin_ms, end_ms = sorted(NOON_MS - chance.randrange(28 * 1440) * MINUTE_MS for _ in range(2))
        wanted = sum(begin_ms <= at_ms < end_ms for at_ms in times)
        question = {"from": begin_ms, "to": end_ms}
        assert asked(client, "grid/", **question)["totals"]["moves"] == wanted
        assert asked(client, "grid/", band="desktop", **question)["totals"]["moves"] == wanted
        pages = asked(client, "pages", **question)["pages"]
        assert sum(page["moves"] for page in pages) == wanted
