"""`pageheat import`: counts old logs and recordings into a count file, without Kafka."""

import argparse
import os
import shlex
import sys
from collections.abc import Generator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from pageheat.counts import CountFile, Import, Staging
from pageheat.imports.click_log import FORMS, ClickLog
from pageheat.imports.files import STANDARD_INPUT, name_of, opened, size_of
from pageheat.imports.lines import LogFile, NotRead
from pageheat.imports.page_names import PageKeys
from pageheat.imports.positions import UNKNOWN_WIDTH, Reader, Unreadable
from pageheat.imports.taking import LineCounts, take
from pageheat.imports.trace import Trace, is_header
from pageheat.plural import counted
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.pages import Pages
from pageheat.services.contract.sites import parse_origins, parse_sites
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.settings import IngestSettings
from pageheat.traffic import recordings
from pageheat.traffic.recordings import NoRecording

HELP = "count old click logs and recordings into a file for 'pageheat render'"

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
    """
    files = arguments.files or [STANDARD_INPUT]
    if STANDARD_INPUT in files and os.isatty(0):
        print("reading from the terminal; end with Ctrl-D", file=sys.stderr)
    settings = IngestSettings.load()
    sites = parse_sites(",".join([settings.sites, *arguments.site]))
    origins = Origins(settings.site_url, sites, parse_origins(settings.origins) - {"*"})
    forms = (arguments.format,) if arguments.format in FORMS else FORMS
    clicks = ClickLog(PageKeys(origins, settings.pages), forms=forms, beacon=arguments.beacon)
    with CountFile(arguments.output, create=True) as counts:
        importing = _Importing(counts, clicks, settings.pages, arguments.format, arguments.again)
        importing.all(files)
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
        self._console = Console(highlight=False, soft_wrap=True)

    def all(self, paths: list[Path]) -> None:
        """Import all files, skipping those that fail; the progress bar counts bytes on disk."""
        files = [file for path in paths for file in self._found(path)]
        sizes = [size_of(file) for file in files]
        total = None if None in sizes else sum(filter(None, sizes))
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        with Progress(
            *columns, console=self._console, transient=True, disable=not self._console.is_terminal
        ) as progress:
            bar = progress.add_task("", total=total)
            done = 0
            for file, size in zip(files, sizes, strict=True):
                name = name_of(file)
                try:
                    with closing(self._one(file, name)) as steps:
                        for position, doing in steps:
                            progress.update(bar, completed=done + position, description=f"{name}: {doing}")
                except (NotRead, NoRecording, Unreadable) as error:
                    self._leave_out(f"{name}: {error}")
                done += size or 0
                progress.update(bar, completed=done)

    def _found(self, path: Path) -> list[Path]:
        try:
            return recordings.find(path) if path.is_dir() else [path]
        except NoRecording as error:
            self._leave_out(str(error))
            return []

    def _one(self, file: Path, name: str) -> Generator[tuple[int, str]]:
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
            self._console.print(
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

    def _leave_out(self, reason: str) -> None:
        self._left_out += 1
        self._console.print(f"left out: {reason}", markup=False)

    def _add_up(self, name: str, tally: LineCounts) -> None:
        self._files += 1
        self._total += tally
        self._console.print(f"{name}: {_text(tally)}", markup=False)
        for line, reason in tally.first_unreadable:
            self._console.print(f"  {name}:{line}: {reason}", markup=False)
        more = tally.unreadable - len(tally.first_unreadable)
        if more > 0:
            self._console.print(f"  and {more:,} more")

    def report(self) -> int:
        """Print what the count file has now, and the next command; returns the exit code."""
        files = self._files + self._left_out
        if files > 1:
            self._console.print(f"{self._files} of {files} files: {_text(self._total)}")
        pages = self._counts.pages()
        path = self._counts.path
        if pages:
            shown = ", ".join(pages[:SHOWN_PAGES]) + (", …" if len(pages) > SHOWN_PAGES else "")
            self._console.print(
                f"{path}: {counted(len(pages), 'page')}, busiest first: {shown}", markup=False
            )
            render = shlex.join(["pageheat", "render", pages[0], "--counts", str(path), "-o", "heat.png"])
            self._console.print(f"Next: {render}", markup=False)
        else:
            self._console.print("nothing was imported")
        return 1 if self._left_out or self._total.unreadable else 0


def _text(tally: LineCounts) -> str:
    """The outcome of the lines; the numbers behind the colon add up to the one before it."""
    events = [counted(n, noun) for n, noun in ((tally.clicks, "click"), (tally.moves, "move")) if n] or [
        "no event"
    ]
    where = f" on {counted(tally.pages, 'page')}" if tally.events and tally.pages else ""
    refused = [f"{tally.refused:,} refused by the server"] if tally.refused else []
    others = [*refused, f"{tally.others:,} other", f"{tally.unreadable:,} unreadable"]
    return f"{counted(tally.lines, 'line')}: {' and '.join(events)}{where}, {', '.join(others)}"


def _day(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000).astimezone():%Y-%m-%d %H:%M}"
