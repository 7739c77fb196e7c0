"""What viewers are told, as frames: each is made once, for all whom it is for."""

from typing import Protocol

from pageheat.services.broadcaster.delta import GRID, Snapshot, encode
from pageheat.services.broadcaster.sockets import binary_frame, text_frame


class Message(Protocol):
    """A state of something, of which the newest is all that somebody needs."""

    @property
    def kind(self) -> int:
        """What it is of: one that is waiting gives way to the next of its kind."""

    @property
    def mark(self) -> object:
        """By which it is told apart when it has been sent; keeps nothing else of it."""

    def frame(self, last: object) -> bytes:
        """As who is told it who was last told the message of this kind with that mark, None for nothing."""


class WholeGrid:
    """A grid for the tutorial's clients: its JSON, whoever is told it."""

    kind = GRID
    mark = None

    def __init__(self, record: bytes) -> None:
        self._frame = text_frame(record)

    def frame(self, last: object) -> bytes:
        """All of it."""
        return self._frame


class DeltaMessage:
    """A snapshot: the difference for those who know the one before it, and a key for everyone else.

    Args:
        snapshot: what is told.
        before: what most of them were told last, if anything.
    """

    def __init__(self, snapshot: Snapshot, before: "DeltaMessage | None" = None) -> None:
        self.snapshot = snapshot
        self.kind = snapshot.kind
        self.mark = object()
        self._base = before and (before.mark, before.snapshot)
        self._key: bytes | None = None
        self._delta: bytes | None = None

    def frame(self, last: object) -> bytes:
        """A delta, if `last` is the mark of the one before."""
        if self._base and last is self._base[0]:
            if self._delta is None:
                self._delta = binary_frame(encode(self.snapshot, self._base[1]))
            return self._delta
        if self._key is None:
            self._key = binary_frame(encode(self.snapshot))
        return self._key
