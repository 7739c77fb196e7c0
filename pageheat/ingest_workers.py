"""Several processes of ingest on one port, INGEST_WORKERS of them, and their parent.

The parent serves nothing. It starts the workers, restarts one that ends as `pageheat up` restarts a process,
ends itself if one ends again and again, and stops all at SIGTERM. A worker ends with its parent.
"""

import logging
import os
import sys
from collections.abc import Sequence

import msgspec

from pageheat.members import Process
from pageheat.services.runtime.settings import IngestSettings
from pageheat.services.runtime.web import OPERATIONAL
from pageheat.services.runtime.workers import INNER_ADDRESS, VARIABLE, Place, Shared
from pageheat.stop_signals import stop_signals
from pageheat.supervisor import MemberFailed, Supervisor

log = logging.getLogger(__name__)


class Told:
    """Logs what happens."""

    def ready(self, name: str, took_s: float) -> None:
        """A worker has become ready."""
        log.info("%s is ready after %.1f s", name, took_s)

    def waiting(self, names: Sequence[str]) -> None:
        """Nothing is said of these."""

    def ended(self, name: str, code: int, cause: str | None, *, waits: bool) -> None:
        """A worker has ended by itself."""
        log.error("%s ended with code %d; started again", name, code)

    def left_out(self, name: str, reason: str) -> None:
        """No worker is optional."""


def run(settings: IngestSettings) -> None:
    """Run the workers until SIGTERM or SIGINT.

    Raises:
        PortTaken, NotOurAddress: see `listen`.
        MemberFailed: a worker did not become ready, ends repeatedly, or lost frames when it was stopped.
    """
    shared = Shared(settings.bind_address, settings.ingest_port, settings.ingest_workers)
    workers = [_worker(place, shared.inner_port(place.number)) for place in shared.places()]
    supervisor = Supervisor(workers, Told())
    with stop_signals() as stopping:
        try:
            supervisor.run(until=lambda _: bool(stopping))
        finally:
            shared.close()
            supervisor.stop()
    for worker in workers:
        if code := worker.exit_code():
            raise MemberFailed(
                f"{worker.name} ended with code {code} when it was stopped. {worker.log_tail()}"
            )


def inherited_place() -> Place | None:
    """The place of this process among the workers; None if it is not one."""
    told = os.environ.pop(VARIABLE, None)
    return None if told is None else msgspec.json.decode(told, type=Place)


def _worker(place: Place, port: int) -> Process:
    return Process(
        f"worker {place.number}",
        (),
        None,
        [sys.executable, "-m", "pageheat", "ingest"],
        os.environ | {VARIABLE: msgspec.json.encode(place).decode()},
        (INNER_ADDRESS, port),
        OPERATIONAL[1],
        files=(place.listener, place.inner),
    )
