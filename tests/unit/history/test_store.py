"""What is in the database, by a real engine in a folder: each record once, whenever the process is killed."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from pageheat.services.history import store as module
from pageheat.services.history.engine import Embedded, EngineFailed, MissingEngine, Server
from pageheat.services.history.native import Block
from pageheat.services.history.ranges import LENGTHS
from pageheat.services.history.schema import DATABASE, LEVELS, MIGRATIONS, NEWEST
from pageheat.services.history.store import Intent, Kept, Store
from tests.support.clickhouse import clickhouse
from tests.support.history import frame, recount
from tests.support.history_log import FOREVER, Killed, Log, Mortal, content, opened, run
from tests.unit.history.test_partition import visits


def test_minutes_hours_and_days_add_up_to_a_recount(engine: Embedded) -> None:
    frames = visits(1, 90)
    run(Log.of(frames), engine)
    events, views = recount(frames)
    assert content(engine) == (events, views)
    for level, length in (("hour", 60), ("day", 1440)):
        coarse = content(engine, level)
        assert coarse[0].total() == events.total()
        assert coarse[1].total() == views.total()
        assert {place[1] % length for place in coarse[0]} == {0}


def by_place(engine: Embedded, table: str, time: str) -> bytes:
    """Counts of each place and time, of all bands and attributes together."""
    return engine.query(
        f"""SELECT page, {time} AS at, layer, cell, sum(e) AS events, sum(v) AS views FROM {DATABASE}.{table}
        ARRAY JOIN cellMap.cell AS cell, cellMap.events AS e, cellMap.views AS v
        GROUP BY page, at, layer, cell HAVING events != 0 OR views != 0 ORDER BY ALL""",
        format_="TSV",
    )


def in_steps(level: str) -> str:
    """SQL for a time, rounded down to a level's."""
    length_s = LENGTHS[level] // 1000
    return f"toDateTime(intDiv(toUnixTimestamp(time), {length_s}) * {length_s}, 'UTC')"


@pytest.mark.parametrize("level", ["hour", "day", "week"])
def test_rows_of_all_views_together_are_the_sum_of_those_by_band_and_attribute(
    engine: Embedded, level: str
) -> None:
    run(Log.of(visits(9, 90)), engine, step=40)
    by_band = f"counts_{min(level, 'day', key=list(LENGTHS).index)}"
    assert len(by_place(engine, by_band, "time")) > 1_000
    assert by_place(engine, f"whole_{level}", "time") == by_place(engine, by_band, in_steps(level))


def test_merged_rows_are_the_same(engine: Embedded) -> None:
    frames = visits(2, 90)
    run(Log.of(frames), engine, step=3)
    for level in ("minute", "hour", "day"):
        engine.command(f"OPTIMIZE TABLE {DATABASE}.counts_{level} FINAL")
    assert content(engine) == recount(frames)


@pytest.mark.parametrize("error", [Killed, EngineFailed], ids=["killed", "refused"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_write_nothing_is_lost_or_counted_twice(
    tmp_path: Path, after: bool, error: type[BaseException]
) -> None:
    frames = visits(3, 40)
    log = Log.of(frames)
    engine = opened(tmp_path)
    chance = random.Random(3)
    kills, dies_at = 0, 1
    while True:
        log_so_far = Log(records={p: records[:] for p, records in log.records.items()})
        try:
            run(log_so_far, Mortal(engine, dies_at, after=after, error=error), step=6)
            break
        except error:
            kills += 1
            dies_at = chance.randrange(1, 20)  # a batch has 12 writes
    assert kills > 10
    assert content(engine) == recount(frames)
    engine.close()


def test_the_database_begins_anew_from_the_log_if_its_folder_is_deleted(tmp_path: Path) -> None:
    frames = visits(4, 50)
    for name in ("first", "second"):
        engine = opened(tmp_path / name)
        run(Log.of(frames), engine, step=30)
        assert content(engine) == recount(frames)
        engine.close()


def test_a_second_process_is_refused_the_folder_with_its_setting(tmp_path: Path, engine: Embedded) -> None:
    code = (
        "import sys; from pathlib import Path; from pageheat.services.history.engine import Embedded\n"
        "try: Embedded(Path(sys.argv[1]))\nexcept Exception as error: print(error)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "history")], capture_output=True, text=True, timeout=60
    )
    folder = tmp_path / "history"
    assert ran.stdout.startswith(f"HISTORY_FOLDER={folder}: another process has it open: stop"), ran.stderr
    assert not ran.stderr


def test_a_folder_that_cannot_be_made_is_refused_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EngineFailed, match=f"HISTORY_FOLDER={tmp_path}/file/history: Not a directory"):
        Embedded(tmp_path / "file" / "history")


def test_without_chdb_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "chdb.session", None)
    with pytest.raises(MissingEngine, match=r"pip install 'pageheat\[history\]'"):
        Embedded(tmp_path)


def test_a_database_of_a_later_version_is_refused(engine: Embedded) -> None:
    block = Block(1)
    block.numbers("number", "UInt32", [NEWEST + 1])
    engine.insert(f"{DATABASE}.migrations", block.data, "")
    with pytest.raises(EngineFailed, match=f"version {NEWEST + 1}"):
        Store(engine).migrate(FOREVER)


