"""A real Kafka for benchmarks, and topics filled with records that become visible all at once."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import NewTopic

from benchmarks.harness import Unavailable
from pageheat.kafka.installation import MissingTool, NotInstalled, install
from pageheat.kafka.node import KafkaNode, make_archive
from pageheat.services.contract.topics import read_specs
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.topic_admin import create, create_missing

Record = tuple[bytes | None, bytes, list[tuple[str, bytes]]]
"""Key, value and headers."""


@contextmanager
def kafka() -> Iterator[str]:
    """Start a node on a free port with the topics of topics.yaml; yields its host:port."""
    with kafka_node() as node:
        yield node.broker


@contextmanager
def kafka_node() -> Iterator[KafkaNode]:
    """As `kafka`, but yields the node.

    Raises:
        Unavailable: Java or Kafka's jars are missing.
    """
    try:
        installation = install()
    except (MissingTool, NotInstalled) as missing:
        raise Unavailable(str(missing)) from None
    make_archive(installation)
    with (
        tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder,
        KafkaNode(installation, Path(folder)) as node,
    ):
        create_missing(Admin(Cluster(node.broker)), read_specs(), replication=1)
        yield node


def new_topic(broker: str, name: str, partitions: int = 1) -> str:
    """Create a topic and return its name."""
    create(Admin(Cluster(broker)), NewTopic(name, partitions, 1))
    return name


def fill(
    broker: str,
    topic: str,
    records: Iterable[Record],
    partition: int = 0,
    committing: Callable[[], object] = lambda: None,
) -> int:
    """Write records to a partition in one transaction, so readers see none or all; return their number.

    `committing` is called just before they become visible.
    """
    producer = Producer(
        {
            "bootstrap.servers": broker,
            "transactional.id": f"fill-{topic}-{partition}",
            "transaction.timeout.ms": 300_000,
            "linger.ms": 50,
            "compression.type": "lz4",
            "queue.buffering.max.messages": 200_000,
        }
    )
    producer.init_transactions(30)
    producer.begin_transaction()
    count = 0
    for key, value, headers in records:
        while True:
            try:
                producer.produce(topic, value, key, partition, headers=headers)
                break
            except BufferError:
                producer.poll(0.1)
        count += 1
    assert producer.flush(120) == 0
    committing()
    producer.commit_transaction(120)
    return count


def start_of(topic: str, partition: int = 0) -> TopicPartition:
    """Return the beginning of a partition."""
    return TopicPartition(topic, partition, 0)
