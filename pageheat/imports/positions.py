"""What the line readers share. A reader takes a line as bytes and returns an event with its position."""

import math
from collections.abc import Callable
from enum import Enum
from urllib.parse import unquote_to_bytes

from pageheat.counts import MAX_PX, Position
from pageheat.services.aggregator.grid import LAYERS
from pageheat.services.contract.errors import PageheatError

MOVE, CLICK = LAYERS.index("move"), LAYERS.index("click")

FROM_PAGE, FROM_FIRST = 0, 1
"""Origin of a position: the top left corner of the page, or of its body's first element."""

UNKNOWN_WIDTH = 0
"""Viewport width of an event from a log: logs don't record it."""

SHOWN_BYTES = 60
"""Length of a quote from an unreadable line."""


class NoEvent(Enum):
    """Why a valid line has no event."""

    LINE = "another request, or an event of another kind"
    REFUSED = "a click that the server refused"
    UNTIMED = "an event without a time"


class Unreadable(PageheatError):
    """A line does not have the expected format; the message says why."""


Reader = Callable[[bytes], Position | NoEvent]
"""May raise Unreadable."""


def shown(text: bytes) -> str:
    """The start of an unreadable text, on one line and safe for a terminal."""
    cut = "…" if len(text) > SHOWN_BYTES else ""
    readable = text[:SHOWN_BYTES].decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in readable) + cut


def pixel(name: str, text: bytes) -> int:
    """Parse a coordinate from a log or an address, rounded down to a pixel.

    Raises:
        Unreadable: it is not a number, or too large.
    """
    if text.isdigit() and len(text) < 8:  # fast path for most
        return int(text)
    try:
        number = float(text if b"%" not in text else unquote_to_bytes(text))
        if abs(number) <= MAX_PX and b"_" not in text:
            return math.floor(number)
    except ValueError:
        pass
    raise Unreadable(f"{name} is '{shown(text)}': expected px from -{MAX_PX} to {MAX_PX}")
