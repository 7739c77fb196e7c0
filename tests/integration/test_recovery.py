"""Stream processors broken under load: afterwards every published grid equals a recount.

The log is the state: nothing is on disk, so a killed instance's successor has only Kafka.
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer

from pageheat.kafka.installation import KafkaInstallation
from pageheat.kafka.node import KafkaNode
from pageheat.services.aggregator.recovery import spans
from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM, HEATMAP, read_specs
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.topic_admin import create_missing
from pageheat.verification.evidence import read_grid
from tests.support.system import Instance, System, running, until
from tests.support.topics import end_offsets, page_logs, records, wrong_grids
from tests.support.visitors import PAGES, Visitors

SESSION_TIMEOUT_MS = "6000"
"""The shortest that Kafka allows, as tests wait for it."""


@pytest.fixture
def node(kafka_installation: KafkaInstallation, tmp_path: Path) -> Iterator[KafkaNode]:
    """The test's own Kafka."""
    with KafkaNode(kafka_installation, tmp_path / "kafka") as node:
        create_missing(Admin(Cluster(node.broker)), read_specs(), replication=1)
        yield node


@pytest.fixture
def system(node: KafkaNode, tmp_path: Path) -> Iterator[System]:
    # grids are written at each step, also of pages that nobody watches: all of them are recounted
    with running(node, tmp_path, SESSION_TIMEOUT_MS=SESSION_TIMEOUT_MS, UNWATCHED_SEND_MS="250") as system:
        yield system


@pytest.fixture
def ingest(system: System) -> Instance:
    system.start("group_by", GROUP_INSTANCE_ID="only")
    return system.start("ingest").wait_until_healthy()


def sends(visitors: Visitors, more: int) -> None:
    """Wait until the visitors have sent some more frames."""
    wanted = visitors.frames + more
    until(lambda: visitors.frames >= wanted, lambda: f"{visitors.frames} of {wanted} frames sent")


def assert_nothing_lost_or_doubled(node: KafkaNode, frames: int) -> None:
    """Each frame sent is counted once in the newest grid of its page, and every grid was correct."""
    assert end_offsets(node.broker, CLICKSTREAM) == frames

    def grouped() -> int:
        return sum(len(log) for log in page_logs(node.broker).values())

    until(lambda: grouped() == 2 * frames, lambda: f"{grouped()} of {2 * frames} events grouped")
    last = {message.key(): message.offset() for message in records(node.broker, BY_PAGE)}

    def complete() -> set[bytes | None]:
        """The pages whose newest grid counts their last frame."""
        newest = {message.key(): read_grid(message.value()) for message in records(node.broker, HEATMAP)}
        return {page for page in last if (grid := newest.get(page)) and grid["position"] > last[page]}

    until(lambda: complete() == set(last), lambda: f"{complete()} of {set(last)}")
    grids, wrong = wrong_grids(node.broker)
    assert grids > 4 * len(PAGES)
    assert wrong == []


def test_an_aggregator_killed_repeatedly_continues_as_if_nothing_had_happened(
    node: KafkaNode, system: System, ingest: Instance, tmp_path: Path
) -> None:
    aggregator = system.start("aggregator", GROUP_INSTANCE_ID="only").wait_until_healthy()
    with Visitors(ingest.address) as visitors:
        for _ in range(3):
            sends(visitors, 250)
            aggregator.kill()
            sends(visitors, 50)
            aggregator = system.start("aggregator", GROUP_INSTANCE_ID="only").wait_until_healthy()
            assert "read back" in aggregator.log()
        sends(visitors, 100)
    assert_nothing_lost_or_doubled(node, visitors.frames)
    assert [path for path in tmp_path.glob("pageheat-*/**/*") if path.is_file()] == []


def test_a_group_by_killed_repeatedly_duplicates_nothing(node: KafkaNode, system: System) -> None:
    ingest = system.start("ingest")
    group_by = system.start("group_by", GROUP_INSTANCE_ID="only").wait_until_healthy()
    system.start("aggregator", GROUP_INSTANCE_ID="only").wait_until_healthy()
    ingest.wait_until_healthy()
    with Visitors(ingest.address) as visitors:
        for _ in range(3):
            sends(visitors, 250)
            group_by.kill()
            sends(visitors, 50)
            group_by = system.start("group_by", GROUP_INSTANCE_ID="only").wait_until_healthy()
        sends(visitors, 100)
    assert_nothing_lost_or_doubled(node, visitors.frames)
    assert end_offsets(node.broker, BY_PAGE) > visitors.frames, "no frame came twice, so nothing was tested"


def counts(instance: Instance) -> list[int]:
    """The partitions an aggregator counts, by its last log line."""
    said = [line for line in instance.log().splitlines() if "counting partitions" in line]
    numbers = said[-1].split("[")[1].split("]")[0] if said else ""
    return [int(number) for number in numbers.split(",") if number]


@pytest.mark.parametrize(
    "how",
    [
        "leaves",
        pytest.param("dies", marks=pytest.mark.chaos),
        pytest.param("is stopped beyond its session and resumed", marks=pytest.mark.chaos),
    ],
)
def test_two_aggregators_share_the_partitions_and_one_leaves(
    node: KafkaNode, system: System, ingest: Instance, how: str
) -> None:
    first = system.start("aggregator").wait_until_healthy()
    second = system.start("aggregator").wait_until_healthy()

    def shared() -> bool:
        return sorted(counts(first) + counts(second)) == list(range(12))

    def second_counts_all() -> bool:
        return counts(second) == list(range(12))

    with Visitors(ingest.address) as visitors:
        until(shared, lambda: f"{counts(first)} {counts(second)}")
        sends(visitors, 200)
        if how == "leaves":
            assert first.stop() == 0
        elif how == "dies":
            first.kill()
        else:
            first.signal(signal.SIGSTOP)
        until(second_counts_all, second.describe)
        sends(visitors, 100)
        if how.startswith("is stopped"):
            first.signal(signal.SIGCONT)
            assert first.wait_until_ended() == 1, "it must not continue as if nothing had happened"
            assert "stood still" in first.log()
            first = system.start("aggregator").wait_until_healthy()
            until(shared, lambda: f"{counts(first)} {counts(second)}")
        sends(visitors, 100)
    assert_nothing_lost_or_doubled(node, visitors.frames)


def test_an_instance_without_a_partition_has_nothing_to_read_back(node: KafkaNode) -> None:
    """With more instances than partitions, some are idle and must not fail."""
    consumer = Consumer({"bootstrap.servers": node.broker, "group.id": "spare"})
    assert list(spans(consumer, [], since_ms=0)) == []
    consumer.close()
