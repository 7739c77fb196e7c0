"""Stores old events, each part once.

A part is written in three steps: its frames in `imports`, its rows, and that it is stored. Who finds a part
that is begun writes it again from its frames, with the same tokens: a table takes what it does not have yet.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec
from prometheus_client import Counter

from pageheat.services.contract.bands import Bands
from pageheat.services.contract.records import MAX_FUTURE_MS, Frame, Size
from pageheat.services.history.blocks import blocks
from pageheat.services.history.engine import Engine
from pageheat.services.history.layers import Layer
from pageheat.services.history.native import Block
from pageheat.services.history.partition import Position
from pageheat.services.history.parts import Known, Part, Taken, encode, rows_of, sized, unsized
from pageheat.services.history.ranges import DAY_MS, FIRST_MS
from pageheat.services.history.schema import DATABASE
from pageheat.services.history.store import Kept, Store

log = logging.getLogger(__name__)

imported = Counter("pageheat_history_events_imported", "Events of old logs and of a simulated past stored")


Group = tuple[list[str], list[Frame]]
"""Tables that don't keep rows for so long, and the frames that are stored in all others."""


class Begun(NamedTuple):
    """What is noted of a part until it is stored: the era of its rows, and its groups."""

    era: int
    groups: list[Group]


_decode_begun = msgspec.msgpack.Decoder(Begun).decode


class _Unfinished(msgspec.Struct):
    digest: str
    position: int
    name: str
    body: bytes


