"""Asks a running system: each process over HTTP, twice, and Kafka."""

import http.client
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from pageheat.broker import KafkaAway, require_kafka
from pageheat.diagnosis.readings import NOTHING, Process, Samples, System
from pageheat.processes import read_processes
from pageheat.services.contract.topics import WrongTopics, read_specs
from pageheat.services.runtime.kafka_clients import Admin
from pageheat.services.runtime.settings import AllSettings
from pageheat.services.runtime.topic_admin import KAFKA_TIMEOUT_S, compare

TIMEOUT_S = 5
"""Of a request: a busy process answers within a second or two."""

MAX_PROCESSES = 200
"""Threads that ask: far more processes than partitions make sense."""

NOT_ASKED = ("kafka", "topics", "demo")
"""Entries of the table that have no metrics of ours, or that nobody needs."""

OF_SETTINGS = ("KAFKA_REPLICATION", "MAX_SOCKETS")
"""Settings that checks compare with."""


class Place(NamedTuple):
    """A process to ask, or why its name has no address."""

    name: str
    host: str
    port: int
    unknown: str = ""

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Answer(NamedTuple):
    """What a process answered to one request."""

    status: int
    text: str
    date: str


def places(settings: AllSettings, hosts: str) -> list[Place]:
    """Where the processes are: each address of `hosts`, in which `{}` is the process's name."""
    return [
        place
        for name, spec in read_processes().items()
        if name not in NOT_ASKED
        for place in _addresses(name, hosts, spec.port_in(settings))
    ]


def gather(settings: AllSettings, where: Iterable[Place], seconds: float) -> System:
    """Ask all, wait, and ask again."""
    asked = list(where)
    with ThreadPoolExecutor(max_workers=min(MAX_PROCESSES, len(asked) + 1)) as threads:
        kafka = threads.submit(_kafka, settings)
        first = list(threads.map(_look, asked))
        time.sleep(seconds)
        second = list(threads.map(_look, asked))
        trouble, brokers, topics = kafka.result()
    processes = [
        replace(later, before=earlier.after, seconds=seconds) if not earlier.down else later
        for earlier, later in zip(first, second, strict=True)
    ]
    chosen = settings.model_dump(include={name.lower() for name in OF_SETTINGS})
    return System(
        processes, trouble, brokers, topics, {name.upper(): value for name, value in chosen.items()}
    )


def _addresses(name: str, hosts: str, port: int) -> Iterator[Place]:
    """The places of a process; a name with `_` may have `-` instead, as it must in Kubernetes."""
    names = dict.fromkeys(hosts.replace("{}", spelt) for spelt in (name, name.replace("_", "-")))
    reason = ""
    for host in names:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            reason = reason or f"the host name {host} is unknown ({error.strerror})"
            continue
        for address in sorted({str(each[4][0]) for each in found}):
            yield Place(name, address, port)
        return
    yield Place(name, next(iter(names)), port, reason)


def _look(place: Place) -> Process:
    """One look at a process."""
    if place.unknown:
        return Process(place.name, str(place), down=place.unknown)
    try:
        asked_s = time.time()
        alive, ready = _get(place, "/healthz"), _get(place, "/_pageheat/ready")
        metrics = _get(place, "/_pageheat/metrics")
        samples = Samples.parse(metrics.text)
    except (OSError, http.client.HTTPException) as error:
        return Process(
            place.name,
            str(place),
            down=getattr(error, "strerror", None) or str(error) or type(error).__name__,
        )
    except ValueError:
        return Process(place.name, str(place), down="what answers there is not Pageheat")
    return Process(
        place.name,
        str(place),
        dead=alive.text if alive.status != 200 else "",
        unready=ready.text if ready.status != 200 else "",
        before=NOTHING,
        after=samples,
        clock_ahead_s=_ahead_s(alive.date, asked_s),
    )


def _get(place: Place, path: str) -> Answer:
    connection = http.client.HTTPConnection(place.host, place.port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace").strip()
        return Answer(answer.status, text, answer.headers.get("Date", ""))
    finally:
        connection.close()


def _ahead_s(date: str, asked_s: float) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() - int(asked_s)
    except ValueError:
        return None


def _kafka(settings: AllSettings) -> tuple[str, int, Mapping[str, list[str]]]:
    """Why Kafka does not answer, how many brokers it has, and its topics' differences."""
    try:
        require_kafka(settings.kafka)
        admin = Admin(settings.kafka)
        brokers = len(admin.list_topics(timeout=KAFKA_TIMEOUT_S).brokers)
        return "", brokers, compare(admin, read_specs(), settings.kafka_replication).differences
    except (KafkaAway, WrongTopics) as error:
        return str(error), 0, {}
