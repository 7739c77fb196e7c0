"""`pageheat kafka` as systemd runs it."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from pageheat.kafka.installation import KafkaInstallation
from pageheat.kafka.ports import free_port
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin

ROOT = Path(__file__).parents[3]
TIMEOUT_S = 90
"""To start or to stop, on a busy machine."""


def test_systemd_is_told_when_kafka_answers_and_a_stop_ends_it(
    tmp_path: Path, kafka_installation: KafkaInstallation
) -> None:
    port, told = free_port(), tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(told))
        systemd.settimeout(TIMEOUT_S)
        process = subprocess.Popen(
            [sys.executable, "-m", "pageheat", "kafka"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT), "KAFKA_PORT": str(port), "NOTIFY_SOCKET": str(told)},
        )
        try:
            assert systemd.recv(100) == b"READY=1"
            assert Admin(Cluster(f"127.0.0.1:{port}")).list_topics(timeout=TIMEOUT_S).brokers
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(TIMEOUT_S)
    assert code == 0
    assert (tmp_path / ".pageheat" / "kafka" / "data" / "meta.properties").exists()
