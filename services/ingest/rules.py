"""The rules from the settings: who may send, how much, and which page an address names."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from pageheat.services.contract.attributes import NAMES, parse_segments
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.pages import PATHS_ALONE, Pages
from pageheat.services.contract.script import DEFAULT, Addresses
from pageheat.services.ingest.limits import Limits
from pageheat.services.ingest.watched import DEFAULT_PACES, Paces
from pageheat.services.runtime.settings import IngestSettings


def _no_limits() -> Limits:
    return Limits(0, 0, time.monotonic_ns)


@dataclass(frozen=True)
class Rules:
    """The rules of one ingest process.

    `attributes` names those of page views that are kept, `proxies` is the number of our proxies in front of
    it, `max_sockets` the limit of open WebSockets, `addresses` where the tracker is served besides its usual
    addresses, `paces` how often it sends.
    """

    origins: Origins
    limits: Limits = field(default_factory=_no_limits)
    pages: Pages = PATHS_ALONE
    attributes: frozenset[str] = frozenset(NAMES)
    proxies: int = 0
    max_sockets: int = 24_000
    addresses: Addresses = DEFAULT
    paces: Paces = DEFAULT_PACES

    @classmethod
    def of(cls, settings: IngestSettings, clock_ns: Callable[[], int] = time.monotonic_ns) -> Self:
        """The rules that the settings define."""
        return cls(
            settings.senders,
            Limits(settings.session_frames_per_s, settings.address_frames_per_s, clock_ns),
            settings.pages,
            parse_segments(settings.segments),
            settings.trusted_proxies + settings.behind_entry,
            settings.max_sockets,
            Addresses.of(settings.tracker_path),
            Paces(
                settings.unwatched_send_ms,
                settings.page_frames_per_s,
                settings.unwatched_frames_per_s,
            ),
        )
