"""An upgrade, service by service in the documented order, while visitors send; and an older service that is
started again afterwards.

The two versions are the last release and this tree, where there is a release; and this tree and a copy of it
in which every record has a higher version, as a release with new forms would have.
"""

import re
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from pageheat.kafka.node import KafkaNode
from pageheat.services.contract.topics import BY_PAGE, DEAD_LETTER, read_specs
from pageheat.services.contract.versions import FRAME
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.topic_admin import create_missing
from tests.support import versions
from tests.support.resending import Crowd, Tile, shown
from tests.support.system import Instance, System, running, until
from tests.support.topics import end_offsets, records, wrong_grids

ORDER = ("broadcaster", "aggregator", "group_by", "ingest")
"""Readers before writers: docs/operations/upgrade.md."""

VISITORS = 4

MORE = 60
"""Frames that visitors send between two steps."""


@dataclass
class Upgrade:
    """A system whose services are replaced one by one.

    Attributes:
        cluster: its Kafka, and what its topics' names begin with.
        older: the folder of the version that it starts with, for PYTHONPATH.
        newer: that of the version that it is brought to.
        raises_versions: whether the newer one writes other forms.
        instances: what runs, by service.
        sent: moves that were acknowledged, by tile.
    """

    system: System
    cluster: Cluster
    older: Path
    newer: Path
    raises_versions: bool
    instances: dict[str, Instance] = field(default_factory=dict)
    is_upgraded: bool = False
    sent: Counter[Tile] = field(default_factory=Counter)

    def start(self, service: str, tree: Path, **settings: str) -> Instance:
        return self.system.start(service, PYTHONPATH=str(tree), **settings)

    def replace(self, service: str) -> None:
        """Bring a service to the newer version, at the same port."""
        before = self.instances[service]
        before.stop()
        port = {f"{service.upper()}_PORT": str(before.port)}
        self.instances[service] = self.start(service, self.newer, **port).wait_until_healthy()
        self.is_upgraded = service == ORDER[-1]

    @contextmanager
    def visited(self, name: str) -> Iterator[Crowd]:
        """Inside, visitors send; at the end, all that they sent is counted once."""
        with Crowd(lambda: self.instances["ingest"].address, VISITORS, name) as crowd:
            yield crowd
        assert not crowd.waiting
        self.sent += crowd.tiles
        until(lambda: shown(self.instances["broadcaster"].address) == self.sent, self.describe)

    def versions(self) -> set[str]:
        """What runs, as metrics tell it."""
        return {version_of(instance.address) for instance in self.instances.values()}

    def describe(self) -> str:
        return "\n".join(instance.describe() for instance in self.instances.values())


def version_of(address: str) -> str:
    with urllib.request.urlopen(f"http://{address}/_pageheat/metrics", timeout=10) as answer:
        found = re.search(r'pageheat_build_info{version="([^"]+)"}', answer.read().decode())
    assert found
    return found[1]


def sends(crowd: Crowd) -> None:
    """Wait until visitors have sent some more frames."""
    wanted = crowd.frames + MORE
    until(lambda: crowd.frames >= wanted, lambda: f"{crowd.frames} of {wanted} frames sent")


@pytest.fixture(scope="module", params=["from the last release", "to a release that raises every version"])
def upgrade(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    kafka: KafkaNode,
) -> Iterator[Upgrade]:
    folder = tmp_path_factory.mktemp("trees")
    tag = versions.last_release()
    if raises := request.param != "from the last release":
        trees = versions.ROOT, versions.later(folder)
    elif tag is None:
        pytest.skip("this checkout knows no earlier release: git fetch --tags, if there is one")
    else:
        trees = versions.released(tag, folder), versions.ROOT
    cluster = Cluster(kafka.broker, prefix=f"upgrade-{raises:d}.")
    create_missing(Admin(cluster), read_specs(), replication=1)
    # on a busy machine, all that is sent should still be in the window at the end
    settings = {"KAFKA_PREFIX": cluster.prefix, "WINDOW_SECONDS": "1800"}
    with running(kafka, tmp_path_factory.mktemp("services"), **settings) as system:
        found = Upgrade(system, cluster, *trees, raises)
        found.instances |= {service: found.start(service, found.older) for service in ORDER}
        for instance in found.instances.values():
            instance.wait_until_healthy()
        yield found


def test_nothing_is_lost_or_counted_twice_while_services_are_replaced_one_by_one(upgrade: Upgrade) -> None:
    before = upgrade.versions()
    with upgrade.visited("upgraded") as crowd:
        sends(crowd)
        for service in ORDER:
            upgrade.replace(service)
            sends(crowd)
    grids, wrong = wrong_grids(upgrade.cluster)
    assert grids > len(ORDER)
    assert wrong == []
    assert end_offsets(upgrade.cluster, DEAD_LETTER) == 0
    assert len(before | upgrade.versions()) == 2
    if upgrade.raises_versions:
        written = {msgspec.json.decode(it.value())["v"] for it in records(upgrade.cluster, BY_PAGE)}
        assert written == {FRAME, FRAME + 1}


def test_an_older_service_that_meets_a_newer_record_ends_with_one_line_and_nothing_is_lost(
    upgrade: Upgrade,
) -> None:
    if not upgrade.raises_versions:
        pytest.skip("both versions may write the same forms")
    with upgrade.visited("met") as crowd:
        for service in () if upgrade.is_upgraded else ORDER:
            upgrade.replace(service)
        sends(crowd)
        older = [
            upgrade.start(service, upgrade.older) for service in ("broadcaster", "group_by", "aggregator")
        ]
        for instance in older:
            assert instance.wait_until_ended() == 1
            said = [line for line in instance.log().splitlines() if "written by a later program" in line]
            assert len(said) == 1, instance.log()
            assert "Traceback" not in instance.log()
        sends(crowd)
    assert end_offsets(upgrade.cluster, DEAD_LETTER) == 0
