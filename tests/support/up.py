"""`pageheat up` as a user runs it, in a folder of its own and on its own ports."""

import os
import subprocess
import sys
from pathlib import Path

from pageheat.kafka.ports import free_port
from pageheat.processes import read_processes

ROOT = Path(__file__).parents[2]

LONGEST_END_S = 40
"""For all processes together, on a busy machine."""


class Up:
    """A `pageheat up` in `folder`; `process` is the process that was started."""

    process: subprocess.Popen[str]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.command = [sys.executable, "-m", "pageheat", "up"]
        self.ports = {spec.port: free_port() for spec in read_processes().values() if spec.port}
        self.environment = (
            os.environ | {"PYTHONPATH": str(ROOT)} | {name: str(port) for name, port in self.ports.items()}
        )

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def doctor(self) -> subprocess.CompletedProcess[str]:
        """What `pageheat doctor` finds."""
        return subprocess.run(
            [sys.executable, "-m", "pageheat", "doctor", "--seconds", "1"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
        )

    def read_until(self, text: str) -> str:
        """The lines it prints, up to the one that contains `text`."""
        assert self.process.stdout
        said = ""
        for line in self.process.stdout:
            said += line
            if text in line:
                return said
        raise AssertionError(f"it ended without saying {text!r}:\n{said}")

    def children(self) -> dict[str, int]:
        """The id of each process that it runs, by name."""
        found = {}
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                parent = status.read_text().partition("PPid:")[2].split()[0]
                command = (status.parent / "cmdline").read_text().rstrip("\0").split("\0")
            except (OSError, IndexError):
                continue  # it has ended in the meantime
            if parent == str(self.process.pid):
                found["kafka" if "kafka.Kafka" in command else command[-1]] = int(status.parent.name)
        return found
