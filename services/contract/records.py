"""The records on the topics and the page's key: the wire format, in one place.

| topic | key | value | Kafka timestamp |
| --- | --- | --- | --- |
| `clickstream` | session | `Frame` | `received` |
| `clickstream-group-by-page` | page key | the same, with `source.*` headers | `received` |
| `heatmap` | page key, or `clock/<partition>` | `Grid`, a tombstone, or `Heartbeat` | the grid's `end` |
| `heatmap-detail` | page key | `Breakdown`, or a tombstone | the detail's `end` |
| `dead-letter` | `<topic>/<partition>/<offset>` | see `dead_letters.py` | of its writing |

All values are JSON. Times are ms since the epoch (`received`, `start`, `end`) or ms of age (`age`),
lengths are CSS px, positions are page coordinates: from the document's top left corner, scroll included.

What a frame is made of is no business of Python's garbage collector (`gc=False`): it holds no cycles, and
looking through the many events of frames that wait costs as much as counting them.
"""

from typing import Annotated, Literal, TypeVar

import msgspec

from pageheat.services.contract.errors import PageheatError

VERSION: Literal[1] = 1

MAX_FRAME_BYTES = 65_536
"""A frame of MAX_EVENTS events is below 40 kB; what is longer is no frame of ours."""

MAX_RECORD_BYTES = 2_000_000
"""Of any record of ours: the largest grid, 200 x 200 tiles in two layers, all hot, has 1 MB, and so has the
longest detail, by the limits of `services/aggregator/elements.py` and `page.py`."""

MAX_EVENTS = 256
"""Events a frame: a tracker sends 2; what it buffers while the socket is away fits a few frames."""

MAX_PATH_BYTES = 1_024
"""Of a page's path as sent. Browsers allow more; pages that people watch don't use it."""

MAX_FUTURE_MS = 5_000
"""How far an event may lie ahead of `received`; only a broken client's does. What lies further is refused."""

MAX_AGE_MS = 86_400_000
"""A day: what a browser that slept over night still may send (it is counted as late)."""

MAX_SELECTOR_BYTES = 512
"""Of an element's selector: twenty levels below the nearest name. What lies deeper has no anchor."""

SOURCE_PARTITION, SOURCE_OFFSET = "source.partition", "source.offset"
"""Headers that `group_by` sets: where in `clickstream` a frame came from, as decimal digits."""

HEARTBEAT_KEY_PREFIX = "clock/"
"""Keys on `heatmap` that are no page: a page's key begins with a slash."""

Px = Annotated[float, msgspec.Meta(ge=-1e7, le=1e7)]
Length = Annotated[float, msgspec.Meta(ge=1, le=1e7)]
SessionId = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")]
Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]
Selector = Annotated[
    str,
    msgspec.Meta(
        max_length=MAX_SELECTOR_BYTES,
        pattern=(
            r"\A(#[A-Za-z_][A-Za-z0-9_-]{0,63}"
            r"|\[(id|data-[a-z]+(-[a-z]+)*)=\"[^\"\\\x00-\x1f\x7f]{1,64}\"\]"
            r"|body>[a-z][a-z0-9-]*(:nth-of-type\([1-9][0-9]{0,4}\))?)"
            r"(>[a-z][a-z0-9-]*(:nth-of-type\([1-9][0-9]{0,4}\))?)*\Z"
        ),
    ),
]
"""An element's way from the nearest name (`#basket`, `[data-part="price"]`) or from `body`, child by child:
`#offers>li:nth-of-type(3)>a`. No other selector is taken: what a stranger sends costs no browser much."""

Time = Annotated[int, msgspec.Meta(gt=-(2**53), lt=2**53)]
Path = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_PATH_BYTES)]
Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
"""As far as JavaScript counts exactly."""


class Size(msgspec.Struct, frozen=True, gc=False):
    """Width and height in CSS px."""

    width: Length
    height: Length


class Point(msgspec.Struct, frozen=True, gc=False):
    """A place in page coordinates."""

    x: Px
    y: Px


