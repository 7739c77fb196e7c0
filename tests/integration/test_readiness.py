"""Liveness and readiness: while Kafka is away, services stay alive and report that they are unready."""

import os
import signal
from pathlib import Path

from pageheat import health
from pageheat.kafka.installation import KafkaInstallation
from pageheat.kafka.node import KafkaNode
from pageheat.services.contract.topics import read_specs
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.topic_admin import create_missing
from tests.support.system import Instance, running, until


def alive(instance: Instance) -> str | None:
    return health.why_unready("127.0.0.1", instance.port, "/healthz")


def test_without_kafka_every_service_is_alive_but_unready_until_kafka_returns(
    kafka_installation: KafkaInstallation, tmp_path: Path
) -> None:
    with (
        KafkaNode(kafka_installation, tmp_path / "kafka") as node,
        running(node, tmp_path, SESSION_TIMEOUT_MS="60000") as system,
    ):
        create_missing(Admin(Cluster(node.broker)), read_specs(), replication=1)
        services = system.start_all()
        os.kill(node.pid or 0, signal.SIGSTOP)
        try:
            for service in services.values():
                until(lambda: "Kafka has been away for" in service.health(), service.describe)  # noqa: B023
            assert {name: alive(service) for name, service in services.items()} == dict.fromkeys(services)
        finally:
            os.kill(node.pid or 0, signal.SIGCONT)
        for service in services.values():
            service.wait_until_healthy()
