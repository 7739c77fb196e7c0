"""Evidence collected from a running system, and the result of a claim about it. Pure values."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from pageheat.services.contract.bands import Bands
from pageheat.verification.audit import Differences, FrameAudit
from pageheat.verification.fine_recount import read_layer
from pageheat.verification.recount import Json, PageLog, SeenFrame, parse

FRESH_MS = 5_000
"""How long an event may take from ingest to a grid on a machine under load. A quarter of the window if less:
an event must be old enough and still in the window."""

Fields = dict[str, type | tuple[type, ...]]
"""The type or types of each field."""

_WINDOW_FIELDS: Fields = dict.fromkeys(("start", "end", "grid-size", "partition", "position"), int)
_PAGE = (dict, type(None))
VIEWED_FIELDS: Fields = {
    **_WINDOW_FIELDS,
    **dict.fromkeys(("value", "clicks", "totals"), dict),
    "visitors": int,
    "newest": (int, type(None)),
    "page": _PAGE,
}
GRID_FIELDS = {**VIEWED_FIELDS, "fine": dict, "looks": dict}
BREAKDOWN_FIELDS: Fields = {**_WINDOW_FIELDS, "spots": int, "spot-px": int, "bands": list, "page": _PAGE}


@dataclass(frozen=True)
class Claim:
    """A claim and what contradicts it; `checked` is the number of things checked."""

    text: str
    checked: int
    of_what: str
    wrong: Differences

    @property
    def verdict(self) -> str:
        """PASS, FAIL, or `—` if there was nothing to check."""
        if self.wrong.count:
            return "FAIL"
        return "PASS" if self.checked else "—"


@dataclass(frozen=True)
class Cooled:
    """A page with a tombstone on `heatmap`, and whether the grid before it was empty."""

    page: str
    was_empty: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Two answers of the history about a page, of the same minutes; "" for all bands, and for all layers."""

    page: str
    band: str
    layer: str
    heat: Json
    attention: Json


@dataclass
class Evidence:
    """What a running system showed, and what its topics hold.

    By page, in order of arrival: `grids` are the records of `heatmap`, `breakdowns` those of
    `heatmap-detail`, `viewed` a WebSocket viewer's messages, and `answered` broadcaster's answers to requests
    for the breakdown. `listed` has entries of the list of warm pages, with the list's `time`.
    """

    grid_size: int
    window_ms: int
    step_ms: int
    bands: Bands
    count_robots: bool = False
    began_ms: int = 0
    ended_ms: int = 0
    grids: dict[str, list[bytes]] = field(default_factory=dict)
    breakdowns: dict[str, list[bytes]] = field(default_factory=dict)
    viewed: dict[str, list[str]] = field(default_factory=dict)
    answered: dict[str, list[str]] = field(default_factory=dict)
    listed: list[Json] = field(default_factory=list)
    history: list[Asked] = field(default_factory=list)
    past_ms: int = 0
    """From when on the history is asked about."""
    past: dict[str, PageLog] = field(default_factory=dict)
    """The events of each page since then."""
    cooled: list[Cooled] = field(default_factory=list)
    logs: dict[tuple[int, str], PageLog] = field(default_factory=dict)
    audit: FrameAudit = field(default_factory=FrameAudit)

    @property
    def fresh_ms(self) -> int:
        """How long an event may take to a grid."""
        return min(FRESH_MS, self.window_ms // 4)

    @property
    def settled_ms(self) -> int:
        """Everything due up to this time was published when sampling ended."""
        return self.ended_ms - self.fresh_ms

    def counts(self, frame: SeenFrame) -> bool:
        """Whether the aggregator must count a frame; robots' frames only if configured."""
        return self.count_robots or not frame.robot

    def log_of(self, page: str, record: Json) -> PageLog:
        """The events that a page's grid or breakdown counts."""
        return self.logs.get((record["partition"], page)) or PageLog(self.grid_size)


def read_grid(value: bytes | str | None) -> Json | None:
    """Read a grid on `heatmap`, its tiles in the tutorial's form; None if the value is not one."""
    if not isinstance(value, bytes):
        return None
    try:
        record = msgspec.msgpack.decode(value)
        for layer in ("value", "clicks"):
            tiles: Json = {}
            for number, count in read_layer(record[layer]):
                column, row = divmod(number, record["grid-size"])
                tiles.setdefault(str(column), {})[str(row)] = count
            record[layer] = tiles
    except (msgspec.DecodeError, ValueError, TypeError, KeyError, ZeroDivisionError):
        return None
    return _checked(record, GRID_FIELDS)


def read_viewed(message: bytes | str) -> Json | None:
    """Parse a grid as the tutorial's viewers get it; None if the message is not one."""
    return _read(message, VIEWED_FIELDS)


def read_breakdown(value: bytes | str | None) -> Json | None:
    """Parse a breakdown; None if the value is not one."""
    return _read(value, BREAKDOWN_FIELDS)


def grids_of(evidence: Evidence, page: str) -> list[Json]:
    """A page's grids on the topic, in order."""
    return [grid for value in evidence.grids.get(page, ()) if (grid := read_grid(value))]


def breakdowns_of(evidence: Evidence, page: str) -> list[Json]:
    """A page's breakdowns on the topic, in order."""
    return [found for value in evidence.breakdowns.get(page, ()) if (found := read_breakdown(value))]


def all_grids(evidence: Evidence) -> Iterator[tuple[str, Json]]:
    """Every page with each of its grids."""
    return ((page, grid) for page in evidence.grids for grid in grids_of(evidence, page))


def all_breakdowns(evidence: Evidence) -> Iterator[tuple[str, Json]]:
    """Every page with each of its breakdowns."""
    return ((page, found) for page in evidence.breakdowns for found in breakdowns_of(evidence, page))


def is_empty(grid: Json) -> bool:
    """Whether a grid counts nothing."""
    return not grid["value"] and not grid["clicks"] and not grid["visitors"] and grid["newest"] is None


def name_of(page: str, record: Json) -> str:
    """The name of a grid or breakdown in a difference."""
    return f"{page} end {record['end']} position {record['partition']}/{record['position']}"


def _read(value: bytes | str | None, fields: Fields) -> Json | None:
    record = parse(value)
    return None if record is None else _checked(record, fields)


def _checked(record: Json, fields: Fields) -> Json | None:
    return record if all(isinstance(record.get(name, ...), kind) for name, kind in fields.items()) else None
