"""`pageheat dead-letters`: records that could not be read, listed, shown and sent again."""

import argparse
import os
import re
import sys
from contextlib import closing
from datetime import UTC, datetime

from rich import box
from rich.console import Console, Group
from rich.table import Column, Table
from rich.text import Text

from pageheat.commands.bounds import within
from pageheat.dead_letter_topic import MAX_LISTED, DeadLetters, Listing
from pageheat.kafka_log import KafkaLog
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.topics import DEAD_LETTER, read_specs
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.logs import printable
from pageheat.services.runtime.settings import Settings

HELP = "list the records that could not be read, show one, or send them again"

LISTED = 50
"""Dead letters, unless said otherwise: a screen or two."""

KEY_CHARS = 28
"""Of a key on a terminal: sessions have fewer."""

UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class NoSuchDeadLetter(PageheatError):
    """No dead letter has that origin."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which letters, and what to do with them: without a word, list them."""
    parser.add_argument(
        "--limit",
        type=within(int, 1, MAX_LISTED),
        default=LISTED,
        metavar="N",
        help=f"at most N of them (default: {LISTED})",
    )
    _narrowing(parser, default=None)
    actions = parser.add_subparsers(dest="action", metavar="show | replay", title="with one or some of them")
    origin = "topic/partition/offset, as the list has it"
    show = actions.add_parser("show", help="one record, whole as it is kept")
    show.add_argument("origin", metavar="ORIGIN", help=origin)
    show.add_argument("--raw", action="store_true", help="nothing but its bytes")
    replay = actions.add_parser("replay", help="send records again to the topics that they came from")
    which = replay.add_mutually_exclusive_group(required=True)
    which.add_argument("origins", nargs="*", default=[], metavar="ORIGIN", help=origin)
    which.add_argument("--all", action="store_true", help="all that the list has, however long it is")
    _narrowing(replay, default=argparse.SUPPRESS)  # else it would undo what stands before `replay`


def run(arguments: argparse.Namespace) -> int:
    """0, or 1 when something that was asked to be sent again was not.

    Raises:
        PageheatError: Kafka is away, or there is no such letter.
    """
    console = Console(highlight=False, soft_wrap=True)
    broker = Settings.load().kafka_broker
    with closing(KafkaLog(broker)) as log:
        letters = DeadLetters(log, broker)
        if arguments.action == "show":
            return _show(letters, arguments.origin, raw=arguments.raw)
        since_ms = wall_clock_ms() - arguments.since if arguments.since else None
        if arguments.action == "replay":
            return _replay(letters, arguments.origins, since_ms, arguments.topic)
        listed, total = letters.newest(arguments.limit, since_ms, arguments.topic)
    if console.is_terminal:
        Console(highlight=False).print(table(listed, total))
    else:
        sys.stdout.writelines(line(one) + "\n" for one in listed)
    return 0


def line(letter: Listing) -> str:
    """A letter as one line: time, origin, bytes, key, reason and first bytes, parted by tabs."""
    size = "-" if letter.size is None else str(letter.size)
    origin, reason = printable(letter.origin), printable(letter.reason)
    return "\t".join([_time(letter.time_ms), origin, size, _text(letter.key), reason, _text(letter.head)])


def table(letters: list[Listing], total: int) -> Table | str:
    """The letters for people, two lines each."""
    if not total:
        return "There are no dead letters."
    more = f"; --limit {min(total, MAX_LISTED)} shows more" if total > len(letters) else ""
    shown = Table(
        Column("written (UTC)", no_wrap=True),
        Column("origin, size and key", no_wrap=True),
        "reason, and how it begins",
        box=box.SIMPLE_HEAD,
        padding=(0, 2, 0, 0),
        caption=f"{len(letters):,} of {total:,} dead letters, newest first{more}",
        caption_justify="left",
    )
    for letter in letters:
        size = "no value" if letter.size is None else f"{letter.size:,} bytes"
        key = "no key" if letter.key is None else f"key {_text(letter.key)}"
        key = key if len(key) <= KEY_CHARS else key[: KEY_CHARS - 1] + "…"
        shown.add_row(
            Text(_time(letter.time_ms)[5:], "cyan"),
            Group(Text(printable(letter.origin), "bold"), Text(f"{size}, {key}", "dim")),
            Group(
                Text(printable(letter.reason), "red"),
                Text(_text(letter.head), "dim", no_wrap=True, overflow="ellipsis"),
            ),
        )
    return shown


def _show(letters: DeadLetters, origin: str, *, raw: bool) -> int:
    found = letters.find(origin)
    if found is None:
        raise NoSuchDeadLetter(
            f"there is no dead letter of {printable(origin)}; 'pageheat dead-letters' lists them"
        )
    letter, time_ms = found
    if raw:
        sys.stdout.buffer.write(letter.value or b"")
        return 0
    size = "no value" if letter.value is None else f"{letter.size:,} bytes"
    rows = [
        ("origin", letter.origin),
        ("written", _time(time_ms)),
        ("reason", printable(letter.reason)),
        ("key", _text(letter.key)),
        ("size", f"{size}, of which {len(letter.value or b''):,} are kept" if letter.cut else size),
        *((f"header {printable(name)}", _text(held)) for name, held in letter.headers),
    ]
    for name, value in rows:
        print(f"{name + ':':<10} {value}")
    if letter.value:
        print(f"\n{_text(letter.value)}")
    return 0


def _replay(letters: DeadLetters, origins: list[str], since_ms: int | None, topic: str | None) -> int:
    wanted = {os.fsencode(origin) for origin in origins}
    counts = {"sent": 0, "refused": 0}

    def is_wanted(key: bytes) -> bool:
        return key in wanted if wanted else topic is None or key.startswith(f"{topic}/".encode())

    def sent(origin: str) -> None:
        counts["sent"] += 1
        wanted.discard(os.fsencode(origin))
        print(f"{origin}: sent again")

    def refused(origin: str, reason: str) -> None:
        counts["refused"] += 1
        wanted.discard(os.fsencode(origin))
        print(f"{printable(origin)}: not sent: {printable(reason)}")

    letters.send_again(is_wanted, since_ms, sent, refused)
    for key in sorted(wanted):
        print(f"{_text(key)}: there is no such dead letter")
    print(f"{counts['sent']:,} sent again, {counts['refused']:,} not sent, {len(wanted):,} not found")
    return 1 if counts["refused"] or wanted else 0


def _narrowing(parser: argparse.ArgumentParser, default: str | None) -> None:
    topics = [name for name in read_specs() if name != DEAD_LETTER]
    parser.add_argument(
        "--since", type=_age_ms, metavar="AGE", default=default, help="found since then: 30m, 2h, 7d"
    )
    parser.add_argument(
        "--topic", choices=topics, metavar="TOPIC", default=default, help=f"of this one: {', '.join(topics)}"
    )


def _age_ms(text: str) -> int:
    if not (parts := re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", text)):
        raise argparse.ArgumentTypeError(f"{text}: an age such as 30m, 2h or 7d is needed")
    return int(parts[1]) * UNITS_MS[parts[2]]


def _time(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms // 1000, UTC):%Y-%m-%d %H:%M:%S}"


def _text(data: bytes | None) -> str:
    return "-" if data is None else printable(data.decode("utf-8", "backslashreplace"))
