"""What was seen of a running system, and the form of a claim about it. Pure values."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pageheat.services.contract.bands import Bands
from pageheat.verification.audit import Differences, FrameAudit
from pageheat.verification.recount import Json, PageLog, SeenFrame, parse

FRESH_MS = 5_000
"""What an event may take from ingest to a grid before it counts as stuck, on a machine under load; a
quarter of the window if that is less, for an event has to be old enough and still in the window."""

Fields = dict[str, type | tuple[type, ...]]
"""Of what type each is."""

_WINDOW_FIELDS: Fields = dict.fromkeys(("start", "end", "grid-size", "partition", "position"), int)
_PAGE = (dict, type(None))
GRID_FIELDS: Fields = {
    **_WINDOW_FIELDS,
    **dict.fromkeys(("value", "clicks", "totals"), dict),
    "visitors": int,
    "newest": (int, type(None)),
    "page": _PAGE,
}
DETAIL_FIELDS: Fields = {**_WINDOW_FIELDS, "spots": int, "bands": list, "page": _PAGE}


@dataclass(frozen=True)
class Claim:
    """A claim and what speaks against it; `checked` says how much was looked at, 0 for nothing."""

    text: str
    checked: int
    of_what: str
    wrong: Differences

    @property
    def verdict(self) -> str:
        """PASS, FAIL, or `—` where there was nothing to check."""
        if self.wrong.count:
            return "FAIL"
        return "PASS" if self.checked else "—"


@dataclass(frozen=True)
class Cooled:
    """A page that got a tombstone on `heatmap`, and whether its grid before that was empty."""

    page: str
    was_empty: bool


@dataclass
class Evidence:
    """What was seen of a running system, and what its topics hold.

    `grids` are the records of `heatmap` and `details` those of `heatmap-detail`, `viewed` what a WebSocket
    viewer got and `answered` what broadcaster answered when asked for the detail, each by page in the order
    they came; `listed` are entries of the list of warm pages with the list's `time`.
    """

    grid_size: int
    window_ms: int
    step_ms: int
    bands: Bands
    count_robots: bool = False
    began_ms: int = 0
    ended_ms: int = 0
    grids: dict[str, list[bytes]] = field(default_factory=dict)
    details: dict[str, list[bytes]] = field(default_factory=dict)
    viewed: dict[str, list[str]] = field(default_factory=dict)
    answered: dict[str, list[str]] = field(default_factory=dict)
    listed: list[Json] = field(default_factory=list)
    cooled: list[Cooled] = field(default_factory=list)
    logs: dict[tuple[int, str], PageLog] = field(default_factory=dict)
    audit: FrameAudit = field(default_factory=FrameAudit)

    @property
    def fresh_ms(self) -> int:
        """What an event may take to a grid."""
        return min(FRESH_MS, self.window_ms // 4)

    @property
    def settled_ms(self) -> int:
        """What was to be said up to this time had been said when the watching ended."""
        return self.ended_ms - self.fresh_ms

    def counts(self, frame: SeenFrame) -> bool:
        """Whether the aggregator is to count a frame: those of robots only if it is set so."""
        return self.count_robots or not frame.robot

    def log_of(self, page: str, record: Json) -> PageLog:
        """The events that a grid or detail of a page counts."""
        return self.logs.get((record["partition"], page)) or PageLog(self.grid_size)


def read_grid(value: bytes | str | None) -> Json | None:
    """A grid, or None where a value is none."""
    return _read(value, GRID_FIELDS)


def read_detail(value: bytes | str | None) -> Json | None:
    """A detail, or None where a value is none."""
    return _read(value, DETAIL_FIELDS)


def grids_of(evidence: Evidence, page: str) -> list[Json]:
    """A page's grids on the topic, in their order."""
    return [grid for value in evidence.grids.get(page, ()) if (grid := read_grid(value))]


def details_of(evidence: Evidence, page: str) -> list[Json]:
    """A page's details on the topic, in their order."""
    return [detail for value in evidence.details.get(page, ()) if (detail := read_detail(value))]


def all_grids(evidence: Evidence) -> Iterator[tuple[str, Json]]:
    """Every page with each of its grids."""
    return ((page, grid) for page in evidence.grids for grid in grids_of(evidence, page))


def all_details(evidence: Evidence) -> Iterator[tuple[str, Json]]:
    """Every page with each of its details."""
    return ((page, detail) for page in evidence.details for detail in details_of(evidence, page))


def is_empty(grid: Json) -> bool:
    """Whether a grid says that nothing happened."""
    return not grid["value"] and not grid["clicks"] and not grid["visitors"] and grid["newest"] is None


def name_of(page: str, record: Json) -> str:
    """How a grid or a detail is called in a difference."""
    return f"{page} end {record['end']} position {record['partition']}/{record['position']}"


def _read(value: bytes | str | None, fields: Fields) -> Json | None:
    record = parse(value)
    if record is None:
        return None
    return record if all(isinstance(record.get(name, ...), kind) for name, kind in fields.items()) else None