class Importer:
    """Takes parts. Safe to use from several threads.

    Args:
        engine: the database.
        store: its tables, migrated.
        bands: the width bands.
        kept: for how long rows are kept.
        count_robots: whether robots are counted.
        clock_ms: returns the current time, ms since the epoch.
    """

    def __init__(
        self,
        engine: Engine,
        store: Store,
        bands: Bands,
        kept: Kept,
        clock_ms: Callable[[], int],
        *,
        count_robots: bool,
    ) -> None:
        self._engine = engine
        self._store = store
        self._bands = bands
        self._kept = kept
        self._clock_ms = clock_ms
        self._count_robots = count_robots

    def known(self) -> list[Known]:
        """The parts that are stored; those that were begun are finished first."""
        self.finish()
        return self._known("")

    def take(self, part: Part) -> Taken:
        """Store a part, unless it is stored already.

        Raises:
            EngineFailed: the database does. The part is stored later, or may be given again.
        """
        with self._store.writing:
            self._finish()
            if self._known("AND digest = {digest:String}", part.digest):
                return Taken(again=True)
            frames, taken = self._ready(part)
            begun = Begun(self._era(), self._groups(frames))
            if begun.groups:
                self._note(part, begun, is_stored=False)
                self._write(part.digest, begun)
            self._note(part, begun, is_stored=True)
        imported.inc(taken.stored)
        return taken

    def finish(self) -> None:
        """Store the parts that were begun when a process was killed."""
        with self._store.writing:
            self._finish()

    def _finish(self) -> None:
        rows = self._rows(
            f"""SELECT digest, any(position) AS position, any(name) AS name, base64Encode(any(body)) AS body
            FROM {DATABASE}.imports GROUP BY digest HAVING max(stored) = 0""",
            _Unfinished,
        )
        for row in rows:
            begun = _decode_begun(row.body)
            self._write(row.digest, begun)
            self._note(Part(row.digest, row.position, row.name, []), begun, is_stored=True)
            log.info("stored a part of %s that was interrupted", row.name)

    def _known(self, condition: str, digest: str = "") -> list[Known]:
        return self._rows(
            f"SELECT digest, position, name FROM {DATABASE}.imports WHERE stored {condition}", Known, digest
        )

    def _ready(self, part: Part) -> tuple[list[Frame], Taken]:
        """The frames that are to be stored, by time, and what becomes of the part's events."""
        now_ms = self._clock_ms()
        old = [frame for frame in part.frames if frame.received < FIRST_MS]
        future = [frame for frame in part.frames if frame.received > now_ms + MAX_FUTURE_MS]
        frames = [frame for frame in part.frames if FIRST_MS <= frame.received <= now_ms + MAX_FUTURE_MS]
        robots = [frame for frame in frames if frame.robot and not self._count_robots]
        if robots:
            frames = [frame for frame in frames if not frame.robot]
        frames = sized(sorted(frames, key=lambda it: it.received), self._sizes(unsized(frames)), part.size)

        def before(days: int) -> int:
            return _events(frame for frame in frames if frame.received < now_ms - days * DAY_MS)

        days = before(self._kept.hours)
        taken = Taken(
            stored=_events(frames),
            too_old=_events(old),
            future=_events(future),
            robot=_events(robots),
            unplaced=_events(frame for frame in frames if frame.page.document is None),
            hours=max(before(self._kept.minutes) - days, 0),
            days=days,
            unlisted=before(self._kept.rows),
        )
        return frames, taken

    def _era(self) -> int:
        """Tombstones of the first partition are about what was imported before them, too."""
        first = self._store.positions().get(0)
        return first.batches if first else 0

    def _write(self, digest: str, begun: Begun) -> None:
        for number, (left_out, frames) in enumerate(begun.groups):
            rows = rows_of(frames, Position(0, era=begun.era), self._bands)
            for table, block in blocks(rows):
                if table not in left_out:
                    self._store.add(table, block, f"{digest}-{number}")  # a table takes a token once

    def _groups(self, frames: Sequence[Frame]) -> list[Group]:
        """Frames by the tables that keep rows for long enough."""
        now_ms = self._clock_ms()
        cuts = [(now_ms - days * DAY_MS, names) for names, _, days in self._kept.tables]
        found: dict[tuple[str, ...], list[Frame]] = {}
        for frame in frames:
            left_out = tuple(name for begin_ms, names in cuts if frame.received < begin_ms for name in names)
            found.setdefault(left_out, []).append(frame)
        return [([*left_out], group) for left_out, group in found.items()]

    def _note(self, part: Part, begun: Begun, *, is_stored: bool) -> None:
        """Note a part, with its frames until they are stored."""
        times = [frame.received for _, frames in begun.groups for frame in frames] or [0]
        block = Block(1)
        block.texts("digest", [part.digest])
        block.numbers("position", "UInt64", [part.position])
        block.texts("name", [part.name])
        block.numbers("first", "DateTime64(3)", [min(times)])
        block.numbers("last", "DateTime64(3)", [max(times)])
        block.binaries("body", [b"" if is_stored else encode(begun)])
        block.numbers("stored", "UInt8", [int(is_stored)])
        block.numbers("at", "DateTime64(3)", [self._clock_ms()])
        self._engine.insert(f"{DATABASE}.imports", block.data, "")

    def _sizes(self, pages: Iterable[str]) -> dict[str, Size]:
        """The newest sizes of pages that the history knows."""
        named = msgspec.json.encode(sorted(pages)).decode()
        sides: dict[tuple[str, int], int] = {}
        if named == "[]":
            return {}
        answer = self._engine.query(
            f"""SELECT page, layer, argMax(cell, (time, e))
            FROM {DATABASE}.counts_day ARRAY JOIN cellMap.cell AS cell, cellMap.events AS e
            WHERE layer IN ({Layer.WIDTH}, {Layer.HEIGHT})
                AND page IN (SELECT arrayJoin(JSONExtract({{pages:String}}, 'Array(String)')))
            GROUP BY page, layer""",
            {"pages": named},
            format_="JSONCompactEachRow",
        )
        for line in answer.splitlines():
            page, layer, px = msgspec.json.decode(line)
            sides[page, layer] = px
        return {
            page: Size(width, sides[page, Layer.HEIGHT])
            for (page, layer), width in sides.items()
            if layer == Layer.WIDTH and (page, Layer.HEIGHT) in sides
        }

    def _rows(self, sql: str, type_: type, digest: str = "") -> list:  # type: ignore[type-arg]
        settings = "output_format_json_quote_64bit_integers = 0"
        answer = self._engine.query(f"{sql} SETTINGS {settings}", {"digest": digest}, format_="JSONEachRow")
        return [msgspec.json.decode(line, type=type_) for line in answer.splitlines() if line]


def _events(frames: Iterable[Frame]) -> int:
    return sum(frame.event_count for frame in frames)
