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
def caddy(folder: Path, **settings: str) -> Iterator[Caddy]:
    """Run Caddy on free ports, in front of free ones with nothing behind them yet, or of those in `settings`.

    Skips the test where it is not installed.
    """
    public = {f"{door}_URL": free_port() for door in DOORS}
    made = Caddy(
        {name: f"https://localhost:{port}" for name, port in public.items()},
        {port: settings.get(port, str(free_port())) for port in (f"{door}_PORT" for door in DOORS)},
        folder / "caddy.log",
    )
    of_caddy = {
        "ENTRY": "127.0.0.1",
        "HTTP_PORT": str(free_port()),
        "CADDY_TLS": f"tls {CERTIFICATE} {CERTIFICATE}",
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    with serving(CADDYFILE, made.urls | made.ports | of_caddy | settings, made.log_file, *public.values()):
        yield made


@contextlib.contextmanager
def serving(file: Path, environment: dict[str, str], log_file: Path, *ports: int) -> Iterator[None]:
    """Run Caddy with a file of its own, once it listens on these ports. Skips the test without Caddy."""
    if not shutil.which("caddy"):
        pytest.skip("caddy is not installed (Debian: apt install caddy)")
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            ending_with_parent(["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]),
            env=os.environ | environment,
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: process.poll() is not None or all(map(_listens, ports)), log_file.read_text)
        assert process.poll() is None, log_file.read_text()
        yield
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("localhost", port), timeout=1):
        return True
    return False
