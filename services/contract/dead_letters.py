"""Records that could not be read, kept on the topic `dead-letter` with the reason and their origin.

Key: `<topic>/<partition>/<offset>`, so that the same record found again replaces itself. Value: the
bytes as they were, at most MAX_VALUE_BYTES of them (empty for none). Headers: `reason`,
`source.topic`, `source.partition`, `source.offset`, `source.size` (of the whole value), and
`source.key` if it had one.
"""

from dataclasses import dataclass

from prometheus_client import Counter

from services.contract.records import SOURCE_OFFSET, SOURCE_PARTITION

MAX_VALUE_BYTES = 262_144
"""Of an unreadable value are kept: four of the longest frames, and less than Kafka takes."""

MAX_KEY_BYTES = 4_096
"""Of its key are kept."""

MAX_REASON_CHARS = 500
"""A reason quotes the record in places; the record itself is the value."""

counted = Counter("pageheat_dead_letters", "Records that could not be read", ["topic"])


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be read, and why."""

    topic: str
    partition: int
    offset: int
    reason: str
    source_key: bytes | None
    source_value: bytes | None

    @property
    def key(self) -> bytes:
        """Its origin."""
        return f"{self.topic}/{self.partition}/{self.offset}".encode()

    @property
    def value(self) -> bytes:
        """The bytes as they were, as many as are kept; never None, which would be a tombstone."""
        return (self.source_value or b"")[:MAX_VALUE_BYTES]

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """Reason and origin."""
        headers = [
            ("reason", self.reason[:MAX_REASON_CHARS].encode("utf-8", "replace")),
            ("source.topic", self.topic.encode()),
            (SOURCE_PARTITION, str(self.partition).encode()),
            (SOURCE_OFFSET, str(self.offset).encode()),
            ("source.size", str(len(self.source_value or b"")).encode()),
        ]
        if self.source_key is not None:
            headers.append(("source.key", self.source_key[:MAX_KEY_BYTES]))
        return headers
