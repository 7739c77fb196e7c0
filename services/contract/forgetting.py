"""Tombstones on `clickstream-group-by-page`: what readers forget. Pure.

A tombstone is a record without a value, written to each partition. Its key is a page: none of its records
before it count any more, anywhere. With the headers below it is for the history alone: what is forgotten is a
span of time, of a page or of all pages of a site.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pageheat.services.contract.records import UnreadableRecord

SITE, FROM, TO = "forget.site", "forget.from", "forget.to"
"""Headers: the key begins the keys of a site's pages; begin and end of the span, ms since the epoch."""

LAST_MS = 2**53
"""End of a span without an end."""

Headers = Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True)
class Forgotten:
    """What a tombstone is about: events of a page, or of a site's pages, in [`begin_ms`, `end_ms`)."""

    key: str
    of_site: bool = False
    begin_ms: int = 0
    end_ms: int = LAST_MS

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """The headers of its tombstone; none if it is a page in all."""
        if self == Forgotten(self.key):
            return []
        found = [(FROM, b"%d" % self.begin_ms), (TO, b"%d" % self.end_ms)]
        return [*found, (SITE, b"1")] if self.of_site else found


def is_of_history_alone(headers: Headers | None) -> bool:
    """Whether a tombstone with these headers is for the history alone."""
    return any(name in (SITE, FROM, TO) for name, _ in headers or ())


def read_forgotten(key: bytes, headers: Headers | None) -> Forgotten:
    """What a tombstone is about.

    Raises:
        UnreadableRecord: its headers are not numbers.
    """
    found = dict(headers or ())
    try:
        begin_ms, end_ms = int(found.get(FROM) or 0), int(found.get(TO) or LAST_MS)
    except ValueError:
        raise UnreadableRecord(f"headers {FROM} and {TO} should be ms since the epoch") from None
    return Forgotten(key.decode("utf-8", "replace"), SITE in found, begin_ms, end_ms)
