"""Routes records of `clickstream` to their page or to the dead letters, or drops them. Pure.

Of a frame, only what decides about it is decoded, in a third of the time. If something is wrong with the
rest, the aggregator makes it a dead letter.
"""

from contextlib import suppress
from typing import NamedTuple

from pageheat.services.contract.dead_letters import DeadLetter
from pageheat.services.contract.pages import page_key
from pageheat.services.contract.records import (
    SOURCE_OFFSET,
    SOURCE_PARTITION,
    RoutedFrame,
    UnreadableRecord,
    decode_routed,
)
from pageheat.services.contract.topics import CLICKSTREAM
from pageheat.services.group_by.deduplicator import Deduplicator


class PageFrame(NamedTuple):
    """A frame for its page: the unchanged bytes, and its source's partition and offset as headers."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class Routing:
    """Routes one partition's records, in their order, and recognizes duplicate frames."""

    def __init__(self, partition: int) -> None:
        self._partition = partition
        self._source = SOURCE_PARTITION, b"%d" % partition
        self._deduplicator = Deduplicator()

    @property
    def unwatched_frames(self) -> int:
        """Frames not checked for duplicates: of sessions beyond MAX_SESSIONS."""
        return self._deduplicator.unwatched_frames

    def learn(self, value: bytes | None) -> None:
        """Note a record that is already routed, to recognize its duplicates."""
        with suppress(UnreadableRecord):
            self._is_duplicate(decode_routed(value))

    def route(self, offset: int, key: bytes | None, value: bytes | None) -> PageFrame | DeadLetter | None:
        """Decide where a record goes; None for a duplicate frame."""
        try:
            frame = decode_routed(value)
        except UnreadableRecord as error:
            return DeadLetter(CLICKSTREAM, self._partition, offset, str(error), key, value)
        if self._is_duplicate(frame):
            return None
        page = page_key(frame.site, frame.page.path).encode()
        return PageFrame(page, value or b"", [self._source, (SOURCE_OFFSET, b"%d" % offset)])

    def _is_duplicate(self, frame: RoutedFrame) -> bool:
        if frame.session is None or frame.seq is None:
            return False
        return self._deduplicator.is_duplicate(frame.session, frame.seq, frame.received)
