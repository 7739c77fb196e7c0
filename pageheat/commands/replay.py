"""`pageheat replay`: recorded browsing sent through ingest as a browser would have sent it."""

import argparse
import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from pageheat.commands.bounds import within
from pageheat.services.runtime.settings import DemoSettings
from pageheat.traffic import recordings
from pageheat.traffic.attendance import LoopClock, attend
from pageheat.traffic.connection import Connection, DeliveryCounts, socket_address
from pageheat.traffic.recordings import NoRecording
from pageheat.traffic.views import Sample

HELP = "send recorded browsing (evtrack files) through ingest"

AT_ONCE = 100
"""Recordings under way at the same time; a data set has thousands."""

REACH_S = 5
"""How long a recording waits for an ingest that nothing has reached so far: two or three tries."""

PATIENCE_S = 15
"""How long the end of a recording waits for an ingest that is away."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which recordings, how fast, where to."""
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a data set's folder, or CSV files"
    )
    parser.add_argument(
        "--speed", type=within(float, 0.01, 1000), default=1.0, help="times as fast (default: 1)"
    )
    parser.add_argument("--prefix", help="path of the pages (default: the name of the folder)")
    parser.add_argument("--ingest", metavar="URL", help="where ingest is (default: INGEST_URL)")


def run(arguments: argparse.Namespace) -> int:
    """0 when all that was recorded was sent and taken, 1 otherwise.

    Raises:
        NoRecording: there is none at a path.
        WrongAddress: ingest's address is none.
    """
    address = socket_address(arguments.ingest or DemoSettings.load().ingest_url)
    files = [file for path in arguments.paths for file in recordings.find(path)]
    console = Console(highlight=False, soft_wrap=True)
    replay = _Replay(address, arguments.speed, arguments.prefix, console)
    asyncio.run(replay.all(files))
    return replay.report(len(files))


class _Replay:
    """Sends recordings, some at once, and shows how far it is."""

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
        """Send them, unless ingest isn't there at all.

        The bar's unit is a byte of their files, so that none has to be read ahead.
        """
        sizes = [file.stat().st_size for file in files]
        with self._progress as progress:
            bar = progress.add_task("", total=sum(sizes))
            places = asyncio.Semaphore(AT_ONCE)
            async with asyncio.TaskGroup() as group:
                for file, size in zip(files, sizes, strict=True):
                    await places.acquire()
                    if self._unreached:
                        break
                    task = group.create_task(self._one(file, size, bar))
                    task.add_done_callback(lambda _: places.release())

    async def _one(self, file: Path, size: int, bar: TaskID) -> None:
        try:
            recording = recordings.read(file)
        except NoRecording as error:
            self._console.print(f"left out: {error}", markup=False)
            self._progress.advance(bar, size)
            return
        if recording.malformed_rows:
            self._malformed += recording.malformed_rows
            self._console.print(
                f"{recording.name}: {recording.malformed_rows} rows cannot be read, left out", markup=False
            )
        view = recording.view(self._prefix or recordings.default_prefix(file))
        samples = self._shown(recording.samples, size / len(recording.samples), bar)
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
                patience_s=PATIENCE_S,
                max_waiting=None,
            )

    def _shown(self, samples: Iterable[Sample], share: float, bar: TaskID) -> Iterable[Sample]:
        for sample in samples:
            yield sample
            self._progress.update(bar, advance=share, description=f"{self._tally.events:,} events")

    def report(self, wanted: int) -> int:
        """Say what was sent; the command's exit code."""
        tally = self._tally
        self._console.print(
            f"{tally.views} of {wanted} recordings: {tally.frames:,} frames, {tally.told()}; "
            f"{tally.refused.total():,} refused, "
            f"{tally.dropped:,} not sent, {self._malformed:,} rows unreadable"
        )
        if tally.last_refusal:
            self._console.print(f"refused last: {tally.last_refusal}", markup=False)
        if tally.dropped or self._unreached:
            where = "away" if tally.frames else "not there"
            self._console.print(f"ingest at {self._address} was {where}: start it, or give --ingest")
        whole = tally.views == wanted and not tally.refused and not tally.dropped
        return 0 if whole else 1
