"""The wire format: the records on the topics.

| topic | key | value | Kafka timestamp |
| --- | --- | --- | --- |
| `clickstream` | session | `Frame` | `received` |
| `clickstream-group-by-page` | page key | the same, with `source.*` headers | `received` |
| `heatmap` | page key, or `clock/<partition>` | `Grid`, a tombstone, or `Heartbeat` | the grid's `end` |
| `heatmap-detail` | page key | `Breakdown`, or a tombstone | the breakdown's `end` |
| `dead-letter` | `<topic>/<partition>/<offset>` | see `dead_letters.py` | time of writing |

Values are JSON, but those of `heatmap`, which are written and read most, are the same in MessagePack: counts
are bytes there, which need no encoding, and a reader steps over them. Times are ms since the epoch
(`received`, `start`, `end`) or ms of age (`age`), lengths are CSS px. Positions are page coordinates: from
the top left corner of what scrolls, scroll included; those of `fixed` events are from the viewport's top left
corner.

Python's garbage collector ignores a frame's structs (`gc=False`): they hold no cycles, and scanning the many
events of buffered frames costs as much as counting them.
"""

from typing import Annotated, Literal, TypeVar

import msgspec

from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.pages import MAX_PATH_BYTES, page_key
from pageheat.services.contract.versions import (
    BREAKDOWNS,
    FRAMES,
    GRIDS,
    HEAT,
    Form,
    FrameVersion,
    HeatVersion,
)

MAX_FRAME_BYTES = 65_536
"""A frame of MAX_EVENTS events is below 40 kB; a longer one is not from our tracker."""

MAX_RECORD_BYTES = 2_000_000
"""Limit for all our records: the largest grid, 200 x 200 tiles in two layers, all hot, has 320 kB, and its
fine counts 500; the longest breakdown has 1.5 MB, by the limits of `services/aggregator/`."""

MAX_EVENTS = 256
"""Moves and other events per frame: a tracker sends 16, and in a crowd, or of what waited while it was away,
as many as fit 4,000 characters: 240 moves."""

MAX_LOOKS = 256
"""Looks per frame: a tracker sends one each few seconds, at most as many as fit 4,000 characters: 190."""

MAX_LOOK_MS = 60_000
"""A look's longest duration: a tracker sends one each few seconds while the page is held still."""

MAX_LABEL_CHARS = 64
"""Of an attribute of a page view; longer ones are cut."""

MOVE_BYTES, LOOK_BYTES = 12, 16
"""Of a packed move, and of a packed look: see `packed_rows.py`."""

MAX_FUTURE_MS = 5_000
"""How far an event may be ahead of `received`, as only a broken client's is. Beyond that it is refused."""

MAX_AGE_MS = 86_400_000
"""A day: a browser that slept overnight may still send its events (they are counted as late)."""

MAX_SELECTOR_CHARS = 1_024
"""Limit for an element's selector: fifty levels below the nearest name. Deeper ones count for an ancestor."""

_TYPE = r"[A-Za-z](?:[A-Za-z0-9_-]|[^\x00-\x7f]|\\[!-/:-@\[-`{-~])*"
_STEP = rf"{_TYPE}(?::nth-of-type\([1-9][0-9]{{0,4}}\))?"
_NAME = (
    r"(?:#[A-Za-z_][A-Za-z0-9_-]{0,63}"
    r"|\[(?:id|data-[a-z]+(?:[-_][a-z]+)*)=\"[^\"\\\x00-\x1f\x7f]{1,64}\"\]"
    r"|a\[href[$*]=\"[^\"\\\x00-\x1f\x7f]{1,130}\"\])"
)

SOURCE_PARTITION, SOURCE_OFFSET = "source.partition", "source.offset"
"""Headers that `group_by` sets: a frame's partition and offset in `clickstream`, as decimal digits."""

HEARTBEAT_KEY_PREFIX = "clock/"
"""Prefix of heartbeats' keys on `heatmap`; a page's key begins with a slash."""

MAX_PX = 10_000_000
"""Limit of places and lengths: more than any browser's page can have."""

