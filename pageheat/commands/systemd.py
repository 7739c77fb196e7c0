"""`pageheat systemd`: writes units of systemd for the processes that this host is to run."""

import argparse
import sys
from pathlib import Path

from pageheat.processes import has_history, own_kafka, read_processes
from pageheat.services.contract.errors import PageheatError
from pageheat.services.runtime.settings import AllSettings
from pageheat.systemd import SETTINGS_FILE, TARGET, units

HELP = "write units of systemd, for a host without containers"


class NoFolder(PageheatError):
    """The units cannot be written there."""


class NoSettings(PageheatError):
    """The settings cannot be read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and what not."""
    parser.add_argument("folder", type=Path, help="where to write the units, such as /etc/systemd/system")
    parser.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        help=f"settings of the processes (default: {SETTINGS_FILE}; if it is not there, .env)",
    )
    parser.add_argument(
        "--without",
        metavar="NAME",
        nargs="+",
        default=[],
        choices=list(read_processes()),
        help="processes that run elsewhere, or not at all",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write a unit for each process, and say what to do next.

    Kafka is left out if KAFKA_BROKER names another one, the demo shop if SITE_URL names a site, and the
    history where its engine is not installed.

    Raises:
        NoFolder: the folder is not there, or may not be written.
        NoSettings: the file of the settings is not there, or may not be read.
    """
    settings = _settings(arguments.settings)
    left_out = dict.fromkeys(arguments.without, "as asked")
    if not own_kafka(settings):
        left_out.setdefault("kafka", f"KAFKA_BROKER is {settings.kafka_broker}")
    if "site_url" in settings.model_fields_set:
        left_out.setdefault("demo", f"SITE_URL is {settings.site_url}")
    if not has_history(settings):
        left_out.setdefault("history", "its engine is not installed; pip install 'pageheat[history]'")
    processes = {name: spec for name, spec in read_processes().items() if name not in left_out}
    for name, text in units(processes, sys.executable).items():
        file = arguments.folder / name
        try:
            file.write_text(text)
        except OSError as error:
            raise NoFolder(f"{file}: {error.strerror}; name a folder that you may write to") from None
        print(file)
    for name, why in left_out.items():
        print(f"without {name}: {why}")
    print(f"settings go into {SETTINGS_FILE}. Then: systemctl daemon-reload; systemctl enable --now {TARGET}")
    return 0


def _settings(given: Path | None) -> AllSettings:
    """What the units will be told. No shell reads it, as systemd does neither: `<` and `$` are text."""
    file = given or Path(SETTINGS_FILE)
    try:
        if given is None and not file.exists():
            return AllSettings.load()
        file.read_bytes()
        return AllSettings.load(_env_file=file)
    except OSError as error:
        raise NoSettings(f"{file}: {error.strerror}; run it as root, or name a file by --settings") from None
