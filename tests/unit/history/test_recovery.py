"""After a full disk, a rebalance and a start, by a log in memory and a real engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pageheat.services.history.engine import Embedded, EngineFailed, Server
from pageheat.services.history.member import Member
from pageheat.services.history.schema import DATABASE
from pageheat.services.history.store import Store
from pageheat.services.history.touches import MEMORY_MIN, SLACK_MIN
from pageheat.services.runtime.cluster import Cluster
from tests.support.clickhouse import clickhouse
from tests.support.history import BANDS, MINUTE_MS, NOON_MS, frame, recount
from tests.support.history_log import FOREVER, Log, Tp, content, opened, run
from tests.unit.history.test_partition import visits


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Embedded]:
    found = opened(tmp_path / "history")
    yield found
    found.close()


TABLES = ("intents", "counts_minute", "elements_hour", "clicks", "views", "progress")


def test_a_disk_that_is_full_for_any_table_loses_nothing_and_counts_nothing_twice(engine: Embedded) -> None:
    frames = visits(7, 40)
    log = Log.of(frames)
    for table in TABLES:
        wanted_free(engine, table, 2**60)
        with pytest.raises(EngineFailed, match="NOT_ENOUGH_SPACE"):
            run(log, engine, step=6)
        wanted_free(engine, table, 0)
    run(log, engine, step=6)
    assert content(engine) == recount(frames)


def wanted_free(engine: Embedded, table: str, bytes_: int) -> None:
    """Have a table take rows only if so much of the disk is free."""
    setting = f"min_free_disk_bytes_to_perform_insert = {bytes_}"
    engine.command(f"ALTER TABLE {DATABASE}.{table} MODIFY SETTING {setting}")


def test_partitions_that_move_between_processes_are_stored_once(engine: Embedded) -> None:
    frames = visits(8, 80)
    log = Log.of(frames, partitions=3)
    with clickhouse(engine) as url, log.instead_of_kafka():
        servers = [Server(url), Server(url)]
        Store(servers[0]).migrate(FOREVER)
        members = [
            Member(
                Store(it), Cluster(""), BANDS, count_robots=False, together=False, clock_ms=lambda: NOON_MS
            )
            for it in servers
        ]
        owners = {1: 0, 2: 0}
        for turn in range(40):
            taken = turn % 5 != 4  # the last batch of an owner is not stored, and read again by the next one
            if turn % 5 == 0:
                owners = [{1: 0, 2: 0}, {1: 0, 2: 1}, {1: 1, 2: 0}, {1: 1, 2: 1}][turn // 5 % 4]
                next_ = assign(members, owners)
            for partition, owner in owners.items():
                start = next_[partition]
                next_[partition] = min(start + 3, len(log.records[partition]))
                members[owner].take(log.records[partition][start : next_[partition]])
                if taken:
                    members[owner].store_all()
        for server in servers:
            server.close()
    assert content(engine) == recount(frames)


def assign(members: list[Member], owners: dict[int, int]) -> dict[int, int]:
    """A rebalance; returns where each partition is read on."""
    everything = [Tp("", partition) for partition in owners]
    for member in members:
        member.revoked(everything)
    for number, member in enumerate(members):
        member.assigned(None, [tp for tp in everything if owners[tp.partition] == number])
    return {tp.partition: tp.offset for tp in everything}


def test_after_a_start_no_more_is_read_back_than_what_living_views_may_have_touched(engine: Embedded) -> None:
    log = Log.of([frame(NOON_MS + minute * MINUTE_MS, moves=[(1, 1, 0)]) for minute in range(180)])
    run(log, engine, step=20)
    log.read_back = 0
    run(log, engine)
    assert log.read_back == MEMORY_MIN + SLACK_MIN + 1
