"""Promise 1: an acknowledged frame is counted exactly once, whatever is killed, stopped or cut meanwhile."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from pageheat.kafka.installation import KafkaInstallation
from pageheat.verification.recount import parse
from services.contract.topics import HEATMAP
from tests.cluster import Cluster, cluster
from tests.integration.resending import Crowd, Tile
from tests.integration.topics import records, wrong_grids
from tests.system import SERVICES, Instance, System, running, until

KILLS = int(os.environ.get("CHAOS_KILLS", "6"))
"""In `make chaos` 50."""

BETWEEN_S = (0.3, 1.5)
"""From one start to the next kill: some come while others are still recovering."""


class Supervised:
    """One instance of each service, started again when it was killed."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._instances = {service: self._start(service) for service in SERVICES}

    def _start(self, service: str) -> Instance:
        return self._system.start(service, GROUP_INSTANCE_ID="only")

    def __getitem__(self, service: str) -> Instance:
        return self._instances[service]

    def wait_until_healthy(self) -> None:
        for service, instance in self._instances.items():
            if instance.ended:
                self._instances[service] = self._start(service)
            self._instances[service].wait_until_healthy()

    def kill(self, service: str) -> None:
        """SIGKILL, and start its successor."""
        self._instances[service].kill()
        self._instances[service] = self._start(service)


@pytest.fixture
def kafka_cluster(kafka_installation: KafkaInstallation, tmp_path: Path) -> Iterator[Cluster]:
    with cluster(kafka_installation, tmp_path / "kafka") as nodes:
        yield nodes


@pytest.fixture
def services(kafka_cluster: Cluster, tmp_path: Path) -> Iterator[Supervised]:
    with running(kafka_cluster, tmp_path, SESSION_TIMEOUT_MS="6000", KAFKA_REPLICATION="3") as system:
        supervised = Supervised(system)
        supervised.wait_until_healthy()
        yield supervised


def counted(broker: str) -> Counter[Tile]:
    """What the newest grids say, by tile."""
    newest = {message.key(): message.value() for message in records(broker, HEATMAP)}
    tiles: Counter[Tile] = Counter()
    for key, value in newest.items():
        page, grid = key.decode(), parse(value)
        if page.startswith("/") and grid:
            for column, rows in grid["value"].items():
                for row, count in rows.items():
                    tiles[page, int(column), int(row)] = count
    return tiles


def assert_each_counted_once(broker: str, crowd: Crowd) -> None:
    assert crowd.waiting == 0, "every frame is acknowledged in the end"
    sent = crowd.tiles
    until(
        lambda: counted(broker) == sent,
        lambda: f"lost {sent - counted(broker)}, counted twice {counted(broker) - sent}",
    )
    grids, wrong = wrong_grids(broker)
    assert grids > 0
    assert wrong == []


def test_killed_at_random_moments_services_lose_and_double_nothing(
    kafka_cluster: Cluster, services: Supervised
) -> None:
    chance = Random(2026)
    with Crowd(lambda: services["ingest"].address) as crowd:
        for number in range(KILLS):
            time.sleep(chance.uniform(*BETWEEN_S))
            services.kill(SERVICES[number % len(SERVICES)])
        services.wait_until_healthy()
    assert crowd.resent > 0, "nothing was sent again, so nothing was tried"
    assert_each_counted_once(kafka_cluster.broker, crowd)


def test_a_killed_broker_loses_nothing(kafka_cluster: Cluster, services: Supervised) -> None:
    with Crowd(lambda: services["ingest"].address) as crowd:
        for node in kafka_cluster.nodes[:2]:
            node.kill()
            before = crowd.tiles.total()
            until(lambda: crowd.tiles.total() > before + 400, lambda: f"{crowd.waiting} frames wait")  # noqa: B023
            node.start()
            node.wait_until_ready()
        services.wait_until_healthy()
    assert_each_counted_once(kafka_cluster.broker, crowd)


def test_a_network_that_is_cut_for_30_s_loses_nothing(kafka_cluster: Cluster, services: Supervised) -> None:
    with Crowd(lambda: services["ingest"].address) as crowd:
        time.sleep(1)
        for wire in kafka_cluster.wires:
            wire.cut()
        time.sleep(30)
        for wire in kafka_cluster.wires:
            wire.mend()
        services.wait_until_healthy()
    assert_each_counted_once(kafka_cluster.broker, crowd)


def test_an_instance_stopped_beyond_its_session_and_resumed_counts_nothing_twice(
    kafka_cluster: Cluster, services: Supervised
) -> None:
    with Crowd(lambda: services["ingest"].address) as crowd:
        for service in ("group_by", "aggregator"):
            services[service].signal(signal.SIGSTOP)
            time.sleep(8)
            services[service].signal(signal.SIGCONT)
        services.wait_until_healthy()
    assert_each_counted_once(kafka_cluster.broker, crowd)
