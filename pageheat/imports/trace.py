"""Events from evtrack's recordings, a row each. Pure.

As in `pageheat replay`, `mousemove` rows are moves and `mousedown` rows are clicks, in page coordinates with
the scroll included. Rows of other kinds are left out; so are times, which counts don't have.
"""

import csv
import io

from pageheat.counts import Kind, Position
from pageheat.imports.positions import FROM_PAGE, NoEvent, Unreadable, pixel, shown
from pageheat.services.aggregator.grid import LAYERS
from pageheat.traffic.recordings import SENT

COLUMNS = (b"event", b"xpos", b"ypos")


def is_header(line: bytes) -> bool:
    """Whether a recording begins with this line."""
    return set(COLUMNS) <= set(_cells(line))


class Trace:
    """Reads the rows of one recording.

    Args:
        header: its first line, which names the columns, separated by commas or spaces.
        page: key of its page.
        viewport: width of the window, px, 0 if unknown.

    Raises:
        Unreadable: a column is missing.
    """

    def __init__(self, header: bytes, page: str, viewport: int) -> None:
        names = _cells(header)
        missing = [name.decode() for name in COLUMNS if name not in names]
        if missing:
            raise Unreadable(f"the first line names no column {', '.join(missing)}: '{shown(header)}'")
        self._event, self._x, self._y = (names.index(name) for name in COLUMNS)
        self._separator = _separator(header)
        self._last = max(self._event, self._x, self._y) + 1
        self._kinds = {
            event.encode(): Kind(page, LAYERS.index(layer), FROM_PAGE, viewport)
            for event, layer in SENT.items()
        }

    def read(self, line: bytes) -> Position | NoEvent:
        """A move, a click, or `NoEvent`.

        Raises:
            Unreadable: the row is cut off, or has no position.
        """
        cells = line.split(self._separator, self._last)
        try:
            if b'"' in b"".join(cells[: self._last]):
                cells = _cells(line)
            event, x, y = cells[self._event].strip(), cells[self._x], cells[self._y]
        except IndexError:
            raise Unreadable(f"the row is cut off: '{shown(line)}'") from None
        kind = self._kinds.get(event)
        return NoEvent.LINE if kind is None else (kind, pixel("xpos", x), pixel("ypos", y))


def _separator(header: bytes) -> bytes:
    return b"," if b"," in header else b" "


def _cells(line: bytes) -> list[bytes]:
    """The cells of a row with quotes around some."""
    text = line.decode("utf-8", "surrogateescape").strip("\r\n")
    # a carriage return within ends the row; of a line given whole csv would say that it cannot be
    row = next(csv.reader(io.StringIO(text, newline=""), delimiter=_separator(line).decode()), [])
    return [cell.encode("utf-8", "surrogateescape") for cell in row]
