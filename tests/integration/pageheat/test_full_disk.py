"""`pageheat up` on a disk of 60 MB that gets full, and has room again."""

import contextlib
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect

from pageheat.kafka.installation import KafkaInstallation
from pageheat.processes import read_processes
from tests.support.small_disk import fill, on_small_disk, seen_by
from tests.support.system import until
from tests.support.up import LONGEST_END_S, Up
from tests.support.visitors import PAGES, sent_frame

SERVICES = ("ingest", "group_by", "aggregator", "broadcaster")


@pytest.fixture
def up(tmp_path: Path, kafka_installation: KafkaInstallation) -> Iterator[Up]:
    command = on_small_disk("60m", [sys.executable, "-m", "pageheat", "up"])
    if command is None:
        pytest.skip("needs the right to mount a tmpfs: run as root, or allow user namespaces")
    running = Up(tmp_path)
    running.command = command
    running.process = running.start()
    try:
        yield running
    finally:
        running.process.terminate()
        running.process.communicate(timeout=LONGEST_END_S)


def answer(up: Up, service: str) -> tuple[int, str]:
    """Status and text of a service's readiness; 0 if it does not answer."""
    spec = read_processes()[service]
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{up.ports[spec.port]}/_pageheat/ready", timeout=5
        ) as it:
            return it.status, it.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def visit(up: Up) -> None:
    """Send some frames; ingest may take them or not."""
    with contextlib.suppress(Exception), connect(f"ws://127.0.0.1:{up.ports['INGEST_PORT']}/") as socket:
        for number in range(100):
            socket.send(sent_frame("visitor", number, PAGES[0], (number, number)))


def test_a_full_disk_is_named_and_all_comes_back_by_itself_once_there_is_room(up: Up) -> None:
    up.read_until("Ctrl-C stops all")
    assert "MB left" in up.read_until("! the disk of .pageheat has")
    filling = fill(seen_by(up.process.pid, up.folder))
    visit(up)
    said = up.read_until("kafka ended with code")
    assert ": no space is left on the disk of .pageheat; it starts again once that has changed" in said
    until(lambda: answer(up, "ingest")[0] == 503, lambda: str(answer(up, "ingest")))
    assert "Kafka has" in answer(up, "ingest")[1]
    filling.unlink()
    up.read_until("✓ kafka")
    until(
        lambda: all(answer(up, service) == (200, "ok\n") for service in SERVICES),
        lambda: str({service: answer(up, service) for service in SERVICES}),
    )
