"""Validates a client's bytes: they become a `Frame` or are refused. Pure: bytes and a time in, a value out.

Two formats are accepted: our tracker's `SentFrame`, and the tutorial's single event, which becomes a frame
of one event. Everything else is dropped: query strings, addresses, unknown fields.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from struct import unpack
from typing import Annotated, Literal, get_args
from urllib.parse import urljoin

import msgspec

from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.pages import MAX_PATH_BYTES, PATHS_ALONE, Pages
from pageheat.services.contract.records import (
    LOOK_BYTES,
    MAX_AGE_MS,
    MAX_EVENTS,
    MAX_FRAME_BYTES,
    MAX_FUTURE_MS,
    MAX_LOOK_MS,
    MAX_PX,
    MOVE_BYTES,
    UNDECODABLE,
    Attributes,
    Count,
    Event,
    Frame,
    Page,
    Px,
    SentFrame,
    SessionId,
    Size,
)
from pageheat.services.contract.versions import FRAME, FRAMES, FrameVersion

Reason = Literal["malformed", "version", "too_large", "future", "busy", "origin", "rate"]
REASONS: tuple[Reason, ...] = get_args(Reason)

TUTORIAL_TYPES: dict[str, Literal["move", "click"]] = {"mousemove": "move", "click": "click"}
"""DOM events that the tutorial's script reports → event types."""


MAX_ADDRESS_CHARS = 8_192
"""Limit for an address that names a page: it may contain a query that is dropped; few servers take more."""

MAX_PAGES = 1_000
"""Addresses in trackers' frames whose `page_name` is cached, 5 MB at most: visitors are on few at a time."""


MAX_SESSION_CHARS = 64

MAX_SESSIONS = 10_000
"""Session names whose validity is cached, 4 MB at most: as many as there are sockets."""


class Refused(PageheatError):
    """A frame is refused: `reason` is counted, and `detail` is sent to the client."""

    def __init__(self, reason: Reason, detail: str, seq: int | None = None) -> None:
        super().__init__(detail)
        self.reason: Reason = reason
        self.detail = detail
        self.seq = seq

    def answer(self) -> bytes:
        """The answer to the client, JSON; it has the frame's `seq` if that is known."""
        answer = {"refused": self.reason, "detail": self.detail}
        return msgspec.json.encode(answer if self.seq is None else answer | {"seq": self.seq})


class _Sent(SentFrame, frozen=True):
    """Our tracker's frame, but `session` has no pattern: matching it takes a fifth of the decoding time."""

    session: Annotated[str, msgspec.Meta(max_length=MAX_SESSION_CHARS)]


class _Point(msgspec.Struct):
    x: Px
    y: Px


class TutorialEvent(msgspec.Struct, rename={"coordinates": "mouse-coordinates", "document": "window"}):
    """The tutorial's event: viewport coordinates, and the document's scroll size as `window`."""

    session_id: SessionId
    type: str
    relative_path: Annotated[str, msgspec.Meta(min_length=1)]
    document: Size
    coordinates: _Point
    buttons: Annotated[int, msgspec.Meta(ge=0, le=255)] = 0


class _Numbered(msgspec.Struct):
    seq: Count


Keep = Callable[[Attributes, str, int], Attributes | None]
"""What is kept of attributes that came from a site at a time, ms; None if nothing is."""


def _keep_none(_sent: Attributes, _site: str, _now_ms: int) -> None:
    return None


_BEGINNING = re.compile(rb'\{"v":[0-9]{1,3},"session":"[A-Za-z0-9_-]{1,64}","seq":([0-9]{1,15})[,}]')
"""The beginning of our tracker's frames."""

_LINK = re.compile(r'\[href[$*]="([^"]*)')
"""A link's path in a selector, with `#` before it if that is a route, and with `?` or `#` behind it."""

_SESSION = re.compile(get_args(SessionId)[1].pattern)

