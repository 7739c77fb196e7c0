"""A backup of the database while it is written to, and its restoring: the same for either engine.

A backup is a tar file, gzipped: `pageheat.json` (version of the schema, time), blocks of rows in ClickHouse's
format Native, `table/number`, and `end.json` (rows of each table). It is read from a copy of all tables,
which is made between two batches and costs no space, as its files are links. With several processes of
history on a server, no lock is between two batches of all; so what the copy has is checked: `progress` is
copied first and `intents` last, so a batch of which anything is in the copy is either in `progress`, or seen
in `intents` and not in `progress`. Then the copy is made again.
"""

import gzip
import io
import tarfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple

import msgspec

from pageheat.services.history.engine import Engine, EngineFailed
from pageheat.services.history.native import Native
from pageheat.services.history.schema import BEGIN, DATABASE, MIGRATIONS, NEWEST, RESTORING, WITH_PAGES
from pageheat.services.history.store import Store

COPY = f"{DATABASE}_backup"
"""The database of the copy."""

FORMAT = 1
"""Version of the tar file."""

_MASKS = ("remainders", "forgotten")

ROWS_FIRST = ("progress", "reached", *_MASKS, *WITH_PAGES, "alive", "imports", "intents", "migrations")
"""All tables, in the order in which they are copied: no row is copied after its mask is gone."""

STATE_LAST = (*WITH_PAGES, *_MASKS, "alive", "imports", "intents", "progress", "reached", "migrations")
"""All tables, in the order in which they are restored."""

BLOCK_BYTES = 8_000_000
"""Of a block of rows, about: inserting one takes several times as much memory."""

MAX_COPIES, PAUSE_S = 60, 0.5
"""Attempts to make a copy between two batches of all processes, and the pause between them."""

_making = threading.Lock()


class Restored(NamedTuple):
    """What a backup had: when it was made, ms since the epoch, and the rows of each table."""

    at_ms: int
    rows: dict[str, int]


class _Head(msgspec.Struct):
    format: int
    version: int
    at: int
    columns: dict[str, list[str]]


class _Part(msgspec.Struct):
    name: str
    rows: int
    bytes: int


def backup(engine: Engine, store: Store, clock_ms: Callable[[], int]) -> Iterator[bytes]:
    """The blocks of a backup.

    Raises:
        EngineFailed: the database does, is not whole, or another backup is being made.
    """
    store.require_whole()
    if not _making.acquire(blocking=False):
        raise EngineFailed("another backup is being made; try again when it is done")
    try:
        _copy(engine, store)
        yield from _packed(engine, clock_ms())
    finally:
        try:
            drop_copy(engine)
        finally:
            _making.release()


def drop_copy(engine: Engine) -> None:
    """Drop the copy that a backup leaves if it is killed."""
    engine.command(f"DROP DATABASE IF EXISTS {COPY} SYNC")


def _copy(engine: Engine, store: Store) -> None:
    for _ in range(MAX_COPIES):
        with store.writing:
            drop_copy(engine)
            engine.command(f"CREATE DATABASE {COPY}")
            for table in ROWS_FIRST:
                engine.command(f"CREATE TABLE {COPY}.{table} AS {DATABASE}.{table}")
                engine.command(f"SYSTEM STOP MERGES {COPY}.{table}")
                for partition in _partitions(engine, table):
                    attach = f"ATTACH PARTITION ID '{partition}' FROM {DATABASE}.{table}"
                    engine.command(f"ALTER TABLE {COPY}.{table} {attach}")
        if not _is_torn(engine):
            return
        time.sleep(PAUSE_S)
    raise EngineFailed(
        f"{MAX_COPIES} times a batch was being written by another process of history, or an import; "
        "try again when no import runs"
    )


def _partitions(engine: Engine, table: str) -> list[str]:
    return [
        row["id"]
        for row in _rows(
            engine,
            f"""SELECT DISTINCT partition_id AS id FROM system.parts
            WHERE database = '{DATABASE}' AND table = '{table}' AND active ORDER BY id""",
            dict[str, str],
        )
    ]


def _is_torn(engine: Engine) -> bool:
    """Whether the copy has a batch, or a part of an import, that was being written."""
    found = _rows(
        engine,
        f"""SELECT
            (SELECT count() FROM (SELECT partition, max(batch) AS batch FROM {COPY}.intents
                GROUP BY partition) AS begun
            LEFT JOIN (SELECT partition, max(batches) AS batches FROM {COPY}.progress GROUP BY partition)
                AS done USING partition WHERE batch > batches)
            + (SELECT count() FROM (SELECT digest FROM {COPY}.imports GROUP BY digest HAVING max(stored) = 0))
        AS count""",
        dict[str, int],
    )
    return any(row["count"] for row in found)


def _packed(engine: Engine, now_ms: int) -> Iterator[bytes]:
    sink = _Sink()
    version = _rows(engine, f"SELECT max(number) AS number FROM {COPY}.migrations", dict[str, int])
    with (
        gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=1) as zipped,
        tarfile.open(fileobj=zipped, mode="w|") as tar,
    ):
        columns = {table: _columns(engine, table) for table in STATE_LAST}
        head = _Head(FORMAT, version[0]["number"], now_ms, columns)
        _add(tar, "pageheat.json", msgspec.json.encode(head), now_ms)
        counts: dict[str, int] = {}
        for table in STATE_LAST:
            counts[table] = 0
            for number, (rows, block) in enumerate(_blocks(engine, table, columns[table])):
                _add(tar, f"{table}/{number:06}", block, now_ms)
                counts[table] += rows
                yield sink.taken()
        _add(tar, "end.json", msgspec.json.encode(counts), now_ms)
    yield sink.taken()


