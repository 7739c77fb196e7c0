"""`pageheat doctor`: looks at a running system, and says what to change, the most important first."""

import argparse

from pageheat.commands.bounds import within
from pageheat.diagnosis.checks import diagnosed
from pageheat.diagnosis.gathering import gather, places
from pageheat.finding_text import lines
from pageheat.services.runtime.settings import AllSettings

HELP = "look at the running system, and say what to change"

MAX_SECONDS = 3_600

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
"""Addresses that mean all, and where a process that listens on them is reached."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to look, and for how long."""
    parser.add_argument(
        "--hosts",
        metavar="PATTERN",
        help="host names of the processes, with {} for a process's name, such as 'pageheat-{}' in "
        "Kubernetes; each address of a name is asked. By default this machine, and in compose '{}'",
    )
    parser.add_argument(
        "--seconds",
        type=within(float, 1, MAX_SECONDS),
        default=10,
        help="for how long to watch what grows (10)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each finding; 0 if none is FAIL, else 1."""
    settings = AllSettings.load()
    here = "{}" if settings.behind_entry else WILDCARDS.get(settings.bind_address, settings.bind_address)
    system = gather(settings, places(settings, arguments.hosts or here), arguments.seconds)
    found = diagnosed(system)
    for line in lines(found):
        print(line)
    return any(finding.outcome == "FAIL" for finding in found)
