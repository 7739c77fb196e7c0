"""Several containers of each service behind the one entry, and one of each killed."""

import json
from contextlib import ExitStack

import pytest
from websockets.sync.client import ClientConnection, connect

from services.contract.topics import admin_client
from tests.docker.containers import Containers
from tests.integration.resending import PAGES, Crowd, shown
from tests.system import until

pytestmark = pytest.mark.docker

REPLICAS = {"aggregator": 3, "group_by": 3, "broadcaster": 2, "ingest": 2}
KILLED = {"aggregator": 2, "group_by": 3, "broadcaster": 1, "ingest": 2}
"""Which one of each."""

PARTITIONS = 12
GRID_TIMEOUT_S = 30
MOST_CONNECTIONS = 40
"""One goes to either of two containers at random: 40 go all to one once in 10¹¹ times."""


@pytest.fixture(scope="module")
def scaled(containers: Containers) -> Containers:
    containers.up(**REPLICAS)
    return containers


def shares(containers: Containers, group: str) -> list[int]:
    """How many partitions each member of a consumer group has, fewest first."""
    admin = admin_client(containers.address("kafka"))
    members = admin.describe_consumer_groups([group])[group].result(30).members
    return sorted(len(member.assignment.topic_partitions) for member in members)


def connect_to_each(
    containers: Containers, service: str, path: str, gauge: str, open_sockets: ExitStack
) -> list[ClientConnection]:
    """Connections through the entry, until each container of the service has one."""
    sockets: list[ClientConnection] = []
    while not all(containers.metric(service, index, gauge) for index in range(1, REPLICAS[service] + 1)):
        assert len(sockets) < MOST_CONNECTIONS, f"all of them went to one {service}"
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


def test_one_of_each_killed_loses_nothing_and_the_others_take_over(scaled: Containers) -> None:
    with Crowd(lambda: scaled.address("ingest"), visitors=2) as crowd:
        until(lambda: shown(scaled.address("broadcaster")).total() > 100, lambda: "nothing is shown")
        for service, index in KILLED.items():
            scaled.kill(service, index)
        sent = crowd.frames
        until(lambda: shown(scaled.address("broadcaster")).total() > sent, lambda: "it stands still")
    until(
        lambda: shown(scaled.address("broadcaster")) == crowd.tiles,
        lambda: f"sent {crowd.tiles.total()}, shown {shown(scaled.address('broadcaster')).total()}",
    )
    assert (crowd.waiting, len(PAGES)) == (0, 4)
    assert shares(scaled, "aggregator") == shares(scaled, "group_by") == [6, 6]


def test_who_comes_again_is_given_work_again(scaled: Containers) -> None:
    scaled.compose(
        "up", "--detach", "--no-recreate", *(f"--scale={name}={n}" for name, n in REPLICAS.items())
    )
    with ExitStack() as open_sockets:
        until(
            lambda: shares(scaled, "aggregator") == [4, 4, 4],
            lambda: f"they have {shares(scaled, 'aggregator')}",
        )
        connect_to_each(scaled, "broadcaster", "/vase", "pageheat_broadcaster_viewers", open_sockets)
