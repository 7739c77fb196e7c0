"""`pageheat replay`: sends recorded browsing through ingest, as a browser would."""

import argparse
import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from pageheat.commands.bounds import within
from pageheat.plural import counted
from pageheat.services.runtime.settings import DemoSettings
from pageheat.traffic import recordings
from pageheat.traffic.attendance import LoopClock, attend
from pageheat.traffic.connection import Connection, DeliveryCounts, socket_address
from pageheat.traffic.recordings import NoRecording
from pageheat.traffic.views import Look, Sample

HELP = "send recorded browsing (evtrack files) through ingest"

AT_ONCE = 100
"""Recordings that are sent at the same time; a data set has thousands."""

REACH_S = 5
"""How long a recording waits for ingest before the first connection: two or three attempts."""

CONNECT_TIMEOUT_S = 15
"""How long the end of a recording waits while ingest is unavailable."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The recordings, the speed and the destination."""
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a data set's folder, or CSV files"
    )
    parser.add_argument(
        "--speed", type=within(float, 0.01, 1000), default=1.0, help="factor of the speed (default: 1)"
    )
    parser.add_argument("--prefix", help="path prefix of the pages (default: the folder's name)")
    parser.add_argument("--ingest", metavar="URL", help="where ingest is (default: INGEST_URL)")


def run(arguments: argparse.Namespace) -> int:
    """0 if ingest accepted all recorded events, 1 otherwise.

    Raises:
        NoRecording: a path has no recording.
        WrongAddress: ingest's address is invalid.
    """
    address = socket_address(arguments.ingest or DemoSettings.load().ingest_url)
    files = [file for path in arguments.paths for file in recordings.find(path)]
    console = Console(highlight=False, soft_wrap=True)
    replay = _Replay(address, arguments.speed, arguments.prefix, console)
    asyncio.run(replay.all(files))
    return replay.report(len(files))


class _Replay:
    """Sends recordings, several at once, and shows the progress."""

    def __init__(self, address: str, speed: float, prefix: str | None, console: Console) -> None:
        self._address = address
        self._speed = speed
        self._prefix = prefix
        self._console = console
        self._tally = DeliveryCounts()
        self._malformed = 0
        self._unreached = False
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=console,
        )

    async def all(self, files: list[Path]) -> None:
        """Send them, and stop early if ingest cannot be reached at all.

        The bar counts bytes of their files, so that no file has to be read ahead.
        """
        sizes = [file.stat().st_size for file in files]
        with self._progress as progress:
            bar = progress.add_task("", total=sum(sizes))
            slots = asyncio.Semaphore(AT_ONCE)
            async with asyncio.TaskGroup() as group:
                for file, size in zip(files, sizes, strict=True):
                    await slots.acquire()
                    if self._unreached:
                        break
                    task = group.create_task(self._one(file, size, bar))
                    task.add_done_callback(lambda _: slots.release())

    async def _one(self, file: Path, size: int, bar: TaskID) -> None:
        try:
            recording = recordings.read(file)
        except NoRecording as error:
            self._console.print(f"left out: {error}", markup=False)
            self._progress.advance(bar, size)
            return
        if recording.malformed_rows:
            self._malformed += recording.malformed_rows
            left_out = counted(recording.malformed_rows, "unreadable row")
            self._console.print(f"{recording.name}: left out {left_out}", markup=False)
        view = recording.view(self._prefix or recordings.default_prefix(file))
        count = len(recording.samples) + len(recording.looks)
        samples = self._shown(view.samples, size / count, bar)
        session = f"replay-{secrets.token_urlsafe(16)}"
        async with Connection(self._address, session, None, self._tally) as connection:
            if not self._tally.frames and not await connection.opened(REACH_S):
                self._unreached = True
                return
            await attend(
                [replace(view, samples=samples)],
                session,
                connection,
                LoopClock(),
                self._tally,
                speed=self._speed,
                connect_timeout_s=CONNECT_TIMEOUT_S,
                max_waiting=None,
            )

    def _shown(self, samples: Iterable[Sample | Look], share: float, bar: TaskID) -> Iterable[Sample | Look]:
        for sample in samples:
            yield sample
            self._progress.update(bar, advance=share, description=f"{self._tally.events:,} events")

    def report(self, wanted: int) -> int:
        """Print what was sent; returns the exit code."""
        tally = self._tally
        self._console.print(
            f"{tally.views} of {counted(wanted, 'recording')}: {counted(tally.frames, 'frame')}, "
            f"{tally.summary()}; {tally.refused.total():,} refused, "
            f"{tally.dropped:,} not sent, {counted(self._malformed, 'row')} unreadable"
        )
        if tally.last_refusal:
            self._console.print(f"refused last: {tally.last_refusal}", markup=False)
        if tally.dropped or self._unreached:
            state = "unavailable for a while" if tally.frames else "not reachable"
            self._console.print(f"ingest at {self._address} was {state}: start it, or set --ingest")
        complete = tally.views == wanted and not tally.refused and not tally.dropped
        return 0 if complete else 1
