"""Promise 1: an acknowledged frame is counted exactly once, whatever is killed, stopped or cut off."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from random import Random

import pytest

from pageheat.kafka.installation import KafkaInstallation
from pageheat.services.contract.topics import HEATMAP
from pageheat.verification.evidence import read_grid
from tests.support.cluster import Nodes, cluster
from tests.support.resending import Crowd, Tile, shown, tiles_of
from tests.support.supervised import Supervised
from tests.support.system import SERVICES, running, until
from tests.support.topics import records, wrong_grids

pytestmark = pytest.mark.chaos

KILLS = int(os.environ.get("CHAOS_KILLS", "3"))
"""50 in `make chaos`."""

NODES_KILLED = 1 if KILLS < 50 else 2

BETWEEN_S = (0.3, 1.5)
"""From one start to the next kill: some kills hit while others are still recovering."""

CUT_S = 30


@dataclass(frozen=True)
class Row:
    """What `make chaos` reports for a fault; numbers are moves, each in its own frame."""

    fault: str
    times: int
    acknowledged: int
    counted: int
    lost: int
    doubled: int
    seconds_to_recover: str


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[list[Row]]:
    """Rows that the tests add, printed at the end."""
    rows: list[Row] = []
    yield rows
    plugins = request.config.pluginmanager
    terminal, capture = plugins.getplugin("terminalreporter"), plugins.getplugin("capturemanager")
    if terminal and capture:
        form = "{:34} {:>5} {:>12} {:>8} {:>5} {:>7}  {}"
        with capture.global_and_fixture_disabled():
            terminal.write_line("")
            terminal.write_line(form.format(*(field.name.replace("_", " ") for field in fields(Row))))
            for row in rows:
                terminal.write_line(form.format(*astuple(row)))


@pytest.fixture
def kafka_cluster(kafka_installation: KafkaInstallation, tmp_path: Path) -> Iterator[Nodes]:
    with cluster(kafka_installation, tmp_path / "kafka") as nodes:
        yield nodes


@pytest.fixture
def services(kafka_cluster: Nodes, tmp_path: Path) -> Iterator[Supervised]:
    with running(kafka_cluster, tmp_path, SESSION_TIMEOUT_MS="6000", KAFKA_REPLICATION="3") as system:
        supervised = Supervised(system).wait_until_ready()
        yield supervised


def counted(broker: str) -> Counter[Tile]:
    """The counts of the newest grids, by tile."""
    newest = {message.key(): message.value() for message in records(broker, HEATMAP)}
    tiles: Counter[Tile] = Counter()
    for key, value in newest.items():
        page, grid = key.decode(), read_grid(value)
        if page.startswith("/") and grid:
            tiles += tiles_of(page, grid)
    return tiles


class Chaos:
    """The parts of one run, and its result."""

    def __init__(self, kafka: Nodes, services: Supervised, table: list[Row]) -> None:
        self.kafka = kafka
        self.services = services
        self._table = table
        self._recovered_s: list[float] = []

    def crowd(self) -> Crowd:
        return Crowd(lambda: self.services["ingest"].address)

    def shown(self) -> Counter[Tile]:
        self.services.revive()
        return shown(self.services["broadcaster"].address)

    def recover(self, crowd: Crowd) -> None:
        """After the fault: wait until everything sent by now is shown, and every service is ready."""
        started_s, sent = time.monotonic(), crowd.frames
        until(lambda: self.shown().total() >= sent, self.services.describe)
        self.services.wait_until_ready()
        self._recovered_s.append(time.monotonic() - started_s)

    def go_on(self, crowd: Crowd) -> None:
        """Wait for some more frames."""
        wanted = crowd.frames + 400
        until(lambda: crowd.frames > wanted, lambda: f"{crowd.waiting} frames wait")

    def assert_each_counted_once(self, crowd: Crowd, fault: str, times: int) -> None:
        broker, sent = self.kafka.broker, crowd.tiles
        try:
            until(
                lambda: self.shown() == sent and counted(broker) == sent,
                lambda: f"lost {sent - counted(broker)}, counted twice {counted(broker) - sent}",
            )
        finally:
            found = counted(broker)
            acknowledged, lost, doubled = sent.total() - crowd.waiting, sent - found, found - sent
            seconds = f"{max(self._recovered_s):.1f}"
            row = Row(fault, times, acknowledged, found.total(), lost.total(), doubled.total(), seconds)
            self._table.append(row)
        assert crowd.waiting == 0, "every frame is acknowledged in the end"
        grids, wrong = wrong_grids(broker)
        assert grids > 0
        assert wrong == []


@pytest.fixture
def chaos(kafka_cluster: Nodes, services: Supervised, table: list[Row]) -> Chaos:
    return Chaos(kafka_cluster, services, table)


def test_services_killed_at_random_moments_lose_and_duplicate_nothing(chaos: Chaos) -> None:
    chance = Random(2026)
    with chaos.crowd() as crowd:
        for number in range(KILLS):
            time.sleep(chance.uniform(*BETWEEN_S))
            chaos.services.kill(SERVICES[number % len(SERVICES)])
        chaos.recover(crowd)
    assert crowd.resent > 0, "no frame was resent, so nothing was tested"
    chaos.assert_each_counted_once(crowd, "a service killed", KILLS)


def test_a_killed_broker_loses_nothing(chaos: Chaos) -> None:
    with chaos.crowd() as crowd:
        for node in chaos.kafka.nodes[:NODES_KILLED]:
            node.kill()
            chaos.go_on(crowd)
            node.start()
            node.wait_until_ready()
            chaos.recover(crowd)
    chaos.assert_each_counted_once(crowd, "a broker killed", NODES_KILLED)


def test_a_network_that_is_cut_for_30_s_loses_nothing(chaos: Chaos) -> None:
    with chaos.crowd() as crowd:
        time.sleep(1)
        for wire in chaos.kafka.wires:
            wire.cut()
        time.sleep(CUT_S)
        for wire in chaos.kafka.wires:
            wire.mend()
        chaos.recover(crowd)
    chaos.assert_each_counted_once(crowd, f"Kafka's network cut for {CUT_S} s", 1)


def test_an_instance_paused_beyond_its_session_timeout_counts_nothing_twice(chaos: Chaos) -> None:
    with chaos.crowd() as crowd:
        for service in ("group_by", "aggregator"):
            chaos.services[service].signal(signal.SIGSTOP)
            time.sleep(8)
            chaos.services[service].signal(signal.SIGCONT)
            chaos.recover(crowd)
    chaos.assert_each_counted_once(crowd, "stopped beyond its session", 2)


def test_instances_that_join_and_leave_under_load_lose_and_duplicate_nothing(chaos: Chaos) -> None:
    with chaos.crowd() as crowd:
        for service in ("group_by", "aggregator", "group_by", "aggregator"):
            further = chaos.services.join(service)
            chaos.go_on(crowd)
            assert further.stop() == 0, further.describe()
            chaos.recover(crowd)
    chaos.assert_each_counted_once(crowd, "an instance joins and leaves", 4)
