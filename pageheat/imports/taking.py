"""Reads one source into a count file: parses its lines, counts their events and tallies the outcomes."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from pageheat.counts import Position, Staging
from pageheat.imports.lines import MAX_LINE_BYTES
from pageheat.imports.positions import CLICK, NoEvent, Reader, Unreadable

MAX_PLACES = 200_000
"""Positions counted in memory, some 60 MB, before they are staged."""

T = TypeVar("T")

MAX_SHOWN = 3
"""Unreadable lines shown for each source: the first few show what is wrong."""


@dataclass
class LineCounts:
    """Outcomes of a source's lines, without blank ones."""

    lines: int = 0
    moves: int = 0
    clicks: int = 0
    others: int = 0
    refused: int = 0
    unreadable: int = 0
    untimed: int = 0
    known: int = 0
    """Lines that were imported before."""
    pages: int = 0
    first_unreadable: list[tuple[int, str]] = field(default_factory=list)
    """Line number, from 1, and reason."""

    @property
    def events(self) -> int:
        """Events counted."""
        return self.moves + self.clicks

    def __iadd__(self, other: "LineCounts") -> "LineCounts":
        for name in ("lines", "moves", "clicks", "others", "refused", "unreadable", "untimed", "known"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


def take(blocks: Iterable[list[bytes]], read: Reader, staging: Staging) -> Iterator[LineCounts]:
    """Count lines and stage their counts, block by block; yield the outcomes so far."""
    tally = LineCounts()
    counts: Counter[Position] = Counter()
    number = 1
    for lines in blocks:
        counts.update(events_of(lines, number, read, tally))
        number += len(lines)
        if len(counts) > MAX_PLACES:
            _stage(counts, staging, tally)
        yield tally
    _stage(counts, staging, tally)
    tally.pages = staging.pages
    yield tally


def events_of(
    lines: list[bytes], number: int, read: Callable[[bytes], T | NoEvent], tally: LineCounts
) -> list[T]:
    """The events of lines; all else is tallied.

    Args:
        lines: without their ends.
        number: the first line's, from 1.
        read: reads a line; may raise Unreadable.
        tally: is added to, but for the events' kinds.
    """
    events: list[T] = []
    blank = others = 0
    for i, line in enumerate(lines, number):
        try:
            if len(line) > MAX_LINE_BYTES:
                raise Unreadable(f"longer than {MAX_LINE_BYTES} bytes")
            found = read(line)
        except Unreadable as error:
            if not line.strip():
                blank += 1
                continue
            tally.unreadable += 1
            if len(tally.first_unreadable) < MAX_SHOWN:
                tally.first_unreadable.append((i, str(error)))
            continue
        if found is NoEvent.LINE:
            others += 1
        elif found is NoEvent.REFUSED:
            tally.refused += 1
        elif found is NoEvent.UNTIMED:
            tally.untimed += 1
        else:
            events.append(found)
    tally.lines += len(lines) - blank
    tally.others += others
    return events


def _stage(counts: Counter[Position], staging: Staging, tally: LineCounts) -> None:
    for (kind, _, _), n in counts.items():
        if kind.layer == CLICK:
            tally.clicks += n
        else:
            tally.moves += n
    staging.add(counts)
    counts.clear()
