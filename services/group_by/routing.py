"""Where a record of `clickstream` goes: to its page, or to the dead letters. Pure."""

from dataclasses import dataclass

from services.contract.dead_letters import DeadLetter
from services.contract.records import (
    SOURCE_OFFSET,
    SOURCE_PARTITION,
    Frame,
    UnreadableRecord,
    decode_frame,
)
from services.contract.topics import CLICKSTREAM


@dataclass(frozen=True, slots=True)
class PageFrame:
    """A frame on its way to its page: the bytes as they came, and where they came from."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def read(value: bytes | None) -> Frame | UnreadableRecord:
    """The frame that a record holds, or why it cannot be read."""
    try:
        return decode_frame(value)
    except UnreadableRecord as error:
        return error


def route(
    frame: Frame | UnreadableRecord, key: bytes | None, value: bytes | None, partition: int, offset: int
) -> PageFrame | DeadLetter:
    """Where a record goes whose value was read as `frame`."""
    if isinstance(frame, UnreadableRecord):
        return DeadLetter(CLICKSTREAM, partition, offset, str(frame), key, value)
    headers = [
        (SOURCE_PARTITION, str(partition).encode()),
        (SOURCE_OFFSET, str(offset).encode()),
    ]
    return PageFrame(frame.key.encode(), value or b"", headers)
