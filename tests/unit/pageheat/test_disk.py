"""What `pageheat up` says of its disk."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from pageheat.disk import (
    AHEAD_S,
    FULL_BYTES,
    INTERVAL_S,
    LOW_BYTES,
    MEASURED_S,
    REMIND_S,
    DiskWatch,
    Measure,
    Segments,
    forecast,
)

A_DAY_S = 86_400
GB = 10**9


class Disk:
    """A folder with one segment, on a disk whose free space the test sets, and what is said of it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.free = 100 * GB
        self.now_s = 0.0
        self.said: list[str] = []
        self.segment = folder / "kafka" / "data" / "clickstream-0" / "0.log"
        self.segment.parent.mkdir(parents=True)
        self.segment.touch()
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=self.free))
        self.watch = DiskWatch(folder, A_DAY_S, self, lambda: self.now_s)

    def say(self, line: str) -> None:
        self.said.append(line)

    def warn(self, line: str) -> None:
        self.said.append(f"! {line}")

    def passes(self, seconds: float, bytes_a_s: int = 0) -> list[str]:
        """Time passes; returns what is said meanwhile."""
        before = len(self.said)
        for _ in range(int(seconds / INTERVAL_S)):
            with self.segment.open("r+b") as file:  # as long, but takes no room
                file.truncate(self.segment.stat().st_size + bytes_a_s * INTERVAL_S)
            self.watch.look()
            self.now_s += INTERVAL_S
        return self.said[before:]


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(tmp_path, monkeypatch)


def test_what_a_day_takes_is_told_once_it_is_measured(disk: Disk) -> None:
    assert disk.passes(MEASURED_S, bytes_a_s=100_000) == []
    assert disk.passes(2 * REMIND_S, bytes_a_s=100_000) == [
        "A day of the current traffic takes 8.6 GB; 100.0 GB are free."
    ]


def test_without_traffic_nothing_is_told(disk: Disk) -> None:
    assert disk.passes(2 * MEASURED_S) == []


def test_a_disk_that_is_going_to_be_full_is_told_with_when_and_what_to_do(disk: Disk) -> None:
    disk.free = 4 * GB
    (line,) = disk.passes(2 * MEASURED_S, bytes_a_s=100_000)
    assert line == (
        f"! the disk of {disk.folder} will be full in about 11 h: 4.0 GB are free, and 8.6 GB more will be "
        "needed; a day of the current traffic takes 8.6 GB. Make room, or lower retention_ms in topics.yaml"
    )
    assert len(disk.passes(REMIND_S, bytes_a_s=100_000)) == 1


def test_a_disk_with_little_room_is_told_at_once_and_again_each_hour(disk: Disk) -> None:
    disk.free = LOW_BYTES - 1
    assert disk.passes(INTERVAL_S) == [f"! the disk of {disk.folder} has 500 MB left"]
    assert len(disk.passes(3 * REMIND_S)) == 3


def test_a_disk_is_full_before_its_last_byte_is_taken(disk: Disk) -> None:
    assert disk.watch.why_full() is None
    disk.free = FULL_BYTES - 1
    assert disk.watch.why_full() == f"no space is left on the disk of {disk.folder}"


def test_what_is_deleted_meanwhile_counts_as_written_once() -> None:
    segments = Segments()
    for sizes in ({"a": 100}, {"a": 150}, {"a": 150, "b": 30}, {"b": 40}, {"b": 40}):
        segments.look(sizes)
    assert segments.written == 50 + 30 + 10


def test_a_disk_that_holds_a_day_of_the_traffic_will_not_be_full() -> None:
    first, last = Measure(0, 5 * GB, 9 * GB, 0), Measure(600, GB, 9 * GB, 600 * 100_000)
    assert forecast(first, last, A_DAY_S).full_in_s is None
    assert forecast(first, last, 2 * A_DAY_S).full_in_s == pytest.approx(10_000)
    assert forecast(first, last, 2 * A_DAY_S).day == 8_640_000_000 < AHEAD_S * 100_001
