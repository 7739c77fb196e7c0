"""Old events on their way into the history: a part of a log, of a recording, or of a simulated past. Pure.

A part is known by the SHA-256 of all that its source has from its beginning up to the part's end. So a file
is recognized by what it contains, whatever its name: what was stored of it is not stored again, and of one
that has grown only what is new.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import msgspec

from pageheat.services.contract.bands import Bands
from pageheat.services.contract.records import Count, Frame, Size
from pageheat.services.history.blocks import Addition
from pageheat.services.history.partition import IMPORTED, Partition, Position
from pageheat.services.history.views import Views

MAX_BODY = 64_000_000
"""Bytes of a part: tools make them a quarter as large."""

MAX_NAME = 200
"""Characters of a source's name."""

OPERATOR = "pageheat-operator"
"""A header: with it a request is no simple one, and the gate permits no such request of another origin."""

IMPORT, BACKUP = "/_pageheat/history/import", "/_pageheat/history/backup"
"""Where tools send parts, and ask for a backup."""

FORM = "application/vnd.pageheat.part"
"""Content type of a part."""

Digest = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a source. Page views are in it as a whole: none goes on in the next part.

    Attributes:
        digest: SHA-256 of the source up to the part's end.
        position: bytes of the source up to there.
        name: the source's.
        frames: what happened, as ingest would have accepted it; `received` is the time.
        size: of documents that neither a frame nor the history knows the size of.
    """

    digest: Digest
    position: Count
    name: Annotated[str, msgspec.Meta(max_length=MAX_NAME)]
    frames: list[Frame]
    size: Size | None = None


class Known(msgspec.Struct, frozen=True):
    """A part that is stored."""

    digest: Digest
    position: int
    name: str


class Taken(msgspec.Struct, frozen=True):
    """What became of a part's events, moves included; looks are none.

    Attributes:
        stored: events that are stored now.
        again: whether the part was stored before; all else is 0 then.
        too_old, future: events left out, before 2000 or after now.
        robot: events of robots, left out as COUNT_ROBOTS says.
        unplaced: stored, but on no tile, as the page's size is not known.
        hours, days: stored by the hour, or by the day alone, as minutes and hours are not kept for so long.
        unlisted: stored, but not as single clicks and page views, for the same reason.
    """

    stored: int = 0
    again: bool = False
    too_old: int = 0
    future: int = 0
    robot: int = 0
    unplaced: int = 0
    hours: int = 0
    days: int = 0
    unlisted: int = 0


decode_part = msgspec.msgpack.Decoder(Part).decode
encode = msgspec.msgpack.Encoder().encode


def rows_of(frames: Iterable[Frame], position: Position, bands: Bands) -> list[Addition]:
    """The rows of frames, for `blocks`: as if they had been read from a partition IMPORTED of a log."""
    partition = Partition(IMPORTED, position, bands, Views(), count_robots=True)
    found: list[Addition] = []

    def end() -> None:
        if partition.events:
            found.append(Addition(IMPORTED, partition.position, position.era, partition.rows()))
        partition.done()

    for offset, frame in enumerate(frames):
        if partition.must_end_before(frame):
            end()
        partition.add(offset, (0, offset), frame)
    end()
    return found


def unsized(frames: Iterable[Frame]) -> set[str]:
    """The keys of pages whose size a frame doesn't know."""
    return {frame.key for frame in frames if frame.page.document is None}


def sized(frames: Sequence[Frame], sizes: Mapping[str, Size], default: Size | None) -> list[Frame]:
    """The frames, with the sizes of documents that they don't know themselves."""

    def with_size(frame: Frame) -> Frame:
        size = None if frame.page.document else sizes.get(frame.key, default)
        if size is None:
            return frame
        page = msgspec.structs.replace(frame.page, document=size)
        return msgspec.structs.replace(frame, page=page)

    return [with_size(frame) for frame in frames]
