"""`pageheat import --history`: puts old logs and recordings into the running history, each event once.

Parts are stored one by one: killed and run again, an import goes on where it was. What the history has of a
log is recognized by the log's content.
"""

import argparse
import hashlib
import os
import secrets
import time
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from rich.console import Console

from pageheat.commands.importing import Steps, outcome, print_outcome, take_all, told_at_ctrl_c
from pageheat.counts import Position
from pageheat.history_door import Door
from pageheat.imports.click_log import FORMS, ClickLog
from pageheat.imports.cutting import Cut, cut
from pageheat.imports.files import STANDARD_INPUT, opened
from pageheat.imports.lines import LogFile, NotRead
from pageheat.imports.positions import NoEvent
from pageheat.imports.taking import LineCounts
from pageheat.imports.trace import is_header
from pageheat.plural import counted
from pageheat.services.contract.attributes import parse_segments
from pageheat.services.contract.records import Event, Frame, Page
from pageheat.services.contract.versions import FRAME
from pageheat.services.history.parts import MAX_NAME, Part, Taken, encode
from pageheat.services.ingest.frames import Refused
from pageheat.services.ingest.robots import is_robot
from pageheat.services.runtime.settings import PastSettings
from pageheat.traffic import recordings
from pageheat.traffic.playing import Player
from pageheat.traffic.recordings import NoRecording

MAX_PAGES = 10_000
"""Pages whose names are cached."""

Timed = tuple[Position, int, bool]
"""A click, when it was, ms since the epoch, and whether its browser was a robot."""

FATES = {
    "too_old": "left out, from before 2000",
    "future": "left out, from the future",
    "robot": "left out, of robots (COUNT_ROBOTS)",
    "hours": "kept by the hour, as minutes are not kept for so long (HISTORY_MINUTES_DAYS)",
    "days": "kept by the day, as hours are not kept for so long (HISTORY_HOURS_DAYS)",
    "unlisted": "counted, but not kept one by one (HISTORY_ROWS_DAYS)",
    "unplaced": "counted, but on no tile, as their page's size is not known: give --size, or import them "
    "after its first visitors",
}
"""What is said of events by what became of them: fields of `Taken`."""


def run(files: list[Path], clicks: ClickLog, arguments: argparse.Namespace, settings: PastSettings) -> int:
    """0 if all was imported, or was before; 1 if something could not be read.

    Raises:
        HistoryAway: the history does not answer, or refuses. What is stored is not imported again.
    """
    with Door(settings) as door:
        importing = _Importing(door, clicks, arguments, settings)
        with told_at_ctrl_c(importing.console):
            take_all(files, importing.console, importing.one, importing.leave_out)
        return importing.report(settings.heatmap_url)


