"""Recognizes duplicate frames. Pure: sessions, frame numbers and times in, an answer out.

A client resends a frame that was not acknowledged, so the log may contain a frame twice; the first counts.
For each session, the highest number is kept, and a bit for each of the WINDOW numbers up to it: a resent
frame may come after its successors. All decisions depend on the log alone, including its times, so reading
it again gives the same decisions.
"""

WINDOW = 64
"""Numbers tracked per session. A client has fewer unacknowledged frames, so older ones are duplicates."""

KEPT_MS = 180_000
"""A session is remembered at least this long after its last frame; clients stop resending by then."""

MAX_SESSIONS = 15_000
"""Per partition and period of KEPT_MS: 180,000 in all, more than the largest site that we size for. Two
periods of the longest names take 6 MB, in twelve partitions 75. Frames of others pass unchecked, counted."""

_BITS = (1 << WINDOW) - 1


class Deduplicator:
    """The frame numbers received in one partition, by session.

    Sessions of the current period of KEPT_MS are stored apart from those of the previous one, which are
    discarded whole when the next period begins: no search for old sessions is needed.
    """

    def __init__(self) -> None:
        self.unwatched_frames = 0
        self._period = 0
        self._current: dict[str, int] = {}  # session → highest number << WINDOW | bit i: number − i has come
        self._previous: dict[str, int] = {}

    def is_duplicate(self, session: str, seq: int, received_ms: int) -> bool:
        """Record this frame; True if it was received before."""
        self._advance(received_ms)
        known = self._current.get(session, 0)
        if not known:
            if len(self._current) >= MAX_SESSIONS:
                self.unwatched_frames += 1
                return False
            known = self._previous.pop(session, 0)
        highest, seen = known >> WINDOW, known & _BITS
        if not known or seq > highest:
            seen = (seen << min(seq - highest, WINDOW) | 1) & _BITS
            self._current[session] = seq << WINDOW | seen
            return False
        distance = highest - seq
        is_duplicate = distance >= WINDOW or bool(seen >> distance & 1)
        self._current[session] = known if is_duplicate else known | 1 << distance
        return is_duplicate

    def _advance(self, received_ms: int) -> None:
        period = received_ms // KEPT_MS
        if period > self._period:
            self._previous = self._current if period == self._period + 1 else {}
            self._current = {}
            self._period = period


def needed_since_ms(time_ms: int) -> int:
    """Start of the part of the log that decides about frames received at `time_ms`: the previous period."""
    return (time_ms // KEPT_MS - 1) * KEPT_MS
