"""What the settings rule: who may send, how much of it, and what of pages' paths is hidden."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from pageheat.services.contract.masks import NO_MASKS, Masks
from pageheat.services.ingest.limits import Limits
from pageheat.services.ingest.origins import Origins
from pageheat.services.runtime.settings import IngestSettings


def _no_limits() -> Limits:
    return Limits(0, 0, time.monotonic_ns)


@dataclass(frozen=True)
class Rules:
    """The rules of one process of ingest.

    `proxies` is how many of ours are in front of it, `max_sockets` how many may be open at once.
    """

    origins: Origins
    limits: Limits = field(default_factory=_no_limits)
    masks: Masks = NO_MASKS
    proxies: int = 0
    max_sockets: int = 10_000

    @classmethod
    def of(cls, settings: IngestSettings, clock_ns: Callable[[], int] = time.monotonic_ns) -> Self:
        """Those that the settings say."""
        return cls(
            Origins.of(settings),
            Limits(settings.session_frames_per_s, settings.address_frames_per_s, clock_ns),
            settings.masks,
            settings.trusted_proxies + settings.behind_entry,
            settings.max_sockets,
        )
