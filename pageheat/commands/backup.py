"""`pageheat backup`: writes a backup of the history into a file, while it runs."""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from pageheat.history_door import Door, HistoryAway
from pageheat.services.contract.errors import PageheatError
from pageheat.services.history.backup import backup
from pageheat.services.history.engine import engine_of
from pageheat.services.history.store import Store
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.settings import HistorySettings

HELP = "write a backup of the history into a file, while it runs"


class NoBackup(PageheatError):
    """There is no history to back up, or no place for the file."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the file to write, or a folder for it")


def run(arguments: argparse.Namespace) -> int:
    """0.

    Raises:
        NoBackup, HistoryRefuses, EngineFailed: nothing is written.
    """
    file: Path = arguments.file
    if file.is_dir():
        file /= f"pageheat-history-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz"
    begun = file.with_name(f"{file.name}.part")
    try:
        with begun.open("wb") as out, _blocks(HistorySettings.load()) as blocks, _progress() as progress:
            bar = progress.add_task("", total=None)
            for block in blocks:
                out.write(block)
                progress.advance(bar, len(block))
        begun.replace(file)
    except OSError as error:
        raise NoBackup(f"{file}: cannot be written: {error.strerror}") from None
    finally:
        begun.unlink(missing_ok=True)
    print(f"{file}: {file.stat().st_size:,} bytes")
    return 0


@contextmanager
def _blocks(settings: HistorySettings) -> Iterator[Iterator[bytes]]:
    """A backup: of the server, by the running history, or of its folder if none runs."""
    url = settings.clickhouse_url.get_secret_value()
    with ExitStack() as stack:
        if not url and (blocks := _of_running(settings, stack)):
            yield blocks
            return
        engine = stack.enter_context(closing(engine_of(url, settings.history_folder)))
        yield backup(engine, Store(engine), wall_clock_ms)


def _of_running(settings: HistorySettings, stack: ExitStack) -> Iterator[bytes] | None:
    """The backup by the running history; None if none runs, but its folder is here."""
    try:
        return stack.enter_context(stack.enter_context(Door(settings)).backup())
    except HistoryAway:
        folder = settings.history_folder
        if folder.is_dir() and any(folder.iterdir()):
            return None
        raise NoBackup(
            f"there is no history: none runs at {settings.history_url}, and HISTORY_FOLDER={folder} has none"
        ) from None


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), DownloadColumn(), TransferSpeedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
