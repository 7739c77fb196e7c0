"""Several processes on one port: each has connections of its own, and the port answers for all of them.

The parent opens the sockets and keeps them. On Linux each worker has a listening socket of its own on the
port (SO_REUSEPORT), and the kernel spreads connections over these by the addresses of both ends; elsewhere
all have the same one, and whoever is idle takes a connection. Connections that come while a worker restarts
wait for it.

The kernel gives a question about the port to any worker. That one asks each, itself too, at an *inner port*
on 127.0.0.1, and answers for all: `Colleagues`.
"""

import asyncio
import re
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import NamedTuple, Self

import msgspec
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from pageheat.services.runtime.listening import listen

INNER_ADDRESS = "127.0.0.1"

ANSWER_S = 1.5
"""Timeout for a worker's answer, below the 2 s that `pageheat up` and compose wait for the port's."""

VARIABLE = "PAGEHEAT_WORKER"
"""Environment variable by which a worker learns its place, as JSON. It is no setting."""

_FAMILY = re.compile(r"^(# HELP .*\n# TYPE .*\n)", re.MULTILINE)


class Place(msgspec.Struct, frozen=True):
    """What a worker inherits: its number, from 1; its two sockets, as file descriptors; all inner ports."""

    number: int
    listener: int
    inner: int
    ports: tuple[int, ...]

    def sockets(self) -> list[socket.socket]:
        """The listening sockets: the port's and the inner port's."""
        return [socket.socket(fileno=number) for number in (self.listener, self.inner)]


class Shared:
    """The listening sockets of all workers of a port.

    Raises:
        PortTaken, NotOurAddress: see `listen`.
    """

    def __init__(self, address: str, port: int, workers: int) -> None:
        # without SO_REUSEPORT, or workers of another Pageheat would be joined
        first = listen(address, port)
        if sys.platform == "linux":
            first.close()
            self._listeners = [listen(address, port, is_shared=True) for _ in range(workers)]
        else:
            self._listeners = [first] * workers
        self._inner = [listen(INNER_ADDRESS, 0) for _ in range(workers)]
        self._ports = tuple(int(each.getsockname()[1]) for each in self._inner)

    def places(self) -> Iterator[Place]:
        """The place of each worker."""
        pairs = zip(self._listeners, self._inner, strict=True)
        for number, (listener, inner) in enumerate(pairs, 1):
            yield Place(number, listener.fileno(), inner.fileno(), self._ports)

    def inner_port(self, number: int) -> int:
        """The inner port of a worker."""
        return self._ports[number - 1]

    def close(self) -> None:
        """Leave the sockets to the workers; what connects when these have closed theirs is refused."""
        for each in (*self._listeners, *self._inner):
            each.close()


class Answer(NamedTuple):
    """A worker's answer; its status is 503 if it gave none."""

    status: int
    text: str


Endpoint = Callable[[Request], Awaitable[Response]]


class Colleagues:
    """All workers of a port, as one of them sees them; it has the number `number`."""

    def __init__(self, number: int, ports: Sequence[int]) -> None:
        self.number = number
        self._ports = ports

    @classmethod
    def of(cls, place: Place) -> Self:
        """Those of the worker at a place."""
        return cls(place.number, place.ports)

    def endpoint(self, own: Endpoint, merged: Callable[[Sequence[Answer]], Response]) -> Endpoint:
        """An endpoint that merges the answers of all workers; `own` is this one's."""

        async def answer(request: Request) -> Response:
            return await own(request) if self.is_asked_alone(request) else merged(await self.ask(request))

        return answer

    def is_asked_alone(self, request: Request) -> bool:
        """Whether a request came by the inner port, so is for this worker only."""
        server = request.scope.get("server") or ("", 0)
        return bool(server[1] == self._ports[self.number - 1])

    async def ask(self, request: Request) -> list[Answer]:
        """The answer of each worker to this request, without its headers but `Host`, in their order."""
        return [*await asyncio.gather(*(_ask(port, request) for port in self._ports))]


async def _ask(port: int, request: Request) -> Answer:
    query, host = request.scope["query_string"].decode("latin-1"), request.headers.get("host", INNER_ADDRESS)
    head = f"GET {request.scope['path']}?{query} HTTP/1.0\r\nHost: {host}\r\n\r\n"
    try:
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_connection(INNER_ADDRESS, port)
            try:
                writer.write(head.encode("latin-1"))
                answer = await reader.read()
            finally:
                writer.close()
    except OSError:  # TimeoutError is one
        return Answer(503, "it does not answer\n")
    status, _, text = answer.decode().partition("\r\n\r\n")
    return Answer(int(status.split()[1]), text) if text else Answer(503, "it has closed the connection\n")


def first_trouble(answers: Sequence[Answer]) -> Response:
    """200 if each worker answered so, else 503 and the first reason, as plain text."""
    for number, answer in enumerate(answers, 1):
        if answer.status != 200:
            text = f"worker {number}: {answer.text}"
            return Response(text, 503, media_type="text/plain")
    return Response(answers[0].text, media_type="text/plain")


def joined_metrics(answers: Sequence[Answer]) -> str:
    """The metrics of all workers that answered, in Prometheus' text format, each metric with one head."""
    families: dict[str, list[str]] = {}
    for answer in answers:
        if answer.status == 200:
            _, *parts = _FAMILY.split(answer.text)
            for head, samples in zip(parts[::2], parts[1::2], strict=True):
                families.setdefault(head, []).append(samples)
    return "".join(head + "".join(samples) for head, samples in families.items())


class OfWorker(Collector):
    """A registry's metrics with the label `worker`: as each worker's begin at 0 when it restarts, only apart
    are counters what Prometheus takes them for. `sum` adds them up."""

    def __init__(self, registry: CollectorRegistry, number: int) -> None:
        self._registry = registry
        self._label = {"worker": str(number)}

    def collect(self) -> Iterator[Metric]:
        """The metrics."""
        for metric in self._registry.collect():
            labelled = Metric(metric.name, metric.documentation, metric.type, metric.unit)
            labelled.samples = [
                sample._replace(labels=sample.labels | self._label) for sample in metric.samples
            ]
            yield labelled
