"""The aggregator as a member of its consumer group: a window for each assigned partition.

A partition's window is created before its first record is read and is kept until another member has the
partition, so it is ready for every record and every step. A rebalance revokes all partitions and assigns
some again. The window of such a partition is not rebuilt: only the records from its position on are
read back.
"""

import logging
import time
from collections.abc import Callable, Container, Sequence
from dataclasses import replace

from confluent_kafka import Consumer, Message, TopicPartition
from prometheus_client import Counter, Gauge, Histogram

from pageheat.services.aggregator.grid import CellNumbers
from pageheat.services.aggregator.publisher import Publisher
from pageheat.services.aggregator.recovery import spans
from pageheat.services.aggregator.window import DropCounts, Window
from pageheat.services.contract.dead_letters import DeadLetter
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.forgetting import is_of_history_alone
from pageheat.services.contract.records import Heartbeat, UnreadableRecord, decode_frame
from pageheat.services.contract.sources import read_source
from pageheat.services.contract.topics import BY_PAGE, RETENTION_SLACK_MS
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.kafka_monitor import TopicRecreated
from pageheat.services.runtime.log_reader import read_ranges
from pageheat.services.runtime.settings import AggregatorSettings

log = logging.getLogger(__name__)

HEARTBEAT_INTERVAL_MS = 1000
"""Interval of a partition's heartbeats, and of watched pages' breakdowns: a third of the time after which
viewers see "old"."""

MAX_CLOCK_BACK_MS = 15_000
"""The clock may go back by this and a step: steps then wait. Longer than the longest step."""

uncounted = Counter("pageheat_aggregator_events_uncounted", "Events and looks not counted", ["reason"])
REASONS = ("late", "future", "too_many_pages", "robot")  # as in DropCounts
for _reason in REASONS:
    uncounted.labels(_reason)  # exported as 0 from the start
