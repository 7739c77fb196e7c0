"""Which pages are watched: what broadcasters write to the topic `watched`, and ingest reads. No I/O.

A record's key is the page's key. It says that somebody watches the page, and is true for LEASE_MS. Nothing
ends it early: another broadcaster may have viewers of the page, and one that is killed writes nothing.
"""

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