_numbered = msgspec.json.Decoder(_Numbered)
_sent_frame = msgspec.json.Decoder(_Sent)
_tutorial_event = msgspec.json.Decoder(TutorialEvent)


def read(
    data: bytes,
    *,
    site: str,
    received_ms: int,
    robot: bool = False,
    pages: Pages = PATHS_ALONE,
    keep: Keep = _keep_none,
) -> Frame:
    """Decode and validate a client's bytes.

    Args:
        data: one WebSocket message or the body of a beacon.
        site: name of the site it came from, "" for the default site.
        received_ms: when it was received, ms since the epoch.
        robot: whether the sender is known to be a robot.
        pages: names the page.
        keep: says what is kept of the page view's attributes.

    Raises:
        Refused: it is not a valid frame; `reason` and `detail` say why.
    """
    if len(data) > MAX_FRAME_BYTES:
        raise Refused("too_large", f"{len(data)} bytes; a frame may have {MAX_FRAME_BYTES}")
    try:
        sent = _sent_frame.decode(data)
        if not _is_session(sent.session):
            raise msgspec.ValidationError("Expected 1 to 64 of A-Z, a-z, 0-9, `_` and `-` - at `$.session`")
    except UNDECODABLE as error:
        if b'"session_id"' not in data:
            raise _refusal(data, error) from None
        return _read_tutorial(data, site, received_ms, robot, pages)
    _check(sent)
    page, events = sent.page, sent.events
    for at, event in enumerate(events):
        if event.target and _hidden(event.target.selector, page.path, pages):
            events[at] = msgspec.structs.replace(event, target=None)
    return Frame(
        v=FRAME,
        site=site,
        session=sent.session,
        received=received_ms,
        page=Page(_cached_page_name(page.path, pages), page.document, page.viewport, page.first),
        view=sent.view,
        attributes=keep(sent.attributes, site, received_ms) if sent.attributes else None,
        moves=sent.moves,
        fixed_moves=sent.fixed_moves,
        events=events,
        looks=sent.looks,
        seq=sent.seq,
        robot=robot or sent.robot,
    )


def _refusal(data: bytes, error: Exception) -> Refused:
    """Why a frame cannot be decoded."""
    version = FRAMES.version_of(data)
    if version is None or version in get_args(FrameVersion):
        return Refused("malformed", str(error))
    what = f"the frame has version {version}, and {FRAMES.newest} is read"
    if version > FRAMES.newest:
        return Refused("busy", f"{what}: upgrade ingest, and resend this one later")
    return Refused("version", f"{what}: load the page again")


def _check(sent: SentFrame) -> None:
    """Check what the types do not say.

    Raises:
        Refused: it is wrong.
    """
    _check_moves("moves", sent.moves)
    _check_moves("fixed_moves", sent.fixed_moves)
    _check_looks(sent.looks)
    _check_ages(event.age for event in sent.events)
    count = sent.event_count
    if count > MAX_EVENTS:
        raise Refused("malformed", f"the frame has {count} moves and other events; {MAX_EVENTS} at most")
    if not count and not sent.looks:
        raise Refused("malformed", "the frame is empty; it should have a move, an event or a look")
    if sent.page.viewport is None and (sent.fixed_moves or any(event.fixed for event in sent.events)):
        raise Refused("malformed", "Object missing `viewport`, which `fixed` events need - at `$.page`")


def _check_moves(name: str, packed: bytes) -> None:
    if packed:
        numbers = _unpacked(name, packed, MOVE_BYTES, "x, y and age")
        _check_px(name, numbers[::3])
        _check_px(name, numbers[1::3])
        _check_ages(numbers[2::3])


