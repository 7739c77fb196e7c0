"""Services as a supervisor runs them: each is started again when it has ended."""

from collections.abc import Iterable
from typing import Self

from tests.support.system import SERVICES, Instance, System, until


class Supervised:
    """One instance of each of these services."""

    def __init__(self, system: System, services: Iterable[str] = SERVICES) -> None:
        self._system = system
        self._instances = {service: self._start(service) for service in services}

    def _start(self, service: str) -> Instance:
        return self._system.start(service, GROUP_INSTANCE_ID="only")

    def __getitem__(self, service: str) -> Instance:
        return self._instances[service]

    def wait_until_ready(self) -> Self:
        until(self.are_ready, self.describe)
        return self

    def are_ready(self) -> bool:
        """Whether all are, after those that have ended were started again."""
        self.revive()
        return all(instance.health() == "ok" for instance in self._instances.values())

    def revive(self) -> None:
        """Start again what has ended."""
        for service, instance in self._instances.items():
            if instance.ended:
                self._instances[service] = self._start(service)

    def kill(self, service: str) -> None:
        """Kill it with SIGKILL, and start its successor."""
        self._instances[service].kill()
        self._instances[service] = self._start(service)

    def join(self, service: str) -> Instance:
        """One more instance, which is not started again."""
        return self._system.start(service, GROUP_INSTANCE_ID="further").wait_until_healthy()

    def describe(self) -> str:
        return "\n".join(instance.describe() for instance in self._instances.values())
