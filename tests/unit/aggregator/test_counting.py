"""The aggregator between Kafka and its windows: steps, heartbeats, assignments; Kafka is a fake."""

from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import TopicPartition

from pageheat.services.aggregator.counting import ClockWentBack, Counting, uncounted
from pageheat.services.contract.dead_letters import DeadLetter
from pageheat.services.contract.records import Breakdown, Grid, Heartbeat, UnreadableRecord, encode
from pageheat.services.contract.sources import read_source
from pageheat.services.contract.topics import BY_PAGE
from pageheat.services.runtime.kafka_monitor import TopicRecreated
from pageheat.services.runtime.settings import AggregatorSettings
from tests.support.frames import at, frame

NOW_MS = 1_000_000


class EmptyTopic:
    """A consumer of empty partitions."""

    def get_watermark_offsets(self, _: TopicPartition, timeout: float) -> tuple[int, int]:
        return 0, 0

    def committed(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        return [TopicPartition(tp.topic, tp.partition, -1001) for tp in partitions]

    def offsets_for_times(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        return [TopicPartition(tp.topic, tp.partition, -1) for tp in partitions]


class NotingPublisher:
    """Collects published records while it has room."""

    def __init__(self) -> None:
        self.grids: list[tuple[int, str, int]] = []  # partition, page, end
        self.breakdowns: list[tuple[int, str, int]] = []  # partition, page, end
        self.heartbeats: list[tuple[int, int]] = []  # partition, end
        self.letters: list[DeadLetter] = []
        self.room = True

    def grid(self, partition: int, key: str, grid: Grid | None, end_ms: int) -> bool:
        if self.room:
            self.grids.append((partition, key, end_ms))
        return self.room

    def breakdown(self, partition: int, key: str, breakdown: Breakdown | None, end_ms: int) -> bool:
        if self.room:
            self.breakdowns.append((partition, key, end_ms))
        return self.room

    def heartbeat(self, heartbeat: Heartbeat) -> None:
        self.heartbeats.append((heartbeat.partition, heartbeat.end))

    def dead_letter(self, letter: DeadLetter) -> None:
        self.letters.append(letter)

    def poll(self) -> None:
        pass


def message(partition: int, offset: int, value: bytes, headers: Any) -> Any:
    """A record as Kafka's client returns it."""
    fields = {"partition": partition, "offset": offset, "key": b"key", "value": value, "headers": headers}
    return SimpleNamespace(**{name: lambda field=field: field for name, field in fields.items()})


class Member:
    """An aggregator with the test's clock and records."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS
        self.publisher = NotingPublisher()
        settings = AggregatorSettings(count_robots=False)
        self.counting = Counting(settings, self.publisher, lambda: self.now_ms)  # type: ignore[arg-type]

    def assign(self, *partitions: int) -> None:
        consumer: Any = EmptyTopic()
        self.counting.assigned(consumer, [TopicPartition(BY_PAGE, number) for number in partitions])

    def revoke(self, *partitions: int) -> None:
        self.counting.revoked([TopicPartition(BY_PAGE, number) for number in partitions])

    def record(self, partition: int, offset: int, value: bytes | None = None, **of: Any) -> None:
        value = encode(frame(at(self.now_ms), **of)) if value is None else value
        headers = [("source.partition", b"0"), ("source.offset", str(offset).encode())]
        self.counting.count([message(partition, offset, value, headers)])

    def tick(self, after_ms: int = 0) -> None:
        self.now_ms += after_ms
        self.counting.tick()


@pytest.fixture
def member() -> Member:
    return Member()


def test_changed_grids_are_published_once_per_step(member: Member) -> None:
    member.assign(3, 4)
    member.tick()
    member.record(3, 0, page="/a")
    member.record(4, 0, page="/b")
    member.tick(249)
    assert member.publisher.grids == [], "the step is not over"
    member.tick(1)
    member.tick(1)
    assert member.publisher.grids == [(3, "/a", NOW_MS + 250), (4, "/b", NOW_MS + 250)]


def test_each_partition_gets_a_heartbeat_once_a_second(member: Member) -> None:
    member.assign(3, 4)
    for _ in range(9):
        member.tick(250)
    assert member.publisher.heartbeats == [
        (partition, NOW_MS + after) for after in (250, 1250, 2250) for partition in (3, 4)
    ]


def test_breakdowns_of_changed_pages_are_published_once_a_second(member: Member) -> None:
    member.assign(3)
    for offset in range(9):
        member.record(3, offset, page="/a")
        member.tick(250)
    assert member.publisher.breakdowns == [(3, "/a", NOW_MS + after) for after in (250, 1250, 2250)]


def test_a_breakdown_that_found_no_room_is_published_a_second_later(member: Member) -> None:
    member.assign(3)
    member.record(3, 0, page="/a")
    member.publisher.room = False
    member.tick(250)
    member.publisher.room = True
    for _ in range(4):
        member.tick(250)
    assert member.publisher.breakdowns == [(3, "/a", NOW_MS + 1250)]


def test_a_grid_that_found_no_room_is_published_at_the_next_step(member: Member) -> None:
    member.assign(3)
    member.record(3, 0, page="/a")
    member.publisher.room = False
    member.tick(250)
    member.publisher.room = True
    member.tick(250)
    assert member.publisher.grids == [(3, "/a", NOW_MS + 500)]


def test_nothing_is_published_for_a_revoked_partition(member: Member) -> None:
    member.assign(3)
    member.record(3, 0, page="/a")
    member.revoke(3)
    member.tick(250)
    assert member.publisher.grids == []
    assert member.publisher.heartbeats == []


def test_a_step_without_partitions_publishes_nothing(member: Member) -> None:
    member.assign()
    member.tick(250)
    assert member.publisher.heartbeats == []


def test_an_unreadable_record_becomes_a_dead_letter_with_its_offset(member: Member) -> None:
    member.assign(3)
    member.record(3, 7, b"{")
    member.record(3, 8, page="/a")
    member.tick(250)
    assert [letter.key for letter in member.publisher.letters] == [b"clickstream-group-by-page/3/7"]
    assert member.publisher.grids == [(3, "/a", NOW_MS + 250)]


def test_robots_events_are_counted_as_left_out_and_logged_once(
    member: Member, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    left_out = uncounted.labels("robot")
    before = left_out._value.get()
    member.assign(3)
    member.record(3, 7, page="/a", robot=True)
    member.record(3, 8, page="/b")
    member.record(3, 9, page="/a", robot=True)
    member.tick(250)
    assert left_out._value.get() - before == 2
    assert member.publisher.grids == [(3, "/b", NOW_MS + 250)]
    assert sum("COUNT_ROBOTS=true" in message for message in caplog.messages) == 1


def test_a_frame_without_its_origin_is_unreadable(member: Member) -> None:
    member.assign(3)
    member.counting.count([message(3, 0, encode(frame(at(NOW_MS))), None)])
    assert "source.partition" in member.publisher.letters[0].reason


def test_steps_wait_while_the_clock_is_set_back_a_little_and_a_large_jump_restarts(
    member: Member,
) -> None:
    member.assign(3)
    member.tick(250)
    member.record(3, 0, page="/a")
    member.tick(-10_000)
    assert member.publisher.grids == []
    with pytest.raises(ClockWentBack, match="the clock went back by"):
        member.tick(-3_600_000)


def test_partitions_start_early_enough_to_miss_nothing(member: Member) -> None:
    partition = TopicPartition(BY_PAGE, 3)
    consumer: Any = SimpleNamespace(
        get_watermark_offsets=lambda *_, **__: (0, 0),
        committed=lambda *_, **__: [TopicPartition(BY_PAGE, 3, -1001)],
        offsets_for_times=lambda *_, **__: [TopicPartition(BY_PAGE, 3, -1)],
    )
    member.counting.assigned(consumer, [partition])
    assert partition.offset == 0


def test_events_another_instance_left_out_are_not_reported_again_on_recovery(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ago = encode(frame(at(NOW_MS - 900_000)))
    log = [
        message(3, offset, long_ago, [("source.partition", b"0"), ("source.offset", b"%d" % offset)])
        for offset in range(5)
    ]

    def read_ranges(_broker: str, _topic: str, _wanted: object, record: Any) -> int:
        for each in log:
            record(each)
        return len(log)

    monkeypatch.setattr("pageheat.services.aggregator.counting.read_ranges", read_ranges)
    consumer: Any = SimpleNamespace(
        get_watermark_offsets=lambda *_, **__: (0, len(log)),
        committed=lambda *_, **__: [TopicPartition(BY_PAGE, 3, 3)],
        offsets_for_times=lambda *_, **__: [TopicPartition(BY_PAGE, 3, 0)],
    )
    late = uncounted.labels("late")
    before = late._value.get()
    member.counting.assigned(consumer, [TopicPartition(BY_PAGE, 3)])
    member.tick(250)
    assert late._value.get() - before == 2, "those at 3 and 4"


@pytest.mark.parametrize("source", [(b"-1", b"0"), (b"1000", b"0"), (b"0", b"-1"), (b"0", b"9" * 30)])
def test_a_frame_with_an_impossible_origin_is_unreadable(
    source: tuple[bytes, bytes],
) -> None:
    with pytest.raises(UnreadableRecord, match="has no offset"):
        read_source([("source.partition", source[0]), ("source.offset", source[1])])


def test_a_partition_that_continues_below_the_counted_offset_ends_the_process(
    member: Member,
) -> None:
    member.assign(3)
    member.record(3, 700, page="/a")
    with pytest.raises(TopicRecreated, match=r"\[3\] continues at 2, before 701: the topic was deleted"):
        member.record(3, 2, page="/a")


def test_a_clock_that_jumps_ahead_an_hour_cools_all_and_its_return_restarts(member: Member) -> None:
    member.assign(3)
    member.record(3, 0, page="/a")
    member.tick(250)
    member.tick(3_600_000)
    assert member.publisher.grids[-1] == (3, "/a", NOW_MS + 3_600_250)
    with pytest.raises(ClockWentBack):
        member.tick(-3_600_000)
