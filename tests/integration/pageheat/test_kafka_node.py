"""The Kafka node of `pageheat up` and of these tests."""

import os
import signal
import socket
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from pageheat.kafka.installation import KafkaInstallation
from pageheat.kafka.node import KafkaFailed, KafkaNode
from pageheat.kafka.ports import free_port
from pageheat.services.contract.topics import read_specs
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.topic_admin import create_missing
from tests.support.endings import all_end, handles_of


def test_a_node_restarted_in_its_folder_still_has_its_records(
    kafka_installation: KafkaInstallation, tmp_path: Path
) -> None:
    folder = tmp_path / "Wärme und Kälte"
    with KafkaNode(kafka_installation, folder) as node:
        create_missing(Admin(Cluster(node.broker)), read_specs(), replication=1)
        producer = Producer({"bootstrap.servers": node.broker})
        producer.produce("dead-letter", b"kept", key=b"key")
        assert producer.flush(10) == 0
    with KafkaNode(kafka_installation, folder) as node:
        consumer = Consumer({"bootstrap.servers": node.broker, "group.id": "none"})
        consumer.assign([TopicPartition("dead-letter", 0, OFFSET_BEGINNING)])
        messages = consumer.consume(1, timeout=20)
        consumer.close()
        assert [message.value() for message in messages] == [b"kept"]


def test_a_stopped_node_leaves_no_process_and_no_listener(
    kafka_installation: KafkaInstallation, tmp_path: Path
) -> None:
    with KafkaNode(kafka_installation, tmp_path) as node:
        pid = node.pid
        assert pid is not None
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", node.port), timeout=5)


def test_a_cluster_can_have_any_id(
    kafka_installation: KafkaInstallation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks_like_an_option = uuid.UUID(bytes=b"\xf8" + bytes(15))
    monkeypatch.setattr(uuid, "uuid4", lambda: looks_like_an_option)
    with KafkaNode(kafka_installation, tmp_path) as node:
        found = Admin(Cluster(node.broker)).list_topics(timeout=10)
    assert found.cluster_id == "-" + "A" * 21


def test_a_node_that_cannot_start_says_why_with_the_end_of_its_log(
    kafka: KafkaNode, kafka_installation: KafkaInstallation, tmp_path: Path
) -> None:
    taken = KafkaNode(kafka_installation, tmp_path, port=kafka.port)
    taken.start()
    with pytest.raises(KafkaFailed, match=r"ended with code 1(?s:.*)Address already in use"):
        taken.wait_until_ready()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_node_does_not_outlive_a_killed_parent(
    kafka_installation: KafkaInstallation, tmp_path: Path
) -> None:
    port = free_port()
    script = (
        "import sys; from pathlib import Path; from pageheat.kafka.installation import install; "
        "from pageheat.kafka.node import KafkaNode; "
        f"node = KafkaNode(install(), Path({str(tmp_path)!r}), {port}); "
        "node.start(); node.wait_until_ready(); print(node.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdin
    assert parent.stdout
    node_pid = int(parent.stdout.readline())
    handles = handles_of([node_pid])
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()
    assert all_end(handles, 30), "Kafka still runs without its parent"
