"""Reads evtrack's recordings: a CSV of pointer events and, under the same name, an XML of the page's sizes.

`mousemove` rows are moves and `mousedown` rows are clicks, both in page coordinates with the scroll included.
`scroll` rows (scroll offsets) become looks, as the tracker would take them. Other rows are not sent. A click
has the XPath of its element but not the point on it, so we take the element's middle. Unreadable rows are
counted and skipped. A recording without its page's sizes cannot be replayed.
"""

import csv
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low
from typing import Literal
from urllib.parse import quote
from xml.etree import ElementTree

import msgspec

from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.records import SentPage, Size, Target
from pageheat.traffic.looking import recorded_looks
from pageheat.traffic.views import Look, Sample, View
from pageheat.traffic.xpath import selector_of

EVENTS_FOLDER, METADATA_FOLDER = "mouse-movement-data", "trial-metadata"

SENT: dict[str, Literal["move", "click"]] = {"mousemove": "move", "mousedown": "click"}
"""What the tracker would send: a press is a click."""

SCROLL = "scroll"
INPUTS = {
    *("mousemove", "mousedown", "mouseup", "click", "wheel", "keydown", "keyup", "keypress"),
    *("touchstart", "touchmove", "touchend"),
}
"""Rows of something that the visitor did."""

MAX_DISTANCE_MS = 6 * 3_600_000
"""From the median time of a recording: a row farther away has a broken timestamp."""

MAX_PX = 1e7
"""Largest coordinate that ingest accepts."""

MIDDLE = 0.5
"""Where a click hits its element: recordings don't say."""

Row = tuple[float, str, float, float, str]
"""Time, event, position and XPath."""


class NoRecording(PageheatError):
    """A path has nothing to replay; the message says why."""


@dataclass(frozen=True)
class Recording:
    """One session on one page; `began_ms` is when, by the recording's clock."""

    name: str
    document: Size
    viewport: Size
    samples: list[Sample]
    looks: list[Look]
    malformed_rows: int
    began_ms: float = 0

    def view(self, prefix: str) -> View:
        """The recording as a view of the page `prefix`/`name`."""
        path = f"{prefix.rstrip('/')}/{quote(self.name)}"
        seen: list[Sample | Look] = [*self.samples, *self.looks]
        seen.sort(key=lambda it: it.known_ms)
        return View(SentPage(path, self.document, self.viewport), seen)


def find(path: Path) -> list[Path]:
    """The sorted CSV files at a path: the file itself, a data set's, or all in the folder.

    Raises:
        NoRecording: there are none.
    """
    if path.is_file():
        return [path]
    folder = path / EVENTS_FOLDER if (path / EVENTS_FOLDER).is_dir() else path
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise NoRecording(
            f"{path}: no recordings; give a CSV file, a folder of CSV files, or one with the folders "
            f"{EVENTS_FOLDER} and {METADATA_FOLDER}"
        )
    return files


def default_prefix(file: Path) -> str:
    """The path prefix for a recording's page: the name of its data set's folder."""
    folder = file.resolve().parent
    return "/" + quote(folder.parent.name if folder.name == EVENTS_FOLDER else folder.name)


def metadata_of(file: Path) -> Path:
    """Where a recording's metadata should be: in the sibling folder, or else next to the recording."""
    metadata = file.parent.parent / METADATA_FOLDER / f"{file.stem}.xml"
    return metadata if metadata.exists() else file.with_suffix(".xml")


def read(file: Path) -> Recording:
    """Read a recording and its metadata.

    Raises:
        NoRecording: a file is missing or unreadable, or has nothing to send.
    """
    metadata = metadata_of(file)
    if not metadata.exists():
        raise NoRecording(
            f"{file.name}: its metadata is missing: {metadata.name} is neither beside it nor in "
            f"../{METADATA_FOLDER}"
        )
    try:
        sizes = metadata.read_text(encoding="utf-8")
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NoRecording(f"{file.stem}: {error}") from None
    return parsed(file.stem, lines, sizes)


