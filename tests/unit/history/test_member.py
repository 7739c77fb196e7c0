"""When the history stores, by a log in memory and a real engine."""

import threading

import pytest

from pageheat.services.history import member as module
from pageheat.services.history.engine import Embedded
from pageheat.services.history.member import AFTER_MINUTE_MS, ASKED_MS, Member
from pageheat.services.history.schema import DATABASE
from pageheat.services.history.store import Store
from pageheat.services.runtime.cluster import Cluster
from tests.support.history import BANDS, MINUTE_MS, NOON_MS, frame
from tests.support.history_log import Log, Tp, content


class Clock:
    """A clock that is set."""

    now_ms = NOON_MS

    def __call__(self) -> int:
        return self.now_ms


def member_of(log: Log, engine: Embedded, clock: Clock) -> Member:
    member = Member(Store(engine), Cluster(""), BANDS, count_robots=False, clock_ms=clock)
    with log.instead_of_kafka():
        member.assigned(None, [Tp("", partition) for partition in log.records])
    member.tick()
    for records in log.records.values():
        member.take(records)
    return member


def is_stored(engine: Embedded) -> bool:
    return content(engine)[0].total() > 0


def one_frame() -> Log:
    log = Log()
    log.append(frame(moves=[(1, 1, 0)]))
    return log


def test_a_minute_is_stored_when_it_is_over(engine: Embedded) -> None:
    clock = Clock()
    member = member_of(one_frame(), engine, clock)
    clock.now_ms = NOON_MS + AFTER_MINUTE_MS - 1
    member.tick()
    assert not is_stored(engine)
    clock.now_ms += 1
    member.tick()
    assert is_stored(engine)


def test_while_a_backup_or_an_import_is_writing_the_loop_turns_and_stores_later(engine: Embedded) -> None:
    clock = Clock()
    member = member_of(one_frame(), engine, clock)
    clock.now_ms = NOON_MS + AFTER_MINUTE_MS
    holds, may_end = threading.Event(), threading.Event()

    def write() -> None:
        with member._store.writing:
            holds.set()
            may_end.wait(60)

    writing = threading.Thread(target=write)
    writing.start()
    holds.wait(60)
    member.tick()  # a loop that waited would never come back
    assert not is_stored(engine)
    may_end.set()
    writing.join()
    member.tick()
    assert is_stored(engine)


def test_who_asks_for_the_present_has_it_stored_but_not_more_often_than_bounded(engine: Embedded) -> None:
    clock = Clock()
    member = member_of(one_frame(), engine, clock)
    clock.now_ms += ASKED_MS - 1
    member.present(0)
    member.tick()
    assert not is_stored(engine)
    clock.now_ms += 2
    member.present(0)
    member.tick()
    assert is_stored(engine)


def test_each_minute_in_which_kafka_answers_is_noted(engine: Embedded) -> None:
    clock, is_well = Clock(), True
    store = Store(engine)
    member = Member(store, Cluster(""), BANDS, count_robots=False, is_well=lambda: is_well, clock_ms=clock)
    for minute, is_well in enumerate((True, True, False, True)):  # noqa: B007 - read by the member
        clock.now_ms = NOON_MS + minute * MINUTE_MS + AFTER_MINUTE_MS
        for _ in range(3):
            member.tick()
    noted = engine.query(f"SELECT toUnixTimestamp(time) FROM {DATABASE}.alive ORDER BY 1", format_="TSV")
    assert [int(line) * 1000 - NOON_MS for line in noted.split()] == [0, MINUTE_MS, 3 * MINUTE_MS]


def test_a_large_batch_is_stored_at_once(engine: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BATCH", 1)
    member_of(one_frame(), engine, Clock())
    assert is_stored(engine)


def test_others_are_told_how_far_it_is_stored(engine: Embedded) -> None:
    member = member_of(one_frame(), engine, Clock())
    told: list[tuple[int, int]] = []
    member.done = lambda *place: told.append(place)
    member.store_all()
    assert told == [(1, 1)]
