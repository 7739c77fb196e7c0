"""What is stored, and that each record is stored once.

A batch is stored in four steps: *intents* (its token, and which records of which partitions it has), its
rows, table by table, each insert with the token; the deletion of pages that it forgets; and *progress*. Who
finds an intent beyond the progress repeats the batch from the log, with the same token: a table takes what it
does not have yet.

Rows are the same when repeated, as they depend on the log and on the views that were stored before it. Of an
insert into several of a table's partitions, some may have arrived: the token is checked in each.
"""

import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from pageheat.services.contract.forgetting import Forgotten
from pageheat.services.history.blocks import Blocks
from pageheat.services.history.engine import Engine, EngineFailed
from pageheat.services.history.native import Block
from pageheat.services.history.partition import Position
from pageheat.services.history.ranges import LENGTHS, MINUTE_MS
from pageheat.services.history.schema import BEGIN, DATABASE, MIGRATIONS, NEWEST, RESTORING, WITH_PAGES
from pageheat.services.history.touches import MEMORY_MIN, SLACK_MIN
from pageheat.services.history.views import View, Views

LAST_S = 2**32 - 1
"""The last time that the database has, in 2106."""

IMPORTED = 65_535
"""The partition of rows that came from no log: of old logs, and of a simulated past."""

MAX_VIEW_DAYS = 2
"""A living view began this long ago at most, as it is looked for in the views of these days."""


@dataclass(frozen=True)
class Intent:
    """A batch's records in one partition: from `start` up to, not including, `stop`."""

    partition: int
    start: int
    stop: int
    token: str


@dataclass(frozen=True)
class Kept:
    """How many days each kind of row is kept."""

    minutes: int
    hours: int
    rows: int
    """Clicks and views."""

    @property
    def tables(self) -> list[tuple[tuple[str, ...], str, int]]:
        """The tables whose rows are deleted: their names, column of time, days. Days stay for ever."""
        return [
            (("counts_minute", "elements_minute"), "time", self.minutes),
            (("counts_hour", "elements_hour"), "time", self.hours),
            (("clicks",), "time", self.rows),
            (("views",), "began", self.rows),
        ]