def _check_looks(packed: bytes) -> None:
    if packed:
        numbers = _unpacked("looks", packed, LOOK_BYTES, "top, height, duration and age")
        _check_px("looks", numbers[::4])
        _check_px("looks", numbers[1::4], least=1)
        if min(numbers[2::4]) < 0 or max(numbers[2::4]) > MAX_LOOK_MS:
            raise Refused("malformed", f"a look's duration should be 0 to {MAX_LOOK_MS} ms - at `$.looks`")
        _check_ages(numbers[3::4])


def _unpacked(name: str, packed: bytes, bytes_a_row: int, row: str) -> tuple[int, ...]:
    """The numbers; unlike `packed_rows`, without numpy, whose calls take longer than so few numbers."""
    if len(packed) % bytes_a_row:
        wants = f"rows of {row}, {bytes_a_row} bytes each"
        raise Refused("malformed", f"{len(packed)} bytes; there should be {wants} - at `$.{name}`")
    return unpack(f"<{len(packed) // 4}i", packed)


def _check_px(name: str, numbers: tuple[int, ...], least: int = -MAX_PX) -> None:
    if min(numbers) < least or max(numbers) > MAX_PX:
        raise Refused("malformed", f"a length should be {least} to {MAX_PX} px - at `$.{name}`")


def _check_ages(ages: Iterable[int]) -> None:
    ages = tuple(ages)
    if min(ages, default=0) < -MAX_FUTURE_MS:
        raise Refused("future", f"an event has age {min(ages)} ms; the minimum is {-MAX_FUTURE_MS} ms")
    if max(ages, default=0) > MAX_AGE_MS:
        raise Refused("malformed", f"an event has age {max(ages)} ms; {MAX_AGE_MS} at most")


def _hidden(selector: str, page: str, pages: Pages) -> bool:
    """Whether a mask hides the path of a link in a selector; the event then has no element."""
    link = _LINK.search(selector) if "[href" in selector else None
    return link is not None and pages.hides(urljoin(page, link[1]))


@lru_cache(MAX_SESSIONS)
def _is_session(name: str) -> bool:
    return _SESSION.match(name) is not None


def _read_tutorial(data: bytes, site: str, received_ms: int, robot: bool, pages: Pages) -> Frame:
    try:
        event = _tutorial_event.decode(data)
    except UNDECODABLE as error:
        raise Refused("malformed", str(error)) from None
    if event.type not in TUTORIAL_TYPES:
        allowed = ", ".join(TUTORIAL_TYPES)
        raise Refused("malformed", f"type '{event.type[:40]}' is not one of {allowed}")
    at = event.coordinates
    return Frame(
        v=FRAME,
        site=site,
        session=event.session_id,
        received=received_ms,
        page=Page(page_name(event.relative_path, pages), event.document),
        events=[Event(TUTORIAL_TYPES[event.type], at.x, at.y, buttons=event.buttons)],
        robot=robot,
    )


def seq_of(data: bytes) -> int | None:
    """The `seq` of a frame that was refused; None if it has none.

    For invalid or oversized JSON, `seq` is recovered only if the bytes begin as our tracker's frames do.
    """
    if len(data) <= MAX_FRAME_BYTES:
        with suppress(*UNDECODABLE):
            return _numbered.decode(data).seq
    found = _BEGINNING.match(data)
    return int(found[1]) if found else None


def page_name(address: str, pages: Pages = PATHS_ALONE) -> str:
    """The name of the page at an address within its site.

    Raises:
        Refused: the address or the name is too long.
    """
    if len(address) > MAX_ADDRESS_CHARS:
        raise Refused(
            "malformed", f"the page's address has {len(address)} characters; {MAX_ADDRESS_CHARS} at most"
        )
    name = pages.name(address)
    if len(name) > MAX_PATH_BYTES:
        raise Refused("malformed", f"the page's name has {len(name)} bytes; {MAX_PATH_BYTES} at most")
    return name


_cached_page_name = lru_cache(MAX_PAGES)(page_name)
"""`page_name` with a cache. For a `Path` only, as its length is limited to MAX_PATH_BYTES."""
