"""What a supervisor runs: our processes, a Kafka node, and steps that run once."""

import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from pageheat import health
from pageheat.kafka.node import KafkaNode
from pageheat.log_tail import cause_in, log_tail
from pageheat.parent import ending_with_parent

STOP_TIMEOUT_S = 10
"""From SIGTERM to SIGKILL: a process closes its connections within 3 s, and flushes to Kafka."""


class Member(ABC):
    """Something that starts, becomes ready, may end by itself, and is stopped.

    `after` names the members that must be ready before it starts. Without an `optional` one, all others work.
    """

    optional = False

    def __init__(self, name: str, after: tuple[str, ...] = (), log_file: Path | None = None) -> None:
        self.name = name
        self.after = after
        self.log_file = log_file
        self._log_start = 0

    @abstractmethod
    def start(self) -> None:
        """Start it, and return without waiting until it is ready."""

    def starts(self) -> None:
        """It is about to be started: what its log has until now is of earlier."""
        self._log_start = self.log_file.stat().st_size if self.log_file and self.log_file.exists() else 0

    def cause(self) -> str | None:
        """Why it ended, if its log since the start names a cause that people can mend; else None."""
        return cause_in(self.log_file, self._log_start) if self.log_file else None

    @abstractmethod
    def why_unready(self) -> str | None:
        """Why it is not ready, or None if it is."""

    @abstractmethod
    def exit_code(self) -> int | None:
        """Its exit code, or None while it runs."""

    @abstractmethod
    def terminate(self) -> None:
        """Ask it to end."""

    @abstractmethod
    def wait(self) -> None:
        """After `terminate`, return when it has ended; kill it after a timeout."""

    def log_tail(self) -> str:
        """The name and the last lines of its log; where to look if it has none of its own."""
        return log_tail(self.log_file) if self.log_file else "Its last lines above say why."


class Step(Member):
    """Work that runs once, inside `start`."""

    def __init__(self, name: str, after: tuple[str, ...], work: Callable[[], object]) -> None:
        super().__init__(name, after)
        self._work = work

    def start(self) -> None:
        """Do the work."""
        self._work()

    def why_unready(self) -> str | None:
        """It is ready once `start` has returned."""
        return None

    def exit_code(self) -> int | None:
        """None: it has no process that could end."""
        return None

    def terminate(self) -> None:
        """Nothing runs."""

    def wait(self) -> None:
        """Nothing runs."""


class Process(Member):
    """A process that answers `GET ready_path` with its readiness.

    Its output goes to `log_file`; None: to where ours goes. It inherits the file descriptors `files`.
    """

    def __init__(
        self,
        name: str,
        after: tuple[str, ...],
        log_file: Path | None,
        command: list[str],
        environment: Mapping[str, str],
        address: tuple[str, int],
        ready_path: str,
        files: Sequence[int] = (),
        *,
        optional: bool = False,
    ) -> None:
        super().__init__(name, after, log_file)
        self.optional = optional
        self._command = command
        self._environment = environment
        self._address = address
        self._ready_path = ready_path
        self._files = files
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process. It ends with this one, and gets no signals from the terminal."""
        with self.log_file.open("ab") if self.log_file else nullcontext() as log:
            self._process = subprocess.Popen(
                ending_with_parent(self._command),
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT if log else None,
                start_new_session=True,
                pass_fds=self._files,
            )

    def why_unready(self) -> str | None:
        """Ask its ready path."""
        return health.why_unready(*self._address, self._ready_path)

    def exit_code(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._process.poll() if self._process else None

    def terminate(self) -> None:
        """Send SIGTERM."""
        if self._process:
            self._process.terminate()

    def wait(self) -> None:
        """Wait up to STOP_TIMEOUT_S, then kill it."""
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
        """Ask it through a Kafka client."""
        return None if self._node.answers() else "no answer"

    def exit_code(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._node.exit_code()

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._node.terminate()

    def wait(self) -> None:
        """Stop the node."""
        self._node.stop()
