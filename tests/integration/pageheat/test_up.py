"""`pageheat up` as a user runs it, in its own folder and on its own ports."""

import fcntl
import os
import signal
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pageheat.kafka.installation import KafkaInstallation
from pageheat.processes import read_processes
from tests.support.endings import all_end, handles_of
from tests.support.system import until
from tests.support.up import LONGEST_END_S, ROOT, Up


@contextmanager
def started(running: Up) -> Iterator[Up]:
    running.process = running.start()
    try:
        yield running
    finally:
        running.process.terminate()
        running.process.communicate(timeout=LONGEST_END_S)


@pytest.fixture
def up(tmp_path: Path, kafka_installation: KafkaInstallation) -> Iterator[Up]:
    with started(Up(tmp_path)) as running:
        yield running


@pytest.fixture
def up_without_engine(tmp_path: Path, kafka_installation: KafkaInstallation) -> Iterator[Up]:
    """Where chDB can't be imported, as if it were not installed."""
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "sitecustomize.py").write_text("import sys; sys.modules['chdb'] = None\n")
    running = Up(tmp_path)
    running.environment["PYTHONPATH"] = f"{tmp_path / 'hidden'}:{ROOT}"
    with started(running):
        yield running


def test_it_runs_everything_restarts_what_dies_and_stops_everything(up: Up) -> None:
    said = up.read_until("Ctrl-C stops all")
    assert f"http://localhost:{up.ports['DEMO_PORT']}/\n" in said
    assert f"http://localhost:{up.ports['HEATMAP_PORT']}/_pageheat/\n" in said
    assert f"http://localhost:{up.ports['HISTORY_PORT']}/_pageheat/history/pages\n" in said
    for spec in read_processes().values():
        if spec.ready:
            url = f"http://127.0.0.1:{up.ports[spec.port]}{spec.ready}"
            with urllib.request.urlopen(url, timeout=10) as answer:
                assert answer.status == 200

    # The history is ready once it has read back; nobody waited for that.
    until(lambda: up.doctor().returncode == 0, lambda: up.doctor().stdout)
    said = up.doctor().stdout
    assert said.startswith("PASS  processes ")
    assert "FAIL" not in said

    children = up.children()
    assert set(children) == set(read_processes()) - {"topics"}
    os.kill(children["aggregator"], signal.SIGKILL)
    up.read_until("aggregator ended with code -9; started again")
    up.read_until("✓ aggregator")
    assert up.children()["aggregator"] != children["aggregator"]

    handles = handles_of(list(up.children().values()))
    up.process.send_signal(signal.SIGINT)
    up.read_until("Stopping.")
    assert up.process.wait(LONGEST_END_S) == 0
    assert all_end(handles, LONGEST_END_S)
    kafka = up.ports["KAFKA_PORT"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", kafka), timeout=5)


def test_without_the_historys_engine_all_else_runs_and_nothing_is_left_when_it_is_killed(
    up_without_engine: Up,
) -> None:
    up = up_without_engine
    said = up.read_until("Ctrl-C stops all")
    assert "The history is left out: its engine is not installed. pip install 'pageheat[history]'" in said
    assert "/_pageheat/history/" not in said
    children = up.children()
    assert set(children) == set(read_processes()) - {"topics", "history"}
    handles = handles_of(list(children.values()))
    up.process.kill()
    up.process.wait()
    assert all_end(handles, LONGEST_END_S)


def test_it_can_be_stopped_during_startup(up: Up) -> None:
    up.read_until("✓ kafka")
    handles = handles_of(list(up.children().values()))
    up.process.terminate()
    up.read_until("Stopping.")
    assert up.process.wait(LONGEST_END_S) == 0
    assert handles
    assert all_end(handles, LONGEST_END_S)


def test_it_runs_only_once_per_folder(tmp_path: Path) -> None:
    (tmp_path / ".pageheat").mkdir()
    with (tmp_path / ".pageheat" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = Up(tmp_path).start()
        said, _ = process.communicate(timeout=LONGEST_END_S)
    assert said == "pageheat up: it already runs in this folder\n"
    assert process.returncode == 1


def test_unavailable_ports_are_reported_in_one_line_before_anything_starts(tmp_path: Path) -> None:
    up = Up(tmp_path)
    with socket.create_server(("127.0.0.1", up.ports["DEMO_PORT"])):
        up.environment["HEATMAP_PORT"] = up.environment["INGEST_PORT"]
        process = up.start()
        said, _ = process.communicate(timeout=LONGEST_END_S)
    assert process.returncode == 1
    ports = up.ports
    assert said == (
        f"pageheat up: DEMO_PORT={ports['DEMO_PORT']}: Address already in use; "
        f"INGEST_PORT={ports['INGEST_PORT']} and HEATMAP_PORT={ports['INGEST_PORT']}: each needs its own "
        "port; stop what uses the port, or set another in .env\n"
    )
    assert not (tmp_path / ".pageheat" / "logs").exists()


def test_a_port_of_a_sites_heat_map_that_is_taken_is_reported_too(tmp_path: Path) -> None:
    up = Up(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        up.environment |= {
            "SITES": "blog=http://blog.example",
            "SITES_HEATMAP_URLS": f"blog=http://localhost:{port}",
        }
        process = up.start()
        said, _ = process.communicate(timeout=LONGEST_END_S)
    assert process.returncode == 1
    assert said == (
        f"pageheat up: port {port} in SITES_HEATMAP_URLS: Address already in use; stop what uses the port, "
        "or set another in .env\n"
    )
