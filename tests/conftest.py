"""Fixtures of all tests: a real Kafka on free ports, one per session or one per module."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from pageheat.kafka.installation import KafkaInstallation, install
from pageheat.kafka.node import KafkaNode, make_archive
from pageheat.services.contract.topics import read_specs
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.topic_admin import create_missing
from pageheat.services.runtime.web import open_files

# Of a test's Kafka, which lives for seconds, Java would spend half of the time on compiling it well.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")

# chDB leaves 15 files open for each database that was closed: in all tests more than a shell's 1,024.
open_files()

# On a busy machine everything is slow.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture(scope="session")
def kafka_installation() -> KafkaInstallation:
    """Kafka's jars, for tests that start their own nodes."""
    installation = install()
    make_archive(installation)
    return installation


@pytest.fixture(scope="session")
def kafka(
    kafka_installation: KafkaInstallation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KafkaNode]:
    """A Kafka node with the topics of topics.yaml; `kafka.broker` is its host:port."""
    folder: Path = tmp_path_factory.mktemp("kafka")
    with KafkaNode(kafka_installation, folder) as node:
        create_missing(Admin(Cluster(node.broker)), read_specs(), replication=1)
        yield node


@pytest.fixture(scope="module")
def node(
    kafka_installation: KafkaInstallation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KafkaNode]:
    """A Kafka node per module: its topics hold only what the module's tests send."""
    with KafkaNode(kafka_installation, tmp_path_factory.mktemp("kafka")) as node:
        create_missing(Admin(Cluster(node.broker)), read_specs(), replication=1)
        yield node
