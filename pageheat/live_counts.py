"""The recent events of pages, read from `clickstream-group-by-page`: each event at its pixel.

Counts like the aggregator: a frame that `group_by` resent counts once, and an event's age is trusted.
Skips unreadable records, which are on the topic of dead letters.
"""

from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from math import floor

import numpy as np
from confluent_kafka import Message

from pageheat.counts import PageCounts
from pageheat.kafka_log import KafkaLog
from pageheat.look_counts import LookCounter
from pageheat.services.aggregator.grid import LAYERS
from pageheat.services.contract import packed_rows
from pageheat.services.contract.bands import Bands
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.records import (
    MAX_FUTURE_MS,
    SOURCE_OFFSET,
    SOURCE_PARTITION,
    Event,
    Frame,
    Page,
    Point,
    Size,
    UnreadableRecord,
    decode_frame,
)
from pageheat.services.contract.topics import BY_PAGE
from pageheat.services.runtime.cluster import Cluster

MAX_EVENTS = 20_000_000
"""Events and looks at once: 14 bytes an event, and twice that again while a picture is drawn; below 1 GB."""

PAGE, FIRST, BOTTOM = 0, 1, 2
"""Origins, as in `PageCounts`."""

_LAYER = {name: number for number, name in enumerate(LAYERS)}


class TooManyEvents(PageheatError):
    """There are more events than MAX_EVENTS."""


@dataclass
class _Page:
    """One page's events, and its newest known size."""

    x: "array[int]" = field(default_factory=lambda: array("i"))
    y: "array[int]" = field(default_factory=lambda: array("i"))
    viewport: "array[int]" = field(default_factory=lambda: array("i"))
    layer: "array[int]" = field(default_factory=lambda: array("b"))
    origin: "array[int]" = field(default_factory=lambda: array("b"))
    sessions: set[str] = field(default_factory=set)
    looks: LookCounter = field(default_factory=LookCounter)
    document: Size | None = None


