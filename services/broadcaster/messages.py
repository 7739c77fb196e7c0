"""What viewers are told, as frames: each is made once, for all whom it is for."""

from typing import Protocol

from services.broadcaster.lean import GRID, Snapshot, encode
from services.broadcaster.sockets import binary_frame, text_frame


class Message(Protocol):
    """A state of something, of which the newest is all that somebody needs."""

    @property
    def kind(self) -> int:
        """What it is of: one that is waiting gives way to the next of its kind."""

    def frame(self, last: "Message | None") -> bytes:
        """As who is told it whose last message of this kind was that one."""


class WholeGrid:
    """A grid for the tutorial's clients: its JSON, whoever is told it."""

    kind = GRID

    def __init__(self, record: bytes) -> None:
        self._frame = text_frame(record)

    def frame(self, last: Message | None) -> bytes:
        """All of it."""
        return self._frame


class Lean:
    """A snapshot: the difference for those who know the one before it, and a key for everyone else.

    Args:
        snapshot: what is told.
        before: what most of them were told last, if anything.
    """

    def __init__(self, snapshot: Snapshot, before: "Lean | None" = None) -> None:
        self.snapshot = snapshot
        self._before = before
        self._key: bytes | None = None
        self._delta: bytes | None = None
        if before:
            before._before = None  # or each would keep all that ever came before it

    @property
    def kind(self) -> int:
        """That of the snapshot."""
        return self.snapshot.kind

    def frame(self, last: Message | None) -> bytes:
        """A delta, if `last` is the one before."""
        if last is not None and last is self._before:
            if self._delta is None:
                self._delta = binary_frame(encode(self.snapshot, self._before.snapshot))
            return self._delta
        if self._key is None:
            self._key = binary_frame(encode(self.snapshot))
        return self._key
