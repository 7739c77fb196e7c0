"""Rows as blocks for the tables. Pure."""

from collections.abc import Iterable, Sequence

import numpy as np

from pageheat.services.history.native import Block
from pageheat.services.history.tables import Click, Counts, ElementCounts, Group, Rows
from pageheat.services.history.views import Labels

MINUTES = {"minute": 1, "hour": 60, "day": 1440}
"""Length of each level's times."""

Blocks = list[tuple[str, Block]]
"""Table and block, in the order in which they are stored."""


def blocks(rows: Sequence[tuple[int, int, Rows]]) -> Blocks:
    """The blocks of several partitions: number, position after the batch, and rows of each.

    Views come last: whoever repeats an interrupted batch finds them as they were before it, until all else is
    stored.
    """
    counts = [(number, each.counts) for number, _, each in rows if len(each.counts.minutes)]
    elements = [(number, each.elements) for number, _, each in rows if each.elements.minutes]
    clicks = [(number, click) for number, _, each in rows for click in each.clicks]
    found: Blocks = []
    for level, length in MINUTES.items():
        if counts:
            found.append((f"counts_{level}", _counts(counts, length)))
        if elements:
            found.append((f"elements_{level}", _elements(elements, length)))
    if clicks:
        found.append(("clicks", _clicks(clicks)))
    if any(each.views for _, _, each in rows):
        found.append(("views", _views(rows)))
    return found


def _labels(block: Block, bands: Iterable[str], labels: Sequence[Labels]) -> None:
    block.texts("band", bands)
    for i, name in enumerate(("referrer", "source", "medium", "campaign", "segment")):
        block.texts(name, [each[i] for each in labels])


def _groups(block: Block, groups: Sequence[Group]) -> None:
    block.texts("page", [group.page for group in groups])
    _labels(block, [group.band for group in groups], [group.labels for group in groups])


def _times(minutes: Iterable[int], length: int) -> list[int]:
    return [minute // length * length * 60 for minute in minutes]


def _counts(numbered: Sequence[tuple[int, Counts]], length: int) -> Block:
    parts = [part for _, part in numbered]
    block = Block(sum(len(part.minutes) for part in parts))
    _groups(block, [group for part in parts for group in part.groups])
    block.numbers("partition", "UInt16", [number for number, part in numbered for _ in part.groups])
    minutes = np.concatenate([part.minutes for part in parts])
    block.numbers("time", "DateTime", minutes // length * length * 60)
    block.numbers("layer", "UInt8", np.concatenate([part.layers for part in parts]))
    starts = np.cumsum([0, *(len(part.cells) for part in parts)])
    ends = np.concatenate([part.ends + start for part, start in zip(parts, starts, strict=False)])
    for name, type_, values in (
        ("cell", "UInt32", [part.cells for part in parts]),
        ("events", "Int64", [part.events for part in parts]),
        ("views", "Int64", [part.views for part in parts]),
    ):
        block.arrays(f"cellMap.{name}", type_, ends, np.concatenate(values))
    return block


def _elements(numbered: Sequence[tuple[int, ElementCounts]], length: int) -> Block:
    parts = [part for _, part in numbered]
    block = Block(sum(len(part.minutes) for part in parts))
    _groups(block, [group for part in parts for group in part.groups])
    block.numbers("partition", "UInt16", [number for number, part in numbered for _ in part.groups])
    block.numbers("time", "DateTime", _times([each for part in parts for each in part.minutes], length))
    block.texts("selector", [each for part in parts for each in part.selectors])
    block.texts("kind", [each for part in parts for each in part.kinds])
    block.numbers("views", "Int64", [each for part in parts for each in part.views])
    block.lists("spotMap.spot", "UInt32", [each for part in parts for each in part.spots])
    block.lists("spotMap.events", "Int64", [each for part in parts for each in part.events])
    return block


def _clicks(numbered: Sequence[tuple[int, Click]]) -> Block:
    clicks = [click for _, click in numbered]
    block = Block(len(clicks))
    _groups(block, [click.group for click in clicks])
    block.numbers("time", "DateTime64(3)", [click.time_ms for click in clicks])
    block.numbers("view", "UInt64", np.array([click.view for click in clicks], np.uint64))
    block.texts("kind", [click.kind for click in clicks])
    block.numbers("partition", "UInt16", [number for number, _ in numbered])
    block.numbers("layer", "UInt8", [click.layer for click in clicks])
    block.numbers("cell", "UInt32", [click.cell for click in clicks])
    block.texts("selector", [click.selector for click in clicks])
    return block


def _views(rows: Sequence[tuple[int, int, Rows]]) -> Block:
    views = [(number, position, view, band) for number, position, each in rows for view, band in each.views]
    block = Block(len(views))
    block.texts("page", [view.page for _, _, view, _ in views])
    _labels(block, [band for *_, band in views], [view.labels for _, _, view, _ in views])
    block.numbers("began", "DateTime64(3)", [view.began_ms for _, _, view, _ in views])
    block.numbers("id", "UInt64", np.array([view.id for _, _, view, _ in views], np.uint64))
    block.numbers("partition", "UInt16", [number for number, *_ in views])
    block.numbers("position", "UInt64", [position for _, position, *_ in views])
    block.numbers("last", "UInt32", [view.last for _, _, view, _ in views])
    block.numbers("depth", "Int32", [view.depth for _, _, view, _ in views])
    block.numbers("fold", "Int32", [view.fold for _, _, view, _ in views])
    block.numbers("clicks", "UInt32", [view.clicks for _, _, view, _ in views])
    block.numbers("looked", "UInt64", [view.looked_ms for _, _, view, _ in views])
    return block
