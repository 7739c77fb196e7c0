"""Functions that parse untrusted bytes, and the properties that must hold for any input.

A target takes an input and returns whether it was accepted. Accepted values are within the contract's limits,
and all others are refused with the documented exception: any other exception is a bug.
Parts of an input are on lines of their own; records of a sequence are separated by SEPARATOR.
"""

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from pageheat.imports.click_log import ClickLog
from pageheat.imports.lines import MAX_LINE_BYTES, LogFile, NotRead
from pageheat.imports.page_names import PageKeys
from pageheat.imports.positions import NoEvent, Unreadable
from pageheat.imports.trace import Trace
from pageheat.record_text import Record, plain, pretty
from pageheat.services.aggregator.grid import CellNumbers
from pageheat.services.aggregator.window import Window
from pageheat.services.broadcaster import delta
from pageheat.services.broadcaster.breakdowns import Breakdowns
from pageheat.services.broadcaster.snapshots import of_breakdown, of_grid
from pageheat.services.broadcaster.warm import WarmPages
from pageheat.services.contract import packed_rows
from pageheat.services.contract.bands import Bands
from pageheat.services.contract.dead_letters import DeadLetter, StoredDeadLetter
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.pages import MAX_PATH_BYTES
from pageheat.services.contract.records import (
    MAX_EVENTS,
    MAX_FUTURE_MS,
    Frame,
    UnreadableRecord,
    decode_breakdown,
    decode_frame,
    decode_heartbeat,
    decode_summary,
    encode,
)
from pageheat.services.contract.sources import read_source
from pageheat.services.contract.tutorial import tutorial_json
from pageheat.services.contract.versions import NewerRecord
from pageheat.services.group_by.routing import PageFrame, Routing
from pageheat.services.ingest.addresses import SHOWN_CHARS, address_of
from pageheat.services.ingest.clicks import read_click
from pageheat.services.ingest.frames import Refused, read
from pageheat.services.ingest.known_pages import KnownPages
from pageheat.services.ingest.robots import is_robot

CORPUS = Path(__file__).with_name("corpus")
"""A folder of inputs for each target, at least one of them accepted."""

SEPARATOR = b"\x1e"

NOW_MS = 1_763_799_300_000
"""When the corpus' frames were received, and the window's time."""

WINDOW_MS, STEP_MS = 60_000, 10_000

Target = Callable[[bytes], bool]

_origins = Origins("https://shop.example", {"https://blog.example": "blog"}, {"http://localhost:8080"})
_cells = CellNumbers(50, Bands.parse("phone<600,wide"))


def frame(data: bytes) -> bool:
    """A message to ingest by WebSocket or beacon."""
    try:
        taken = read(data, site="blog", received_ms=NOW_MS)
    except Refused as refusal:
        msgspec.json.decode(refusal.answer())
        return False
    _require_frame(taken)
    assert min((event.age for event in packed_rows.events(taken)), default=0) >= -MAX_FUTURE_MS
    assert (packed_rows.looks(taken.looks)[:, 3] >= -MAX_FUTURE_MS).all()
    pages = KnownPages(limit=1)
    pages.learn(taken)
    assert len(pages) <= 1
    return True


def click(data: bytes) -> bool:
    """A request to ingest by GET: a query, and `Referer` on the next line."""
    query, _, referer = data.decode("utf-8", "replace").partition("\n")
    try:
        taken = read_click(query, referer)
    except Refused as refusal:
        msgspec.json.decode(refusal.answer())
        return False
    site = _origins.site_of(taken.origin) if taken.origin else ""
    _require_frame(taken.frame(site or "", NOW_MS, None))
    return True


def origin(data: bytes) -> bool:
    """The header `Origin`, as servers pass it on."""
    return _origins.site_of(data.decode("latin-1")) is not None


