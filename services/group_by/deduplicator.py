"""Which frames a client has sent before. Pure: sessions, their frames' numbers and times in, an answer out.

A client that heard no acknowledgement sends a frame again, so a frame may stand in the log twice; the first
counts. Of each session the highest number is kept, and of the WINDOW numbers up to it which have come: a
frame sent again may come after its successors. All is decided by the log alone, times too, so that a log
read again is decided as the first time.
"""

WINDOW = 64
"""Frames of a session told apart. A client keeps fewer unacknowledged, so what is older has come before."""

KEPT_MS = 180_000
"""How long a session is remembered after its last frame, at least; for as long a client sends again."""

MAX_SESSIONS = 15_000
"""A partition in each turn of KEPT_MS: 180,000 in all, more than the largest site that we size for. Two turns
of the longest names take 6 MB, in all twelve partitions 75. Frames of further ones pass unseen, counted."""

_BITS = (1 << WINDOW) - 1


class Deduplicator:
    """The frames of one partition, by session.

    Sessions seen in this turn of KEPT_MS are kept apart from those of the turn before, which go at the
    next: nothing has to be looked through for what is old.
    """

    def __init__(self) -> None:
        self.unwatched_frames = 0
        self._turn = 0
        self._now: dict[str, int] = {}  # session → its highest number << WINDOW | bit i: that number − i came
        self._before: dict[str, int] = {}

    def is_duplicate(self, session: str, seq: int, received_ms: int) -> bool:
        """Whether this frame has come before; from now on it has."""
        self._advance(received_ms)
        known = self._now.get(session, 0)
        if not known:
            if len(self._now) >= MAX_SESSIONS:
                self.unwatched_frames += 1
                return False
            known = self._before.pop(session, 0)
        highest, seen = known >> WINDOW, known & _BITS
        if not known or seq > highest:
            seen = (seen << min(seq - highest, WINDOW) | 1) & _BITS
            self._now[session] = seq << WINDOW | seen
            return False
        back = highest - seq
        is_duplicate = back >= WINDOW or bool(seen >> back & 1)
        self._now[session] = known if is_duplicate else known | 1 << back
        return is_duplicate

    def _advance(self, received_ms: int) -> None:
        turn = received_ms // KEPT_MS
        if turn > self._turn:
            self._before = self._now if turn == self._turn + 1 else {}
            self._now = {}
            self._turn = turn


def needed_since_ms(time_ms: int) -> int:
    """From where on a log decides about what is received at `time_ms`: the turn before."""
    return (time_ms // KEPT_MS - 1) * KEPT_MS
