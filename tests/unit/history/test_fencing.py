"""Several histories on one server: one that was frozen wakes up when another has its partitions."""

import contextlib

import pytest
from msgspec.structs import replace

from pageheat.services.history.engine import Embedded
from pageheat.services.history.member import LATE_MS, Member
from pageheat.services.history.partition import Position
from pageheat.services.history.store import Intent, Overtaken, Store
from pageheat.services.runtime.cluster import Cluster
from tests.support.history import BANDS, MINUTE_MS, NOON_MS, frame, recount
from tests.support.history_log import Killed, Log, Mortal, Tp, content, overtaken, run
from tests.unit.history.test_forgetting import forgetful
from tests.unit.history.test_partition import visits

FROZEN = (1, 2, 7, 13, 14)
"""Before the announcement, before and between tables, before progress, and before the next batch."""


def test_a_process_that_wakes_up_after_another_has_its_partitions_adds_nothing(engine: Embedded) -> None:
    for number, at in enumerate(FROZEN):
        site = f"site-{number}"
        log, wanted = forgetful([replace(one, site=site) for one in visits(8, 30)], first=2 * number)
        assert overtaken(log, engine, at, until=12)
        run(log, engine, step=30, together=False)
        events = {place: count for place, count in content(engine)[0].items() if site in place[0]}
        assert events == recount(wanted)[0], f"it stood still before statement {at}"


def test_who_announces_a_batch_that_another_has_announced_is_refused(engine: Embedded) -> None:
    first, second = Store(engine), Store(engine)
    token = first.intend([Intent(3, 1, 0, 10)])
    assert second.intend([Intent(3, 1, 0, 10)]) == token
    with pytest.raises(Overtaken, match="partition 3: another process stores batch 1"):
        second.intend([Intent(3, 1, 0, 12)])
    first.intend([Intent(3, 2, 10, 20)])
    with pytest.raises(Overtaken):
        second.intend([Intent(3, 1, 0, 10)])
    assert [it for batch in second.unfinished({3: Position(10, batches=1)}) for it in batch] == [
        Intent(3, 2, 10, 20)
    ]


def test_progress_does_not_go_back(engine: Embedded) -> None:
    store = Store(engine)
    store.progress({3: Position(20, batches=2, era=1)})
    store.progress({3: Position(10, batches=1)})
    at = store.positions()[3]
    assert (at.offset, at.batches, at.era) == (20, 2, 1)


def test_a_batch_that_takes_too_long_is_given_up(engine: Embedded) -> None:
    log = Log.of([frame(moves=[(1, 1, 0)])])
    times = iter([NOON_MS] * 3 + [NOON_MS + LATE_MS + 1] * 3)
    with log.instead_of_kafka():
        member = Member(Store(engine), Cluster(""), BANDS, count_robots=False, clock_ms=lambda: next(times))
        member.assigned(None, [Tp("", 1)])
        member.take(log.records[1])
        with pytest.raises(Overtaken, match="longer than 5 min"):
            member.store_all()
    run(log, engine)
    assert content(engine) == recount([frame(moves=[(1, 1, 0)])])


def test_a_batch_of_a_topic_that_was_created_again_is_not_waited_for(engine: Embedded) -> None:
    log = Log.of([frame(moves=[(1, 1, 0)]), frame(moves=[(1, 1, 0)])])
    with contextlib.suppress(Killed):
        run(log, Mortal(engine, 2, after=False))
    anew = [frame(NOON_MS + MINUTE_MS, moves=[(1, 1, 0)])]
    run(Log.of(anew), engine)
    assert content(engine) == recount(anew)