Px = Annotated[float, msgspec.Meta(ge=-MAX_PX, le=MAX_PX)]
Length = Annotated[float, msgspec.Meta(ge=1, le=MAX_PX)]
SessionId = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")]
Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]
BoxSide = Annotated[float, msgspec.Meta(ge=0, le=MAX_PX)]
Selector = Annotated[
    str,
    msgspec.Meta(
        max_length=MAX_SELECTOR_CHARS,
        pattern=rf"\A(?:{_NAME}|{_TYPE}:has\({_NAME}\)|body>{_STEP})(?:>{_STEP})*\Z",
    ),
]
"""The path to an element from the nearest name or `body`, child by child: `#offers>li:nth-of-type(3)>a`.

Names are an id (`#basket`), a data- attribute (`[data-part="price"]`), a link's path (`a[href$="/p/7"]`), and
an item of a list by one of them in it (`li:has(a[href$="/p/7"])`). Other selectors are refused, so that a
stranger's is cheap for browsers."""

PackedMoves = Annotated[bytes, msgspec.Meta(max_length=MAX_EVENTS * MOVE_BYTES)]
"""Moves: x, y and age of each, as `packed_rows.py` packs them. Base64 in JSON."""

PackedLooks = Annotated[bytes, msgspec.Meta(max_length=MAX_LOOKS * LOOK_BYTES)]
"""Looks: top, height, duration and age of each, as `packed_rows.py` packs them. Base64 in JSON.

A look is a part of the content that was in view, held still, on a visible page whose visitor was active:
`height` px from `top` px below the content's top, for `duration` ms until it ended at the frame's `received`
− `age`."""

Time = Annotated[int, msgspec.Meta(gt=-(2**53), lt=2**53)]
Path = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_PATH_BYTES)]
Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
"""JavaScript counts exactly up to this."""


class Size(msgspec.Struct, frozen=True, gc=False):
    """Width and height in CSS px."""

    width: Length
    height: Length


class Point(msgspec.Struct, frozen=True, gc=False):
    """A place in page coordinates, or in the viewport."""

    x: Px
    y: Px


