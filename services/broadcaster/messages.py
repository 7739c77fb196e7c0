"""Messages to viewers, as frames: each is encoded once for all its receivers."""

from typing import Protocol

from pageheat.services.broadcaster.delta import GRID, Snapshot, encode
from pageheat.services.broadcaster.sockets import binary_frame, text_frame


class Message(Protocol):
    """A state of something: a viewer needs only the newest."""

    @property
    def kind(self) -> int:
        """What it is about: the next message of a kind replaces a waiting one."""

    @property
    def mark(self) -> object:
        """Identifies the message after it was sent, without keeping the message alive."""

    def frame(self, last: object) -> bytes:
        """The frame for a viewer whose last message of this kind has the mark `last`, None if it had none."""


class WholeGrid:
    """A grid for the tutorial's viewers: its JSON, the same for each viewer."""

    kind = GRID
    mark = None

    def __init__(self, json: bytes) -> None:
        self._frame = text_frame(json)

    def frame(self, last: object) -> bytes:
        """The whole grid."""
        return self._frame


class DeltaMessage:
    """A snapshot: a delta for viewers that have the one before it, and a keyframe for all others.

    Args:
        snapshot: the state to send.
        before: the message that most viewers got last, if any.
    """

    def __init__(self, snapshot: Snapshot, before: "DeltaMessage | None" = None) -> None:
        self.snapshot = snapshot
        self.kind = snapshot.kind
        self.mark = object()
        self._base = before and (before.mark, before.snapshot)
        self._keyframe: bytes | None = None
        self._delta: bytes | None = None

    def frame(self, last: object) -> bytes:
        """A delta if `last` is the mark of the message before, else a keyframe."""
        if self._base and last is self._base[0]:
            if self._delta is None:
                self._delta = binary_frame(encode(self.snapshot, self._base[1]))
            return self._delta
        if self._keyframe is None:
            self._keyframe = binary_frame(encode(self.snapshot))
        return self._keyframe