def _columns(engine: Engine, table: str) -> list[str]:
    found = _rows(
        engine,
        f"""SELECT name FROM system.columns WHERE database = '{COPY}' AND table = '{table}'
        ORDER BY position""",
        dict[str, str],
    )
    return [row["name"] for row in found]


def _blocks(engine: Engine, table: str, columns: Sequence[str]) -> Iterator[tuple[int, bytes]]:
    """The rows of a table in blocks, each with their number."""
    names = ", ".join(f"`{name}`" for name in columns)
    parts = _rows(
        engine,
        f"""SELECT name, rows, data_uncompressed_bytes AS bytes FROM system.parts
        WHERE database = '{COPY}' AND table = '{table}' AND active ORDER BY name""",
        _Part,
    )
    for part in parts:
        step = max(1, part.rows * BLOCK_BYTES // max(part.bytes, 1))
        for begin in range(0, part.rows, step):
            block = engine.query(
                f"""SELECT {names} FROM {COPY}.{table} WHERE _part = '{part.name}'
                AND _part_offset >= {begin} AND _part_offset < {begin + step}
                SETTINGS low_cardinality_allow_in_native_format = 0, max_threads = 1""",
                format_="Native",
            )
            yield min(step, part.rows - begin), block


def restore(engine: Engine, file: BinaryIO, *, replace: bool, told: Callable[[str], None]) -> Restored:
    """Restore a backup into a database that is empty.

    Args:
        engine: the database; no history runs on it.
        file: the backup.
        replace: whether to delete what the database has.
        told: is told which table is being restored.

    Raises:
        EngineFailed: the database does, or is not empty; or the file is no backup, or not whole. The database
            is then refused by the history, until a backup is restored.
    """
    try:
        with tarfile.open(fileobj=file, mode="r|gz") as tar:
            return _restored(engine, tar, replace=replace, told=told)
    except (tarfile.TarError, EOFError, OSError, msgspec.DecodeError) as error:
        raise EngineFailed(f"not a whole backup: {error}") from None


def _restored(
    engine: Engine, tar: tarfile.TarFile, *, replace: bool, told: Callable[[str], None]
) -> Restored:
    head = msgspec.json.decode(_read(tar, tar.next(), "pageheat.json"), type=_Head)
    if head.format > FORMAT or head.version > NEWEST:
        raise EngineFailed(
            f"the backup has version {head.version}, this program knows {NEWEST}: use the later program"
        )
    _empty(engine, replace=replace)
    for migration in MIGRATIONS[: head.version]:
        for statement in migration.statements:
            engine.command(statement)
    counts: dict[str, int] = {}
    token = uuid.uuid4().hex
    while (entry := tar.next()) and entry.name != "end.json":
        table = entry.name.partition("/")[0]
        if table not in STATE_LAST:
            raise EngineFailed(f"not a backup of this program: it has {entry.name}")
        told(table)
        block = Native(_read(tar, entry, entry.name))
        block.names = tuple(head.columns[table])
        engine.insert(f"{DATABASE}.{table}", block, f"{token}-{entry.name}")
    wanted = msgspec.json.decode(_read(tar, entry, "end.json"), type=dict[str, int])
    for table in wanted:
        counts[table] = _rows(engine, f"SELECT count() AS n FROM {DATABASE}.{table}", dict[str, int])[0]["n"]
    if any(counts[table] > wanted[table] for table in wanted):
        raise EngineFailed("rows were added while the backup was restored: stop all processes of history")
    engine.command(f"DROP TABLE {RESTORING} SYNC")
    return Restored(head.at, wanted)


def _empty(engine: Engine, *, replace: bool) -> None:
    """Make the database empty and marked as being restored.

    Raises:
        EngineFailed: it is not empty, and should not be replaced.
    """
    found = _rows(
        engine,
        f"""SELECT sum(total_rows) AS n FROM system.tables
        WHERE database = '{DATABASE}' AND name != 'migrations'""",
        dict[str, int | None],
    )
    if found[0]["n"] and not replace:
        raise EngineFailed("the database is not empty; give --replace to delete what it has")
    engine.command(f"DROP DATABASE IF EXISTS {DATABASE} SYNC")
    engine.command(BEGIN[0])
    engine.command(f"CREATE TABLE {RESTORING} (at DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY at")
    for statement in BEGIN[1:]:
        engine.command(statement)


class _Sink(io.RawIOBase):
    """Keeps what is written until it is taken."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._chunks.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        chunks, self._chunks = self._chunks, []
        return b"".join(chunks)


def _add(tar: tarfile.TarFile, name: str, data: bytes, now_ms: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime = len(data), now_ms / 1000
    tar.addfile(entry, io.BytesIO(data))


def _read(tar: tarfile.TarFile, entry: tarfile.TarInfo | None, name: str) -> bytes:
    data = tar.extractfile(entry) if entry and entry.name == name else None
    if data is None:
        raise EngineFailed(f"not a whole backup: it has no {name}")
    return data.read()


def _rows(engine: Engine, sql: str, type_: type) -> list:  # type: ignore[type-arg]
    settings = "output_format_json_quote_64bit_integers = 0"
    answer = engine.query(f"{sql} SETTINGS {settings}", format_="JSONEachRow")
    return [msgspec.json.decode(line, type=type_) for line in answer.splitlines() if line]