def sender(data: bytes) -> bool:
    """A client's claims: the header `X-Forwarded-For`, and `User-Agent` on the next line."""
    forwarded, _, agent = data.decode("latin-1").partition("\n")
    is_robot(agent)
    address = address_of("198.51.100.7", [forwarded], 2)
    assert address is None or len(address) <= SHOWN_CHARS
    return address is not None


def routed(data: bytes) -> bool:
    """A record of clickstream for group_by: the key on the first line."""
    key, _, value = data.partition(b"\n")
    sent = Routing(3).route(8812, key, value)
    if isinstance(sent, PageFrame):
        assert sent.value == value
        assert sent.key.decode().startswith("/")
        return True
    assert isinstance(sent, DeadLetter)
    kept = StoredDeadLetter.read(sent.key, sent.value, sent.headers)
    assert (kept.key, kept.cut) == (key, "") or kept.cut
    return False


def window(data: bytes) -> bool:
    """Records of clickstream-group-by-page, counted until their last event has left the window."""
    counted = Window(0, 0, NOW_MS, window_ms=WINDOW_MS, step_ms=STEP_MS, cells=_cells)
    taken = 0
    for offset, value in enumerate(data.split(SEPARATOR)):
        try:
            record = decode_frame(value)
        except (UnreadableRecord, NewerRecord):
            counted.skip(offset)
            continue
        counted.add(offset, (0, offset), record)
        taken += record.event_count
    shown, now_ms = 0, NOW_MS
    while counted.page_count or now_ms == NOW_MS:
        assert now_ms < NOW_MS + 2 * 3_600_000, "events never leave the window"
        now_ms += STEP_MS
        for key, grid in counted.advance(now_ms):
            assert key.startswith("/")
            if grid is not None:
                assert decode_summary(encode(grid)).totals == grid.totals
                shown = max(shown, grid.totals.moves + grid.totals.clicks + grid.totals.unplaced)
        for _, detail in counted.breakdowns():
            assert detail is None or decode_breakdown(encode(detail)) == detail
    assert shown <= taken
    return shown > 0


def warm(data: bytes) -> bool:
    """Records of heatmap for the broadcaster: each a key, and a value on the next line."""
    pages, taken = WarmPages(), False
    for key, value in _keyed(data):
        try:
            for _, heat in pages.apply(4, key, value, NOW_MS):
                assert isinstance(msgspec.msgpack.decode(heat.record), dict)
                with contextlib.suppress(UnreadableRecord, NewerRecord):
                    told = of_grid(heat.record)
                    assert isinstance(json.loads(tutorial_json(heat.record)), dict)
                    assert delta.decode(delta.encode(told), None) == told
        except (UnreadableRecord, NewerRecord):
            continue
        taken = True
        for name, summary in pages.warmest(10)[1]:
            msgspec.json.encode([name, summary])
            assert pages.status(name, NOW_MS).time == NOW_MS
    return taken


def details(data: bytes) -> bool:
    """Records of heatmap-detail for the broadcaster, in the form of `warm`."""
    known, taken = Breakdowns(), False
    for key, value in _keyed(data):
        try:
            pages = known.apply(4, key, value)
        except (UnreadableRecord, NewerRecord):
            continue
        taken = True
        for _, detail in pages:
            with contextlib.suppress(UnreadableRecord, NewerRecord):
                detail.decoded()
            with contextlib.suppress(UnreadableRecord, NewerRecord):
                for band in (None, *detail.bands):
                    told = of_breakdown(detail.record, band, {})
                    assert delta.decode(delta.encode(told), None) == told
    return taken


def summary(data: bytes) -> bool:
    """A grid without its tiles."""
    return _decoded(decode_summary, data, msgspec.msgpack.encode)


def detail(data: bytes) -> bool:
    """A whole breakdown."""
    return _decoded(decode_breakdown, data)


def clock(data: bytes) -> bool:
    """A partition's heartbeat."""
    return _decoded(decode_heartbeat, data, msgspec.msgpack.encode)


