"""A backup while the history writes, restored elsewhere: nothing is lost, nothing twice."""

import io
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pageheat.services.contract.forgetting import Forgotten
from pageheat.services.history import backup as module
from pageheat.services.history.backup import backup, restore
from pageheat.services.history.engine import Embedded, EngineFailed
from pageheat.services.history.importing import Importer
from pageheat.services.history.notes import Notes
from pageheat.services.history.schema import DATABASE, NEWEST
from pageheat.services.history.store import Intent, Store
from tests.support.history import BANDS, MINUTE_MS, NOON_MS, added, frame, recount
from tests.support.history_log import FOREVER, Log, batches_of, content, opened, run
from tests.support.system import until
from tests.unit.history.test_importing import NOW_MS, old, part
from tests.unit.history.test_partition import visits


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Embedded]:
    found = opened(tmp_path / "history")
    yield found
    found.close()


@contextmanager
def another(engine: Embedded, folder: Path) -> Iterator[Embedded]:
    """Another database, in the place of `engine`: a process has one at a time."""
    engine.close()
    found = Embedded(folder)
    try:
        yield found
    finally:
        found.close()


def made(engine: Embedded) -> bytes:
    return b"".join(backup(engine, Store(engine), lambda: NOON_MS))


def log_of(seed: int, count: int) -> Log:
    log = Log()
    for one in visits(seed, count):
        log.append(one)
    return log


def restored(engine: Embedded, data: bytes, *, replace: bool = False) -> dict[str, int]:
    return restore(engine, io.BytesIO(data), replace=replace, told=lambda _: None).rows


def importer(engine: Embedded) -> Importer:
    return Importer(engine, Store(engine), BANDS, FOREVER, lambda: NOW_MS, count_robots=False)


def test_a_restored_history_goes_on_from_the_log_without_loss_or_doubling(
    engine: Embedded, tmp_path: Path
) -> None:
    log, before = log_of(1, 60), old(9, 20)
    half = Log(records={p: records[: len(records) // 2] for p, records in log.records.items()})
    run(half, engine)
    importer(engine).take(part(before))
    Notes(engine, Store(engine), lambda: NOW_MS).add("/lamp", NOON_MS, "new header")
    data = made(engine)
    with another(engine, tmp_path / "second") as second:
        assert restored(second, data)["notes"] == 1
        Store(second).migrate(FOREVER)
        assert importer(second).take(part(before)).again
        run(log, second)
        assert content(second) == added(recount(visits(1, 60)), recount(before))


def test_a_backup_has_what_was_stored_when_it_began(engine: Embedded, tmp_path: Path) -> None:
    log = log_of(2, 60)
    half = Log(records={p: records[: len(records) // 2] for p, records in log.records.items()})
    run(half, engine)
    before = content(engine)
    blocks = backup(engine, Store(engine), lambda: NOON_MS)
    data = [next(blocks)]
    run(log, engine)
    engine.command(f"OPTIMIZE TABLE {DATABASE}.counts_minute FINAL")
    data += blocks
    with another(engine, tmp_path / "other") as other:
        restored(other, b"".join(data))
        assert content(other) == before


def test_a_batch_that_another_process_is_writing_is_waited_for(
    engine: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE_S", 0)
    monkeypatch.setattr(module, "MAX_COPIES", 3)
    run(log_of(3, 10), engine)
    Store(engine).intend([Intent(0, 1_000, 1_000, 1_010)])
    with pytest.raises(EngineFailed, match="3 times a batch was being written"):
        made(engine)


def test_equal_rows_are_restored_each(engine: Embedded, tmp_path: Path) -> None:
    log = Log()
    for one in visits(4, 6):
        log.append(one)
        log.append(one.__class__(**{name: getattr(one, name) for name in one.__struct_fields__}))
    run(log, engine, step=1)
    data, wanted = made(engine), content(engine)
    with another(engine, tmp_path / "other") as other:
        restored(other, data)
        assert content(other) == wanted


def test_a_database_that_is_not_empty_is_replaced_only_if_told(engine: Embedded, tmp_path: Path) -> None:
    run(log_of(5, 30), engine)
    data, before = made(engine), content(engine)
    run(log_of(5, 50), engine)
    with pytest.raises(EngineFailed, match="not empty; give --replace"):
        restored(engine, data)
    assert content(engine) != before
    restored(engine, data, replace=True)
    assert content(engine) == before


def test_after_an_interrupted_restore_the_database_is_refused_until_it_is_restored(
    engine: Embedded, tmp_path: Path
) -> None:
    run(log_of(6, 30), engine)
    data, wanted = made(engine), content(engine)
    chance = random.Random(1)
    with another(engine, tmp_path / "other") as other:
        for length in (30, *(chance.randrange(200, len(data) - 40) for _ in range(2))):
            with pytest.raises(EngineFailed, match="not a whole backup"):
                restored(other, data[:length], replace=True)
        with pytest.raises(EngineFailed, match="pageheat restore FILE --replace"):
            Store(other).migrate(FOREVER)
        with pytest.raises(EngineFailed, match="pageheat restore FILE --replace"):
            made(other)  # it would be a part of the rows that passes for a backup
        restored(other, data, replace=True)
        Store(other).migrate(FOREVER)
        assert content(other) == wanted


def test_a_backup_of_a_later_version_is_refused(engine: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    data = made(engine)
    monkeypatch.setattr(module, "NEWEST", NEWEST - 1)
    with pytest.raises(EngineFailed, match=f"version {NEWEST}, this program knows {NEWEST - 1}"):
        restored(engine, data, replace=True)


def test_no_copy_is_left_and_one_backup_is_made_at_a_time(engine: Embedded) -> None:
    blocks = backup(engine, Store(engine), lambda: NOON_MS)
    next(blocks)
    with pytest.raises(EngineFailed, match="another backup"):
        made(engine)
    blocks.close()  # type: ignore[attr-defined]
    assert b"backup" not in engine.query("SHOW DATABASES", format_="CSV")
    assert made(engine)


def test_what_remains_of_a_forgotten_span_is_restored_once(engine: Embedded, tmp_path: Path) -> None:
    frames = [
        frame(NOON_MS + turn * MINUTE_MS, moves=[(1, 1, 0)], page="/lamp", session=f"s{turn}")
        for turn in range(9)
    ]
    log = Log.of(frames)
    log.forget(Forgotten("/lamp", begin_ms=NOON_MS + 3 * MINUTE_MS, end_ms=NOON_MS + 5 * MINUTE_MS))
    run(log, engine)
    store = Store(engine)
    batches = batches_of(store)
    assert store.delete(batches), "masks are left, and what remains is stored"
    data = made(engine)
    with another(engine, tmp_path / "second") as second:
        restored(second, data)
        again = Store(second)
        until(lambda: again.delete(batches) == 0, lambda: f"{again.masks()} are left")
        for level in ("minute", "hour", "day"):
            assert content(second, level)[0].total() == recount(frames[:3] + frames[5:])[0].total(), level
