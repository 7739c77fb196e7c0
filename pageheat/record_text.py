"""A Kafka record as text: one tab-separated line for other programs, or a short form for people. Pure."""

from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import msgspec
from confluent_kafka import Message
from rich.text import Text

from pageheat.plural import counted
from pageheat.services.contract import packed_rows
from pageheat.services.contract.packed_cells import cells
from pageheat.services.contract.pages import page_key
from pageheat.services.contract.records import (
    HEARTBEAT_KEY_PREFIX,
    UNDECODABLE,
    Event,
    Frame,
    UnreadableRecord,
    decode_frame,
    decode_grid,
    decode_heartbeat,
)
from pageheat.services.contract.tutorial import tutorial_json
from pageheat.services.contract.versions import NewerRecord
from pageheat.services.runtime.logs import printable

TOMBSTONE = "(tombstone)"

SHOWN_CHARS = 200
"""Characters of a value of unknown form, on a terminal."""

SHOWN_EVENTS, SHOWN_TILES, SHOWN_ELEMENTS = 3, 3, 3
"""The first events of a frame, the hottest tiles of a grid and the most used elements, on a terminal."""

ELEMENT_NOUNS = {
    "clicks": ("click",),
    "rage": ("rage click",),
    "dead": ("dead click",),
    "dwell": ("s of dwell", "s of dwell"),
}
"""The noun of each count on elements, and its plural if needed."""


@dataclass(frozen=True)
class Record:
    """One record of a topic. `time_ms` is Kafka's timestamp."""

    partition: int
    offset: int
    time_ms: int
    key: bytes | None
    value: bytes | None

    @classmethod
    def of(cls, message: Message) -> Self:
        """The record of a message."""
        return cls(
            message.partition() or 0,
            message.offset() or 0,
            message.timestamp()[1],
            message.key(),
            message.value(),
        )

    @property
    def is_heartbeat(self) -> bool:
        """Whether it is a partition's heartbeat on `heatmap`."""
        return (self.key or b"").startswith(HEARTBEAT_KEY_PREFIX.encode())

    def matches(self, *, key: str | None, page: str | None) -> bool:
        """Whether the record has that key and that page, the latter in its key or in its frame."""
        own_key = _text(self.key or b"")
        if key is not None and own_key != key:
            return False
        return page is None or page in (own_key, _page_of(self.value))


def plain(record: Record) -> str:
    """`partition/offset`, time, key and value, separated by tabs; the value is unchanged if it is JSON.

    Values of `heatmap` become JSON.
    """
    return "\t".join([_place(record), _time(record.time_ms), _key(record), _value(record)])


def pretty(record: Record) -> Text:
    """The record in one short line, in colour."""
    value = _data(record.value)
    line = Text.assemble(
        (f"{_place(record):>10} ", "dim"),
        (f"{_time(record.time_ms)[11:]} ", "cyan"),
        (f"{_key(record)} ", "bold"),
    )
    if record.value is None:
        line.append(TOMBSTONE, "dim")
    elif value is None:
        line.append(_value(record)[:SHOWN_CHARS], "red")
    elif isinstance(value, dict) and "received" in value:
        line.append(printable(_frame(record.value)))
    elif isinstance(value, dict) and "bands" in value:
        line.append(printable(_breakdown(value)))
    elif isinstance(value, dict) and "grid-size" in value:
        line.append(printable(_grid(value)))
    else:
        line.append(_value(record)[:SHOWN_CHARS])
    return line


def _frame(value: bytes) -> str:
    try:
        frame = decode_frame(value)
    except (UnreadableRecord, NewerRecord):
        return _text(value)[:SHOWN_CHARS]
    events = [_event(event) for event in packed_rows.events(frame)]
    if (more := len(events) - SHOWN_EVENTS) > 0:
        events[SHOWN_EVENTS:] = [f"{more} more"]
    return f"{frame.page.path}: {', '.join([*events, *_looks(frame), *_attributes(frame)])}"


def _event(event: Event) -> str:
    on = ""
    if target := event.target:
        on = f" on {target.selector} at {target.x:.0%},{target.y:.0%}"
    where = " fixed" if event.fixed else ""
    return f"{event.type} {event.x:g},{event.y:g}{where}{on} {event.age} ms old"


def _looks(frame: Frame) -> Iterator[str]:
    for top, height, duration, age in packed_rows.looks(frame.looks).tolist():
        yield f"look at {top} to {top + height} px for {duration} ms until {age} ms ago"