def test_a_process_stores_nothing_more_once_a_later_one_has_migrated_the_database(engine: Embedded) -> None:
    store = Store(engine)
    store.migrate(FOREVER)
    store.intend([Intent(3, 1, 0, 7)])
    block = Block(1)
    block.numbers("number", "UInt32", [NEWEST + 1])
    engine.insert(f"{DATABASE}.migrations", block.data, "")
    with pytest.raises(EngineFailed, match=f"version {NEWEST + 1}, this program knows {NEWEST}"):
        store.intend([Intent(3, 2, 7, 9)])


def test_migrations_are_applied_once(engine: Embedded) -> None:
    Store(engine).migrate(FOREVER)
    assert engine.query(f"SELECT count() FROM {DATABASE}.migrations", format_="CSV").strip() == b"%d" % NEWEST


WEEKS_SINCE = 6
"""The version that has weeks."""


def as_of(version: int, then: pytest.MonkeyPatch) -> None:
    """Work as an earlier version did."""
    then.setattr(module, "MIGRATIONS", MIGRATIONS[:version])
    then.setattr(module, "NEWEST", version)
    if version < WEEKS_SINCE:
        then.setitem(LEVELS, "whole", LEVELS["whole"][:2])


@pytest.mark.parametrize("version", range(1, NEWEST + 1))
def test_a_database_of_any_earlier_version_is_brought_to_the_newest_with_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    frames = visits(6, 40)
    with monkeypatch.context() as then:
        as_of(version, then)
        engine = opened(tmp_path)
        run(Log.of(frames[:20]), engine)
        engine.close()
    engine = opened(tmp_path)
    assert (
        engine.query(f"SELECT max(number) FROM {DATABASE}.migrations", format_="CSV").strip()
        == b"%d" % NEWEST
    )
    run(Log.of(frames), engine)
    assert content(engine) == recount(frames)
    assert by_place(engine, "whole_week", "time") == by_place(engine, "whole_day", in_steps("week"))
    engine.query(f"SELECT * FROM {DATABASE}.imports", format_="CSV")
    engine.close()


@pytest.mark.parametrize("dies_at", [2, 5, 11])
def test_a_batch_that_an_earlier_version_began_is_finished_by_that_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    frames = visits(6, 40)
    with monkeypatch.context() as then:
        as_of(WEEKS_SINCE - 1, then)
        engine = opened(tmp_path)
        with pytest.raises(Killed):
            run(Log.of(frames[:20]), Mortal(engine, dies_at, after=False), step=20)
    with pytest.raises(EngineFailed, match="start that version once more, stop it, then start this one"):
        Store(engine).migrate(FOREVER)
    with monkeypatch.context() as then:
        as_of(WEEKS_SINCE - 1, then)
        run(Log.of(frames[:20]), engine, step=20)
    Store(engine).migrate(FOREVER)
    run(Log.of(frames), engine)
    assert content(engine) == recount(frames)
    assert by_place(engine, "whole_week", "time") == by_place(engine, "whole_day", in_steps("week"))
    engine.close()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_migration_that_was_interrupted_goes_on(tmp_path: Path, after: bool) -> None:
    engine = Embedded(tmp_path)
    for dies_at in (1, 3, 9, 12, 13, 3, 4, 6):
        with pytest.raises(Killed):
            Store(Mortal(engine, dies_at, after=after)).migrate(FOREVER)
    Store(engine).migrate(FOREVER)
    numbers = engine.query(f"SELECT number FROM {DATABASE}.migrations ORDER BY number", format_="CSV")
    assert [*map(int, numbers.split())] == [migration.number for migration in MIGRATIONS]
    frames = visits(7, 20)
    run(Log.of(frames), engine)
    assert content(engine) == recount(frames)
    engine.close()


def test_rows_older_than_their_days_are_deleted(tmp_path: Path) -> None:
    engine = opened(tmp_path)
    run(Log.of([frame(moves=[(1, 1, 0)])]), engine)
    store = Store(engine)
    store.migrate(Kept(minutes=1, hours=7_300, rows=7_300))
    engine.command(f"ALTER TABLE {DATABASE}.counts_minute MATERIALIZE TTL SETTINGS mutations_sync = 2")
    engine.command(f"OPTIMIZE TABLE {DATABASE}.counts_minute FINAL")
    assert content(engine)[0].total() == 0
    assert content(engine, "hour")[0].total() > 0
    engine.close()


def test_a_server_keeps_the_same_by_batches_of_one_partition(engine: Embedded) -> None:
    frames = visits(5, 60)
    with clickhouse(engine) as url:
        server = Server(url)
        Store(server).migrate(FOREVER)
        run(Log.of(frames), server, step=30, together=False)
        assert content(server) == recount(frames)
        with pytest.raises(EngineFailed, match="UNKNOWN_TABLE"):
            server.query("SELECT * FROM nothing", format_="CSV")
        server.close()


def test_a_server_that_does_not_answer_is_named_by_its_setting() -> None:
    server = Server("http://127.0.0.1:9")
    with pytest.raises(EngineFailed, match="CLICKHOUSE_URL does not answer"):
        server.command("SELECT 1")
    server.close()
