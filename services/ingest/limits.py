"""Rate limits for sessions and addresses: token buckets. Pure: names and times in, answers out."""

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

BURST_S = 3
"""A bucket holds the tokens of this many seconds: what a tracker buffers while it is disconnected."""

MAX_NAMES = 50_000
"""Buckets kept for sessions, and again for addresses, 15 MB each: twice the sockets of a process. Beyond
that the least recently used bucket is discarded; most often it is full anyway."""

_SECOND_NS = 1_000_000_000


class Rate(NamedTuple):
    """Frames a second in the long run, and frames at once."""

    per_s: int
    burst: int


class Bucket:
    """A bucket of tokens, stored as the time at which it is full again."""

    __slots__ = ("_full_ns",)

    def __init__(self) -> None:
        self._full_ns = 0

    def take(self, rate: Rate, now_ns: int) -> bool:
        """Take a token; False if there is none."""
        refill_ns = _SECOND_NS // rate.per_s
        full_ns = max(self._full_ns, now_ns) + refill_ns
        if full_ns - now_ns > rate.burst * refill_ns:
            return False
        self._full_ns = full_ns
        return True


class Buckets:
    """A bucket for each name.

    Args:
        per_s: tokens a second in the long run, BURST_S times as many at once; 0 for no limit.
        limit: how many buckets are kept.
    """

    def __init__(self, per_s: int, limit: int = MAX_NAMES) -> None:
        self._rate = Rate(per_s, BURST_S * per_s)
        self._limit = limit
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, name: str, now_ns: int) -> bool:
        """Take a token from this name's bucket; False if there is none."""
        if not self._rate.per_s:
            return True
        bucket = self._buckets.pop(name, None) or Bucket()
        self._buckets[name] = bucket
        if len(self._buckets) > self._limit:
            self._buckets.popitem(last=False)
        return bucket.take(self._rate, now_ns)


class Limits:
    """The limits of one process of ingest.

    Args:
        session_per_s: frames a second per session; 0 for no limit.
        address_per_s: frames a second per address; 0 for no limit.
        clock_ns: a monotonic clock, ns.
    """

    def __init__(self, session_per_s: int, address_per_s: int, clock_ns: Callable[[], int]) -> None:
        self._sessions = Buckets(session_per_s)
        self._addresses = Buckets(address_per_s)
        self._clock_ns = clock_ns

    def admits_address(self, address: str | None) -> bool:
        """Whether this address may send a frame now; None is this machine, which has no limit."""
        return address is None or self._addresses.take(address, self._clock_ns())

    def admits_session(self, session: str | None) -> bool:
        """Whether this session may send a frame now; a frame without a session has no limit."""
        return session is None or self._sessions.take(session, self._clock_ns())

    def refusal_budget(self) -> "RefusalBudget":
        """A new budget for one connection."""
        return RefusalBudget(self._clock_ns)


class RefusalBudget:
    """How many refusals a connection gets before it is closed: it exceeds the rate and does not slow down."""

    REFUSALS = Rate(per_s=5, burst=100)
    """Refusals per connection. A tracker sends four frames a second, and resends refused ones only after a
    pause: it stays below this rate even if all its frames are refused."""

    def __init__(self, clock_ns: Callable[[], int]) -> None:
        self._bucket = Bucket()
        self._clock_ns = clock_ns

    def allows(self) -> bool:
        """Count one more refusal; False if the budget is used up."""
        return self._bucket.take(self.REFUSALS, self._clock_ns())
