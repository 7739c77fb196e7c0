"""The topic of dead letters: what it holds now, and sending records from it again."""

import os
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException, Message

from pageheat.kafka_log import KafkaAway, KafkaLog
from pageheat.services.contract.dead_letters import StoredDeadLetter
from pageheat.services.contract.records import UnreadableRecord
from pageheat.services.contract.topics import DEAD_LETTER, read_specs
from pageheat.services.runtime import kafka_clients
from pageheat.services.runtime.topic_admin import KAFKA_TIMEOUT_S

MAX_LISTED = 10_000
"""Dead letters held at once, without their values but for HEAD_BYTES: 20 MB."""

HEAD_BYTES = 64
"""Of a value, to know it by."""

BATCH = 100
"""Records sent before their letters are crossed off: 26 MB of the longest, and what a kill sends twice."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A dead letter in short. `key` is the record's; `head` the first bytes of its value."""

    time_ms: int
    origin: str
    size: int | None
    key: bytes | None
    reason: str
    head: bytes


class DeadLetters:
    """Reads the topic through `log`; sends through a producer at `broker`."""

    def __init__(self, log: KafkaLog, broker: str) -> None:
        self._log = log
        self._broker = broker

    def newest(
        self, limit: int, since_ms: int | None = None, topic: str | None = None
    ) -> tuple[list[Listing], int]:
        """The newest letters, newest first, and how many there are: since a time, of one topic."""
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
        """The letter of an origin and when it was written, ms since the epoch; None if there is none.

        Raises:
            UnreadableRecord: what is kept under that key is no dead letter.
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
        """Send every record whose letter's key is wanted to where it came from, and cross its letter off.

        At least once: what is killed in between sends up to BATCH records again. `sent` is told each
        origin, `refused` each origin and why.
        """
        newest: dict[bytes, int] = {}  # key → offset
        for message in self._messages(since_ms):
            if wanted(key := message.key() or b""):
                newest.pop(key, None)
                if message.value() is not None:
                    newest[key] = int(message.offset() or 0)
        sending = _Sending(self._broker, sent)
        waiting: list[StoredDeadLetter] = []
        for message in self._messages(since_ms):
            key, value = message.key() or b"", message.value()
            if value is None or newest.get(key) != message.offset():
                continue
            try:
                letter = StoredDeadLetter.read(key, value, message.headers())
            except UnreadableRecord as error:
                refused(key.decode("utf-8", "replace"), f"it is no dead letter: {error}")
                continue
            if why := why_not(letter, read_specs()):
                refused(letter.origin, why)
                continue
            waiting.append(letter)
            if len(waiting) == BATCH:
                sending.batch(waiting)
                waiting = []
        sending.batch(waiting)

    def _messages(self, since_ms: int | None = None) -> Iterator[Message]:
        log = self._log
        places = log.edge(DEAD_LETTER, latest=False) if since_ms is None else log.since(DEAD_LETTER, since_ms)
        log.assign(places)
        yield from log.up_to(log.ends(places))


def why_not(letter: StoredDeadLetter, topics: Collection[str]) -> str | None:
    """Why a record cannot be sent again, or None."""
    if letter.topic not in topics:
        return f"topic {letter.topic} is not in topics.yaml"
    if letter.cut:
        held = f"{len(letter.value or b''):,} of {letter.size:,} bytes"
        return f"too long to be kept whole: its {letter.cut.replace(',', ', ')} ({held} are kept)"
    return None


def _listing(message: Message, key: bytes, value: bytes) -> Listing:
    try:
        letter = StoredDeadLetter.read(key, value, message.headers())
    except UnreadableRecord as error:
        origin, reason = key.decode("utf-8", "replace"), f"no dead letter: {error}"
        return Listing(message.timestamp()[1], origin, len(value), None, reason, value[:HEAD_BYTES])
    return Listing(
        message.timestamp()[1],
        letter.origin,
        None if letter.value is None else letter.size,
        letter.key,
        letter.reason,
        (letter.value or b"")[:HEAD_BYTES],
    )


class _Sending:
    """Sends letters' records, waits until Kafka has them, and crosses the letters off."""

    def __init__(self, broker: str, sent: Callable[[str], None]) -> None:
        self._producer = kafka_clients.producer(broker)
        self._sent = sent
        self._error: KafkaError | None = None

    def batch(self, letters: list[StoredDeadLetter]) -> None:
        """Send these.

        Raises:
            KafkaAway: Kafka does not take one; the letters of this batch are kept.
        """
        for letter in letters:
            self._produce(letter.topic, letter.value, letter.key, letter.partition, list(letter.headers))
        self._flush()
        for letter in letters:
            self._produce(DEAD_LETTER, None, letter.origin.encode(), 0, [])
        self._flush()
        for letter in letters:
            self._sent(letter.origin)

    def _produce(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        partition: int,
        headers: list[tuple[str, bytes | None]],
    ) -> None:
        try:
            self._producer.produce(topic, value, key, partition, on_delivery=self._delivered, headers=headers)
        except KafkaException as error:
            raise KafkaAway(f"Kafka does not take a record for {topic}: {error.args[0].str()}") from None

    def _flush(self) -> None:
        left = self._producer.flush(KAFKA_TIMEOUT_S)
        if self._error or left:
            reason = self._error.str() if self._error else "no answer"
            raise KafkaAway(f"Kafka does not take records: {reason}")

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        self._error = self._error or error
