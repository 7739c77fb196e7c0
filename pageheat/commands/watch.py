"""`pageheat watch`: prints a topic's records as they arrive."""

import argparse
import sys
from contextlib import closing

from rich.console import Console

from pageheat.commands.bounds import within
from pageheat.kafka_log import KafkaLog
from pageheat.record_text import Record, plain, pretty
from pageheat.services.contract.topics import read_specs
from pageheat.services.runtime.settings import PageSettings

HELP = "print a topic's records as they arrive"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which records."""
    topics = list(read_specs())
    parser.add_argument("topic", choices=topics, metavar="TOPIC", help=", ".join(topics))
    parser.add_argument("--page", help="only records of this page, such as /lamp")
    parser.add_argument("--key", help="only records with this key")
    parser.add_argument(
        "--from",
        dest="start",
        choices=("earliest", "latest"),
        default="latest",
        help="where to start (default: latest, only new records)",
    )
    parser.add_argument("--heartbeats", action="store_true", help="also heatmap's heartbeats, one a second")
    parser.add_argument("--count", type=within(int, 1, sys.maxsize), metavar="N", help="stop after N records")


def run(arguments: argparse.Namespace) -> int:
    """Print until Ctrl-C or `--count`: in colour and abridged on a terminal, else one line per record."""
    left = arguments.count
    settings = PageSettings.load()
    page = settings.pages.key(arguments.page) if arguments.page else None
    console = Console(highlight=False, soft_wrap=True)
    with closing(KafkaLog(settings.kafka)) as log:
        log.assign(log.edge(arguments.topic, latest=arguments.start == "latest"))
        if arguments.start == "latest":
            print(f"waiting for new records on {arguments.topic}; Ctrl-C ends", file=sys.stderr)
        while left is None or left > 0:
            for message in log.next():
                record = Record.of(message)
                if not record.matches(key=arguments.key, page=page):
                    continue
                if record.is_heartbeat and not (arguments.heartbeats or arguments.key):
                    continue
                if console.is_terminal:
                    console.print(pretty(record))
                else:
                    sys.stdout.write(plain(record) + "\n")
                if left is not None:
                    left -= 1
                    if not left:
                        break
            sys.stdout.flush()
    return 0
