"""`pageheat import`: counts old logs and recordings into a count file, without Kafka, or into the history."""

import argparse
import os
import shlex
import sys
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import msgspec
from rich.console import Console

from pageheat.commands import import_history
from pageheat.commands.bounds import time_ms
from pageheat.commands.importing import Steps, outcome, print_outcome, take_all
from pageheat.counts import CountFile, Import, Staging
from pageheat.imports.click_log import FORMS, ClickLog
from pageheat.imports.files import STANDARD_INPUT, opened
from pageheat.imports.lines import LogFile, NotRead
from pageheat.imports.page_names import PageKeys
from pageheat.imports.positions import UNKNOWN_WIDTH, Reader
from pageheat.imports.taking import LineCounts, take
from pageheat.imports.trace import Trace, is_header
from pageheat.plural import counted
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.pages import Pages
from pageheat.services.contract.records import Size
from pageheat.services.contract.sites import parse_origins, parse_sites
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.settings import PastSettings
from pageheat.traffic import recordings

HELP = "count old click logs and recordings into a file for 'pageheat render', or into the history"

EVTRACK = "evtrack"

SHOWN_PAGES = 3
"""Pages named in the summary: enough to see what their keys look like."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to read, how, and the file to write."""
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="logs and recordings, plain or gzipped, or a folder of recordings; - or none: standard input",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("counts.sqlite"),
        metavar="COUNTS",
        help="the count file to create or extend (default: counts.sqlite)",
    )
    parser.add_argument(
        "--format",
        choices=(*FORMS, EVTRACK),
        help="2006: ?x=1&y=2,http://site/page; server: Apache's and nginx's logs; w3c: IIS's logs; "
        "json: a JSON object per line, as by Caddy; evtrack: recordings (default: detected line by line)",
    )
    parser.add_argument(
        "--beacon",
        metavar="PATH",
        help="in a server's log, count only requests of this path (default: all with x and y)",
    )
    parser.add_argument(
        "--site",
        type=_site,
        action="append",
        default=[],
        metavar="NAME=ORIGIN",
        help="a site whose pages become //NAME/path, in addition to SITES (default: //host/path)",
    )
    parser.add_argument(
        "--again", action="store_true", help="also import what was imported before, and count it twice"
    )
    parser.add_argument(
        "--history",
        action="store_true",
        help="into the running history, with the times that the log has; -o is not used then",
    )
    parser.add_argument(
        "--time",
        type=time_ms,
        metavar="TIME",
        help="with --history: when lines without a time happened, such as 2026-03-01; all lines of the form "
        "of 2006 are such (default: they are left out)",
    )
    parser.add_argument(
        "--size",
        type=_size,
        metavar="WIDTHxHEIGHT",
        help="with --history: size in px of pages whose size the history does not know",
    )


def _size(text: str) -> Size:
    try:
        width, height = map(int, text.split("x"))
        return msgspec.convert({"width": width, "height": height}, Size)
    except (ValueError, msgspec.ValidationError):
        raise argparse.ArgumentTypeError(f"{text}: should be a size in px, such as 1280x4000") from None


