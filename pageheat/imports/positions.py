"""What the readers of lines have in common. A reader takes a line, as bytes, and says what was done where."""

import math
from collections.abc import Callable
from enum import Enum
from urllib.parse import unquote_to_bytes

from pageheat.counts import MAX_PX, Position
from pageheat.services.aggregator.grid import LAYERS
from pageheat.services.contract.errors import PageheatError

MOVE, CLICK = LAYERS.index("move"), LAYERS.index("click")

FROM_PAGE, FROM_FIRST = 0, 1
"""Origins of a position: the page's top left corner, or that of its body's first element."""

UNKNOWN_WIDTH = 0
"""Of a viewport: logs don't say it."""

SHOWN_BYTES = 60
"""Of what is quoted of a line that cannot be read."""


class NoEvent(Enum):
    """What a line may be that stands for no event, and yet is as it should be."""

    LINE = "a request of something else, or an event of another kind"
    REFUSED = "a click that the server has refused"


class Unreadable(PageheatError):
    """A line is none of the form; says why."""


Reader = Callable[[bytes], Position | NoEvent]
"""Raises Unreadable."""


def shown(text: bytes) -> str:
    """The beginning of what cannot be read, on one line and fit for a terminal."""
    cut = "…" if len(text) > SHOWN_BYTES else ""
    readable = text[:SHOWN_BYTES].decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in readable) + cut


def pixel(name: str, text: bytes) -> int:
    """The pixel that a coordinate lies in, as text in a log or an address.

    Raises:
        Unreadable: it is no number, or too large.
    """
    if text.isdigit() and len(text) < 8:  # as most are, and fast
        return int(text)
    try:
        number = float(text if b"%" not in text else unquote_to_bytes(text))
        if abs(number) <= MAX_PX and b"_" not in text:
            return math.floor(number)
    except ValueError:
        pass
    raise Unreadable(f"{name} is '{shown(text)}': px are needed, -{MAX_PX} to {MAX_PX}")