class LiveCounts:
    """Events since a time, by page.

    Args:
        since_ms: older events are left out; ms since the epoch.
        page: keep only events of this page; None for all.
        origin: where positions count from: the corner of the "page", or of its body's "first" element. If
            the distance between the two is unknown, an event keeps its own origin.
        bands: the width bands.
        band: keep only events of visitors in this band; None for all.
        count_robots: whether robots' events count like others.
    """

    def __init__(
        self,
        since_ms: int,
        page: str | None,
        origin: str,
        bands: Bands,
        band: str | None,
        *,
        count_robots: bool = False,
    ) -> None:
        self._since_ms = since_ms
        self._only = None if page is None else page.encode()
        self._wants_first = origin == "first"
        self._bands = bands
        self._band = None if band is None else bands.names.index(band)
        self._count_robots = count_robots
        self._pages: dict[str, _Page] = {}
        self._frames: Counter[bytes] = Counter()
        self._highest: dict[tuple[int, bytes], int] = {}  # (partition, source partition) → source offset
        self._events = 0

    def take(self, message: Message) -> None:
        """Count a record of the topic; the records of a partition must come in order.

        Raises:
            TooManyEvents: the message says what to do.
        """
        key = message.key() or b""
        if message.value() is None:  # the page was forgotten
            self._frames.pop(key, None)
            self._pages.pop(key.decode("utf-8", "replace"), None)
            return
        self._frames[key] += 1
        if self._only is not None and key != self._only:
            return
        try:
            headers = dict(message.headers() or ())
            source = message.partition() or 0, headers[SOURCE_PARTITION]
            offset = int(headers[SOURCE_OFFSET])
            frame = decode_frame(message.value())
        except (KeyError, ValueError, UnreadableRecord):
            return
        if offset <= self._highest.get(source, -1):
            return
        self._highest[source] = offset
        if frame.robot and not self._count_robots:
            return
        if self._band is None or self._bands.of(frame) == self._band:
            self._count(frame)

    def pages(self) -> list[str]:
        """All pages that have a record, those with most records first."""
        return [key.decode("utf-8", "replace") for key, _ in self._frames.most_common()]

    def read(self, page: str) -> PageCounts:
        """A page's events; empty arrays if there are none."""
        kept = self._pages.get(page, _Page())
        return PageCounts(
            page,
            kept.document,
            np.array(kept.x, np.int32),
            np.array(kept.y, np.int32),
            np.ones(len(kept.x), np.int64),
            np.array(kept.layer, np.int8),
            np.array(kept.origin, np.int8),
            np.array(kept.viewport, np.int32),
            looks=kept.looks.counts(),
        )

    def visitors(self, page: str) -> int:
        """The number of sessions among a page's events."""
        return len(self._pages.get(page, _Page()).sessions)

    def _count(self, frame: Frame) -> None:
        events = [
            event for event in packed_rows.events(frame) if frame.received - event.age >= self._since_ms
        ]
        if not events and not frame.looks:
            return
        page = self._pages.setdefault(frame.key, _Page())
        looks = page.looks.add(frame, self._bands.of(frame), self._since_ms)
        if not events and not looks:
            return
        self._events += len(events) + looks
        if self._events > MAX_EVENTS:
            raise TooManyEvents(
                f"{BY_PAGE} has more than {MAX_EVENTS:,} events to draw: name a page, or a shorter --since"
            )
        if frame.session:
            page.sessions.add(frame.session)
        size = frame.page.viewport or frame.page.document
        viewport = floor(size.width) if size and frame.origin == "page" else 0
        origin, corner, document = self._placed(frame)
        page.document = document or page.document
        for event in events:
            x, y, from_ = _on_page(event, frame.page) if event.fixed else (event.x, event.y, origin)
            page.x.append(floor(x + corner.x))
            page.y.append(floor(y if from_ == BOTTOM else y + corner.y))
            page.layer.append(_LAYER[event.type])
            page.viewport.append(viewport)
            page.origin.append(origin if from_ == PAGE else from_)

    def _placed(self, frame: Frame) -> tuple[int, Point, Size | None]:
        """A frame's origin, the offset to add to its positions, and the page's size from that origin."""
        first, document = frame.page.first, frame.page.document
        if self._wants_first:
            if document:
                document = Size(max(1, document.width - first.x), max(1, document.height - first.y))
            return FIRST, Point(0, 0) if frame.origin == "first" else Point(-first.x, -first.y), document
        if frame.origin == "page":
            return PAGE, Point(0, 0), document
        # A frame that has the size has the first element's position, too.
        return (PAGE, first, document) if document else (FIRST, Point(0, 0), None)


def _on_page(event: Event, page: Page) -> tuple[float, float, int]:
    """Where a picture shows an event on what does not scroll: at its top, or at its bottom.

    Returns:
        x and y, px, and the origin: PAGE (as if the page were at its top), or BOTTOM.
    """
    document = page.document or page.viewport
    seen = page.viewport or document
    if document is None or seen is None:
        return event.x, event.y, PAGE
    x = event.x / seen.width * document.width
    if event.y < seen.height / 2:
        return x, event.y, PAGE
    return x, max(seen.height - event.y, 0), BOTTOM


def read_log(cluster: Cluster, since_ms: int, counts: LiveCounts) -> Iterator[float]:
    """Count all that the topic holds now; yields the progress, 0 to 1.

    Raises:
        KafkaAway: Kafka does not answer.
        TooManyEvents: the message says what to do.
    """
    with closing(KafkaLog(cluster)) as log:
        places = log.since(BY_PAGE, since_ms - MAX_FUTURE_MS)
        ends = log.ends(places)
        wanted = sum(ends.values()) - sum(place.offset for place in places)
        log.assign(places)
        for read, message in enumerate(log.up_to(ends)):
            counts.take(message)
            if read % 1_000 == 0:
                yield min(read / wanted, 1)
