"""How often each of a crowd may send, so that together they send no more than a process can take. Pure.

A crowd is all who have sent lately; whoever has a socket and is idle costs nothing. Crowds count in turns
that are longer than anyone's interval: each sender is counted once a turn, so neither clicks, nor visitors
who send at the same time, nor the changes of their intervals count twice. Counting is O(1) a frame, without a
timer.
"""

from math import ceil

from pageheat.services.contract.watching import LONGEST_SEND_MS

HEADROOM = 1.5
"""A crowd that outgrows its size is expected to grow by as much again; so its visitors are told seldom, and
send between two thirds and all of what they may."""

SHRUNK = 2.0
"""A crowd counts as smaller once this times as many would not fill its size: below HEADROOM it could be told
to and fro."""

LEAST_TURN_MS = 5_000
"""A turn's least length: twice the interval of a tracker that nobody has told anything, and some delay."""


class Crowd:
    """Counts who sends. `size` is never less than the number of those who sent in this turn or the last."""

    __slots__ = ("_counted", "_ends_ms", "_turn", "size")

    def __init__(self) -> None:
        self.size = 0
        self._counted = 0
        self._turn = 0
        self._ends_ms = 0.0

    def saw(self, counted: int, now_ms: float, every_ms: int) -> int:
        """Count somebody who sends a frame.

        Args:
            counted: what the last call for the same sender has returned, 0 if there was none.
            now_ms: the time, of a clock that only runs forwards.
            every_ms: how often the crowd sends at present.

        Returns:
            The number of this turn.
        """
        if now_ms >= self._ends_ms:
            self._begin_turn(now_ms, every_ms)
        if counted != self._turn:
            self._counted += 1
            if self._counted > self.size:
                self.size = ceil(self._counted * HEADROOM)
        return self._turn

    def _begin_turn(self, now_ms: float, every_ms: int) -> None:
        if self._counted * SHRUNK < self.size:
            self.size = ceil(self._counted * HEADROOM)
        self._counted = 0
        self._turn += 1
        self._ends_ms = now_ms + max(LEAST_TURN_MS, 2 * every_ms)


def interval_ms(least_ms: int, senders: int, frames_per_s: int) -> int:
    """How often each of so many may send: every `least_ms`, or less often to keep to a rate (0: none)."""
    if not frames_per_s:
        return least_ms
    return max(least_ms, min(LONGEST_SEND_MS, senders * 1_000 // frames_per_s))