def source(data: bytes) -> bool:
    """The headers that group_by sets: partition, and offset on the next line."""
    partition, _, offset = data.partition(b"\n")
    try:
        found = read_source([("source.partition", partition), ("source.offset", offset)])
    except (UnreadableRecord, NewerRecord):
        return False
    assert all(isinstance(number, int) for number in found)
    return True


def dead_letter(data: bytes) -> bool:
    """A record of dead-letter: key, `source.size`, reason and value on four lines."""
    key, size, reason, value = (data + b"\n\n\n").split(b"\n", 3)
    try:
        kept = StoredDeadLetter.read(
            key, value, [("source.size", size), ("reason", reason), ("source.cut", None)]
        )
    except (UnreadableRecord, NewerRecord):
        return False
    assert kept.origin.encode() == key or kept.origin.count("/") == 2
    return True


def printed(data: bytes) -> bool:
    """A record as `pageheat watch` prints it, the key on the first line."""
    key, _, value = data.partition(b"\n")
    record = Record(0, 0, NOW_MS, key, value)
    assert plain(record).replace("\t", "").isprintable()
    assert pretty(record).plain.isprintable()
    record.matches(key="k", page="/lamp")
    return True


def log_lines(data: bytes) -> bool:
    """The lines of a click log to be imported."""
    reader, taken = ClickLog(PageKeys(_origins)), False
    for line in data.split(b"\n"):
        with contextlib.suppress(Unreadable):
            taken |= _require_position(reader.read(line))
    return taken


def trace_rows(data: bytes) -> bool:
    """The rows of a recording to be imported, the header first."""
    header, *rows = data.split(b"\n")
    try:
        reader = Trace(header, "/page", 1280)
    except Unreadable:
        return False
    taken = False
    for row in rows:
        with contextlib.suppress(Unreadable):
            taken |= _require_position(reader.read(row))
    return taken


def log_file(data: bytes) -> bool:
    """A file to be imported, compressed or not."""
    try:
        file = LogFile(io.BytesIO(data))
        file.first_line()
        lines = [line for block in file.lines() for line in block]
    except NotRead:
        return False
    assert all(b"\n" not in line for line in lines)
    assert sum(map(len, lines)) <= 1100 * max(len(data), MAX_LINE_BYTES)  # as much as gzip compresses
    return True


TARGETS: dict[str, Target] = {
    target.__name__.strip("_").replace("_", "-"): target
    for target in (
        *(frame, click, origin, sender, routed, window, warm, details, summary, detail, clock),
        *(source, dead_letter, printed, log_lines, trace_rows, log_file),
    )
}


def corpus(name: str) -> list[Path]:
    """The inputs kept for a target."""
    return sorted((CORPUS / name).iterdir())


def _require_frame(taken: Frame) -> None:
    path = taken.page.path
    assert decode_frame(encode(taken)) == taken, "it would be a dead letter"
    assert path.startswith("/")
    assert not path.startswith("//")
    assert path.isascii()
    assert path.isprintable()
    assert not {"?", "#", " "} & set(path)
    assert len(path) <= MAX_PATH_BYTES
    assert taken.event_count <= MAX_EVENTS
    assert taken.event_count or taken.looks


def _require_position(found: Any) -> bool:
    if isinstance(found, NoEvent):
        return False
    kind, x, y = found
    assert kind.page.startswith("/")
    assert abs(x) <= 10_000_000 >= abs(y)
    return True


def _decoded(
    decode: Callable[[bytes], Any], data: bytes, encoded: Callable[[Any], bytes] = msgspec.json.encode
) -> bool:
    try:
        value = decode(data)
    except (UnreadableRecord, NewerRecord):
        return False
    assert decode(encoded(value)) == value
    return True


def _keyed(data: bytes) -> Iterator[tuple[bytes, bytes | None]]:
    for record in data.split(SEPARATOR):
        key, found, value = record.partition(b"\n")
        yield key, value if found else None
