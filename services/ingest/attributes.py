"""What is kept of a page view's attributes: those that the settings name, cleaned, and few different values.

Visitors' browsers send them, and so may strangers: without a bound, any number of different values.
"""

import re
from collections.abc import Set

from prometheus_client import Counter

from pageheat.services.contract.attributes import INTERNAL, NAMES, OTHER
from pageheat.services.contract.hosts import host_of
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.records import MAX_LABEL_CHARS, Attributes

MAX_VALUES = 1_000
"""Different values of one attribute of one site: more than anybody compares. They take 150 kB at most."""

KEPT_MS = 3_600_000
"""Values are forgotten each hour: whoever sends a thousand invented ones displaces others no longer."""

_ADDRESS = re.compile(r"@|://|\A[/?#]")
"""In a value that is an address or a query, of a page or a person: such a value is dropped."""

_HOST = re.compile(r"[^\s/?#@\\]+")
"""A host with or without a port, and nothing else."""

others = Counter(
    "pageheat_ingest_attributes_other",
    "Attributes of page views stored as 'other', as their site has too many different values",
    ["attribute"],
)
for _name in NAMES:
    others.labels(_name)  # exported as 0 from the start


class KeptAttributes:
    """Decides what is kept of attributes.

    Args:
        names: the attributes to keep.
        origins: a referrer on one of them is INTERNAL.
        limit: of the different values of one attribute of one site.
    """

    def __init__(self, names: Set[str], origins: Origins, limit: int = MAX_VALUES) -> None:
        self._names = [name for name in NAMES if name in names]
        self._origins = origins
        self._limit = limit
        self._hour = 0
        self._values: dict[tuple[str, str], set[str]] = {}  # (site, attribute) → the hour's values

    def of(self, sent: Attributes, site: str, now_ms: int) -> Attributes | None:
        """What is kept of attributes that were sent from a page of a site; None if nothing is."""
        kept: dict[str, str] = {}
        for name in self._names:
            if value := getattr(sent, name):
                value = self._referrer(value) if name == "referrer" else _label(value)
                kept[name] = self._bounded(site, name, value[:MAX_LABEL_CHARS], now_ms)
        return Attributes(**kept) if any(kept.values()) else None

    def _referrer(self, host: str) -> str:
        address = f"http://{host}"
        try:
            if not _HOST.fullmatch(host):
                return ""
            return INTERNAL if self._origins.has_host_of(address) else host_of(address)
        except ValueError:
            return ""

    def _bounded(self, site: str, name: str, value: str, now_ms: int) -> str:
        """The value, or OTHER if the site had too many others in this hour."""
        if value in ("", INTERNAL, OTHER):
            return value
        if (hour := now_ms // KEPT_MS) != self._hour:
            self._hour = hour
            self._values.clear()
        values = self._values.setdefault((site, name), set())
        if value not in values:
            if len(values) >= self._limit:
                others.labels(name).inc()
                return OTHER
            values.add(value)
        return value


def _label(text: str) -> str:
    """A text without control characters and outer spaces; "" for an address or a query."""
    if _ADDRESS.search(text):
        return ""
    return "".join(char for char in text[: 4 * MAX_LABEL_CHARS] if char.isprintable()).strip()
