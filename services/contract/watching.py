"""Which pages are watched: what broadcasters write to the topic `watched`, and others read. No I/O.

A record's key is the page's key. It says that somebody watches the page, and is true for LEASE_MS. Nothing
ends it early: another broadcaster may have viewers of the page, and one that is killed writes nothing.
"""

from collections.abc import Iterable

from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.pages import MAX_PATH_BYTES
from pageheat.services.contract.versions import WATCHED, Form

LEASE_MS = 12_000
"""How long a page counts as watched after a record. Its visitors are quiet within 15 s of the last viewer."""

RENEW_S = 4.0
"""How often a broadcaster writes the pages that it has viewers of: two records in a row may be late."""

WATCHED_SEND_MS = 250
"""How often a tracker sends from a watched page: the window's step. More often would show nothing sooner."""

TRACKER_SEND_MS = 2_000
"""How often a tracker sends until ingest tells it otherwise; see `sending.js`."""

LONGEST_SEND_MS = 30_000
"""The longest interval that a tracker is told: so long can what it has not sent be lost with a browser that
crashes. What a visitor does meanwhile fits two of the tracker's frames."""

MAX_KEY_BYTES = MAX_PATH_BYTES + 256
"""Limit of a page's key: its name, and its site's."""


MAX_PAGES = 30_000
"""Watched pages to know, 30 MB with the longest names: as many as a partition has warm pages. Further ones
count as unwatched."""


class NotWatched(PageheatError):
    """A record does not say, in a way that we know, that a page is watched."""


VALUE = b'{"v":%d,"lease_ms":%d}' % (WATCHED, LEASE_MS)
"""Each record's value. Readers look at the version; the rest is for people who read the topic."""

_FORM = Form("record of watched pages", WATCHED)


def page_of(key: bytes | None, value: bytes | None) -> str:
    """The page that a record says is watched.

    Raises:
        NotWatched: the key is no page's.
        NewerRecord: a later program has written it.
    """
    if value != VALUE:
        _FORM.require_known(value or b"")
    if key is None or len(key) > MAX_KEY_BYTES or not key.startswith(b"/"):
        raise NotWatched(f"{(key or b'')[:50]!r} is not a page's key")
    try:
        return key.decode()
    except UnicodeDecodeError:
        raise NotWatched(f"{key[:50]!r} is not UTF-8") from None


class Leases:
    """The pages that are watched now. Times are ms of one clock, which need not be the wall's."""

    def __init__(self, limit: int = MAX_PAGES) -> None:
        self.ignored = 0  # pages beyond the limit, each time they were told
        self._limit = limit
        self._until_ms: dict[str, int] = {}

    def __contains__(self, page: object) -> bool:
        return page in self._until_ms

    def __len__(self) -> int:
        return len(self._until_ms)

    def renew(self, pages: Iterable[str], now_ms: int) -> list[str]:
        """These pages are watched for LEASE_MS from now. Return those of them that were not watched."""
        new = []
        for page in pages:
            if page not in self._until_ms:
                if len(self._until_ms) >= self._limit:
                    self.ignored += 1
                    continue
                new.append(page)
            self._until_ms[page] = now_ms + LEASE_MS
        return new

    def expire(self, now_ms: int) -> list[str]:
        """End the leases that were not renewed; return their pages."""
        ended = [page for page, until_ms in self._until_ms.items() if until_ms <= now_ms]
        for page in ended:
            del self._until_ms[page]
        return ended
