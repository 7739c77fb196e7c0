"""One node of Apache Kafka (KRaft: broker and controller in one process) on 127.0.0.1."""

import os
import socket
import subprocess
import tempfile
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaException

from pageheat.kafka.installation import KafkaInstallation, Say, alone
from pageheat.kafka.ports import ADDRESS, free_port
from pageheat.log_tail import log_tail
from pageheat.parent import ending_with_parent
from pageheat.services.contract.errors import PageheatError
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin

READY_TIMEOUT_S = 60
"""From start to first answer: 2 s on an idle machine, ten times as long on a busy one."""

STOP_TIMEOUT_S = 20
"""From SIGTERM to exit: 1 s, longer with much data to write."""

FORMAT_TIMEOUT_S = 60
"""0.6 s on an idle machine."""

PROPERTIES_FILE = "server.properties"

PROPERTIES = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # Only `pageheat topics` creates topics, from topics.yaml.
    "auto.create.topics.enable": "false",
    # Groups of one or two members join at once.
    "group.initial.rebalance.delay.ms": "0",
    # Kafka's internal topics on a single node; the default of 50 partitions is for hundreds of groups.
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # A node that was killed, or ended on a full disk, is let in again once its last session is over: 9 s by
    # default, though here nobody else is asked.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # The cleaner allocates its table of keys at the start: 128 MB by default, half of our heap.
    "log.cleaner.dedupe.buffer.size": "16777216",
}


@dataclass(frozen=True)
class Seat:
    """A node's place in a cluster of several.

    `voters` are all controllers, in the format of `controller.quorum.voters`; `advertised` is the address
    for clients, host:port; `properties` override ours.
    """

    cluster: str
    node_id: int
    controller_port: int
    voters: str
    advertised: str
    properties: Mapping[str, str]


class KafkaFailed(PageheatError):
    """The node did not start, or died; the message ends with the end of its log."""