class Page(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A page as one visitor sees it: its name, and the sizes of document and viewport if known.

    `path` is the page's name, as `pages.py` makes it: the path, and what else tells pages apart. `document`
    is the size of what scrolls: of the document, or of the content of the one element that scrolls instead
    of it. `first` is the top left corner of the body's first element.
    """

    path: Path
    document: Size | None = None
    viewport: Size | None = None
    first: Point = Point(0, 0)


class SentPage(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A page as a tracker sends it: `Page`, but its path is the address's, and the document has a size."""

    path: Path
    document: Size
    viewport: Size | None = None
    first: Point = Point(0, 0)


class Target(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An event's element, and the place on it: fractions of its box from the top left corner.

    `width` and `height` are the box's, px; 0 if unknown: it then counts as a small one.
    """

    selector: Selector
    x: Fraction
    y: Fraction
    width: BoxSide = 0
    height: BoxSide = 0


class Event(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One pointer event. It happened at the frame's `received` − `age`.

    `x` and `y` are page coordinates; those of a `fixed` event are from the viewport's top left corner.
    `rage` is the third of three clicks within 1 s and 30 px, `dead` a click after which nothing changed;
    each comes in addition to its `click`. `dwell` is one more second of rest.
    """

    type: Literal["move", "click", "rage", "dead", "dwell"]
    x: Px
    y: Px
    age: Annotated[int, msgspec.Meta(ge=-MAX_AGE_MS, le=MAX_AGE_MS)] = 0
    buttons: Annotated[int, msgspec.Meta(ge=0, le=255)] = 0
    fixed: bool = False
    """On a part that does not scroll with the page: `position: fixed`, stuck, or outside of what scrolls.
    Its frame has the viewport's size."""
    framed: bool = False
    """In a frame whose page has no tracker, such as an embedded video. Its place in there is not known: it is
    in the middle of the frame, which is the target."""
    target: Target | None = None


class Attributes(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What a page view can be grouped by: each "" if there is none, or if the setting SEGMENTS leaves it out.

    `referrer` is the host of the page before, "internal" if that is a page of ours. `source`, `medium` and
    `campaign` are the address's `utm_` parameters. `segment` is what the site says of the view itself. Of too
    many different values of an attribute, the later ones are "other".
    """

    referrer: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""
    segment: str = ""


class SentFrame(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What our tracker sends: a frame without the fields that ingest adds. It has an event, move or look."""

    v: FrameVersion
    session: SessionId
    seq: Count
    page: SentPage
    view: Count = 0
    attributes: Attributes | None = None
    moves: PackedMoves = b""
    fixed_moves: PackedMoves = b""
    events: Annotated[list[Event], msgspec.Meta(max_length=MAX_EVENTS)] = []
    looks: PackedLooks = b""
    robot: bool = False
    """The browser says that a program controls it."""

    @property
    def event_count(self) -> int:
        """How many events it has, packed moves included; looks are none."""
        return _event_count(self)


class Frame(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The record on both clickstream topics: what happened in one page view.

    `site` is "" for the default site. `seq` numbers a session's frames; frames in the tutorial's form have
    no `seq`, and requests in the form of 2006 have no session either. `view` numbers a session's page views:
    a change of route begins a new one, and so does a page that comes back from the back/forward cache. Its
    `attributes` come with its first frame. If `origin` is "first", events are
    in px from the corner of the body's first element, and `page.document` and `page.first` are the newest
    known for the page, not this visitor's.

    Our tracker's moves are packed, in px of the page (`moves`) or of the viewport (`fixed_moves`). The
    tutorial's, whose coordinates may have fractions, are in `events`, as all else is.
    """

    v: FrameVersion
    site: str
    received: Count
    page: Page
    session: SessionId | None = None
    seq: Count | None = None
    view: Count = 0
    attributes: Attributes | None = None
    moves: PackedMoves = b""
    fixed_moves: PackedMoves = b""
    events: Annotated[list[Event], msgspec.Meta(max_length=MAX_EVENTS)] = []
    looks: PackedLooks = b""
    origin: Literal["page", "first"] = "page"
    robot: bool = False
    """By the browser's own statement or its user agent; counted only if COUNT_ROBOTS is set."""

    @property
    def key(self) -> str:
        """The key of the frame's page."""
        return page_key(self.site, self.page.path)

    @property
    def event_count(self) -> int:
        """How many events it has, packed moves included; looks are none."""
        return _event_count(self)

    @property
    def look_count(self) -> int:
        """How many looks it has."""
        return len(self.looks) // LOOK_BYTES


class _RoutedPage(msgspec.Struct, frozen=True, gc=False):
    path: Path


class RoutedFrame(msgspec.Struct, frozen=True, gc=False):
    """What of a `Frame` decides where it goes: its page, and whether it came before."""

    v: FrameVersion
    site: str
    received: Count
    page: _RoutedPage
    session: SessionId | None = None
    seq: Count | None = None


def _event_count(frame: SentFrame | Frame) -> int:
    return len(frame.events) + (len(frame.moves) + len(frame.fixed_moves)) // MOVE_BYTES


ROW_PX = 20
"""Height of a row, in which a page's moves and clicks are counted: about as precise as a pointer."""

MAX_ROWS = 32_768
"""Limit of a page's rows, 655,360 px: more than any page that was seen, endless ones included. What is
further down counts in the last row."""

MAX_FIXED_ROWS = 256
"""Limit of the rows from the viewport's top, and of those from its bottom: half of a screen of 10,240 px."""

SPOTS = 64
"""Columns and rows of spots on an element's box whose sides are up to LONG_SIDE_PX: 8 px at most each."""

LONG_SIDE_PX = 512
"""On a wider box there are WIDE_SPOTS columns. On a higher one, rows are SPOT_PX high, from its top."""

WIDE_SPOTS = 256
"""Columns on a wide box: 10 px on one of 2,560 px. Fractions, as the width varies with the window's."""

SPOT_PX = LONG_SIDE_PX // SPOTS
"""Height of a row on a high box, the same as on a box of LONG_SIDE_PX."""

MAX_SPOT_ROWS = 8_192
"""Rows of both kinds, 13 bits: SPOTS, and then 65,024 px. What is further down is in the last row."""

MAX_GRID_SIZE = 200
"""The maximum of GRID_SIZE."""

GridSize = Annotated[int, msgspec.Meta(ge=1, le=MAX_GRID_SIZE)]

Cells = dict[str, dict[str, int]]
"""Sparse counts: column x → row y → count, as the tutorial writes them (JSON keys are strings)."""

PackedCells = bytes
"""Counts of numbered cells, as `packed_cells.py` packs them; base64 in JSON. A fine cell's number is
row · grid-size + column, a tile's is column · grid-size + row: the tutorial's form is by column."""


class Totals(msgspec.Struct, frozen=True):
    """A grid's events over all tiles; `unplaced` are clicks on no tile, as the page's size is unknown."""

    moves: Count
    clicks: Count
    unplaced: Count = 0


class GridSummary(msgspec.Struct, frozen=True):
    """A grid without its tiles.

    It counts exactly the records before `position`, the next offset of partition `partition` of
    `clickstream-group-by-page`, with event time in [`start`, `end`). `visitors` is the number of
    sessions in the window; `newest` the start of the newest event's step, null if the window is
    empty; `page` the document's size as last seen, null if unknown.
    """

    start: Time
    end: Time
    visitors: Count
    totals: Totals
    newest: Time | None
    page: Size | None
    partition: Count
    position: Count


class FineCounts(msgspec.Struct, frozen=True, omit_defaults=True, rename="kebab"):
    """Moves and clicks in rows of `row` px: ROW_PX, doubled until the cells fit a record.

    `moves` and `clicks` are those on what scrolls: row n begins n · `row` px below its top, and columns
    divide its width into `grid-size` parts. `fixed` events are counted apart, by their place in the viewport:
    columns divide its width, and rows count from its top in its upper half, else from its bottom upwards.
    """

    row: Annotated[int, msgspec.Meta(ge=ROW_PX)]
    moves: PackedCells = b""
    clicks: PackedCells = b""
    top_moves: PackedCells = b""
    top_clicks: PackedCells = b""
    bottom_moves: PackedCells = b""
    bottom_clicks: PackedCells = b""

    @property
    def layers(self) -> tuple[PackedCells, ...]:
        """All six, in the order of their fields."""
        return (
            self.moves,
            self.clicks,
            self.top_moves,
            self.top_clicks,
            self.bottom_moves,
            self.bottom_clicks,
        )


class LookCounts(msgspec.Struct, frozen=True, omit_defaults=True):
    """The looks of a window: how long a page's rows were in view, and how far down its page views reached.

    Rows are `row` px high: ROW_PX, doubled until the counts fit a record. Row n is in view for the ms of
    `tops` in rows 0 … n, less those of `bottoms` in rows 0 … n − 1. A look ends at its document's end at the
    latest. A page view is one of a session, in one width band: who resizes into another has two.
    """

    row: Annotated[int, msgspec.Meta(ge=ROW_PX)]
    views: Count = 0
    """Page views with a look in the window."""
    tops: PackedCells = b""
    """Row → ms of the looks whose first row this is."""
    bottoms: PackedCells = b""
    """Row → ms of the looks whose last row this is."""
    depths: PackedCells = b""
    """Row → page views whose lowest row in view, of all looks in the window, this is."""
    folds: PackedCells = b""
    """Row → page views whose fold, the lower edge of the window on the page's top, is in this row; by the
    newest look in the window."""

    @property
    def layers(self) -> tuple[PackedCells, ...]:
        """All four, in the order of their fields."""
        return self.tops, self.bottoms, self.depths, self.folds


class Grid(GridSummary, frozen=True, rename={"grid_size": "grid-size"}):
    """A page's heat: the summary, and events per tile.

    `value` counts moves, and `clicks` counts clicks, as the tutorial does: `grid_size` columns and rows
    divide the document. If all events of the window have the same document height, each is on the tile of
    its position. Else rows of ROW_PX are distributed by their middle to the tiles of the newest height.
    A `fixed` event is on the tile of its place in the viewport, as if its page were at its top.

    `fine` has the same events for our own viewers, `looks` what was in view. The tutorial's viewers get the
    other fields: see `tutorial.py`.
    """

    value: PackedCells
    clicks: PackedCells
    grid_size: GridSize
    fine: FineCounts = FineCounts(ROW_PX)
    looks: LookCounts = LookCounts(ROW_PX)
    v: HeatVersion = HEAT


class _StoredSummary(GridSummary, frozen=True):
    v: HeatVersion = HEAT


class ElementCounts(msgspec.Struct, frozen=True, omit_defaults=True):
    """The counts on one element: per kind, column → row → count, as spots on its box.

    Column and row below `spots` count parts of the box's width and height, which are divided into `spots`.
    From visitors on whose screen the box was wider than LONG_SIDE_PX, column `spots` + n is part n of its
    width divided into WIDE_SPOTS; where it was higher, row `spots` + n begins n · `spot-px` px below its top.
    `selector` "" is the page itself: events without an element, or on elements beyond the limit. `dwell`
    counts seconds of dwell.
    """

    selector: str
    clicks: Cells = {}
    rage: Cells = {}
    dead: Cells = {}
    dwell: Cells = {}


class Band(msgspec.Struct, frozen=True):
    """The counts of one width band: `fine` as in `Grid`, and elements, most clicked first."""

    name: str
    visitors: Count
    fine: FineCounts
    elements: list[ElementCounts]
    looks: LookCounts = LookCounts(ROW_PX)


class Breakdown(msgspec.Struct, frozen=True, rename={"grid_size": "grid-size", "spot_px": "spot-px"}):
    """A page's window by width band and element.

    It counts the same records as a `Grid` of the same `position` and `end`. `bands` has all configured
    bands, narrowest first, then "unknown" if it has events. `spots` is SPOTS and `spot_px` SPOT_PX. If there
    are too many spots, they are coarser: `spot_px` is doubled, and `spots` and the WIDE_SPOTS columns halved
    (to 1 at least), until they fit.
    """

    start: Time
    end: Time
    page: Size | None
    partition: Count
    position: Count
    grid_size: Count
    spots: Count
    spot_px: Count
    bands: list[Band]
    v: HeatVersion = HEAT


class Heartbeat(msgspec.Struct, frozen=True):
    """Written once a second per partition: the partition is counted up to `position`, step `end`."""

    partition: Count
    position: Count
    end: Time
    v: HeatVersion = HEAT


class UnreadableRecord(PageheatError):
    """A record's bytes are not valid for its topic; the message is the reason, as in a dead letter."""


_frame_decoder = msgspec.json.Decoder(Frame)
_routed_decoder = msgspec.json.Decoder(RoutedFrame)
_summary_decoder = msgspec.msgpack.Decoder(_StoredSummary)
_grid_decoder = msgspec.msgpack.Decoder(Grid)
_breakdown_decoder = msgspec.json.Decoder(Breakdown)
_heartbeat_decoder = msgspec.msgpack.Decoder(Heartbeat)
_encoder = msgspec.json.Encoder()
_heatmap_encoder = msgspec.msgpack.Encoder()

UNDECODABLE = (msgspec.DecodeError, ValueError, RecursionError)
"""All exceptions that decoding raises."""

T = TypeVar("T")


def encode(record: Frame | Grid | Breakdown | Heartbeat) -> bytes:
    """The record's bytes: MessagePack for `heatmap`, else JSON."""
    return (_heatmap_encoder if isinstance(record, Grid | Heartbeat) else _encoder).encode(record)


def decode_frame(value: bytes | None) -> Frame:
    """Read a clickstream record.

    Raises:
        UnreadableRecord: it is not a frame of a version that is read.
        NewerRecord: it is of a later version.
    """
    frame = decode(_frame_decoder, value, FRAMES)
    if (len(frame.moves) % MOVE_BYTES) | (len(frame.fixed_moves) % MOVE_BYTES):
        raise UnreadableRecord(f"`moves` and `fixed_moves` should have {MOVE_BYTES} bytes a move")
    if len(frame.looks) % LOOK_BYTES:
        raise UnreadableRecord(f"`looks` should have {LOOK_BYTES} bytes a look")
    return frame


def decode_routed(value: bytes | None) -> RoutedFrame:
    """Read what routes a clickstream record; all else may be invalid.

    Raises:
        UnreadableRecord: it is not a frame of a version that is read.
        NewerRecord: it is of a later version.
    """
    return decode(_routed_decoder, value, FRAMES)


def decode_summary(value: bytes) -> GridSummary:
    """Read a grid without its tiles.

    Raises:
        UnreadableRecord: it is not a grid.
        NewerRecord: it is of a later version.
    """
    return decode(_summary_decoder, value, GRIDS)


def decode_grid(value: bytes) -> Grid:
    """Read a grid.

    Raises:
        UnreadableRecord: it is not a grid.
        NewerRecord: it is of a later version.
    """
    return decode(_grid_decoder, value, GRIDS)


def decode_breakdown(value: bytes | None) -> Breakdown:
    """Read a breakdown.

    Raises:
        UnreadableRecord: it is not a breakdown.
        NewerRecord: it is of a later version.
    """
    return decode(_breakdown_decoder, value, BREAKDOWNS)


def decode_heartbeat(value: bytes | None) -> Heartbeat:
    """Read a heartbeat.

    Raises:
        UnreadableRecord: it is not a heartbeat.
        NewerRecord: it is of a later version.
    """
    return decode(_heartbeat_decoder, value, GRIDS)


def decode(
    decoder: msgspec.json.Decoder[T] | msgspec.msgpack.Decoder[T], value: bytes | None, form: Form
) -> T:
    """Read a record, or a part of it.

    Raises:
        UnreadableRecord: it is not valid, or of an earlier version than those that are read.
        NewerRecord: it is of a later one.
    """
    if value is None:
        raise UnreadableRecord("no value")
    if len(value) > MAX_RECORD_BYTES:
        raise UnreadableRecord(f"{len(value)} bytes; a record may have {MAX_RECORD_BYTES}")
    try:
        return decoder.decode(value)
    except UNDECODABLE as error:
        form.require_known(value)
        raise UnreadableRecord(str(error)) from None
