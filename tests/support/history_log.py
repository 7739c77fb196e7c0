"""A log in memory in the place of Kafka, and a history that reads it, for tests without a broker."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import msgspec

from pageheat.services.contract.forgetting import Forgotten
from pageheat.services.contract.records import Frame, encode
from pageheat.services.history import member as module
from pageheat.services.history.engine import Embedded, Engine, Parameters
from pageheat.services.history.layers import Layer
from pageheat.services.history.masks import condition, hidden
from pageheat.services.history.member import Member
from pageheat.services.history.native import Native
from pageheat.services.history.schema import DATABASE
from pageheat.services.history.store import Kept, Overtaken, Store, masks_of
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.log_reader import OffsetRange
from tests.support.history import BANDS, NOON_MS, Place

FOREVER = Kept(7_300, 7_300, 7_300)
"""The frames of tests are old."""


@dataclass(frozen=True)
class Message:
    """A record, with confluent-kafka's methods."""

    place: tuple[int, int]
    frame: Frame | None
    page: str
    forgotten: Forgotten | None = None

    def partition(self) -> int:
        return self.place[0]

    def offset(self) -> int:
        return self.place[1]

    def key(self) -> bytes:
        return self.page.encode()

    def value(self) -> bytes | None:
        return encode(self.frame) if self.frame else None

    def headers(self) -> list[tuple[str, bytes]]:
        if self.forgotten:
            return self.forgotten.headers
        return [("source.partition", b"%d" % self.place[0]), ("source.offset", b"%d" % self.place[1])]


@dataclass
class Tp:
    """A topic's partition, as confluent-kafka has it."""

    topic: str
    partition: int
    offset: int = 0


@dataclass
class Log:
    """The records of each partition; a page is in the partition of its name's length.

    `first` is the first partition's number; `read_back` counts the records that were read outside of the
    consumer.
    """

    partitions: int = 2
    first: int = 0
    read_back: int = 0
    records: dict[int, list[Message]] = field(default_factory=dict)

    @classmethod
    def of(cls, frames: Iterable[Frame], partitions: int = 2, first: int = 0) -> "Log":
        """A log of these frames."""
        log = cls(partitions, first)
        for frame in frames:
            log.append(frame)
        return log

    def append(self, frame: Frame) -> None:
        self._put(self.first + len(frame.key) % self.partitions, frame, frame.key)

    def forget(self, what: Forgotten) -> None:
        """A tombstone, in each partition as `pageheat forget` writes it."""
        for partition in range(self.partitions):
            self._put(self.first + partition, None, what.key, what)

    def _put(
        self, partition: int, frame: Frame | None, page: str, forgotten: Forgotten | None = None
    ) -> None:
        part = self.records.setdefault(partition, [])
        part.append(Message((partition, len(part)), frame, page, forgotten))

    @contextlib.contextmanager
    def instead_of_kafka(self) -> Iterator[None]:
        def read(_: str, __: str, ranges: Sequence[OffsetRange], take: Callable[[Message], None]) -> int:
            found = [each for span in ranges for each in self.records[span.partition][span.start : span.stop]]
            for message in found:
                take(message)
            self.read_back += len(found)
            return len(found)

        def first_since(_: object, times: Sequence[Tp]) -> list[Tp]:
            return [
                Tp(
                    tp.topic,
                    tp.partition,
                    next(
                        (
                            each.offset()
                            for each in self.records[tp.partition]
                            if each.frame and each.frame.received >= tp.offset
                        ),
                        -1,
                    ),
                )
                for tp in times
            ]

        with (
            patch.object(module, "read_ranges", read),
            patch.object(module, "offsets_for_time", first_since),
            patch.object(module, "watermarks", lambda _, tp: (0, len(self.records.get(tp.partition, [])))),
            patch.object(module, "TopicPartition", Tp),
        ):
            yield


class Killed(BaseException):
    """SIGKILL, as far as a test can have it."""


