"""The records on the topics and the page's key: the wire format, in one place.

| topic | key | value | Kafka timestamp |
| --- | --- | --- | --- |
| `clickstream` | session | `Frame` | `received` |
| `clickstream-group-by-page` | page key | the same, with `source.*` headers | `received` |
| `heatmap` | page key, or `clock/<partition>` | `Grid`, a tombstone, or `Clock` | the grid's `end` |
| `dead-letter` | `<topic>/<partition>/<offset>` | see `dead_letters.py` | of its writing |

All values are JSON. Times are ms since the epoch (`received`, `start`, `end`) or ms of age (`age`),
lengths are CSS px, positions are page coordinates: from the document's top left corner, scroll included.
"""

from typing import Annotated, Literal, TypeVar

import msgspec

from services.contract.errors import PageheatError

VERSION: Literal[1] = 1

MAX_FRAME_BYTES = 65_536
"""A frame of MAX_EVENTS events is below 40 kB; what is longer is no frame of ours."""

MAX_RECORD_BYTES = 2_000_000
"""Of any record of ours: the largest grid, 200 x 200 tiles in two layers, all hot, has 1 MB."""

MAX_EVENTS = 256
"""Events a frame: a tracker sends 2; what it buffers while the socket is away fits a few frames."""

MAX_PATH_BYTES = 1_024
"""Of a page's path as sent. Browsers allow more; pages that people watch don't use it."""

MAX_FUTURE_MS = 5_000
"""How far an event may lie ahead of `received`; only a broken client's does. What lies further is refused."""

MAX_AGE_MS = 86_400_000
"""A day: what a browser that slept over night still may send (it is counted as late)."""

SOURCE_PARTITION, SOURCE_OFFSET = "source.partition", "source.offset"
"""Headers that `group_by` sets: where in `clickstream` a frame came from, as decimal digits."""

CLOCK_KEY_PREFIX = "clock/"
"""Keys on `heatmap` that are no page: a page's key begins with a slash."""

Px = Annotated[float, msgspec.Meta(ge=-1e7, le=1e7)]
Length = Annotated[float, msgspec.Meta(ge=1, le=1e7)]
SessionId = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")]
Time = Annotated[int, msgspec.Meta(gt=-(2**53), lt=2**53)]
Path = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_PATH_BYTES)]
Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
"""As far as JavaScript counts exactly."""


class Size(msgspec.Struct, frozen=True):
    """Width and height in CSS px."""

    width: Length
    height: Length


class Page(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page as one visitor sees it: path, the whole document's size, and the viewport's if known."""

    path: Path
    document: Size
    viewport: Size | None = None


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing the pointer did. It happened at the frame's `received` − `age`."""

    type: Literal["move", "click"]
    x: Px
    y: Px
    age: Annotated[int, msgspec.Meta(ge=-MAX_AGE_MS, le=MAX_AGE_MS)] = 0
    buttons: Annotated[int, msgspec.Meta(ge=0, le=255)] = 0
    fixed: bool = False
    """On a part of the page that doesn't scroll with it (`position: fixed` or `sticky`)."""


class SentFrame(msgspec.Struct, frozen=True, omit_defaults=True):
    """What our tracker sends: a frame without what only ingest can say."""

    v: Literal[1]
    session: SessionId
    seq: Count
    page: Page
    events: Annotated[list[Event], msgspec.Meta(min_length=1, max_length=MAX_EVENTS)]


class Frame(msgspec.Struct, frozen=True, omit_defaults=True):
    """The versioned record on both clickstream topics: events of one session on one page.

    `site` is "" for the default site. `seq` counts a session's frames; clients of the tutorial's
    protocol have none.
    """

    v: Literal[1]
    site: str
    session: SessionId
    received: Count
    page: Page
    events: Annotated[list[Event], msgspec.Meta(min_length=1, max_length=MAX_EVENTS)]
    seq: Count | None = None

    @property
    def key(self) -> str:
        """The key of the frame's page."""
        return page_key(self.site, self.page.path)


Cells = dict[str, dict[str, int]]
"""Sparse counts: column x → row y → count, as the tutorial writes them (JSON keys are strings)."""


class Totals(msgspec.Struct, frozen=True):
    """Events of a grid, all tiles together."""

    moves: Count
    clicks: Count


class GridSummary(msgspec.Struct, frozen=True):
    """All of a grid but its tiles.

    It counts exactly the records before `position`, the next offset of partition `partition` of
    `clickstream-group-by-page`, whose event time lies in [`start`, `end`). `visitors` is the number
    of sessions in the window; `newest` the start of the step in which its newest event lies, null
    when it is empty; `page` the size of the document as last seen.
    """

    start: Time
    end: Time
    visitors: Count
    totals: Totals
    newest: Time | None
    page: Size
    partition: Count
    position: Count


class Grid(GridSummary, frozen=True, rename={"grid_size": "grid-size"}):
    """A page's heat: what its summary says, and events per tile.

    `value` counts moves and `clicks` clicks.
    """

    value: Cells
    clicks: Cells
    grid_size: Count


class Clock(msgspec.Struct, frozen=True):
    """Written once a second for each partition: it has been counted up to `position`, step `end`."""

    partition: Count
    position: Count
    end: Time


class UnreadableRecord(PageheatError):
    """A record's bytes are not what its topic holds; the message is the reason, fit for a dead letter."""


_frame_decoder = msgspec.json.Decoder(Frame)
_summary_decoder = msgspec.json.Decoder(GridSummary)
_clock_decoder = msgspec.json.Decoder(Clock)
_encoder = msgspec.json.Encoder()

UNDECODABLE = (msgspec.DecodeError, ValueError, RecursionError)
"""What decoding raises, whatever the bytes."""

T = TypeVar("T")


def encode(record: Frame | Grid | Clock) -> bytes:
    """The record as JSON bytes."""
    return _encoder.encode(record)


def decode_frame(value: bytes | None) -> Frame:
    """Read a clickstream record.

    Raises:
        UnreadableRecord: it is no frame of this version.
    """
    return _decode(_frame_decoder, value)


def decode_summary(value: bytes) -> GridSummary:
    """Read a grid without its tiles.

    Raises:
        UnreadableRecord: it is no grid.
    """
    return _decode(_summary_decoder, value)


def decode_clock(value: bytes | None) -> Clock:
    """Read a clock.

    Raises:
        UnreadableRecord: it is none.
    """
    return _decode(_clock_decoder, value)


def _decode(decoder: msgspec.json.Decoder[T], value: bytes | None) -> T:
    if value is None:
        raise UnreadableRecord("no value")
    if len(value) > MAX_RECORD_BYTES:
        raise UnreadableRecord(f"{len(value)} bytes; a record has {MAX_RECORD_BYTES} at most")
    try:
        return decoder.decode(value)
    except UNDECODABLE as error:
        raise UnreadableRecord(str(error)) from None


def page_key(site: str, path: str) -> str:
    """The key by which a page is counted and watched.

    The path as sent with exactly one leading slash; for a site other than the default one ("")
    preceded by `//` and the site's name, so that two sites' `/` never meet.
    """
    path = "/" + path.lstrip("/")
    return f"//{site}{path}" if site else path
