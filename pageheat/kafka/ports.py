"""TCP ports of 127.0.0.1 for servers that are about to start."""

import fcntl
import os
import secrets
import socket
import tempfile
from pathlib import Path

ADDRESS = "127.0.0.1"
"""Kafka on this machine has no authentication, so it listens on this machine only."""

PORTS = range(20_000, 32_768)
"""Below those that Linux, macOS and Windows give to outgoing connections, which would take a free one before
its server does, and above most well-known ones."""

LAST = f"pageheat-ports-{os.getuid()}"
"""The file in the folder for temporary files that holds the port that was given last."""


def free_port(last: Path | None = None) -> int:
    """Return a port that is free, and that no other caller on this machine was given recently.

    Ports are given in turn, by a file (`last`) that all processes of this user share: two processes that ask
    at the same time, and start their servers seconds later, get different ones.

    Raises OSError if no port is free.
    """
    shared = os.open(last or Path(tempfile.gettempdir()) / LAST, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(shared, "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        text = file.read()
        # A random first one, as another user's processes take ports in turn, too.
        first = (int(text) if text.isdigit() else secrets.choice(PORTS)) - PORTS.start + 1
        for turn in range(len(PORTS)):
            port = PORTS[(first + turn) % len(PORTS)]
            if _is_free(port):
                file.seek(0)
                file.truncate()
                file.write(str(port))
                return port
    raise OSError(f"no port of {PORTS.start} to {PORTS.stop - 1} is free")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True
