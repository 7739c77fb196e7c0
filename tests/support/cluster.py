"""Three Kafka nodes on this machine, whose connections to clients can be cut."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pageheat.kafka.installation import KafkaInstallation
from pageheat.kafka.node import KafkaNode, Seat, new_cluster
from pageheat.kafka.ports import ADDRESS, free_port
from pageheat.services.contract.topics import read_specs
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.topic_admin import create_missing
from tests.support.system import until

T = TypeVar("T")

NODES = 3

REPLICATED = {
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "min.insync.replicas": "2",
    # Detect a killed node soon, as tests wait for that.
    "broker.session.timeout.ms": "6000",
    "broker.heartbeat.interval.ms": "1000",
    "controller.quorum.election.timeout.ms": "500",
    "controller.quorum.fetch.timeout.ms": "1000",
    "replica.lag.time.max.ms": "5000",
}


class Wire:
    """A TCP forwarder from its own port to another, in a thread; when cut, it drops every connection."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._is_cut = False
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._forward, ADDRESS, 0))
        self.port = int(self._server.sockets[0].getsockname()[1])

    def cut(self) -> None:
        self._is_cut = True
        self._loop.call_soon_threadsafe(self._drop)

    def mend(self) -> None:
        self._is_cut = False

    def close(self) -> None:
        self._server.close()
        self.cut()
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    def _drop(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _end(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not self._is_cut:
                far_reader, far_writer = await asyncio.open_connection(ADDRESS, self._target)
                self._open |= {writer, far_writer}
                try:
                    await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
                finally:
                    self._open -= {writer, far_writer}
                    far_writer.transport.abort()
        except OSError:
            pass  # the target does not listen
        finally:
            writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


class Nodes:
    """Nodes that replicate each topic three times, and the wires through which clients reach them."""

    def __init__(self, installation: KafkaInstallation, folder: Path) -> None:
        ports = [free_port() for _ in range(2 * NODES)]
        brokers, controllers = ports[:NODES], ports[NODES:]
        voters = ",".join(f"{i + 1}@{ADDRESS}:{port}" for i, port in enumerate(controllers))
        cluster = new_cluster()
        self.wires = [Wire(port) for port in brokers]
        self.nodes = [
            KafkaNode(
                installation,
                folder / f"node-{i + 1}",
                port=brokers[i],
                seat=Seat(
                    cluster, i + 1, controllers[i], voters, f"{ADDRESS}:{self.wires[i].port}", REPLICATED
                ),
            )
            for i in range(NODES)
        ]

    @property
    def broker(self) -> str:
        """Bootstrap servers, through the wires."""
        return ",".join(f"{ADDRESS}:{wire.port}" for wire in self.wires)

    def start(self) -> None:
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            node.wait_until_ready()
        admin = Admin(Cluster(self.broker))
        until(lambda: len(admin.list_topics(timeout=10).brokers) == NODES, lambda: "the nodes do not connect")
        create_missing(admin, read_specs(), replication=NODES)

    def stop(self) -> None:
        for node in self.nodes:
            node.terminate()
        for node in self.nodes:
            node.stop()
        for wire in self.wires:
            wire.close()


@contextlib.contextmanager
def cluster(installation: KafkaInstallation, folder: Path) -> Iterator[Nodes]:
    """Run a cluster with the topics of topics.yaml."""
    nodes = Nodes(installation, folder)
    try:
        nodes.start()
        yield nodes
    finally:
        nodes.stop()
