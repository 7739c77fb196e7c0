"""`pageheat dead-letters`: lists, shows and resends the records that could not be read."""

import argparse
import os
import sys
from contextlib import closing
from datetime import UTC, datetime

from rich import box
from rich.console import Console, Group
from rich.table import Column, Table
from rich.text import Text

from pageheat.commands.bounds import age_ms, within
from pageheat.dead_letter_topic import MAX_LISTED, DeadLetters, Listing
from pageheat.kafka_log import KafkaLog
from pageheat.plural import counted
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.topics import DEAD_LETTER, read_specs
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.logs import printable
from pageheat.services.runtime.settings import Settings

HELP = "list the records that could not be read, show one, or send them again"

LISTED = 50
"""Dead letters by default: a screen or two."""

KEY_CHARS = 28
"""Characters of a key on a terminal; sessions have fewer."""

NONE = "There are no dead letters."


class NoSuchDeadLetter(PageheatError):
    """No dead letter has that origin."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which dead letters, and what to do with them; the default is to list them."""
    parser.add_argument(
        "--limit",
        type=within(int, 1, MAX_LISTED),
        default=LISTED,
        metavar="N",
        help=f"at most N of them (default: {LISTED})",
    )
    _narrowing(parser, default=None)
    actions = parser.add_subparsers(dest="action", metavar="show | replay", title="with one or some of them")
    origin = "topic/partition/offset, as in the list"
    show = actions.add_parser("show", help="print one record, as far as it is kept")
    show.add_argument("origin", metavar="ORIGIN", help=origin)
    show.add_argument("--raw", action="store_true", help="print only its bytes")
    replay = actions.add_parser("replay", help="send records again to the topics they came from")
    which = replay.add_mutually_exclusive_group(required=True)
    which.add_argument("origins", nargs="*", default=[], metavar="ORIGIN", help=origin)
    which.add_argument("--all", action="store_true", help="all that match, whatever --limit is")
    _narrowing(replay, default=argparse.SUPPRESS)  # a default would overwrite the options before `replay`


def run(arguments: argparse.Namespace) -> int:
    """0, or 1 if a requested record was not resent.

    Raises:
        PageheatError: Kafka is unavailable, or the dead letter does not exist.
    """
    console = Console(highlight=False, soft_wrap=True)
    cluster = Settings.load().kafka
    with closing(KafkaLog(cluster)) as log:
        dead_letters = DeadLetters(log, cluster)
        if arguments.action == "show":
            return _show(dead_letters, arguments.origin, raw=arguments.raw)
        since_ms = wall_clock_ms() - arguments.since if arguments.since else None
        if arguments.action == "replay":
            return _replay(dead_letters, arguments.origins, since_ms, arguments.topic)
        listed, total = dead_letters.newest(arguments.limit, since_ms, arguments.topic)
    if console.is_terminal:
        Console(highlight=False).print(table(listed, total))
    else:
        sys.stdout.writelines(line(one) + "\n" for one in listed)
        if not total:
            print(NONE, file=sys.stderr)
    return 0


def line(one: Listing) -> str:
    """A dead letter as one line: time, origin, bytes, key, reason and first bytes, separated by tabs."""
    size = "-" if one.size is None else str(one.size)
    origin, reason = printable(one.origin), printable(one.reason)
    return "\t".join([_time(one.time_ms), origin, size, _text(one.key), reason, _text(one.head)])


def table(dead_letters: list[Listing], total: int) -> Table | str:
    """The dead letters for people, two lines each."""
    if not total:
        return NONE
    more = f"; --limit {min(total, MAX_LISTED)} shows more" if total > len(dead_letters) else ""
    shown = Table(
        Column("written (UTC)", no_wrap=True),
        Column("origin, size and key", no_wrap=True),
        "reason and first bytes",
        box=box.SIMPLE_HEAD,
        padding=(0, 2, 0, 0),
        caption=f"{len(dead_letters):,} of {counted(total, 'dead letter')}, newest first{more}",
        caption_justify="left",
    )
    for one in dead_letters:
        size = "no value" if one.size is None else counted(one.size, "byte")
        key = "no key" if one.key is None else f"key {_text(one.key)}"
        key = key if len(key) <= KEY_CHARS else key[: KEY_CHARS - 1] + "…"
        shown.add_row(
            Text(_time(one.time_ms)[5:], "cyan"),
            Group(Text(printable(one.origin), "bold"), Text(f"{size}, {key}", "dim")),
            Group(
                Text(printable(one.reason), "red"),
                Text(_text(one.head), "dim", no_wrap=True, overflow="ellipsis"),
            ),
        )
    return shown


def _show(dead_letters: DeadLetters, origin: str, *, raw: bool) -> int:
    found = dead_letters.find(origin)
    if found is None:
        raise NoSuchDeadLetter(
            f"there is no dead letter of {printable(origin)}; 'pageheat dead-letters' lists them"
        )
    dead_letter, time_ms = found
    if raw:
        sys.stdout.buffer.write(dead_letter.value or b"")
        return 0
    size = "no value" if dead_letter.value is None else counted(dead_letter.size, "byte")
    rows = [
        ("origin", dead_letter.origin),
        ("written", _time(time_ms)),
        ("reason", printable(dead_letter.reason)),
        ("key", _text(dead_letter.key)),
        ("size", f"{size}, {len(dead_letter.value or b''):,} are kept" if dead_letter.cut else size),
        *((f"header {printable(name)}", _text(held)) for name, held in dead_letter.headers),
    ]
    for name, value in rows:
        print(f"{name + ':':<10} {value}")
    if dead_letter.value:
        print(f"\n{_text(dead_letter.value)}")
    return 0


def _replay(dead_letters: DeadLetters, origins: list[str], since_ms: int | None, topic: str | None) -> int:
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

    dead_letters.send_again(is_wanted, since_ms, sent, refused)
    for key in sorted(wanted):
        print(f"{_text(key)}: there is no such dead letter")
    print(f"{counts['sent']:,} sent again, {counts['refused']:,} not sent, {len(wanted):,} not found")
    return 1 if counts["refused"] or wanted else 0


def _narrowing(parser: argparse.ArgumentParser, default: str | None) -> None:
    topics = [name for name in read_specs() if name != DEAD_LETTER]
    parser.add_argument(
        "--since", type=age_ms, metavar="AGE", default=default, help="not older than 30m, 2h or 7d"
    )
    parser.add_argument(
        "--topic", choices=topics, metavar="TOPIC", default=default, help=f"one topic: {', '.join(topics)}"
    )


def _time(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms // 1000, UTC):%Y-%m-%d %H:%M:%S}"


def _text(data: bytes | None) -> str:
    return "-" if data is None else printable(data.decode("utf-8", "backslashreplace"))
