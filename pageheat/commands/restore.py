"""`pageheat restore`: restores a backup of the history, while it is stopped."""

import argparse
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from pageheat.plural import counted
from pageheat.services.contract.errors import PageheatError
from pageheat.services.history.backup import restore
from pageheat.services.history.engine import engine_of
from pageheat.services.runtime.settings import HistorySettings

HELP = "restore a backup of the history, while it is stopped"


class NoFile(PageheatError):
    """The file cannot be read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and whether to delete what is there."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a backup")
    parser.add_argument("--replace", action="store_true", help="delete what the database has")


def run(arguments: argparse.Namespace) -> int:
    """0.

    Raises:
        NoFile, EngineFailed: see `restore`.
    """
    settings = HistorySettings.load()
    console = Console(stderr=True)
    url = settings.clickhouse_url.get_secret_value()
    try:
        with (
            arguments.file.open("rb") as file,
            closing(engine_of(url, settings.history_folder)) as engine,
            console.status("restoring") as status,
        ):
            found = restore(engine, file, replace=arguments.replace, told=status.update)
    except OSError as error:
        raise NoFile(f"{arguments.file}: cannot be read: {error.strerror}") from None
    made = datetime.fromtimestamp(found.at_ms / 1000, UTC)
    print(f"restored {counted(sum(found.rows.values()), 'row')} of {made:%Y-%m-%d %H:%M} UTC")
    print("Start the history: it goes on where the backup ended, if Kafka still has the records since then.")
    return 0
