"""Room on the disk of `pageheat up`: how much is left, and what a day of the current traffic takes."""

import contextlib
import math
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

INTERVAL_S = 10
"""How often it is looked at."""

FULL_BYTES = 10_000_000
"""With less than this, Kafka would end again: it writes some MB while it starts."""

LOW_BYTES = 500_000_000
"""With less than this it is time to look: a segment of a busy partition is as large."""

MEASURED_S = 600
"""Traffic is measured over this time: long enough for a mean, short enough to be the current one."""

AHEAD_S = 86_400
"""Warn if the disk will be full within a day, so that somebody sees it during working hours."""

REMIND_S = 3_600
"""Pause before the same warning is given again."""

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Measure:
    """One look: bytes that are free, that records hold, and that were written since watching began."""

    time_s: float
    free: int
    held: int
    written: int


class Segments:
    """Counts what is written to files that only grow, and are deleted."""

    def __init__(self) -> None:
        self._sizes: Mapping[str, int] | None = None
        self.written = 0

    def look(self, sizes: Mapping[str, int]) -> None:
        """Take the present sizes in bytes, by file; the first time, nothing counts as written."""
        if self._sizes is not None:
            self.written += sum(max(0, size - self._sizes.get(name, 0)) for name, size in sizes.items())
        self._sizes = sizes


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the current traffic takes.

    Attributes:
        day: bytes of a day.
        lacking: bytes that will be needed besides what is held, until as much is deleted as is written.
        full_in_s: when the disk will be full; None if it will not.
    """

    day: int
    lacking: int
    full_in_s: float | None


def forecast(first: Measure, last: Measure, retention_s: float) -> Forecast:
    """What will be if it goes on as between two looks; records are kept for `retention_s`."""
    rate = (last.written - first.written) / (last.time_s - first.time_s)
    lacking = max(0, int(rate * retention_s) - last.held)
    return Forecast(int(rate * DAY_S), lacking, last.free / rate if lacking > last.free else None)


class Voice(Protocol):
    """Whom it is told."""

    def say(self, line: str) -> None:
        """Something good to know."""

    def warn(self, line: str) -> None:
        """Something to act on."""


class DiskWatch:
    """Looks at the disk from time to time, and tells what people should know.

    Args:
        folder: whose disk; Kafka's topics are in its folder `kafka/data`.
        retention_s: how long the events' topics keep records.
        voice: whom it is told.
        clock_s: returns the current time, s.
    """

    def __init__(
        self, folder: Path, retention_s: float, voice: Voice, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._retention_s = retention_s
        self._voice = voice
        self._clock_s = clock_s
        self._segments = Segments()
        self._measures: deque[Measure] = deque()
        self._warned_s = -math.inf
        self._has_told = False

    def why_full(self) -> str | None:
        """Why nothing can be written now, or None."""
        if shutil.disk_usage(self._folder).free >= FULL_BYTES:
            return None
        return f"no space is left on the disk of {self._folder}"

    def look(self) -> None:
        """Look again, if it is time to."""
        now_s = self._clock_s()
        if self._measures and now_s < self._measures[-1].time_s + INTERVAL_S:
            return
        sizes = dict(_segments(self._folder / "kafka" / "data"))
        self._segments.look(sizes)
        free = shutil.disk_usage(self._folder).free
        self._measures.append(Measure(now_s, free, sum(sizes.values()), self._segments.written))
        while len(self._measures) > 2 and now_s - self._measures[1].time_s >= MEASURED_S:
            self._measures.popleft()
        self._tell(now_s)

    def _tell(self, now_s: float) -> None:
        first, last = self._measures[0], self._measures[-1]
        is_measured = last.time_s - first.time_s >= MEASURED_S and last.written > first.written
        ahead = forecast(first, last, self._retention_s) if is_measured else None
        warning = told(self._folder, last.free, ahead)
        if warning and now_s >= self._warned_s + REMIND_S:
            self._warned_s = now_s
            self._voice.warn(warning)
        elif ahead and not warning and not self._has_told:
            self._voice.say(
                f"A day of the current traffic takes {size(ahead.day)}; {size(last.free)} are free."
            )
        self._has_told = self._has_told or ahead is not None


def told(folder: Path, free: int, ahead: Forecast | None) -> str | None:
    """The warning to give, or None."""
    disk = f"the disk of {folder}"
    takes = f"; a day of the current traffic takes {size(ahead.day)}" if ahead else ""
    if free < LOW_BYTES:
        return f"{disk} has {size(free)} left{takes}"
    if ahead is None or ahead.full_in_s is None or ahead.full_in_s > AHEAD_S:
        return None
    return (
        f"{disk} will be full in about {ahead.full_in_s / 3600:.0f} h: {size(free)} are free, and "
        f"{size(ahead.lacking)} more will be needed{takes}. Make room, or lower retention_ms in topics.yaml"
    )


def _segments(folder: Path) -> Iterator[tuple[str, int]]:
    """The size of each file of records below Kafka's folder."""
    for file in folder.glob("*/*.log"):
        with contextlib.suppress(FileNotFoundError):  # Kafka has deleted it meanwhile
            yield str(file), file.stat().st_size


def size(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"
