"""Several containers of each service behind the one entry, and one of each killed."""

import json
from collections import Counter
from contextlib import ExitStack

import httpx2
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from tests.support.containers import MAX_SOCKETS, Containers
from tests.support.resending import Crowd, Tile, shown
from tests.support.system import until

pytestmark = pytest.mark.docker

REPLICAS = {"aggregator": 3, "group_by": 3, "broadcaster": 2, "ingest": 2}
GRID_TIMEOUT_S = 30
MOST_CONNECTIONS = 40
"""Connections go to one of two containers at random: all 40 go to the same one once in 10¹¹ runs."""


@pytest.fixture(scope="module")
def scaled(containers: Containers) -> Containers:
    containers.up(**REPLICAS)
    return containers


def members(containers: Containers, group: str) -> dict[str, set[int]]:
    """The partitions of each member of a consumer group, by its container's id."""
    admin = Admin(Cluster(containers.address("kafka")))
    described = admin.describe_consumer_groups([group])[group].result(30)
    return {
        member.group_instance_id: {place.partition for place in member.assignment.topic_partitions}
        for member in described.members
    }


def shares(containers: Containers, group: str) -> list[int]:
    """How many partitions each member has, fewest first."""
    return sorted(map(len, members(containers, group).values()))


def who_has(containers: Containers, group: str, partition: int) -> str:
    return next(name for name, has in members(containers, group).items() if partition in has)


def connect_to_each(
    containers: Containers, service: str, path: str, gauge: str, open_sockets: ExitStack
) -> list[ClientConnection]:
    """Connect through the entry until each container of the service has a connection."""
    sockets: list[ClientConnection] = []
    while not all(containers.metric(service, index, gauge) for index in range(1, REPLICAS[service] + 1)):
        assert len(sockets) < MOST_CONNECTIONS, f"all connections went to one {service}"
        for _ in range(4):
            socket = connect(f"ws://{containers.address(service)}{path}")
            sockets.append(open_sockets.enter_context(socket))
    return sockets


@pytest.mark.parametrize("group", ["group_by", "aggregator"])
def test_partitions_are_shared_by_all_members(group: str, scaled: Containers) -> None:
    until(lambda: shares(scaled, group) == [4, 4, 4], lambda: f"they have {shares(scaled, group)}")


def test_a_visitor_of_either_ingest_is_seen_by_the_viewers_of_both_broadcasters(scaled: Containers) -> None:
    event = {
        "session_id": "smoke",
        "type": "mousemove",
        "page_url": "http://localhost/vase",
        "relative_path": "/vase",
        "query_prams": "",
        "buttons": 0,
        "window": {"width": 1000, "height": 1000},
        "mouse-coordinates": {"x": 990, "y": 990},
    }
    with ExitStack() as open_sockets:
        viewers = connect_to_each(
            scaled, "broadcaster", "/vase", "pageheat_broadcaster_viewers", open_sockets
        )
        visitors = connect_to_each(scaled, "ingest", "/vase1", "pageheat_ingest_sockets", open_sockets)
        for visitor in visitors:
            visitor.send(json.dumps(event))
        for viewer in viewers:
            while json.loads(viewer.recv(timeout=GRID_TIMEOUT_S))["value"] != {"49": {"49": len(visitors)}}:
                pass


def test_when_one_ingest_is_full_another_takes_the_connection(scaled: Containers) -> None:
    address = f"ws://{scaled.address('ingest')}/"
    with ExitStack() as open_sockets:
        for _ in range(REPLICAS["ingest"] * MAX_SOCKETS):
            open_sockets.enter_context(connect(address))
        with pytest.raises(InvalidStatus, match="503"):
            connect(address)


def test_one_of_each_killed_loses_nothing_and_the_others_take_over(scaled: Containers) -> None:
    def show() -> Counter[Tile]:
        return shown(scaled.address("broadcaster"))

    def standing() -> str:
        return f"aggregators have {shares(scaled, 'aggregator')}, group_bys {shares(scaled, 'group_by')}"

    with Crowd(lambda: scaled.address("ingest")) as crowd:
        until(lambda: show().total() > 500, lambda: f"{show().total()} moves are shown")
        first = httpx2.get(f"http://{scaled.address('broadcaster')}/_pageheat/grid/").json()
        for container in (
            who_has(scaled, "aggregator", first["partition"]),
            *(scaled.ids(service)[0] for service in ("group_by", "ingest", "broadcaster")),
        ):
            scaled.kill(container)
        until(lambda: shares(scaled, "aggregator") == shares(scaled, "group_by") == [6, 6], standing)
        sent = crowd.frames
        until(lambda: show().total() > sent, lambda: f"of {sent} moves {show().total()} are shown")
    assert crowd.waiting == 0
    until(
        lambda: show() == crowd.tiles, lambda: f"lost {crowd.tiles - show()}, doubled {show() - crowd.tiles}"
    )


def test_restarted_containers_get_work_again(scaled: Containers) -> None:
    scaled.compose(
        "up", "--detach", "--no-recreate", *(f"--scale={name}={n}" for name, n in REPLICAS.items())
    )
    with ExitStack() as open_sockets:
        until(
            lambda: shares(scaled, "aggregator") == [4, 4, 4],
            lambda: f"they have {shares(scaled, 'aggregator')}",
        )
        connect_to_each(scaled, "broadcaster", "/vase", "pageheat_broadcaster_viewers", open_sockets)
