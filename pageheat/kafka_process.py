"""Runs the Kafka node of `pageheat up` alone, for systemd: it is told when Kafka answers.

The node's data and log are in the working directory, where `pageheat up` has them.
"""

import logging
import os
import socket
from collections.abc import Sequence
from pathlib import Path

from pageheat.disk import DiskWatch
from pageheat.kafka.installation import install
from pageheat.kafka.node import KafkaNode, make_archive
from pageheat.members import Kafka
from pageheat.services.contract.topics import BY_PAGE, read_specs
from pageheat.services.runtime import logs
from pageheat.services.runtime.settings import Settings
from pageheat.stop_signals import stop_signals
from pageheat.supervisor import Supervisor

log = logging.getLogger(__name__)

STATE = Path(".pageheat")
"""Kafka's data and its log, in the working directory."""


class Notifier:
    """Logs what happens to the node, and tells systemd when it is ready (see sd_notify(3))."""

    def ready(self, name: str, took_s: float) -> None:
        """Kafka answers."""
        log.info("Kafka answers after %.1f s", took_s)
        address = os.environ.get("NOTIFY_SOCKET")
        if not address:
            return
        if address.startswith("@"):  # a name without a file
            address = "\0" + address[1:]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to_systemd:
            to_systemd.sendto(b"READY=1", address)

    def waiting(self, names: Sequence[str]) -> None:
        """Nothing is said at each check."""

    def ended(self, name: str, code: int, cause: str | None, *, waits: bool) -> None:
        """Kafka has ended by itself."""
        why = f": {cause}" if cause else ""
        log.warning("Kafka ended with code %d%s; %s", code, why, "waiting" if waits else "started again")

    def say(self, line: str) -> None:
        """Of the disk: good to know."""
        log.info("%s", line)

    def warn(self, line: str) -> None:
        """Of the disk: to act on."""
        log.warning("%s", line)

    def left_out(self, name: str, reason: str) -> None:
        """Kafka is not optional."""


def main() -> None:
    """Run it until SIGTERM.

    Raises:
        PageheatError: Java, Maven or a jar is missing, or Kafka ends again and again.
    """
    settings = Settings.load()
    logs.configure("kafka", settings)
    installation = install(say=log.info)
    make_archive(installation, say=log.info)
    log_file = STATE / "logs" / "kafka.log"
    log_file.parent.mkdir(parents=True, exist_ok=True)
    node = KafkaNode(installation, STATE / "kafka", settings.kafka_port, log_file=log_file)
    notifier = Notifier()
    disk = DiskWatch(STATE, read_specs()[BY_PAGE].retention_ms / 1000, notifier)
    supervisor = Supervisor([Kafka("kafka", node)], notifier, obstacle=disk.why_full)
    with stop_signals() as stopping:

        def ends(_: bool) -> bool:
            disk.look()
            return bool(stopping)

        try:
            supervisor.run(until=ends)
        finally:
            supervisor.stop()
