"""The rows that a batch adds to the database, as columns. Pure."""

from dataclasses import dataclass, field

from pageheat.services.history.layers import Integers
from pageheat.services.history.views import Labels, View


@dataclass(frozen=True)
class Group:
    """What the counts of a row have in common, besides time and layer."""

    page: str
    band: str
    labels: Labels


@dataclass(frozen=True)
class Counts:
    """Counts by place: one row per group, minute and layer, in this order, each with its cells.

    Attributes:
        groups, minutes, layers: one entry per row.
        ends: per row, where its cells end in the three arrays below.
        cells: places, in order within a row.
        events, views: what happened there, and the views that came there first.
    """

    groups: list[Group]
    minutes: Integers
    layers: Integers
    ends: Integers
    cells: Integers
    events: Integers
    views: Integers


@dataclass(frozen=True)
class ElementCounts:
    """Counts on elements: one row per group, minute, selector and kind, each with its spots."""

    groups: list[Group]
    minutes: list[int]
    selectors: list[str]
    kinds: list[str]
    views: list[int]
    """Views that touched the element first here."""
    spots: list[list[int]]
    events: list[list[int]]


@dataclass(frozen=True, slots=True)
class Click:
    """A click, rage click, dead click or second of dwell; only clicks have a place on the page."""

    time_ms: int
    group: Group
    view: int
    kind: str
    layer: int
    cell: int
    selector: str


@dataclass(frozen=True)
class Rows:
    """All rows of a batch; equal batches have equal rows in the same order."""

    counts: Counts
    elements: ElementCounts
    clicks: list[Click] = field(default_factory=list)
    views: list[tuple[View, str]] = field(default_factory=list)
    """The views with a record in the batch, as they are after it, and their width bands."""
