"""Where records of `clickstream` go: to their page, to the dead letters, or nowhere. Pure."""

from contextlib import suppress
from typing import NamedTuple

from pageheat.services.contract.dead_letters import DeadLetter
from pageheat.services.contract.records import (
    SOURCE_OFFSET,
    SOURCE_PARTITION,
    Frame,
    UnreadableRecord,
    decode_frame,
)
from pageheat.services.contract.topics import CLICKSTREAM
from pageheat.services.group_by.deduplicator import Deduplicator


class PageFrame(NamedTuple):
    """A frame on its way to its page: the bytes as they came, and where they came from."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class Routing:
    """The way of a partition's records, given in their order; it knows which frames have come before."""

    def __init__(self, partition: int) -> None:
        self._partition = partition
        self._source = SOURCE_PARTITION, b"%d" % partition
        self._deduplicator = Deduplicator()

    @property
    def unwatched_frames(self) -> int:
        """Frames that went on without a look at what came before: of sessions beyond MAX_SESSIONS."""
        return self._deduplicator.unwatched_frames

    def learn(self, value: bytes | None) -> None:
        """Know of a record that has gone its way already."""
        with suppress(UnreadableRecord):
            self._is_duplicate(decode_frame(value))

    def route(self, offset: int, key: bytes | None, value: bytes | None) -> PageFrame | DeadLetter | None:
        """Where the record goes; None for a frame that has come before."""
        try:
            frame = decode_frame(value)
        except UnreadableRecord as error:
            return DeadLetter(CLICKSTREAM, self._partition, offset, str(error), key, value)
        if self._is_duplicate(frame):
            return None
        return PageFrame(frame.key.encode(), value or b"", [self._source, (SOURCE_OFFSET, b"%d" % offset)])

    def _is_duplicate(self, frame: Frame) -> bool:
        if frame.session is None or frame.seq is None:
            return False
        return self._deduplicator.is_duplicate(frame.session, frame.seq, frame.received)
