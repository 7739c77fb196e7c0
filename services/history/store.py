"""What is stored, and that each record is stored once.

A batch is stored in four steps: *intents* (its number, and which records of which partitions it has), its
rows, table by table, each insert with its token; what it forgets, as rows of `forgotten`; and *progress*. Who
finds an intent beyond the progress repeats the batch from the log: a table takes what it does not have yet.

Rows are the same when repeated, as they depend on the log and on the views that were stored before it. Of an
insert into several of a table's partitions, some may have arrived: the token is checked in each.

Several processes may share a server, and one that was frozen may wake up when another has its partitions.
So a partition's batches are numbered, and the table of intents takes one intent of each number: who is second
reads another one back, and ends. Whatever a batch writes may be written by two processes and late, as it says
of which number it is: rows and masks are taken once, and of progress the highest number is true.
"""

import logging
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

import msgspec

from pageheat.services.contract.errors import PageheatError
from pageheat.services.history.engine import Engine, EngineFailed, Parameters
from pageheat.services.history.masks import MAX_HIDDEN, Mask, What, condition, hidden
from pageheat.services.history.native import Block
from pageheat.services.history.partition import IMPORTED, Position
from pageheat.services.history.ranges import MINUTE_MS
from pageheat.services.history.remainders import earlier, remainders
from pageheat.services.history.schema import BEGIN, DATABASE, MIGRATIONS, NEWEST, RESTORING, WITH_PAGES
from pageheat.services.history.touches import MEMORY_MIN, SLACK_MIN
from pageheat.services.history.views import View, Views

log = logging.getLogger(__name__)

Row = TypeVar("Row")

MAX_VIEW_DAYS = 2
"""A living view began this long ago at most, as it is looked for in the views of these days."""

REMAINDERS_S = 2
"""Time for what remains when something is forgotten: the loop must turn meanwhile, or others take over."""

FROZEN_S = 60
"""A process that took so long was frozen, and another one may have done its work."""


class Overtaken(PageheatError):
    """Another process stores this partition."""


@dataclass(frozen=True)
class Intent:
    """A batch's records in one partition: from `start` up to, not including, `stop`.

    Attributes:
        batch: its number among the partition's batches, from 1 on.
    """

    partition: int
    batch: int
    start: int
    stop: int


def token_of(intents: Collection[Intent]) -> str:
    """What the tables know a batch by: the numbers and records that it has of its partitions."""
    text = " ".join(f"{it.partition}.{it.batch}.{it.start}.{it.stop}" for it in sorted(intents, key=_place))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _place(intent: Intent) -> int:
    return intent.partition


@dataclass(frozen=True)
class Kept:
    """How many days each kind of row is kept."""

    minutes: int
    hours: int
    rows: int
    """Clicks and views."""

    @property
    def tables(self) -> list[tuple[tuple[str, ...], str, int]]:
        """The tables whose rows are deleted: names, column of time, days. Days and weeks stay for ever."""
        return [
            (("counts_minute", "elements_minute"), "time", self.minutes),
            (("counts_hour", "whole_hour", "elements_hour"), "time", self.hours),
            (("clicks",), "time", self.rows),
            (("views",), "began", self.rows),
        ]


class _Intent(msgspec.Struct):
    partition: int
    batch: int
    start: int
    stop: int
    token: str


class _Progress(msgspec.Struct):
    partition: int
    batches: int
    era: int
    position: int
    minute: int
    sources: list[int]
    offsets: list[int]
    received: list[int]


class _Deletions(msgspec.Struct):
    left: int
    reason: str


class _Mask(msgspec.Struct):
    partition: int
    batch: int
    page: str
    site: int
    begin: int
    stop: int


class _View(msgspec.Struct):
    partition: int
    page: str
    began: int
    id: int
    last: int
    band: str
    labels: tuple[str, str, str, str, str]
    depth: int
    fold: int
    clicks: int
    looked: int