repeated = Counter("pageheat_aggregator_frames_repeated", "Duplicate frames from group_by, dropped")
unnamed = Counter("pageheat_aggregator_events_unnamed", "Events on elements beyond the limits")
pages = Gauge("pageheat_aggregator_warm_pages", "Pages with an event or a look in the window")
elements = Gauge("pageheat_aggregator_elements", "Elements with an event in the window")
lateness = Histogram(
    "pageheat_aggregator_step_late_seconds",
    "How late steps were taken",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


class ClockWentBack(PageheatError):
    """The machine's clock was set back: windows are ahead of it."""


class Counting:
    """Counts each assigned partition, and at each step publishes what changed.

    Args:
        settings: the window and the cluster.
        publisher: writes grids, breakdowns, heartbeats and dead letters.
        clock_ms: drives the window, ms since the epoch.
        watched: the pages that somebody watches; None: all are published at each step.
    """

    def __init__(
        self,
        settings: AggregatorSettings,
        publisher: Publisher,
        clock_ms: Callable[[], int] = wall_clock_ms,
        watched: Container[str] | None = None,
    ) -> None:
        self._settings = settings
        self._publisher = publisher
        self._watched = watched
        is_slower = settings.unwatched_send_ms >= HEARTBEAT_INTERVAL_MS
        self._unwatched_steps = max(1, settings.unwatched_send_ms // settings.step_ms) if is_slower else 1
        self._clock_ms = clock_ms
        self._cells = CellNumbers(settings.grid_size, settings.bands)
        self._windows: dict[int, Window] = {}
        self._released: dict[int, Window] = {}
        self._reported: dict[int, DropCounts] = {}  # drops that the metrics already include
        self._logged_robots = False
        self._next_step_ms = 0
        self._next_heartbeat_ms = 0

    def count(self, messages: Sequence[Message]) -> None:
        """Count records; an unreadable one becomes a dead letter.

        Raises:
            TopicRecreated: an offset is below the counted position.
        """
        for message in messages:
            partition, offset = message.partition(), message.offset()
            window = self._windows[partition]
            if offset < window.position:
                raise TopicRecreated(
                    f"{BY_PAGE}[{partition}] continues at {offset}, before {window.position}: the topic was "
                    "deleted and created again; exiting, to be restarted and to count it from its beginning"
                )
            self._add(window, message, report=True)

    def tick(self) -> None:
        """Advance the windows if a step is due."""
        now_ms = self._clock_ms()
        if now_ms < self._next_step_ms:
            if now_ms < self._next_step_ms - MAX_CLOCK_BACK_MS:
                raise ClockWentBack(
                    f"the clock went back by {(self._next_step_ms - now_ms) / 1000:.0f} s; exiting, to be "
                    "restarted with the present time"
                )
            return
        step_ms = self._settings.step_ms
        if self._next_step_ms:
            lateness.observe((now_ms - self._next_step_ms) / 1000)
        self._next_step_ms = now_ms - now_ms % step_ms + step_ms
        heartbeat_is_due = now_ms >= self._next_heartbeat_ms
        if heartbeat_is_due:
            self._next_heartbeat_ms = now_ms + HEARTBEAT_INTERVAL_MS
        for window in self._windows.values():
            self._publish(window, now_ms)
            self._report(window)
            self._publish_breakdowns(window, of_watched=heartbeat_is_due)
            if heartbeat_is_due:
                self._publisher.heartbeat(Heartbeat(window.partition, window.position, window.end_ms))
        pages.set(sum(window.page_count for window in self._windows.values()))
        elements.set(sum(window.element_count for window in self._windows.values()))
        self._publisher.poll()

    def assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Bring a window up to date for each partition, and set the offset where reading continues."""
        started_s = time.monotonic()
        now_ms = self._clock_ms()
        since_ms = now_ms - self._settings.window_ms - RETENTION_SLACK_MS
        windows: dict[int, Window] = {}
        reported: dict[int, DropCounts] = {}  # up to the committed offset: other instances reported those
        wanted = {span.partition: span for span in spans(consumer, partitions, since_ms)}
        for partition, span in wanted.items():
            window = self._released.get(partition)
            if window is None or not span.start <= window.position <= span.stop:
                window = Window(
                    partition,
                    span.start,
                    now_ms,
                    window_ms=self._settings.window_ms,
                    step_ms=self._settings.step_ms,
                    cells=self._cells,
                    count_robots=self._settings.count_robots,
                    unwatched_steps=self._unwatched_steps,
                    is_watched=self._is_watched,
                )
            windows[partition] = window
            wanted[partition] = replace(span, start=window.position)

        def add(message: Message) -> None:
            partition = message.partition()
            is_unseen = message.offset() >= wanted[partition].committed
            if is_unseen and partition not in reported:
                reported[partition] = windows[partition].drops
            self._add(windows[partition], message, report=is_unseen)

        count = read_ranges(self._settings.kafka, BY_PAGE, list(wanted.values()), add)
        for partition, window in windows.items():
            window.touch()
            self._reported[partition] = reported.get(partition, window.drops)
        for partition in partitions:
            partition.offset = wanted[partition.partition].stop
        self._windows, self._released = windows, {}
        self._next_heartbeat_ms = 0
        log.info(
            "counting partitions %s; read back %d records in %.2f s",
            *(sorted(windows), count, time.monotonic() - started_s),
        )

    def revoked(self, partitions: Sequence[TopicPartition]) -> None:
        """Stop counting these; keep their windows, in case the next assignment returns them."""
        for tp in partitions:
            if window := self._windows.pop(tp.partition, None):
                self._released[tp.partition] = window

    def _is_watched(self, page: str) -> bool:
        """Whether a page is published as if somebody watches: grids at each step, breakdowns less often."""
        return self._watched is None or self._unwatched_steps == 1 or page in self._watched

    def _publish(self, window: Window, now_ms: int) -> None:
        for key, grid in window.advance(now_ms):
            if not self._publisher.grid(window.partition, key, grid, window.end_ms) and grid:
                window.touch(key)

    def _publish_breakdowns(self, window: Window, *, of_watched: bool) -> None:
        for key, breakdown in window.breakdowns(of_watched=of_watched):
            if not self._publisher.breakdown(window.partition, key, breakdown, window.end_ms):
                window.touch_breakdown(key)

    def _add(self, window: Window, message: Message, *, report: bool) -> None:
        offset, value, headers = message.offset(), message.value(), message.headers()
        if value is None and message.key():
            if is_of_history_alone(headers):
                window.skip(offset)
            else:
                window.forget(offset, message.key().decode("utf-8", "replace"))
            return
        try:
            frame = decode_frame(value)
            source = read_source(headers)
        except UnreadableRecord as error:
            window.skip(offset)
            if report:
                self._publisher.dead_letter(
                    DeadLetter(
                        BY_PAGE, window.partition, offset, str(error), message.key(), value, headers or ()
                    )
                )
            return
        window.add(offset, source, frame)

    def _report(self, window: Window) -> None:
        """Add the drops since the last call to the metrics."""
        before, now = self._reported[window.partition], window.drops
        if now == before:
            return
        self._reported[window.partition] = now
        new = {
            name: now_ - before_ for name, before_, now_ in zip(DropCounts._fields, before, now, strict=True)
        }
        for reason in REASONS:
            uncounted.labels(reason).inc(new[reason])
        repeated.inc(new["repeated"])
        unnamed.inc(new["unnamed"])
        if new["robot"] and not self._logged_robots:
            self._logged_robots = True
            log.info("events of robots and automated browsers are not counted; COUNT_ROBOTS=true counts them")
