"""The services as real processes on free ports, with a real Kafka, for tests that break them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Protocol, Self, TypeVar

from pageheat.kafka.ports import free_port
from pageheat.parent import ending_with_parent

START_TIMEOUT_S = 60
"""From the start of a process to its first "ok", on a busy machine."""

T = TypeVar("T")

SERVICES = ("ingest", "group_by", "aggregator", "broadcaster")


class Instance:
    """A running process of a service, which ends when we end, even if we are killed."""

    def __init__(self, service: str, port: int, env: dict[str, str], log: Path) -> None:
        self.service = service
        self.port = port
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                ending_with_parent([sys.executable, "-m", "pageheat", service]),
                env=env,
                cwd=log.parent,
                stdout=output,
                stderr=output,
            )

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def health(self) -> str:
        """Return its answer about readiness, "" if it does not answer."""
        try:
            try:
                answer = urllib.request.urlopen(f"http://{self.address}/_pageheat/ready", timeout=5)
            except urllib.error.HTTPError as unready:
                answer = unready
            with answer:
                return str(answer.read().decode().strip())
        except (OSError, HTTPException):  # also if it ends while it answers
            return ""

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until_healthy(self) -> Self:
        until(lambda: self.health() == "ok" or self.ended, self.describe)
        assert not self.ended, self.describe()
        return self

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def describe(self) -> str:
        return f"{self.service} answers '{self.health()}'; its log:\n{self.log()}"

    def log(self) -> str:
        return self._log.read_text()

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """Send SIGKILL, so it cannot shut down cleanly."""
        self._process.kill()
        self._process.wait()

    def wait_until_ended(self) -> int:
        return self._process.wait(START_TIMEOUT_S)

    def stop(self) -> int:
        """Send SIGTERM; return its exit code."""
        if not self.ended:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
        try:
            return self._process.wait(START_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            description = self.describe()
            self.kill()
            raise AssertionError(f"{self.service} does not stop: {description}") from None


class Kafka(Protocol):
    """A Kafka of one node, or several."""

    @property
    def broker(self) -> str:
        """Bootstrap servers."""


OF_TESTS = {
    "COUNT_ROBOTS": "true",  # the tests' browsers report that a program steers them
    "SESSION_FRAMES_PER_S": "0",  # few visitors send as much as many would
}
"""Default settings of tests."""


class System:
    """Services on one Kafka; more instances can be started at any time. `stop` stops all."""

    def __init__(self, kafka: Kafka, folder: Path, **settings: str) -> None:
        self.kafka = kafka
        self._folder = folder
        self._env = {**os.environ, "TMPDIR": str(folder), "KAFKA_BROKER": kafka.broker}
        self._known = {
            "HEATMAP_PORT": str(free_port())
        }  # to the broadcaster, which admits the front end's pages
        self._env |= OF_TESTS | self._known | settings
        self._instances: list[Instance] = []

    def start(self, service: str, **settings: str) -> Instance:
        """Start an instance of a service, on a free port unless the settings name one."""
        name = f"{service.upper()}_PORT"
        port = int((self._known | settings).get(name) or free_port())
        env = {**self._env, f"{service.upper()}_PORT": str(port), **settings}
        log = self._folder / f"{service}-{len(self._instances)}.log"
        instance = Instance(service, port, env, log)
        self._instances.append(instance)
        return instance

    def start_all(self, **settings: str) -> dict[str, Instance]:
        """Start one instance of each service, and wait until all are healthy."""
        started = {service: self.start(service, **settings) for service in SERVICES}
        for instance in started.values():
            instance.wait_until_healthy()
        return started

    def stop(self) -> None:
        with contextlib.ExitStack() as stopping:
            for instance in self._instances:
                stopping.callback(instance.stop)


@contextlib.contextmanager
def running(kafka: Kafka, folder: Path, **settings: str) -> Iterator[System]:
    """Run a system and stop it at the end."""
    system = System(kafka, folder, **settings)
    try:
        yield system
    finally:
        system.stop()


def until(condition: Callable[[], T], describe: Callable[[], str]) -> T:
    """Wait for a condition, at most START_TIMEOUT_S, and return its value; fail with `describe`'s text."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {START_TIMEOUT_S} s: {describe()}")
        time.sleep(0.02)
    return result
