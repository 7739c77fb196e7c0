"""How much one session, or one address, may send: token buckets. Pure: names and times in, answers out."""

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

BURST_S = 3
"""So many seconds' worth may come at once: what a tracker holds back while its connection is away."""

MAX_NAMES = 50_000
"""Sessions, and addresses, whose buckets are kept, 15 MB each: five times the sockets of a process. Of more,
those forgotten are those that have sent nothing for longest; their buckets are most often full anyway."""

_SECOND_NS = 1_000_000_000


class Rate(NamedTuple):
    """So many frames a second in the long run, and so many at once."""

    per_s: int
    burst: int


class Bucket:
    """One bucket of tokens, kept as the one time at which it will be full again."""

    __slots__ = ("_full_ns",)

    def __init__(self) -> None:
        self._full_ns = 0

    def take(self, rate: Rate, now_ns: int) -> bool:
        """Take a token if there is one."""
        refill_ns = _SECOND_NS // rate.per_s
        full_ns = max(self._full_ns, now_ns) + refill_ns
        if full_ns - now_ns > rate.burst * refill_ns:
            return False
        self._full_ns = full_ns
        return True


class Buckets:
    """A bucket for each name.

    Args:
        per_s: what may be taken a second in the long run, BURST_S times as much at once; 0 for any number.
        limit: how many buckets are kept.
    """

    def __init__(self, per_s: int, limit: int = MAX_NAMES) -> None:
        self._rate = Rate(per_s, BURST_S * per_s)
        self._limit = limit
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, name: str, now_ns: int) -> bool:
        """Take a token of that name's if there is one."""
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
        session_per_s: frames a second of one session; 0 for any number.
        address_per_s: frames a second of one address; 0 for any number.
        clock_ns: a clock that never goes back, ns.
    """

    def __init__(self, session_per_s: int, address_per_s: int, clock_ns: Callable[[], int]) -> None:
        self._sessions = Buckets(session_per_s)
        self._addresses = Buckets(address_per_s)
        self._clock_ns = clock_ns

    def admits_address(self, address: str | None) -> bool:
        """Whether a frame from there may come now; None stands for this machine, which has no limit."""
        return address is None or self._addresses.take(address, self._clock_ns())

    def admits_session(self, session: str | None) -> bool:
        """Whether a frame of that session may come now; a frame that has none is no session's."""
        return session is None or self._sessions.take(session, self._clock_ns())

    def refusal_budget(self) -> "RefusalBudget":
        """For one connection."""
        return RefusalBudget(self._clock_ns)


class RefusalBudget:
    """How long a connection that is told to slow down, and does not, is kept."""

    REFUSALS = Rate(per_s=5, burst=100)
    """Refusals of one connection. A tracker sends four frames a second, and a refused one again a while
    later: it stays below even where all that it sends is refused."""

    def __init__(self, clock_ns: Callable[[], int]) -> None:
        self._bucket = Bucket()
        self._clock_ns = clock_ns

    def allows(self) -> bool:
        """Endure one more refusal; False when that was one too many."""
        return self._bucket.take(self.REFUSALS, self._clock_ns())