class _Importing:
    """Imports files one by one, and prints what it imported."""

    def __init__(
        self, door: Door, clicks: ClickLog, arguments: argparse.Namespace, settings: PastSettings
    ) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self._door = door
        self._clicks = clicks
        self._format: str | None = arguments.format
        self._time_ms: int | None = arguments.time
        self._default_size = arguments.size
        self._salt = secrets.token_bytes(16) if arguments.again else b""
        self._player = Player("", settings.senders, settings.pages, parse_segments(settings.segments))
        self._known: dict[int, set[str]] = {}
        for part in door.known():
            self._known.setdefault(part.position, set()).add(part.digest)
        self._total = LineCounts()
        self._fates: Counter[str] = Counter()
        self._files = self._left_out = 0
        self._began_s = time.monotonic()

    def one(self, file: Path, name: str) -> Steps:
        """Import a file, part by part.

        Raises:
            NotRead, NoRecording, Unreadable: the message says why. Parts before are stored.
        """
        tally = LineCounts()
        with opened(file) as data:
            log = LogFile(data, "pageheat import --history")
            try:
                yield from (
                    self._recording(file, log, tally)
                    if self._is_recording(log)
                    else self._log(name, log, tally)
                )
            except NotRead as error:
                if not tally.events:
                    raise
                raise NotRead(f"{error}; {counted(tally.events, 'event')} before that are stored") from None
        self._files += 1
        self._total += tally
        print_outcome(self.console, name, tally)

    def _is_recording(self, log: LogFile) -> bool:
        return self._format not in FORMS and (self._format == "evtrack" or is_header(log.first_line()))

    def _log(self, name: str, log: LogFile, tally: LineCounts) -> Steps:
        pages: set[str] = set()
        self._clicks.begin()
        for part in cut(log.lines(), self._timed, tally, self._known, self._salt):
            if part.is_known:
                tally.known += part.lines
            elif part.events:
                self._store(part, name, _frames(part.events))
                tally.clicks += len(part.events)
                pages.update(kind.page for (kind, _, _), *_ in part.events)
            tally.pages = len(pages)
            yield log.position, f"{tally.lines:,} lines, {self._rate()}"

    def _timed(self, line: bytes) -> Timed | NoEvent:
        """The click in a line."""
        found = self._clicks.read(line)
        if isinstance(found, NoEvent):
            return found
        time_ms = self._clicks.time_ms()
        time_ms = self._time_ms if time_ms is None else time_ms
        return NoEvent.UNTIMED if time_ms is None else (found, time_ms, is_robot(self._clicks.agent()))

    def _recording(self, file: Path, log: LogFile, tally: LineCounts) -> Steps:
        """Import a recording: one part."""
        if file == STANDARD_INPUT:
            raise NotRead("a recording; its page is named after its file, so give the file")
        plain = file.with_suffix("") if file.suffix == ".gz" else file
        lines = [line.decode("utf-8", "replace") for block in log.lines() for line in block]
        metadata = recordings.metadata_of(plain)
        if not metadata.exists():
            raise NoRecording(f"its metadata is missing: {metadata.name}, with the page's size")
        sizes = metadata.read_text(encoding="utf-8", errors="replace")
        prefix = recordings.default_prefix(plain)
        told = "\n".join([prefix, plain.stem, sizes, *lines]).encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(self._salt + told).hexdigest()
        tally.lines = sum(1 for line in lines if line.strip())
        if digest in self._known.get(len(told), ()):
            tally.known = tally.lines
            return
        recording = recordings.parsed(os.fsencode(plain.stem).decode("utf-8", "replace"), lines, sizes)
        tally.unreadable = recording.malformed_rows
        try:
            frames = list(
                self._player.play([recording.view(prefix)], f"past-{digest[:22]}", recording.began_ms)
            )
        except Refused as error:
            raise NoRecording(str(error)) from None
        sent = Counter(sample.type for sample in recording.samples)
        tally.clicks, tally.moves, tally.pages = sent["click"], sent["move"], 1
        tally.others = max(tally.lines - tally.events - tally.unreadable, 0)
        self._store(Cut(len(told), digest, len(lines), []), plain.name, frames)
        yield log.position, self._rate()

    def _store(self, part: Cut[Timed], name: str, frames: Iterable[Frame]) -> None:
        sent = Part(part.digest, part.position, name[-MAX_NAME:], list(frames), self._default_size)
        taken = self._door.store(encode(sent))
        self._known.setdefault(part.position, set()).add(part.digest)
        self._fates.update({name: getattr(taken, name) for name in Taken.__struct_fields__})

    def _rate(self) -> str:
        stored = self._fates["stored"]
        rate = stored / max(time.monotonic() - self._began_s, 0.001)
        return f"{stored:,} events, {rate:,.0f} a second"

    def leave_out(self, reason: str) -> None:
        """Say why a file is not imported, or not to its end."""
        self._left_out += 1
        self.console.print(f"left out: {reason}", markup=False)

    def report(self, url: str) -> int:
        """Print what the history has now; returns the exit code."""
        total = self._total
        if self._files + self._left_out > 1:
            self.console.print(f"{self._files} of {self._files + self._left_out} files: {outcome(total)}")
        self.console.print(f"into the history: {self._rate()}")
        for name, fate in FATES.items():
            if self._fates[name]:
                self.console.print(f"  {counted(self._fates[name], 'event')} {fate}", markup=False)
        if total.untimed:
            self.console.print(f"  {counted(total.untimed, 'line')} without a time left out: give --time")
        if self._fates["stored"]:
            self.console.print(f"Next: {url}", markup=False)
        return 1 if self._left_out or total.unreadable or total.untimed else 0


def _frames(events: Iterable[Timed]) -> Iterable[Frame]:
    """Clicks as ingest receives them in the form of 2006."""
    for (kind, x, y), time_ms, robot in events:
        site, page = _page(kind.page)
        yield Frame(
            v=FRAME,
            site=site,
            received=max(time_ms, 0),
            page=page,
            events=[Event("click", x, y)],
            origin="first",
            robot=robot,
        )


@lru_cache(MAX_PAGES)
def _page(key: str) -> tuple[str, Page]:
    """The site and the page of a key."""
    if not key.startswith("//"):
        return "", Page(key)
    site, slash, path = key[2:].partition("/")
    return site, Page(slash + path)
