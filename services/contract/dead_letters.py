"""Dead letters: unreadable records, kept on the topic `dead-letter` with the reason and their origin.

Key: `<topic>/<partition>/<offset>`, so a record that is read again replaces its own dead letter. Value: the
unchanged bytes, at most MAX_VALUE_BYTES (empty for none). A tombstone: the record has been sent again.

| header | holds |
| --- | --- |
| `reason` | why it could not be read |
| `source.topic`, `source.partition`, `source.offset` | its origin |
| `source.size` | bytes of its value; left out if it had none |
| `source.key` | its key; left out if it had none |
| `source.header.<name>` | one of its own headers |
| `source.cut` | what was too long, so that it cannot be sent again: `value`, `key`, `headers` |
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from pageheat.services.contract.records import SOURCE_OFFSET, SOURCE_PARTITION, UnreadableRecord

MAX_VALUE_BYTES = 262_144
"""Kept of a value: four of the longest frames, and less than Kafka's limit."""

MAX_KEY_BYTES = 4_096
"""Kept of a key."""

MAX_HEADER_BYTES = 4_096
"""Limit for all headers, names and values; group_by's have 50. Above it no header is kept."""

MAX_REASON_CHARS = 500
"""A reason may quote the record, which is kept as the value anyway."""

SOURCE_HEADER = "source.header."
"""Prefix of the names of the record's own headers."""

Headers = Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be read, and why."""

    topic: str
    partition: int
    offset: int
    reason: str
    source_key: bytes | None
    source_value: bytes | None
    source_headers: Headers = ()

    @property
    def key(self) -> bytes:
        """The record's origin."""
        return f"{self.topic}/{self.partition}/{self.offset}".encode()

    @property
    def value(self) -> bytes:
        """The record's value, as far as it is kept; never None, which would be a tombstone."""
        return (self.source_value or b"")[:MAX_VALUE_BYTES]

    @property
    def headers(self) -> list[tuple[str, bytes | None]]:
        """Reason and origin."""
        key, value, own = self.source_key, self.source_value, self.source_headers
        too_long = {
            "value": len(value or b"") > MAX_VALUE_BYTES,
            "key": len(key or b"") > MAX_KEY_BYTES,
            "headers": sum(len(name) + len(held or b"") for name, held in own) > MAX_HEADER_BYTES,
        }
        headers: list[tuple[str, bytes | None]] = [
            ("reason", self.reason[:MAX_REASON_CHARS].encode("utf-8", "replace")),
            ("source.topic", self.topic.encode()),
            (SOURCE_PARTITION, str(self.partition).encode()),
            (SOURCE_OFFSET, str(self.offset).encode()),
        ]
        if value is not None:
            headers.append(("source.size", str(len(value)).encode()))
        if key is not None:
            headers.append(("source.key", key[:MAX_KEY_BYTES]))
        if not too_long["headers"]:
            headers += [(SOURCE_HEADER + name, held) for name, held in own]
        if any(too_long.values()):
            headers.append(("source.cut", ",".join(what for what, cut in too_long.items() if cut).encode()))
        return headers


@dataclass(frozen=True, slots=True)
class StoredDeadLetter:
    """A dead letter read from the topic: `key`, `value` and `headers` are the record's, as far as kept."""

    topic: str
    partition: int
    offset: int
    reason: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    size: int
    cut: str

    @property
    def origin(self) -> str:
        """The record's origin: `<topic>/<partition>/<offset>`."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @classmethod
    def read(cls, key: bytes | None, value: bytes, headers: Headers | None) -> Self:
        """Read a record of the topic.

        Raises:
            UnreadableRecord: it is not a dead letter.
        """
        origin = re.fullmatch(rb"([A-Za-z0-9._-]{1,249})/([0-9]{1,10})/([0-9]{1,19})", key or b"")
        if origin is None:
            raise UnreadableRecord("the key is not an origin")
        own = {name: held or b"" for name, held in headers or ()}
        size = own.get("source.size")
        if size is not None and not re.fullmatch(rb"[0-9]{1,10}", size):
            raise UnreadableRecord("source.size is not a number")
        return cls(
            origin[1].decode(),
            int(origin[2]),
            int(origin[3]),
            own.get("reason", b"").decode("utf-8", "replace"),
            own.get("source.key"),
            None if size is None else value,
            [
                (name[len(SOURCE_HEADER) :], held)
                for name, held in headers or ()
                if name.startswith(SOURCE_HEADER)
            ],
            int(size or 0),
            own.get("source.cut", b"").decode("utf-8", "replace"),
        )
