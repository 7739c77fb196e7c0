"""The topic of dead letters: lists what it holds, and resends records from it."""

import os
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException, Message

from pageheat.broker import KafkaAway
from pageheat.kafka_log import KafkaLog
from pageheat.services.contract.dead_letters import StoredDeadLetter
from pageheat.services.contract.records import UnreadableRecord
from pageheat.services.contract.topics import DEAD_LETTER, read_specs
from pageheat.services.runtime import kafka_clients
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.topic_admin import KAFKA_TIMEOUT_S

MAX_LISTED = 10_000
"""Dead letters held at once, each with at most HEAD_BYTES of its value: 20 MB."""

HEAD_BYTES = 64
"""Bytes of a value that are listed, to recognize it."""

BATCH = 100
"""Records resent before their dead letters are deleted: 26 MB at most. A kill may resend them once more."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A dead letter in brief: `key` is the record's key, `head` the first bytes of its value."""

    time_ms: int
    origin: str
    size: int | None
    key: bytes | None
    reason: str
    head: bytes


class DeadLetters:
    """Reads the topic through `log`, and resends through a producer of its own."""

    def __init__(self, log: KafkaLog, cluster: Cluster) -> None:
        self._log = log
        self._cluster = cluster

    def newest(
        self, limit: int, since_ms: int | None = None, topic: str | None = None
    ) -> tuple[list[Listing], int]:
        """The newest dead letters, newest first, and the number of all; of a time and topic if given."""
        found: OrderedDict[bytes, Listing] = OrderedDict()
        total = 0
        for message in self._messages(since_ms):
            key, value = message.key() or b"", message.value()
            if found.pop(key, None):
                total -= 1
            if value is None or (topic is not None and not key.startswith(f"{topic}/".encode())):
                continue
            found[key] = _listing(message, key, value)
            total += 1
            if len(found) > limit:
                found.popitem(last=False)
        return list(reversed(found.values())), total

    def find(self, origin: str) -> tuple[StoredDeadLetter, int] | None:
        """An origin's dead letter and when it was written, ms since the epoch; None if there is none.

        Raises:
            UnreadableRecord: the record under that key is not a dead letter.
        """
        newest: Message | None = None
        for message in self._messages():
            if message.key() == os.fsencode(origin):
                newest = message
        if newest is None or newest.value() is None:
            return None
        return StoredDeadLetter.read(newest.key(), newest.value(), newest.headers()), newest.timestamp()[1]

    def send_again(
        self,
        wanted: Callable[[bytes], bool],
        since_ms: int | None,
        sent: Callable[[str], None],
        refused: Callable[[str, str], None],
    ) -> None:
        """Resend each record whose dead letter's key is wanted to its topic, and delete the dead letter.

        At least once: a kill in between means that up to BATCH records are resent twice. Calls `sent` with
        each origin, `refused` with each origin and the reason.
        """
        newest: dict[bytes, int] = {}  # key → offset
        for message in self._messages(since_ms):
            if wanted(key := message.key() or b""):
                newest.pop(key, None)
                if message.value() is not None:
                    newest[key] = int(message.offset() or 0)
        sending = _Sending(self._cluster, sent)
        waiting: list[StoredDeadLetter] = []
        for message in self._messages(since_ms):
            key, value = message.key() or b"", message.value()
            if value is None or newest.get(key) != message.offset():
                continue
            try:
                dead_letter = StoredDeadLetter.read(key, value, message.headers())
            except UnreadableRecord as error:
                refused(key.decode("utf-8", "replace"), f"it is not a dead letter: {error}")
                continue
            if why := why_not(dead_letter, read_specs()):
                refused(dead_letter.origin, why)
                continue
            waiting.append(dead_letter)
            if len(waiting) == BATCH:
                sending.batch(waiting)
                waiting = []
        sending.batch(waiting)

    def _messages(self, since_ms: int | None = None) -> Iterator[Message]:
        log = self._log
        places = log.edge(DEAD_LETTER, latest=False) if since_ms is None else log.since(DEAD_LETTER, since_ms)
        log.assign(places)
        yield from log.up_to(log.ends(places))


def why_not(dead_letter: StoredDeadLetter, topics: Collection[str]) -> str | None:
    """Why a record cannot be resent, or None."""
    if dead_letter.topic not in topics:
        return f"topic {dead_letter.topic} is not in topics.yaml"
    if dead_letter.cut:
        kept = f"{len(dead_letter.value or b''):,} of {dead_letter.size:,} bytes"
        return f"too long to be kept whole: its {dead_letter.cut.replace(',', ', ')} ({kept} are kept)"
    return None


def _listing(message: Message, key: bytes, value: bytes) -> Listing:
    try:
        dead_letter = StoredDeadLetter.read(key, value, message.headers())
    except UnreadableRecord as error:
        origin, reason = key.decode("utf-8", "replace"), f"not a dead letter: {error}"
        return Listing(message.timestamp()[1], origin, len(value), None, reason, value[:HEAD_BYTES])
    return Listing(
        message.timestamp()[1],
        dead_letter.origin,
        None if dead_letter.value is None else dead_letter.size,
        dead_letter.key,
        dead_letter.reason,
        (dead_letter.value or b"")[:HEAD_BYTES],
    )


class _Sending:
    """Resends the records of dead letters, waits until Kafka has them, and deletes the dead letters."""

    def __init__(self, cluster: Cluster, sent: Callable[[str], None]) -> None:
        self._producer = kafka_clients.producer(cluster)
        self._cluster = cluster
        self._sent = sent
        self._error: KafkaError | None = None

    def batch(self, dead_letters: list[StoredDeadLetter]) -> None:
        """Resend the records of these.

        Raises:
            KafkaAway: Kafka refuses one; the dead letters of this batch are kept.
        """
        for one in dead_letters:
            self._produce(one.topic, one.value, one.key, one.partition, list(one.headers))
        self._flush()
        for one in dead_letters:
            self._produce(DEAD_LETTER, None, one.origin.encode(), 0, [])
        self._flush()
        for one in dead_letters:
            self._sent(one.origin)

    def _produce(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        partition: int,
        headers: list[tuple[str, bytes | None]],
    ) -> None:
        try:
            name = self._cluster.topic(topic)
            self._producer.produce(name, value, key, partition, on_delivery=self._delivered, headers=headers)
        except KafkaException as error:
            raise KafkaAway(f"Kafka refuses a record for {topic}: {error.args[0].str()}") from None

    def _flush(self) -> None:
        left = self._producer.flush(KAFKA_TIMEOUT_S)
        if self._error or left:
            reason = self._error.str() if self._error else "no answer"
            raise KafkaAway(f"Kafka accepts no records: {reason}")

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        self._error = self._error or error