def parsed(name: str, lines: Iterable[str], sizes: str) -> Recording:
    """The recording in the lines of a CSV, and the XML of its page's sizes.

    Raises:
        NoRecording: one of them cannot be read, or there is nothing to send.
    """
    try:
        document, viewport = read_sizes(sizes)
        rows, malformed, began_ms = read_rows(lines)
        samples = samples_of(rows)
    except NoRecording as error:
        raise NoRecording(f"{name}: {error}") from None
    return Recording(name, document, viewport, samples, looks_of(rows, viewport), malformed, began_ms)


def read_sizes(xml: str) -> tuple[Size, Size]:
    """Parse document and window size, CSS px.

    Raises:
        NoRecording: the XML is invalid or lacks them.
    """
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314  # local files; entities are not expanded outward
        return _size(root, "document"), _size(root, "window")
    except ElementTree.ParseError as error:
        raise NoRecording(f"metadata is not valid XML ({error})") from None


def _size(root: ElementTree.Element, tag: str) -> Size:
    text = root.findtext(tag, "").strip()
    found = re.fullmatch(r"(\d+)x(\d+)", text)
    try:
        return msgspec.convert({"width": int(found[1]), "height": int(found[2])}, Size)  # type: ignore[index]
    except (TypeError, msgspec.ValidationError):
        raise NoRecording(f"metadata's <{tag}> is '{text}', not like 1403x3380") from None


def read_rows(lines: Iterable[str]) -> tuple[list[Row], int, float]:
    """Parse a CSV into rows, by time since the earliest, the number of unreadable ones, and the earliest.

    The first line names the columns, separated by commas or, as evtrack itself writes them, by spaces;
    `xpath` is optional.

    Raises:
        NoRecording: a column is missing.
    """
    rest = iter(lines)
    header = next(rest, "")
    delimiter = "," if "," in header else " "
    names = next(csv.reader([header], delimiter=delimiter), [])
    missing = [name for name in ("timestamp", "xpos", "ypos", "event") if name not in names]
    if missing:
        raise NoRecording(f"the first line names no column {', '.join(missing)}")
    all_rows = list(_rows(csv.reader(rest, delimiter=delimiter), names))
    good = [row for row in all_rows if row is not None]
    middle = median_low([row[0] for row in good]) if good else 0
    near = [row for row in good if abs(row[0] - middle) <= MAX_DISTANCE_MS]
    near.sort(key=lambda row: row[0])
    began_ms = near[0][0] if near else 0
    return [(row[0] - began_ms, *row[1:]) for row in near], len(all_rows) - len(near), began_ms


def samples_of(rows: Iterable[Row]) -> list[Sample]:
    """The moves and clicks.

    Raises:
        NoRecording: there are none.
    """
    samples = [_sample(*row) for row in rows if row[1] in SENT]
    if not samples:
        raise NoRecording("no mousemove or mousedown rows that can be read")
    return samples


def looks_of(rows: Sequence[Row], viewport: Size) -> list[Look]:
    """The looks in a window of this size."""
    scrolls = [(at_ms, y) for at_ms, event, _, y, _ in rows if event == SCROLL]
    inputs = [at_ms for at_ms, event, *_ in rows if event in INPUTS]
    return recorded_looks(scrolls, inputs, viewport.height, rows[-1][0] if rows else 0)


def _sample(at_ms: float, event: str, x: float, y: float, xpath: str) -> Sample:
    type_ = SENT[event]
    selector = selector_of(xpath) if type_ == "click" else None
    target = Target(selector, MIDDLE, MIDDLE) if selector else None
    return Sample(at_ms, type_, x, y, target=target)


def _rows(rows: Iterator[list[str]], names: list[str]) -> Iterator[Row | None]:
    """Each row; None for an unreadable one."""
    time_at, x_at, y_at, event_at = (names.index(name) for name in ("timestamp", "xpos", "ypos", "event"))
    xpath_at = names.index("xpath") if "xpath" in names else None
    while True:
        try:
            row = next(rows)
            time_ms, x, y = float(row[time_at]), float(row[x_at]), float(row[y_at])
            event = row[event_at]
            xpath = "" if xpath_at is None or xpath_at >= len(row) else row[xpath_at]
        except StopIteration:
            return
        except (ValueError, IndexError, csv.Error):
            yield None
            continue
        readable = math.isfinite(time_ms) and abs(x) <= MAX_PX and abs(y) <= MAX_PX and event
        yield (time_ms, event, x, y, xpath) if readable else None
