"""Caddy as deploy/caddy/ sets it up, with a self-signed certificate for localhost."""

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pageheat.kafka.ports import free_port
from pageheat.parent import ending_with_parent
from tests.support.system import until

ROOT = Path(__file__).parents[2]
CADDYFILE = ROOT / "deploy" / "caddy" / "Caddyfile"
CERTIFICATE = ROOT / "tests" / "support" / "certificates" / "self-signed.pem"

DOORS = ("INGEST", "BROADCASTER", "HISTORY", "HEATMAP")


@dataclass(frozen=True)
class Caddy:
    """A running Caddy; `urls` are INGEST_URL and the like, `ports` INGEST_PORT and the like, behind it."""

    urls: dict[str, str]
    ports: dict[str, str]
    log_file: Path

    def log(self) -> str:
        return self.log_file.read_text()


@contextlib.contextmanager
def caddy(folder: Path, **ports: str) -> Iterator[Caddy]:
    """Run Caddy on free ports, in front of these ports, and of free ones with nothing behind them yet.

    Skips the test where it is not installed.
    """
    if not shutil.which("caddy"):
        pytest.skip("caddy is not installed (Debian: apt install caddy)")
    public = {f"{door}_URL": free_port() for door in DOORS}
    made = Caddy(
        {name: f"https://localhost:{port}" for name, port in public.items()},
        {f"{door}_PORT": str(free_port()) for door in DOORS} | ports,
        folder / "caddy.log",
    )
    of_caddy = {
        "ENTRY": "127.0.0.1",
        "HTTP_PORT": str(free_port()),
        "CADDY_TLS": f"tls {CERTIFICATE} {CERTIFICATE}",
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    with made.log_file.open("ab") as log:
        process = subprocess.Popen(
            ending_with_parent(["caddy", "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"]),
            env=os.environ | made.urls | made.ports | of_caddy,
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: process.poll() is not None or all(map(_listens, public.values())), made.log)
        assert process.poll() is None, made.log()
        yield made
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("localhost", port), timeout=1):
        return True
    return False
