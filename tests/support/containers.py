"""The compose file as a user runs it, with its own project name and ports."""

import os
import subprocess
from pathlib import Path

from pageheat.kafka.ports import free_port
from pageheat.processes import read_processes

ROOT = Path(__file__).parents[2]
READY_TIMEOUT_S = 120

MAX_SOCKETS = 50

OF_TESTS = {
    # Low enough for a test to exceed them.
    "ADDRESS_FRAMES_PER_S": "500",
    "MAX_SOCKETS": str(MAX_SOCKETS),
    # Replicas that shared it would shut each other out.
    "GROUP_INSTANCE_ID": "of-a-host",
}

METRICS = """
import sys, urllib.request
print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/_pageheat/metrics").read().decode())
"""


class Containers:
    """One project of containers."""

    def __init__(self) -> None:
        ports = {spec.port: free_port() for spec in read_processes().values() if spec.port}
        self.ports = {name: ports[spec.port] for name, spec in read_processes().items() if spec.port}
        self._environment = (
            os.environ
            | OF_TESTS
            | {"COMPOSE_PROJECT_NAME": f"pageheat-smoke-{os.getpid()}"}
            | {name: str(port) for name, port in ports.items()}
        )

    def address(self, service: str) -> str:
        """Return a service's address for users."""
        return f"127.0.0.1:{self.ports[service]}"

    def compose(self, *arguments: str) -> str:
        """Run docker compose; return its output."""
        # Ignore the checkout's .env.
        return self._run("docker", "compose", "--env-file", os.devnull, *arguments)

    def up(self, **replicas: int) -> None:
        """Start what is not running yet, with that many replicas, and wait until all are ready."""
        scales = [f"--scale={name}={count}" for name, count in replicas.items()]
        self.compose(
            "up", "--detach", "--no-recreate", *scales, "--wait", f"--wait-timeout={READY_TIMEOUT_S}"
        )

    def kill(self, container: str) -> None:
        """Send SIGKILL to a container, by its id; it is not restarted."""
        self._run("docker", "kill", container)

    def ids(self, service: str) -> list[str]:
        """Return the running containers of a service."""
        return self.compose("ps", "--quiet", service).split()

    def metric(self, service: str, index: int, name: str) -> float:
        """Read a metric of one container of a service."""
        text = self.python(service, index, METRICS, str(self.ports[service]))
        return float(next(line for line in text.splitlines() if line.startswith(f"{name} ")).split()[1])

    def python(self, service: str, index: int, program: str, *arguments: str) -> str:
        """Run a program in one container of a service; return its output."""
        return self.compose("exec", "-T", f"--index={index}", service, "python", "-c", program, *arguments)

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout
