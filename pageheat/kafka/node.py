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
from pageheat.log_tail import log_tail
from pageheat.parent import ending_with_parent
from pageheat.services.contract.errors import PageheatError
from pageheat.services.runtime.kafka_clients import Admin

ADDRESS = "127.0.0.1"
"""Kafka here asks nobody for a password, so only this machine may reach it."""

READY_TIMEOUT_S = 60
"""From the start to the first answer: 2 s on an idle machine, ten times that on a busy one."""

STOP_TIMEOUT_S = 20
"""From SIGTERM to the end: 1 s, more when much is still to be written."""

FORMAT_TIMEOUT_S = 60
"""0.6 s on an idle machine."""

PROPERTIES_FILE = "server.properties"

PROPERTIES = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # A topic is made from topics.yaml or not at all.
    "auto.create.topics.enable": "false",
    # Groups of one or two members join at once.
    "group.initial.rebalance.delay.ms": "0",
    # Kafka's own topics on a single node; 50 partitions of offsets are for hundreds of groups.
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # The cleaner takes its table of keys from the heap at once: 128 MB by default, half of ours.
    "log.cleaner.dedupe.buffer.size": "16777216",
}


@dataclass(frozen=True)
class Seat:
    """A node's place in a cluster of several.

    `voters` are all controllers, as `controller.quorum.voters` takes them; `advertised` is what the node
    tells clients to connect to, host:port; `properties` go over ours.
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
    """A node whose data stays in `folder`: a node started there again has it back.

    As a context manager it is started and ready inside, and stopped after. Start it from the main
    thread: it does not outlive the thread (see `pageheat.parent`).
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
        """Its process, or None when it was not started or has been stopped."""
        return self._process.pid if self._process else None

    @property
    def data(self) -> Path:
        """Where its topics are: a folder for each partition."""
        return self._folder / "data"

    def start(self, record: Path | None = None) -> None:
        """Format the folder if it is new and start the process; `wait_until_ready` follows.

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
                # Ctrl-C in a terminal goes to all in the foreground; Kafka is stopped last, by us.
                start_new_session=True,
            )

    def wait_until_ready(self, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Return when a client is told of a broker of this node.

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
        """Whether a client is told of a broker of this node."""
        try:
            socket.create_connection((ADDRESS, self.port), timeout=1).close()
        except OSError:
            return False
        client = Admin(self.broker)
        try:
            found = client.list_topics(timeout=1)
        except KafkaException:
            return False
        # On a port that is taken it may be another node that answers.
        return bool(found.brokers) and found.cluster_id == self._cluster()

    def exit_code(self, within_s: float = 0) -> int | None:
        """Wait up to `within_s` for the process to end; its code, or None while it runs."""
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
        """SIGKILL; `start` brings it back."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Stop it cleanly; what does not end in time is killed."""
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
        """The node's settings; alone, its controller has another port at each start."""
        seat = self._seat or seat_alone(self.broker)
        properties: Mapping[str, str] = (
            PROPERTIES
            | {
                "node.id": str(seat.node_id),
                "controller.quorum.voters": seat.voters,
                "listeners": f"PLAINTEXT://{self.broker},CONTROLLER://{ADDRESS}:{seat.controller_port}",
                "advertised.listeners": f"PLAINTEXT://{seat.advertised}",
                # Seen from the folder, where Kafka runs: a path of any letters will do.
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
        """The id of the cluster that the folder holds."""
        lines = (self.data / "meta.properties").read_text().splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith("cluster.id="))


def new_cluster() -> str:
    """An id for a new cluster."""
    return urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def seat_alone(broker: str) -> Seat:
    """The seat of a node that is a cluster by itself."""
    controller = free_port()
    return Seat(new_cluster(), 1, controller, f"1@{ADDRESS}:{controller}", broker, {})


def environment() -> dict[str, str]:
    """Of Java, which takes the names of files to be in the locale's letters."""
    return os.environ | {"LC_ALL": "C.UTF-8"}


def free_port() -> int:
    """A TCP port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


def make_archive(installation: KafkaInstallation, say: Say = lambda _: None) -> None:
    """Record the classes that a node loads, so that later starts take half the time; once.

    Without an archive nodes start all the same: one that cannot be made is done without.
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
