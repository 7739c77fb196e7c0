"""Reads events from evtrack's recordings, one per row. Pure.

As in `pageheat replay`, `mousemove` rows are moves and `mousedown` rows are clicks, in page coordinates with
the scroll included. Other rows are skipped. Times are ignored: counts have none.
"""

import csv
import io

from pageheat.counts import Kind, Position
from pageheat.imports.positions import FROM_PAGE, NoEvent, Unreadable, pixel, shown
from pageheat.services.aggregator.grid import LAYERS
from pageheat.traffic.recordings import SENT

COLUMNS = (b"event", b"xpos", b"ypos")


def is_header(line: bytes) -> bool:
    """Whether this line is the header of a recording."""
    return set(COLUMNS) <= set(_cells(line))


class Trace:
    """Parses the rows of one recording.

    Args:
        header: the first line: column names, separated by commas or spaces.
        page: page key.
        viewport: viewport width in px, 0 if unknown.

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
        """Return a move, a click, or `NoEvent`.

        Raises:
            Unreadable: the row is truncated, or has no position.
        """
        cells = line.split(self._separator, self._last)
        try:
            if b'"' in b"".join(cells[: self._last]):
                cells = _cells(line)
            event, x, y = cells[self._event].strip(), cells[self._x], cells[self._y]
        except IndexError:
            raise Unreadable(f"the row is truncated: '{shown(line)}'") from None
        kind = self._kinds.get(event)
        return NoEvent.LINE if kind is None else (kind, pixel("xpos", x), pixel("ypos", y))


def _separator(header: bytes) -> bytes:
    return b"," if b"," in header else b" "


def _cells(line: bytes) -> list[bytes]:
    """Split a row that may have quoted cells."""
    text = line.decode("utf-8", "surrogateescape").strip("\r\n")
    # A carriage return inside ends the row. Given the line itself, not a StringIO, csv raises for that.
    row = next(csv.reader(io.StringIO(text, newline=""), delimiter=_separator(line).decode()), [])
    return [cell.encode("utf-8", "surrogateescape") for cell in row]
