"""What a supervisor runs: a process of ours, a Kafka node, and a step that is done once."""

import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path

from pageheat import health
from pageheat.kafka.node import KafkaNode
from pageheat.log_tail import log_tail
from pageheat.parent import ending_with_parent

STOP_TIMEOUT_S = 10
"""From SIGTERM to SIGKILL: connections are closed within 3 s, and what Kafka takes is flushed."""


class Member(ABC):
    """Something that is started, gets ready, may end by itself, and is stopped.

    `after` names the members that have to be ready before its start.
    """

    def __init__(self, name: str, after: tuple[str, ...] = (), log_file: Path | None = None) -> None:
        self.name = name
        self.after = after
        self.log_file = log_file

    @abstractmethod
    def start(self) -> None:
        """Start it; returns soon."""

    @abstractmethod
    def why_unready(self) -> str | None:
        """Why it is not ready, or None when it is."""

    @abstractmethod
    def exit_code(self) -> int | None:
        """The code with which it ended, or None while it runs."""

    @abstractmethod
    def terminate(self) -> None:
        """Ask it to end."""

    @abstractmethod
    def wait(self) -> None:
        """Return when it has ended, after `terminate`; what does not within its time is killed."""

    def log_tail(self) -> str:
        """The last lines of its log, led in by the log's name; "" without one."""
        return log_tail(self.log_file) if self.log_file else ""


class Step(Member):
    """Work that is done once, inside `start`."""

    def __init__(self, name: str, after: tuple[str, ...], work: Callable[[], object]) -> None:
        super().__init__(name, after)
        self._work = work

    def start(self) -> None:
        """Do the work."""
        self._work()

    def why_unready(self) -> str | None:
        """It is done."""
        return None

    def exit_code(self) -> int | None:
        """It does not end, as it does not run."""
        return None

    def terminate(self) -> None:
        """Nothing runs."""

    def wait(self) -> None:
        """Nothing runs."""


class Process(Member):
    """A process that says by `GET ready_path` whether it can do its work; its output goes to `log_file`."""

    def __init__(
        self,
        name: str,
        after: tuple[str, ...],
        log_file: Path,
        command: list[str],
        environment: Mapping[str, str],
        address: tuple[str, int],
        ready_path: str,
    ) -> None:
        super().__init__(name, after, log_file)
        self._command = command
        self._environment = environment
        self._address = address
        self._ready_path = ready_path
        self._log_file = log_file
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process, on this one's leash and out of the terminal's reach."""
        with self._log_file.open("ab") as log:
            self._process = subprocess.Popen(
                ending_with_parent(self._command),
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def why_unready(self) -> str | None:
        """Ask whether it is ready."""
        return health.why_unready(*self._address, self._ready_path)

    def exit_code(self) -> int | None:
        """The code with which it ended."""
        return self._process.poll() if self._process else None

    def terminate(self) -> None:
        """Send SIGTERM."""
        if self._process:
            self._process.terminate()

    def wait(self) -> None:
        """Give it STOP_TIMEOUT_S."""
        if self._process:
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


class Kafka(Member):
    """A Kafka node."""

    def __init__(self, name: str, node: KafkaNode) -> None:
        super().__init__(name, log_file=node.log_file)
        self._node = node

    def start(self) -> None:
        """Start the node."""
        self._node.start()

    def why_unready(self) -> str | None:
        """Ask it by a client."""
        return None if self._node.answers() else "no answer"

    def exit_code(self) -> int | None:
        """The code with which it ended."""
        return self._node.exit_code()

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._node.terminate()

    def wait(self) -> None:
        """Give it the time that it needs."""
        self._node.stop()
