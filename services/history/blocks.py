"""Rows as blocks for the tables. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pageheat.services.history.native import Block
from pageheat.services.history.ranges import LENGTHS, MINUTE_MS
from pageheat.services.history.schema import LABELS, LEVELS
from pageheat.services.history.sums import whole
from pageheat.services.history.tables import Click, Counts, ElementCounts, Group, Rows
from pageheat.services.history.views import Labels, View

Blocks = list[tuple[str, Block]]
"""Table and block, in the order in which they are stored."""


@dataclass(frozen=True)
class Addition:
    """What a batch adds of one partition: its rows, their era, and the position after them."""

    partition: int
    position: int
    era: int
    rows: Rows


def blocks(additions: Sequence[Addition]) -> Blocks:
    """The blocks of a batch.

    Views come last: whoever repeats an interrupted batch finds them as they were before it, until all else is
    stored.
    """
    counts = [(it, it.rows.counts) for it in additions if len(it.rows.counts.minutes)]
    elements = [(it, it.rows.elements) for it in additions if it.rows.elements.minutes]
    clicks = [(it, click) for it in additions for click in it.rows.clicks]
    views = [(it, *view) for it in additions for view in it.rows.views]
    found: Blocks = []
    for level, length_ms in LENGTHS.items():
        length = length_ms // MINUTE_MS
        if counts and level in LEVELS["counts"]:
            found.append((f"counts_{level}", _counts(counts, length, is_labelled=True)))
        if counts and level in LEVELS["whole"]:
            together = [(it, whole(part, length)) for it, part in counts]
            if kept := [(it, part) for it, part in together if len(part.minutes)]:
                found.append((f"whole_{level}", _counts(kept, length, is_labelled=False)))
        if elements and level in LEVELS["elements"]:
            found.append((f"elements_{level}", _elements(elements, length)))
    if clicks:
        found.append(("clicks", _clicks(clicks)))
    if views:
        found.append(("views", _views(views)))
    return found


def _labels(block: Block, bands: Iterable[str], labels: Sequence[Labels]) -> None:
    block.texts("band", bands)
    for i, name in enumerate(LABELS[1:]):
        block.texts(name, [each[i] for each in labels])


def _groups(block: Block, groups: Sequence[Group]) -> None:
    block.texts("page", [group.page for group in groups])
    _labels(block, [group.band for group in groups], [group.labels for group in groups])


def _origins(block: Block, rows: Sequence[Addition]) -> None:
    block.numbers("partition", "UInt16", [row.partition for row in rows])
    block.numbers("era", "UInt32", [row.era for row in rows])


def _times(minutes: Iterable[int], length: int) -> list[int]:
    return [minute // length * length * 60 for minute in minutes]


def _counts(added: Sequence[tuple[Addition, Counts]], length: int, *, is_labelled: bool) -> Block:
    parts = [part for _, part in added]
    block = Block(sum(len(part.minutes) for part in parts))
    groups = [group for part in parts for group in part.groups]
    if is_labelled:
        _groups(block, groups)
    else:
        block.texts("page", [group.page for group in groups])
    _origins(block, [it for it, part in added for _ in part.groups])
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
        numbers = np.concatenate(values)
        block.arrays(f"cellMap.{name}", type_, ends, numbers)
        if name != "cell":
            block.numbers(name, type_, np.diff(np.cumsum(numbers)[ends - 1], prepend=0))
    return block


def _elements(added: Sequence[tuple[Addition, ElementCounts]], length: int) -> Block:
    parts = [part for _, part in added]
    block = Block(sum(len(part.minutes) for part in parts))
    _groups(block, [group for part in parts for group in part.groups])
    _origins(block, [it for it, part in added for _ in part.groups])
    block.numbers("time", "DateTime", _times([each for part in parts for each in part.minutes], length))
    block.texts("selector", [each for part in parts for each in part.selectors])
    block.texts("kind", [each for part in parts for each in part.kinds])
    block.numbers("views", "Int64", [each for part in parts for each in part.views])
    block.lists("spotMap.spot", "UInt32", [each for part in parts for each in part.spots])
    block.lists("spotMap.events", "Int64", [each for part in parts for each in part.events])
    return block


def _clicks(added: Sequence[tuple[Addition, Click]]) -> Block:
    clicks = [click for _, click in added]
    block = Block(len(clicks))
    _groups(block, [click.group for click in clicks])
    block.numbers("time", "DateTime64(3)", [click.time_ms for click in clicks])
    block.numbers("view", "UInt64", np.array([click.view for click in clicks], np.uint64))
    block.texts("kind", [click.kind for click in clicks])
    _origins(block, [it for it, _ in added])
    block.numbers("layer", "UInt8", [click.layer for click in clicks])
    block.numbers("cell", "UInt32", [click.cell for click in clicks])
    block.texts("selector", [click.selector for click in clicks])
    return block


def _views(added: Sequence[tuple[Addition, View, str]]) -> Block:
    views = [view for _, view, _ in added]
    block = Block(len(views))
    block.texts("page", [view.page for view in views])
    _labels(block, [band for *_, band in added], [view.labels for view in views])
    block.numbers("began", "DateTime64(3)", [view.began_ms for view in views])
    block.numbers("id", "UInt64", np.array([view.id for view in views], np.uint64))
    _origins(block, [it for it, *_ in added])
    block.numbers("position", "UInt64", [it.position for it, *_ in added])
    block.numbers("last", "UInt32", [view.last for view in views])
    block.numbers("depth", "Int32", [view.depth for view in views])
    block.numbers("fold", "Int32", [view.fold for view in views])
    block.numbers("clicks", "UInt32", [view.clicks for view in views])
    block.numbers("looked", "UInt64", [view.looked_ms for view in views])
    return block