class Mortal:
    """An engine that dies before or after its Nth statement that writes, or refuses it by `error`."""

    def __init__(
        self, engine: Engine, dies_at: int, *, after: bool, error: type[BaseException] = Killed
    ) -> None:
        self._engine, self._left, self._after, self._error = engine, dies_at, after, error

    def query(self, sql: str, parameters: Parameters | None = None, *, format_: str) -> bytes:
        return self._engine.query(sql, parameters, format_=format_)

    def command(self, sql: str, parameters: Parameters | None = None) -> None:
        self._mortally(lambda: self._engine.command(sql, parameters))

    def insert(self, table: str, block: Native, token: str) -> None:
        self._mortally(lambda: self._engine.insert(table, block, token))

    def close(self) -> None:
        self._engine.close()

    def _mortally(self, write: Callable[[], None]) -> None:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise self._error
        write()
        if self._left == 0:
            raise self._error


class Frozen:
    """An engine of a process that stands still before its Nth statement that writes, while others go on."""

    def __init__(self, engine: Engine, at: int, meanwhile: Callable[[], object]) -> None:
        self._engine, self._left, self._meanwhile = engine, at, meanwhile

    def query(self, sql: str, parameters: Parameters | None = None, *, format_: str) -> bytes:
        return self._engine.query(sql, parameters, format_=format_)

    def command(self, sql: str, parameters: Parameters | None = None) -> None:
        self._wait()
        self._engine.command(sql, parameters)

    def insert(self, table: str, block: Native, token: str) -> None:
        self._wait()
        self._engine.insert(table, block, token)

    def close(self) -> None:
        self._engine.close()

    def _wait(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._meanwhile()


def opened(folder: Path) -> Embedded:
    """A database of the newest version."""
    engine = Embedded(folder)
    Store(engine).migrate(FOREVER)
    return engine


def run(log: Log, engine: Engine, step: int = 7, *, together: bool = True) -> Member:
    """A history that starts, reads the log to its end, and stores all, a batch each few records."""
    with log.instead_of_kafka():
        member = Member(
            Store(engine), Cluster(""), BANDS, count_robots=False, together=together, clock_ms=lambda: NOON_MS
        )
        partitions = [Tp("", partition) for partition in log.records]
        member.assigned(None, partitions)
        rest = {tp.partition: log.records[tp.partition][tp.offset :] for tp in partitions}
        while any(rest.values()):
            for partition, records in rest.items():
                member.take(records[:step])
                rest[partition] = records[step:]
            member.store_all()
    return member


def batches_of(store: Store) -> dict[int, int]:
    """How many batches of each partition are stored, as `Store.delete` wants them."""
    return {partition: at.batches for partition, at in store.positions().items()}


def overtaken(log: Log, engine: Engine, at: int, *, until: int) -> bool:
    """A history of a server that stands still before its Nth write, while another one takes its partitions
    and stores the whole log; then it wakes up, and goes on. It had read up to offset `until`.

    Returns:
        whether it stood still.
    """
    stood: list[Member] = []
    frozen = Frozen(engine, at, lambda: stood.append(run(log, engine, step=30, together=False)))
    seen = Log(log.partitions, log.first, records={p: records[:until] for p, records in log.records.items()})
    with contextlib.suppress(Overtaken):
        run(seen, frozen, step=30, together=False)
    return bool(stood)


def content(engine: Engine, level: str = "minute") -> tuple[Counter[Place], Counter[Place]]:
    """Events and views by place, as answers count them: without what was forgotten."""
    is_hidden, parameters = condition(hidden(masks_of(engine)), f"counts_{level}")
    rows = engine.query(
        f"""SELECT page, intDiv(toUnixTimestamp(time), 60), band, layer, cell, sum(e), sum(v)
        FROM {DATABASE}.counts_{level} ARRAY JOIN cellMap.cell AS cell, cellMap.events AS e, cellMap.views AS
        v WHERE NOT ({is_hidden}) GROUP BY ALL SETTINGS output_format_json_quote_64bit_integers = 0""",
        parameters,
        format_="JSONCompactEachRow",
    )
    events: Counter[Place] = Counter()
    views: Counter[Place] = Counter()
    for line in rows.splitlines():
        page, minute, band, layer, cell, e, v = msgspec.json.decode(line)
        place = page, minute, band, Layer(layer).name, cell
        events[place], views[place] = e, v
    return +events, Counter({place: count for place, count in views.items() if count})