def _site(text: str) -> str:
    try:
        parse_sites(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def run(arguments: argparse.Namespace) -> int:
    """0 if all was imported, 1 if a file or line was unreadable, or a file was imported before.

    Raises:
        NoCounts: the count file is invalid, or cannot be written.
        HistoryAway: the history does not answer, or refuses.
    """
    files = arguments.files or [STANDARD_INPUT]
    if STANDARD_INPUT in files and os.isatty(0):
        print("reading from the terminal; end with Ctrl-D", file=sys.stderr)
    settings = PastSettings.load()
    sites = parse_sites(",".join([settings.sites, *arguments.site]))
    origins = Origins(settings.site_url, sites, parse_origins(settings.origins) - {"*"})
    forms = (arguments.format,) if arguments.format in FORMS else FORMS
    clicks = ClickLog(PageKeys(origins, settings.pages), forms=forms, beacon=arguments.beacon)
    if arguments.history:
        return import_history.run(files, clicks, arguments, settings)
    with CountFile(arguments.output, create=True) as counts:
        importing = _Importing(counts, clicks, settings.pages, arguments.format, arguments.again)
        take_all(files, importing.console, importing.one, importing.leave_out)
        return importing.report()


class _Importing:
    """Imports files into a count file one by one, and prints what it imported."""

    def __init__(
        self, counts: CountFile, clicks: ClickLog, pages: Pages, format_: str | None, again: bool
    ) -> None:
        self._counts = counts
        self._clicks = clicks
        self._pages = pages
        self._format = format_
        self._again = again
        self._total = LineCounts()
        self._files = self._left_out = 0
        self.console = Console(highlight=False, soft_wrap=True)

    def one(self, file: Path, name: str) -> Steps:
        """Import a file completely or not at all; yields the bytes read so far and the current activity.

        Raises:
            NotRead, NoRecording, Unreadable: nothing was imported; the message says why.
        """
        with opened(file) as data, self._counts.staging() as staging:
            log = LogFile(data)
            before = self._counts.imported(log.head)
            if before and not self._again:
                raise NotRead(
                    f"begins like {before.name}, imported on {_day(before.imported)}: it is the same file, "
                    "or has grown since; give only its new lines, or --again to count all of it once more"
                )
            for tally in take(log.lines(), self._reader(file, log, staging), staging):
                yield log.position, f"{tally.lines:,} lines"
            if tally.events:
                yield log.position, f"writing {tally.events:,} events"
                staging.commit(
                    Import(
                        name=name,
                        imported=wall_clock_ms(),
                        head=log.head,
                        lines=tally.lines,
                        moves=tally.moves,
                        clicks=tally.clicks,
                        other=tally.others + tally.refused,
                        unreadable=tally.unreadable,
                    )
                )
        self._add_up(name, tally)
        if log.rubbish_bytes:
            self.console.print(
                f"  {name}: skipped {counted(log.rubbish_bytes, 'byte')} behind its gzip data", markup=False
            )

    def _reader(self, file: Path, log: LogFile, staging: Staging) -> Reader:
        header = log.first_line()
        if self._format in FORMS or not (self._format == EVTRACK or is_header(header)):
            self._clicks.begin()
            return self._clicks.read
        if file == STANDARD_INPUT:
            raise NotRead("a recording; its page is named after its file, so give the file")
        plain = file.with_suffix("") if file.suffix == ".gz" else file
        page = self._pages.name(f"{recordings.default_prefix(plain)}/{quote(os.fsencode(plain.stem))}")
        viewport = UNKNOWN_WIDTH
        metadata = recordings.metadata_of(plain)
        if metadata.exists():
            with opened(metadata) as data:
                document, window = recordings.read_sizes(data.read().decode("utf-8", "replace"))
            staging.document(page, document)
            viewport = int(window.width)
        return Trace(header, page, viewport).read

    def leave_out(self, reason: str) -> None:
        """Say why a file is not imported."""
        self._left_out += 1
        self.console.print(f"left out: {reason}", markup=False)

    def _add_up(self, name: str, tally: LineCounts) -> None:
        self._files += 1
        self._total += tally
        print_outcome(self.console, name, tally)

    def report(self) -> int:
        """Print what the count file has now, and the next command; returns the exit code."""
        files = self._files + self._left_out
        if files > 1:
            self.console.print(f"{self._files} of {files} files: {outcome(self._total)}")
        pages = self._counts.pages()
        path = self._counts.path
        if pages:
            shown = ", ".join(pages[:SHOWN_PAGES]) + (", …" if len(pages) > SHOWN_PAGES else "")
            self.console.print(f"{path}: {counted(len(pages), 'page')}, busiest first: {shown}", markup=False)
            render = shlex.join(["pageheat", "render", pages[0], "--counts", str(path), "-o", "heat.png"])
            self.console.print(f"Next: {render}", markup=False)
        else:
            self.console.print("nothing was imported")
        return 1 if self._left_out or self._total.unreadable else 0


def _day(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000).astimezone():%Y-%m-%d %H:%M}"