def _attributes(frame: Frame) -> Iterator[str]:
    """What the first frame of a page view says of it."""
    if frame.attributes:
        for name, value in msgspec.structs.asdict(frame.attributes).items():
            if value:
                yield f"{name} {value}"


def _grid(grid: Any) -> str:
    try:
        tiles = [(count, f"({x},{y})") for x, rows in grid["value"].items() for y, count in rows.items()]
        hottest = ", ".join(f"{name} {count}" for count, name in sorted(tiles)[: -SHOWN_TILES - 1 : -1])
        return (
            f"{counted(grid['totals']['moves'], 'move')} in {counted(len(tiles), 'tile')}, "
            f"{counted(grid['totals']['clicks'], 'click')}, "
            + (f"{unplaced} unplaced, " if (unplaced := grid["totals"].get("unplaced")) else "")
            + f"{counted(grid['visitors'], 'visitor')}, {_views(grid)}position {grid['position']}"
            + (f"; hottest {hottest}" if hottest else "")
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return str(grid)[:SHOWN_CHARS]


def _views(grid: Any) -> str:
    """Its page views with a look, and for how long they had something in view, if there are any."""
    looks = grid.get("looks", {})
    if not looks.get("views"):
        return ""
    tops = looks.get("tops", b"")
    _, ms = cells(b64decode(tops) if isinstance(tops, str) else tops)
    return f"{counted(looks['views'], 'page view')} looking for {ms.sum() / 1000:,.0f} s, "


def _breakdown(breakdown: Any) -> str:
    try:
        bands = [f"{band['name']} {band['visitors']}" for band in breakdown["bands"]]
        elements: dict[str, Counter[str]] = {}
        for band in breakdown["bands"]:
            for element in band["elements"]:
                counts = elements.setdefault(element["selector"] or "the page", Counter())
                counts.update({kind: _total(element.get(kind, {})) for kind in ELEMENT_NOUNS})
        used = sorted(elements.items(), key=lambda item: (-item[1]["clicks"], -item[1].total(), item[0]))
        shown = [f"{name} {_element(counts)}" for name, counts in used]
        if (more := len(shown) - SHOWN_ELEMENTS) > 0:
            shown[SHOWN_ELEMENTS:] = [f"{more} more"]
        return f"visitors {', '.join(bands)}, position {breakdown['position']}" + "".join(
            f"; {element}" for element in shown
        )
    except (KeyError, TypeError, AttributeError):
        return str(breakdown)[:SHOWN_CHARS]


def _element(counts: Counter[str]) -> str:
    return ", ".join(counted(counts[kind], *nouns) for kind, nouns in ELEMENT_NOUNS.items() if counts[kind])


def _total(cells: Any) -> int:
    return sum(sum(rows.values()) for rows in cells.values())


def _place(record: Record) -> str:
    return f"{record.partition}/{record.offset}"


def _time(time_ms: int) -> str:
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03}Z"


def _key(record: Record) -> str:
    return "(no key)" if record.key is None else printable(_text(record.key))


def _value(record: Record) -> str:
    if record.value is None:
        return TOMBSTONE
    if _json(record.value) is not None:
        return printable(_text(record.value))
    if (data := _data(record.value)) is not None:
        return printable(_text(msgspec.json.encode(data)))
    return f"(undecodable) {record.value!r}"


def _page_of(value: bytes | None) -> str | None:
    frame = _json(value)
    try:
        return page_key(str(frame.get("site", "")), str(frame["page"]["path"]))
    except (AttributeError, KeyError, TypeError):
        return None


def _data(value: bytes | None) -> Any:
    """JSON, or a record of `heatmap`, whose tiles are shown as the tutorial's viewers get them."""
    if (found := _json(value)) is not None:
        return found
    with suppress(UnreadableRecord, NewerRecord):
        grid: dict[str, Any] = msgspec.json.decode(tutorial_json(value or b""))
        return grid | {"fine": msgspec.to_builtins(decode_grid(value or b"").fine)}
    with suppress(UnreadableRecord, NewerRecord):
        return msgspec.to_builtins(decode_heartbeat(value))
    return None


def _json(value: bytes | None) -> Any:
    try:
        return msgspec.json.decode(value or b"")
    except UNDECODABLE:
        return None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
