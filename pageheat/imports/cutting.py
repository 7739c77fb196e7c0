"""Cuts a log into parts for the history, and recognizes those that it has. Pure.

A part's digest is that of all lines up to its end, each with one LF: a log is the same whether it is
compressed, and whatever its name. Parts end at fixed places, so that they are the same at each reading, and
at the end of the log. As logs grow, what the history has may end anywhere: the digest is compared wherever a
known part ends.
"""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Generic, TypeVar

from pageheat.imports.positions import NoEvent
from pageheat.imports.taking import LineCounts, events_of

T = TypeVar("T")

PART_BYTES = 2_000_000
"""A part ends with the first line that ends beyond a multiple of this: some 15,000 clicks, which are stored
within a second. With another value, an import that was interrupted would begin parts elsewhere."""

KnownParts = Mapping[int, Collection[str]]
"""Where known parts end, bytes from the log's beginning, and their digests."""


@dataclass(frozen=True)
class Cut(Generic[T]):
    """A part of a log: its end and digest, how many lines it has, and its events; none if it `is_known`."""

    position: int
    digest: str
    lines: int
    events: list[T]
    is_known: bool = False


def cut(
    blocks: Iterable[list[bytes]],
    read: Callable[[bytes], T | NoEvent],
    tally: LineCounts,
    known: KnownParts,
    salt: bytes = b"",
) -> Iterator[Cut[T]]:
    """The parts of a log, in order.

    Args:
        blocks: its lines without their ends; a last line that has none is a block of its own.
        read: reads a line; may raise Unreadable.
        tally: counts what is no event.
        known: what the history has.
        salt: makes the log another one.
    """
    part = _Open[T](salt)
    ends = sorted(known)
    for lines, is_last in _with_last(blocks):
        if is_last and len(lines) == 1 and part.lines:
            # a last line without an end, which may go on when the log grows: it is in a part of its own
            yield part.cut()
        for chunk, ends_part in _split(lines, part.position, ends):
            part.take(chunk, read, tally)
            if part.digest in known.get(part.position, ()):
                yield part.cut(is_known=True)
            elif ends_part:
                yield part.cut()
    if part.lines:
        yield part.cut()


class _Open(Generic[T]):
    """The part that is being read."""

    def __init__(self, salt: bytes) -> None:
        self._hash = hashlib.sha256(salt)
        self._number = 1
        self.position = 0
        self._begin()

    def _begin(self) -> None:
        self._events: list[T] = []
        self.lines = 0

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def take(self, lines: list[bytes], read: Callable[[bytes], T | NoEvent], tally: LineCounts) -> None:
        text = b"\n".join(lines) + b"\n"
        self._hash.update(text)
        self.position += len(text)
        self._events += events_of(lines, self._number, read, tally)
        self._number += len(lines)
        self.lines += len(lines)

    def cut(self, *, is_known: bool = False) -> Cut[T]:
        found = Cut(self.position, self.digest, self.lines, [] if is_known else self._events, is_known)
        self._begin()
        return found


def _with_last(blocks: Iterable[list[bytes]]) -> Iterator[tuple[list[bytes], bool]]:
    """Each block, and whether it is the last."""
    before: list[bytes] | None = None
    for block in chain(filter(None, blocks), [[]]):
        if before is not None:
            yield before, not block
        before = block


def _split(lines: list[bytes], position: int, known: list[int]) -> Iterator[tuple[list[bytes], bool]]:
    """The lines of a block, parted where known parts may end, and where a part ends; and which of both."""
    ends = list(accumulate((len(line) + 1 for line in lines), initial=position))
    multiples = range(position // PART_BYTES + 1, ends[-1] // PART_BYTES + 1)
    parts = {bisect_left(ends, multiple * PART_BYTES) for multiple in multiples}
    places = known[bisect_right(known, position) : bisect_right(known, ends[-1])]
    stops = {i for place in places if ends[i := bisect_left(ends, place)] == place}
    begin = 0
    for end in sorted(parts | stops | {len(lines)}):
        yield lines[begin:end], end in parts
        begin = end