class _Progress(msgspec.Struct):
    partition: int
    position: int
    minute: int
    sources: list[int]
    offsets: list[int]
    received: list[int]
    at: int


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
        self._at_ms = 0
        self.writing = threading.RLock()

    def migrate(self, kept: Kept) -> None:
        """Bring the tables to the newest version, and set for how long rows are kept.

        Raises:
            EngineFailed: the database refuses, or was made by a later version.
        """
        for statement in BEGIN:
            self._engine.command(statement)
        if self._rows(f"EXISTS TABLE {RESTORING}", dict[str, int])[0]["result"]:
            raise EngineFailed(
                "a backup is being restored, or that was interrupted: pageheat restore FILE --replace"
            )
        found = self._rows(f"SELECT max(number) AS number FROM {DATABASE}.migrations", dict[str, int])
        version = found[0]["number"]
        if version > NEWEST:
            raise EngineFailed(
                f"the database has version {version}, this program knows {NEWEST}: use the later program"
            )
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

    def positions(self) -> dict[int, Position]:
        """How far each partition is stored."""
        rows = self._rows(
            f"""SELECT partition, position, minute, sources.partition AS sources, sources.offset AS offsets,
                sources.received AS received, toUnixTimestamp64Milli(at) AS at
            FROM {DATABASE}.progress ORDER BY at DESC LIMIT 1 BY partition""",
            _Progress,
        )
        self._at_ms = max([self._at_ms, *(row.at for row in rows)])
        return {
            row.partition: Position(
                row.position,
                row.minute,
                {
                    source: (offset, received)
                    for source, offset, received in zip(row.sources, row.offsets, row.received, strict=True)
                },
            )
            for row in rows
        }

    def unfinished(self, positions: Mapping[int, Position]) -> list[Intent]:
        """The newest intent of each partition, if it goes beyond what is stored."""
        rows = self._rows(
            f"""SELECT partition, start, stop, token FROM {DATABASE}.intents
            ORDER BY at DESC LIMIT 1 BY partition""",
            Intent,
        )
        return [
            row
            for row in rows
            if row.start == positions.get(row.partition, Position(row.start)).offset and row.stop > row.start
        ]

    def views(self, positions: Mapping[int, Position], bands: Sequence[str]) -> dict[int, Views]:
        """The living views of each partition."""
        if not positions:
            return {}
        oldest = {p: max(at.minute - MEMORY_MIN - SLACK_MIN, 0) for p, at in positions.items()}
        since = min(oldest.values())
        rows = self._rows(
            f"""SELECT partition, page, toUnixTimestamp64Milli(began) AS began, id, last, band,
                [referrer, source, medium, campaign, segment] AS labels, depth, fold, clicks, looked
            FROM {DATABASE}.views
            WHERE last >= {since} AND began >= toDateTime({since * 60}) - toIntervalDay({MAX_VIEW_DAYS})
                AND partition IN ({", ".join(map(str, oldest))})
            ORDER BY position DESC LIMIT 1 BY partition, id""",
            _View,
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

    def intend(self, ranges: Iterable[tuple[int, int, int]], now_ms: int) -> str:
        """Announce a batch: partition, start and stop of each range; returns its token."""
        rows, token = list(ranges), uuid.uuid4().hex
        block = Block(len(rows))
        block.numbers("partition", "UInt32", [partition for partition, _, _ in rows])
        block.numbers("start", "UInt64", [start for _, start, _ in rows])
        block.numbers("stop", "UInt64", [stop for _, _, stop in rows])
        block.texts("token", [token] * len(rows))
        block.numbers("at", "DateTime64(3)", [self._later(now_ms)] * len(rows))
        self._engine.insert(f"{DATABASE}.intents", block.data, token)
        return token

    def add(self, blocks: Blocks, token: str) -> None:
        """Add a batch's rows, if they were not added with this token before."""
        for table, block in blocks:
            self._engine.insert(f"{DATABASE}.{table}", block.data, token)

    def progress(self, positions: Mapping[int, Position], now_ms: int) -> None:
        """State that all before these positions is stored."""
        block, found = Block(len(positions)), list(positions.values())
        block.numbers("partition", "UInt32", list(positions))
        block.numbers("position", "UInt64", [at.offset for at in found])
        block.numbers("minute", "UInt32", [at.minute for at in found])
        block.lists("sources.partition", "UInt32", [list(at.sources) for at in found])
        values = [list(at.sources.values()) for at in found]
        block.lists("sources.offset", "UInt64", [[offset for offset, _ in each] for each in values])
        block.lists("sources.received", "UInt64", [[received for _, received in each] for each in values])
        block.numbers("at", "DateTime64(3)", [self._later(now_ms)] * len(found))
        self._engine.insert(f"{DATABASE}.progress", block.data, "")

    def note_alive(self, now_ms: int) -> None:
        """Note that records were stored in this minute: one without any is then known to be empty."""
        block = Block(1)
        block.numbers("time", "DateTime", [now_ms // MINUTE_MS * MINUTE_MS // 1000])
        self._engine.insert(f"{DATABASE}.alive", block.data, "")

    def forget(self, what: Forgotten, partition: int) -> None:
        """Delete rows of one partition of the log, from the disk too: each partition has its own tombstone.
        What was imported is deleted with the first one's.

        What has coarser times than the span's ends is deleted if it has any minute of the span.
        """
        page = "startsWith(page, {key:String})" if what.of_site else "page = {key:String}"
        partitions = f"{partition}, {IMPORTED}" if partition == 0 else f"{partition}"
        first, last = what.begin_ms // 1000, min(-(-what.end_ms // 1000), LAST_S)
        for table in WITH_PAGES:
            column = "began" if table == "views" else "time"
            length_s = next((ms // 1_000 for level, ms in LENGTHS.items() if table.endswith(level)), 1)
            self._engine.command(
                f"""ALTER TABLE {DATABASE}.{table} DELETE WHERE {page} AND partition IN ({partitions})
                AND {column} >= toDateTime({first // length_s * length_s}, 'UTC')
                AND {column} < toDateTime({last}, 'UTC')
                SETTINGS mutations_sync = 2""",
                {"key": what.key},
            )

    def _later(self, now_ms: int) -> int:
        """Now, but later than all before, as the newest row is the true one and clocks may go back."""
        self._at_ms = max(now_ms, self._at_ms + 1)
        return self._at_ms

    def _rows(self, sql: str, type_: type) -> list:  # type: ignore[type-arg]
        settings = "output_format_json_quote_64bit_integers = 0"
        answer = self._engine.query(f"{sql} SETTINGS {settings}", format_="JSONEachRow")
        return [msgspec.json.decode(line, type=type_) for line in answer.splitlines() if line]