class KafkaNode:
    """A node whose data stays in `folder`, where another start finds it.

    As a context manager it is started and ready inside, and stopped afterwards. Start it from the main
    thread, because it ends with that thread (see `pageheat.parent`).
    """

    def __init__(
        self,
        installation: KafkaInstallation,
        folder: Path,
        port: int | None = None,
        log_file: Path | None = None,
        seat: Seat | None = None,
    ) -> None:
        self._installation = installation
        self._folder = folder
        self.port = port or free_port()
        self.log_file = log_file or folder / "kafka.log"
        self._seat = seat
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def broker(self) -> str:
        """Its address for clients, host:port."""
        return f"{ADDRESS}:{self.port}"

    @property
    def pid(self) -> int | None:
        """Its process id, or None if it is not started or has been stopped."""
        return self._process.pid if self._process else None

    @property
    def data(self) -> Path:
        """The folder of its topics, with a folder per partition."""
        return self._folder / "data"

    def start(self, record: Path | None = None) -> None:
        """Format the folder if it is new and start the process; call `wait_until_ready` next.

        Raises:
            KafkaFailed: the folder cannot be formatted.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write_properties()
        with self.log_file.open("ab") as log:
            if not (self.data / "meta.properties").exists():
                self._format(log.fileno())
            self._process = subprocess.Popen(
                ending_with_parent(self._installation.command("kafka.Kafka", PROPERTIES_FILE, record=record)),
                cwd=self._folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in a terminal reaches the whole foreground; we stop Kafka ourselves, last.
                start_new_session=True,
            )

    def wait_until_ready(self, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Return when this node answers clients.

        Raises:
            KafkaFailed: the process ended, or did not answer in time.
        """
        deadline = time.monotonic() + timeout_s
        while not self.answers():
            if (code := self.exit_code(within_s=0.05)) is not None:
                raise KafkaFailed(f"Kafka ended with code {code} at its start. {log_tail(self.log_file)}")
            if time.monotonic() > deadline:
                raise KafkaFailed(f"Kafka did not answer within {timeout_s:g} s. {log_tail(self.log_file)}")

    def answers(self) -> bool:
        """Whether this node answers a client with its list of brokers."""
        try:
            socket.create_connection((ADDRESS, self.port), timeout=1).close()
        except OSError:
            return False
        client = Admin(Cluster(self.broker))
        try:
            found = client.list_topics(timeout=1)
        except KafkaException:
            return False
        # If the port was taken, another node may answer.
        return bool(found.brokers) and found.cluster_id == self._cluster()

    def exit_code(self, within_s: float = 0) -> int | None:
        """Its exit code, or None if it still runs after `within_s`."""
        if self._process is None:
            return None
        try:
            return self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            return None

    def terminate(self) -> None:
        """Ask it to end; `stop` waits for it."""
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """Send SIGKILL; `start` starts it again."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Stop it cleanly, or kill it after the timeout."""
        if self._process is None:
            return
        self._process.terminate()
        if self.exit_code(timeout_s) is None:
            self._process.kill()
            self._process.wait()
        self._process = None

    def __enter__(self) -> Self:
        try:
            self.start()
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _write_properties(self) -> None:
        """Write the node's settings; a single node's controller gets another port at each start."""
        seat = self._seat or seat_alone(self.broker)
        properties: Mapping[str, str] = (
            PROPERTIES
            | {
                "node.id": str(seat.node_id),
                "controller.quorum.voters": seat.voters,
                "listeners": f"PLAINTEXT://{self.broker},CONTROLLER://{ADDRESS}:{seat.controller_port}",
                "advertised.listeners": f"PLAINTEXT://{seat.advertised}",
                # Relative to the folder, where Kafka runs, so that its path may have any characters.
                "log.dirs": "data",
            }
            | dict(seat.properties)
        )
        lines = "".join(f"{key}={value}\n" for key, value in properties.items())
        (self._folder / PROPERTIES_FILE).write_text(lines)

    def _format(self, log: int) -> None:
        cluster = self._seat.cluster if self._seat else new_cluster()
        command = self._installation.command(
            "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", f"--config={PROPERTIES_FILE}"
        )
        try:
            subprocess.run(
                ending_with_parent(command),
                cwd=self._folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=FORMAT_TIMEOUT_S,
                check=True,
            )
        except subprocess.SubprocessError as error:
            raise KafkaFailed(
                f"Kafka's folder cannot be formatted: {error}. {log_tail(self.log_file)}"
            ) from None

    def _cluster(self) -> str:
        """The cluster's id, from the folder."""
        lines = (self.data / "meta.properties").read_text().splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith("cluster.id="))


def new_cluster() -> str:
    """An id for a new cluster."""
    return urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def seat_alone(broker: str) -> Seat:
    """The seat of a single node."""
    controller = free_port()
    return Seat(new_cluster(), 1, controller, f"1@{ADDRESS}:{controller}", broker, {})


def environment() -> dict[str, str]:
    """The environment of Java, which decodes file names in the locale's encoding."""
    return os.environ | {"LC_ALL": "C.UTF-8"}


def make_archive(installation: KafkaInstallation, say: Say = lambda _: None) -> None:
    """Record once which classes a node loads, so that later starts take half the time.

    The archive is optional: if it cannot be created, nodes start without it.
    """
    with alone(installation.archive.parent):
        if installation.archive.exists():
            return
        say("preparing Kafka for a fast start (once)")
        with tempfile.TemporaryDirectory(dir=installation.archive.parent) as scratch:
            recorded = Path(scratch) / "classes.jsa"
            node = KafkaNode(installation, Path(scratch) / "node")
            try:
                node.start(record=recorded)
                node.wait_until_ready()
            finally:
                node.stop(timeout_s=READY_TIMEOUT_S)
            if recorded.exists():
                recorded.rename(installation.archive)