class Store:
    """The tables on an engine; call `migrate` first.

    Attributes:
        writing: held while a batch is written, from its intent to its progress; by the same thread again.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._deleting: list[Mask] = []
        self.writing = threading.RLock()

    def migrate(self, kept: Kept) -> None:
        """Bring the tables to the newest version, and set for how long rows are kept.

        Raises:
            EngineFailed: the database refuses, or was made by a later version.
        """
        for statement in BEGIN:
            self._engine.command(statement)
        self.require_whole()
        self.require_known()
        version = self._version()
        if version and any(migration.fills for migration in MIGRATIONS[version:]):
            self._require_finished()
        for migration in MIGRATIONS[version:]:
            for statement in migration.statements:
                self._engine.command(statement)
            block = Block(1)
            block.numbers("number", "UInt32", [migration.number])
            self._engine.insert(f"{DATABASE}.migrations", block.data, "")
        for tables, column, days in kept.tables:
            for table in tables:
                self._engine.command(
                    f"ALTER TABLE {DATABASE}.{table} MODIFY TTL toDateTime({column}) + toIntervalDay({days}) "
                    "SETTINGS materialize_ttl_after_modify = 0"
                )

    def _require_finished(self) -> None:
        """Refuse to migrate a database with a batch that is stored in part: a new table would have its rows
        twice.

        Raises:
            EngineFailed: a batch or an import was interrupted.
        """
        begun = f"SELECT digest FROM {DATABASE}.imports GROUP BY digest HAVING max(stored) = 0"
        has_imports = self._rows(f"EXISTS TABLE {DATABASE}.imports", dict[str, int])[0]["result"]
        is_importing = has_imports and self._engine.query(begun, format_="TSV")
        if is_importing or self.unfinished(self.positions()):
            raise EngineFailed(
                "the earlier version was killed while it stored: start that version once more, stop it, then "
                "start this one"
            )

    def require_whole(self) -> None:
        """Refuse a database into which a backup was restored in part.

        Raises:
            EngineFailed: it is being restored, or that was interrupted.
        """
        if self._rows(f"EXISTS TABLE {RESTORING}", dict[str, int])[0]["result"]:
            raise EngineFailed(
                "a backup is being restored, or that was interrupted: pageheat restore FILE --replace"
            )

    def require_known(self) -> None:
        """Refuse a database that a later program has migrated, also while this one was running.

        Raises:
            EngineFailed: the database has a later version.
        """
        if (version := self._version()) > NEWEST:
            raise EngineFailed(
                f"the database has version {version}, this program knows {NEWEST}: use the later program"
            )

    def _version(self) -> int:
        found = self._rows(f"SELECT max(number) AS number FROM {DATABASE}.migrations", dict[str, int])
        return found[0]["number"]

    def positions(self) -> dict[int, Position]:
        """How far each partition is stored."""
        rows = self._rows(
            f"""SELECT partition, batches, era, position, minute, sources.partition AS sources,
                sources.offset AS offsets, sources.received AS received
            FROM {DATABASE}.progress ORDER BY batches DESC LIMIT 1 BY partition""",
            _Progress,
        )
        return {
            row.partition: Position(
                row.position,
                row.minute,
                {
                    source: (offset, received)
                    for source, offset, received in zip(row.sources, row.offsets, row.received, strict=True)
                },
                row.batches,
                row.era,
            )
            for row in rows
        }

    def unfinished(self, positions: Mapping[int, Position]) -> list[list[Intent]]:
        """The batches that were announced and not stored, each as its intents."""
        found: dict[str, list[Intent]] = {}
        for row in self._intents():
            at = positions.get(row.partition)
            if row.batch == (at.batches if at else 0) + 1:
                intent = Intent(row.partition, row.batch, row.start, row.stop)
                found.setdefault(row.token, []).append(intent)
        return list(found.values())

    def views(self, positions: Mapping[int, Position], bands: Sequence[str]) -> dict[int, Views]:
        """The living views of each partition."""
        if not positions:
            return {}
        oldest = {p: max(at.minute - MEMORY_MIN - SLACK_MIN, 0) for p, at in positions.items()}
        since = min(oldest.values())
        is_hidden, parameters = condition(hidden(self.masks()), "views")
        rows = self._rows(
            f"""SELECT partition, page, toUnixTimestamp64Milli(began) AS began, id, last, band,
                [referrer, source, medium, campaign, segment] AS labels, depth, fold, clicks, looked
            FROM {DATABASE}.views
            WHERE last >= {since} AND began >= toDateTime({since * 60}) - toIntervalDay({MAX_VIEW_DAYS})
                AND partition IN ({", ".join(map(str, oldest))}) AND NOT ({is_hidden})
            ORDER BY position DESC LIMIT 1 BY partition, id""",
            _View,
            parameters,
        )
        found: dict[int, list[View]] = {partition: [] for partition in positions}
        for row in rows:
            if row.last >= oldest[row.partition]:
                view = View(
                    row.id,
                    row.page,
                    began_ms=row.began,
                    last=row.last,
                    band=bands.index(row.band) if row.band in bands else len(bands) - 1,
                    labels=row.labels,
                    depth=row.depth,
                    fold=row.fold,
                    clicks=row.clicks,
                    looked_ms=row.looked,
                )
                found[row.partition].append(view)
        return {partition: Views(views) for partition, views in found.items()}

    def intend(self, intents: Collection[Intent]) -> str:
        """Announce a batch; returns its token.

        Raises:
            Overtaken: another process has announced a batch of one of these numbers.
            EngineFailed: a later program has migrated the database.
        """
        self.require_known()
        rows, token = list(intents), token_of(intents)
        block = Block(len(rows))
        block.numbers("partition", "UInt16", [row.partition for row in rows])
        block.numbers("batch", "UInt32", [row.batch for row in rows])
        block.numbers("start", "UInt64", [row.start for row in rows])
        block.numbers("stop", "UInt64", [row.stop for row in rows])
        block.texts("token", [token] * len(rows))
        numbers = " ".join(f"{row.partition}.{row.batch}" for row in rows)
        self._engine.insert(f"{DATABASE}.intents", block.data, numbers)
        newest = {row.partition: row.token for row in self._intents()}
        for row in rows:
            if newest.get(row.partition) != token:
                raise Overtaken(
                    f"partition {row.partition}: another process stores batch {row.batch}; exiting, to be "
                    "restarted"
                )
        return token

    def add(self, table: str, block: Block, token: str) -> None:
        """Add rows of a batch to a table, if they were not added with this token before."""
        self._engine.insert(f"{DATABASE}.{table}", block.data, token)

    def progress(self, positions: Mapping[int, Position]) -> None:
        """State that all before these positions is stored."""
        block, found = Block(len(positions)), list(positions.values())
        block.numbers("partition", "UInt16", list(positions))
        block.numbers("batches", "UInt32", [at.batches for at in found])
        block.numbers("era", "UInt32", [at.era for at in found])
        block.numbers("position", "UInt64", [at.offset for at in found])
        block.numbers("minute", "UInt32", [at.minute for at in found])
        block.lists("sources.partition", "UInt32", [list(at.sources) for at in found])
        values = [list(dict(at.sources).values()) for at in found]
        block.lists("sources.offset", "UInt64", [[offset for offset, _ in each] for each in values])
        block.lists("sources.received", "UInt64", [[received for _, received in each] for each in values])
        self._engine.insert(f"{DATABASE}.progress", block.data, "")

    def note_alive(self, now_ms: int) -> None:
        """Note that records were stored in this minute: one without any is then known to be empty."""
        block = Block(1)
        block.numbers("time", "DateTime", [now_ms // MINUTE_MS * MINUTE_MS // 1000])
        self._engine.insert(f"{DATABASE}.alive", block.data, "")

    def note_reached(self, times_ms: Mapping[int, int]) -> None:
        """Note of partitions until when they are stored completely: all that the topic had then is."""
        block = Block(len(times_ms))
        block.numbers("partition", "UInt16", list(times_ms))
        block.numbers("time", "DateTime64(3)", list(times_ms.values()))
        self._engine.insert(f"{DATABASE}.reached", block.data, "")

    def forget(self, masks: Sequence[Mask], token: str) -> None:
        """Hide rows from now on."""
        block = Block(len(masks))
        block.numbers("partition", "UInt16", [mask.partition for mask in masks])
        block.numbers("batch", "UInt32", [mask.batch for mask in masks])
        block.texts("page", [mask.what.key for mask in masks])
        block.numbers("site", "UInt8", [mask.what.of_site for mask in masks])
        block.numbers("begin", "UInt32", [mask.what.begin_s for mask in masks])
        block.numbers("stop", "UInt32", [mask.what.end_s for mask in masks])
        self._engine.insert(f"{DATABASE}.forgotten", block.data, token)

    def masks(self) -> list[Mask]:
        """What is hidden."""
        return masks_of(self._engine)

    def delete(self, batches: Mapping[int, int]) -> int:
        """Have hidden rows deleted from the disk, by the database and without waiting for it; call it again
        until nothing is left. What remains of hours, days and weeks is stored before.

        A mask goes when all deletions have ended that were begun after it. It is begun anew by a later
        process, which does no harm: what it is about does not come again.

        Args:
            batches: how many batches of each of our partitions are stored. A batch that may yet be repeated
                keeps its masks.

        Returns:
            the number of masks that are left.
        """
        masks = [
            mask
            for mask in self.masks()
            if mask.batch <= batches.get(0 if mask.partition == IMPORTED else mask.partition, 0)
        ]
        if self._deleting and self._has_deleted():
            places = ", ".join(f"({mask.partition}, {mask.batch})" for mask in self._deleting)
            self._engine.command(
                f"""ALTER TABLE {DATABASE}.forgotten DELETE WHERE (partition, batch) IN ({places})
                SETTINGS mutations_sync = 2"""
            )
            masks = [mask for mask in masks if mask not in self._deleting]
            self._deleting = []
        ready = self._store_remainders(masks)
        if ready and not self._deleting:
            wanted = dict(list(hidden(ready).items())[:MAX_HIDDEN])
            for table in WITH_PAGES:
                is_hidden, parameters = condition(wanted, table)
                self._engine.command(
                    f"ALTER TABLE {DATABASE}.{table} DELETE WHERE {is_hidden} SETTINGS mutations_sync = 0",
                    parameters,
                )
            self._deleting = [mask for mask in ready if mask.what in wanted]
        return len(masks)

    def _store_remainders(self, masks: Sequence[Mask]) -> list[Mask]:
        """Store what remains of the roll-ups that the masks hide, for some seconds; return the masks of which
        it is stored.

        A statement that is repeated after a kill is known by its token, and a mask whose statements have all
        ended is noted, as a backup has no tokens.
        """
        began_s = time.monotonic()
        noted = self._rows(f"SELECT partition, batch FROM {DATABASE}.remainders", dict[str, int])
        stored = {(row["partition"], row["batch"]) for row in noted}
        waiting = [mask for mask in masks if (mask.partition, mask.batch) not in stored]
        for mask in sorted(waiting, key=lambda it: it.batch):
            hiding = earlier(mask, masks)
            if time.monotonic() > began_s + REMAINDERS_S or len(hiding) > MAX_HIDDEN:
                break  # to go on when there is time, or when the earliest are deleted
            for it in remainders(mask, hiding):
                if time.monotonic() > began_s + FROZEN_S:
                    raise Overtaken("forgetting took longer than a minute: exiting, to be restarted")
                self._engine.command(it.sql, it.parameters)
            block = Block(1)
            block.numbers("partition", "UInt16", [mask.partition])
            block.numbers("batch", "UInt32", [mask.batch])
            self._engine.insert(f"{DATABASE}.remainders", block.data, "")
            stored.add((mask.partition, mask.batch))
        return [mask for mask in masks if (mask.partition, mask.batch) in stored]

    def _has_deleted(self) -> bool:
        found = self._rows(
            f"""SELECT count() AS left, anyLast(latest_fail_reason) AS reason FROM system.mutations
            WHERE database = '{DATABASE}' AND NOT is_done""",
            _Deletions,
        )
        if found[0].reason:
            log.warning("forgotten rows are hidden, but cannot be deleted yet: %s", found[0].reason)
        return not found[0].left

    def _intents(self) -> list[_Intent]:
        """The newest intent of each partition."""
        return self._rows(
            f"""SELECT partition, batch, start, stop, token FROM {DATABASE}.intents
            ORDER BY batch DESC LIMIT 1 BY partition""",
            _Intent,
        )

    def _rows(self, sql: str, type_: type[Row], parameters: Parameters | None = None) -> list[Row]:
        return _decoded(self._engine, sql, type_, parameters)


def masks_of(engine: Engine) -> list[Mask]:
    """What is hidden in a database."""
    sql = f"SELECT partition, batch, page, site, begin, stop FROM {DATABASE}.forgotten"
    rows = _decoded(engine, sql, _Mask)
    return [
        Mask(What(row.page, bool(row.site), row.begin, row.stop), row.partition, row.batch) for row in rows
    ]


def _decoded(engine: Engine, sql: str, type_: type[Row], parameters: Parameters | None = None) -> list[Row]:
    settings = "output_format_json_quote_64bit_integers = 0"
    answer = engine.query(f"{sql} SETTINGS {settings}", parameters, format_="JSONEachRow")
    return [msgspec.json.decode(line, type=type_) for line in answer.splitlines() if line]