class Page(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A page as one visitor sees it: path, and the sizes of document and viewport where they are known.

    `first` is the top left corner of the body's first element.
    """

    path: Path
    document: Size | None = None
    viewport: Size | None = None
    first: Point = Point(0, 0)


class Target(msgspec.Struct, frozen=True, gc=False):
    """The element that was meant, and where on it: fractions of its box from the top left corner."""

    selector: Selector
    x: Fraction
    y: Fraction


class Event(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One thing the pointer did. It happened at the frame's `received` − `age`.

    `rage` is the third of three clicks within 1 s and 30 px, `dead` a click after which nothing changed,
    each beside its `click`; `rest` a whole second for which the pointer has rested.
    """

    type: Literal["move", "click", "rage", "dead", "rest"]
    x: Px
    y: Px
    age: Annotated[int, msgspec.Meta(ge=-MAX_AGE_MS, le=MAX_AGE_MS)] = 0
    buttons: Annotated[int, msgspec.Meta(ge=0, le=255)] = 0
    fixed: bool = False
    """On a part of the page that doesn't scroll with it (`position: fixed` or `sticky`)."""
    target: Target | None = None


class SentFrame(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What our tracker sends: a frame without what only ingest can say."""

    v: Literal[1]
    session: SessionId
    seq: Count
    page: Page
    events: Annotated[list[Event], msgspec.Meta(min_length=1, max_length=MAX_EVENTS)]
    robot: bool = False
    """The browser says that a program steers it."""


class Frame(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The versioned record on both clickstream topics: events of one session on one page.

    `site` is "" for the default site. `seq` counts a session's frames; clients of the tutorial's
    protocol have none, and 2006's requests have no session either. Where `origin` is "first", events are
    in px from the corner of the body's first element, and `page.document` and `page.first` are the
    page's newest known ones, not this visitor's.
    """

    v: Literal[1]
    site: str
    received: Count
    page: Page
    events: Annotated[list[Event], msgspec.Meta(min_length=1, max_length=MAX_EVENTS)]
    session: SessionId | None = None
    seq: Count | None = None
    origin: Literal["page", "first"] = "page"
    robot: bool = False
    """By what the browser says of itself, or by its name; in no grid unless COUNT_ROBOTS says so."""

    @property
    def key(self) -> str:
        """The key of the frame's page."""
        return page_key(self.site, self.page.path)


SPOTS = 64
"""Along each side of an element's box: 5 px on a button of 320, and 4,096 numbers in 12 bits."""

Cells = dict[str, dict[str, int]]
"""Sparse counts: column x → row y → count, as the tutorial writes them (JSON keys are strings)."""


class Totals(msgspec.Struct, frozen=True):
    """Events of a grid, all tiles together; `unplaced` are clicks on no tile, as the size is unknown."""

    moves: Count
    clicks: Count
    unplaced: Count = 0


class GridSummary(msgspec.Struct, frozen=True):
    """All of a grid but its tiles.

    It counts exactly the records before `position`, the next offset of partition `partition` of
    `clickstream-group-by-page`, whose event time lies in [`start`, `end`). `visitors` is the number
    of sessions in the window; `newest` the start of the step in which its newest event lies, null
    when it is empty; `page` the size of the document as last seen, null if nobody has told it.
    """

    start: Time
    end: Time
    visitors: Count
    totals: Totals
    newest: Time | None
    page: Size | None
    partition: Count
    position: Count


class Grid(GridSummary, frozen=True, rename={"grid_size": "grid-size"}):
    """A page's heat: what its summary says, and events per tile.

    `value` counts moves and `clicks` clicks.
    """

    value: Cells
    clicks: Cells
    grid_size: Count


class ElementCounts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was done on one element: per kind, spot → count, as in a grid of SPOTS × SPOTS on its box.

    `selector` "" is the page itself, with what has no element or too many others beside it. `rests` are
    seconds.
    """

    selector: str
    clicks: Cells = {}
    rage: Cells = {}
    dead: Cells = {}
    rests: Cells = {}


class Band(msgspec.Struct, frozen=True):
    """What the visitors of one width band did: tiles as in `Grid`, and elements, most clicked first."""

    name: str
    visitors: Count
    value: Cells
    clicks: Cells
    elements: list[ElementCounts]


class Breakdown(msgspec.Struct, frozen=True, rename={"grid_size": "grid-size"}):
    """What is finer than a page's grid, of the same window: width bands and elements.

    Counts the records that a `Grid` of the same `position` and `end` counts. `bands` are all that are
    set, narrowest first, and "unknown" behind them if it has events; `spots` is SPOTS.
    """

    start: Time
    end: Time
    page: Size | None
    partition: Count
    position: Count
    grid_size: Count
    spots: Count
    bands: list[Band]


class Heartbeat(msgspec.Struct, frozen=True):
    """Written once a second for each partition: it has been counted up to `position`, step `end`."""

    partition: Count
    position: Count
    end: Time


class UnreadableRecord(PageheatError):
    """A record's bytes are not what its topic holds; the message is the reason, fit for a dead letter."""


_frame_decoder = msgspec.json.Decoder(Frame)
_summary_decoder = msgspec.json.Decoder(GridSummary)
_detail_decoder = msgspec.json.Decoder(Breakdown)
_clock_decoder = msgspec.json.Decoder(Heartbeat)
_encoder = msgspec.json.Encoder()

UNDECODABLE = (msgspec.DecodeError, ValueError, RecursionError)
"""What decoding raises, whatever the bytes."""

T = TypeVar("T")


def encode(record: Frame | Grid | Breakdown | Heartbeat) -> bytes:
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


def decode_breakdown(value: bytes | None) -> Breakdown:
    """Read a detail.

    Raises:
        UnreadableRecord: it is none.
    """
    return _decode(_detail_decoder, value)


def decode_heartbeat(value: bytes | None) -> Heartbeat:
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
