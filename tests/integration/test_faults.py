"""Faults of one part that don't become another's: topics deleted and created again while all is running."""

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from pageheat.kafka.installation import KafkaInstallation
from pageheat.kafka.node import KafkaNode
from pageheat.kafka.ports import free_port
from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM, HEATMAP, HEATMAP_DETAIL, read_specs
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.topic_admin import create_missing
from tests.support.resending import PAGES, Crowd
from tests.support.supervised import Supervised
from tests.support.system import SERVICES, Instance, running, until


def moves(services: Supervised) -> int:
    """All counts that the broadcaster shows."""
    services.revive()
    total = 0
    with suppress(OSError):
        for page in PAGES:
            address = f"http://{services['broadcaster'].address}/_pageheat/grid{page}"
            with urllib.request.urlopen(address, timeout=5) as answer:
                total += json.load(answer)["totals"]["moves"]
    return total


@pytest.fixture
def node(kafka_installation: KafkaInstallation, tmp_path: Path) -> Iterator[KafkaNode]:
    with KafkaNode(kafka_installation, tmp_path / "kafka") as node:
        create_missing(Admin(Cluster(node.broker)), read_specs(), replication=1)
        yield node


def recreate(node: KafkaNode, *topics: str) -> None:
    """Delete topics and create them again."""
    admin = Admin(Cluster(node.broker))
    for deleted in admin.delete_topics(list(topics)).values():
        deleted.result(15)
    until(lambda: not set(topics) & set(admin.list_topics(timeout=10).topics), lambda: "they are still there")
    create_missing(admin, read_specs(), replication=1)


@pytest.mark.parametrize(
    ("topics", "users"),
    [
        pytest.param((BY_PAGE,), ("group_by", "aggregator"), id="by page"),
        pytest.param((CLICKSTREAM,), ("group_by",), id="clickstream", marks=pytest.mark.chaos),
        pytest.param((HEATMAP, HEATMAP_DETAIL), ("aggregator",), id="heatmap", marks=pytest.mark.chaos),
    ],
)
def test_a_topic_created_again_is_noticed_and_later_records_are_counted(
    node: KafkaNode, tmp_path: Path, topics: tuple[str, ...], users: tuple[str, ...]
) -> None:
    def has_noticed(service: str) -> bool:
        logs = tmp_path.glob(f"{service}-*.log")
        return any("deleted and created again" in log.read_text() for log in logs)

    with running(node, tmp_path, SESSION_TIMEOUT_MS="6000") as system:
        services = Supervised(system).wait_until_ready()
        with Crowd(lambda: services["ingest"].address, visitors=2) as crowd:
            until(lambda: moves(services) > 300, services.describe)
        recreate(node, *topics)
        # until then group_by writes to a topic that is gone: what is on its way then may be lost
        until(lambda: all(map(has_noticed, users)), services.describe)
        services.wait_until_ready()
        with Crowd(lambda: services["ingest"].address, visitors=2, name="later") as later:
            until(lambda: later.frames > 100, services.describe)
        expected = later.tiles.total() + (0 if topics == (BY_PAGE,) else crowd.tiles.total())
        until(
            lambda: moves(services) == expected,
            lambda: f"{moves(services)} of {expected}\n{services.describe()}",
        )


class Mute(Instance):
    """An instance that logs to a full disk."""

    def log(self) -> str:
        return "(full)"


def test_a_full_disk_under_the_logs_stops_no_service(kafka: KafkaNode, tmp_path: Path) -> None:
    (tmp_path / "full.log").symlink_to("/dev/full")
    with ExitStack() as stopping:
        for service in SERVICES:
            port = free_port()
            env = {**os.environ, "KAFKA_BROKER": kafka.broker, f"{service.upper()}_PORT": str(port)}
            instance = Mute(service, port, env, tmp_path / "full.log")
            stopping.callback(instance.stop)
            instance.wait_until_healthy()
