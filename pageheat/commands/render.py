"""`pageheat render`: draws pages' heat, from imported counts or from the live topic."""

import argparse
import dataclasses
import difflib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from PIL import Image, UnidentifiedImageError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from pageheat.commands.bounds import age_ms
from pageheat.counts import CountFile, PageCounts
from pageheat.live_counts import LiveCounts, read_log
from pageheat.page_picture import NothingToDraw, PagePicture, amount, picture_of, require_band
from pageheat.plural import counted
from pageheat.services.contract.bands import Bands
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.topics import BY_PAGE, read_specs
from pageheat.services.picture.drawing import MAX_HEIGHT_PX, MAX_WIDTH_PX, TooLarge, size_px
from pageheat.services.picture.options import Options
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.logs import printable
from pageheat.services.runtime.settings import PageSettings, WindowSettings

HELP = "draw pages' heat as PNG files"

MAX_NAME = 60
"""Characters of a page's path in its file's name: at most 240 bytes, where file systems allow 255."""

SHOWN_PAGES = 5
"""Pages named in a message."""


class NoSuchPage(PageheatError):
    """The page has no counts; the message names pages that have."""


class CannotDraw(PageheatError):
    """A file cannot be read or written, or options don't fit together."""


class Counts(Protocol):
    """The source of counts: a count file, or the live topic."""

    def pages(self) -> list[str]:
        """Keys of all pages, busiest first."""

    def read(self, page: str) -> PageCounts:
        """A page's events."""


class RenderSettings(WindowSettings, PageSettings):
    """The settings of `render`: the window, and the names of pages."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The pages, their source, the output, and the look."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "page",
        nargs="?",
        metavar="PAGE",
        help="a page's address within its site, such as /lamp, or //site/path",
    )
    which.add_argument("--all", action="store_true", help="all pages, one file each")
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="PATH", help="the PNG file; a folder with --all"
    )
    parser.add_argument(
        "--counts", type=Path, metavar="FILE", help="a count file of 'pageheat import' (default: Kafka)"
    )
    parser.add_argument(
        "--since",
        type=age_ms,
        metavar="AGE",
        help="only events from Kafka not older than 90s, 30m, 2h or 1d (default: all it keeps)",
    )
    parser.add_argument("--over", type=Path, metavar="SHOT", help="draw over this screenshot of the page")
    parser.add_argument(
        "--size",
        type=_size,
        metavar="WxH",
        help="the page's size in px (default: its newest known size, or the screenshot's)",
    )
    looks = parser.add_argument_group("looks")
    for option in dataclasses.fields(Options):
        default = f" (default: {option.default})" if option.default is not None else ""
        looks.add_argument(
            f"--{option.name}", metavar=option.name.upper(), help=option.metadata["meaning"] + default
        )


def run(arguments: argparse.Namespace) -> int:
    """0 if at least one picture was drawn, 1 otherwise.

    Raises:
        WrongOption: an option of the look is invalid.
        NoSuchPage: the page is unknown.
        NothingToDraw: the page has no such event.
        NoCounts, KafkaAway, CannotDraw: the source cannot be read, or the output not written.
    """
    given = {option.name: getattr(arguments, option.name) for option in dataclasses.fields(Options)}
    options = Options.parse({name: text for name, text in given.items() if text is not None})
    settings = RenderSettings.load()
    require_band(options, settings.bands)
    if not arguments.all and arguments.output.suffix.lower() != ".png":
        raise CannotDraw(f"{arguments.output}: pictures are PNG files: give a name that ends in .png")
    console = Console(highlight=False, soft_wrap=True)
    with _counts(arguments, options, settings, console) as counts:
        drawing = _Drawing(counts, options, settings.bands, arguments.size, console)
        if arguments.all:
            return drawing.all(arguments.output, arguments.over)
        # counts of earlier settings keep their names
        page = arguments.page if arguments.page in counts.pages() else settings.pages.key(arguments.page)
        return drawing.one(page, arguments.output, arguments.over)


class _Drawing:
    """Draws pages of one source, all with the same look."""

    def __init__(
        self, counts: Counts, options: Options, bands: Bands, size: tuple[int, int] | None, console: Console
    ) -> None:
        self._counts = counts
        self._options = options
        self._bands = bands
        self._size = size
        self._console = console

    def one(self, page: str, file: Path, over: Path | None) -> int:
        pages = self._counts.pages()
        if page not in pages:
            raise NoSuchPage(_not_there(page, pages))
        drawn = self._draw(page, file, _screenshot(over) if over else None)
        self._console.print(self._summary(page, drawn, file), markup=False)
        return 0

    def all(self, directory: Path, over: Path | None) -> int:
        if over:
            raise CannotDraw("--over is a screenshot of one page: name the page instead of --all")
        names = file_names(self._counts.pages())
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotDraw(f"{directory}: {error.strerror}") from None
        left_out = []
        with _progress(self._console) as progress:
            for page in progress.track(names, description="drawing"):
                file = directory / names[page]
                try:
                    drawn = self._draw(page, file, None)
                except (NothingToDraw, TooLarge) as error:
                    left_out.append(error if isinstance(error, NothingToDraw) else f"{page}: {error}")
                else:
                    progress.console.print(self._summary(page, drawn, file), markup=False)
        for reason in left_out:
            self._console.print(f"left out: {printable(str(reason))}", markup=False)
        made = len(names) - len(left_out)
        self._console.print(f"{made:,} of {len(names):,} pages drawn to {directory}", markup=False)
        return 0 if made else 1

    def _draw(self, page: str, file: Path, over: Image.Image | None) -> PagePicture:
        drawn = picture_of(self._counts.read(page), self._options, self._bands, self._size, over)
        try:
            file.write_bytes(drawn.picture.png)
        except OSError as error:
            raise CannotDraw(f"{file}: {error.strerror}") from None
        return drawn

    def _summary(self, page: str, drawn: PagePicture, file: Path) -> str:
        picture = drawn.picture
        visitors = self._counts.visitors(page) if isinstance(self._counts, LiveCounts) else None
        by = f" of {counted(visitors, 'visitor')}" if visitors else ""
        reasons = [
            f"{drawn.outside:,} outside the page" if drawn.outside else "",
            f"{drawn.elsewhere:,} that count from the other origin" if drawn.elsewhere else "",
        ]
        left_out = " and ".join(filter(None, reasons))
        return (
            f"{printable(page)}: {amount(picture.total, self._options.layer)}{by} on {picture.width_px:,} × "
            f"{picture.height_px:,} px"
            + (" from the first element" if drawn.origin == "first" else "")
            + f", {len(picture.png) / 1000:,.0f} kB: {file}"
            + (f" (left out: {left_out})" if left_out else "")
        )


@contextmanager
def _counts(
    arguments: argparse.Namespace, options: Options, settings: RenderSettings, console: Console
) -> Iterator[Counts]:
    """The counts of the count file, or of Kafka's records.

    Raises:
        NoSuchPage: Kafka has no events in that time.
        CannotDraw: the count file does not support an option.
    """
    if arguments.counts:
        if arguments.since:
            raise CannotDraw("--since is for events from Kafka: a count file has no times")
        with CountFile(arguments.counts) as file:
            yield file
        return
    retention_ms = read_specs()[BY_PAGE].retention_ms
    ages_ms = [age for age in (arguments.since, retention_ms) if age is not None and age >= 0]
    since_ms = wall_clock_ms() - min(ages_ms) if ages_ms else 0
    live = LiveCounts(
        since_ms,
        arguments.page and settings.pages.key(arguments.page),
        options.origin or "page",
        settings.bands,
        options.band,
        count_robots=settings.count_robots,
    )
    with _progress(console) as progress:
        bar = progress.add_task("reading", total=1)
        for part in read_log(settings.kafka, since_ms, live):
            progress.update(bar, completed=part)
        progress.update(bar, completed=1)
    if not live.pages():
        raise NoSuchPage(f"{BY_PAGE} has no events in that time; --counts FILE draws imported ones")
    yield live


def file_names(pages: Sequence[str]) -> dict[str, str]:
    """Page → name of its file: readable, unique, and valid on any file system."""
    names: dict[str, str] = {}
    taken = set()
    for page in sorted(pages):
        stem = re.sub(r"[^\w.]+", "-", unquote(page)).strip("-._")[:MAX_NAME] or "index"
        name, number = f"{stem}.png", 1
        while name.casefold() in taken:  # some file systems ignore case
            number += 1
            name = f"{stem}-{number}.png"
        taken.add(name.casefold())
        names[page] = name
    return {page: names[page] for page in pages}


def _not_there(page: str, pages: list[str]) -> str:
    near = difflib.get_close_matches(page, pages, SHOWN_PAGES, cutoff=0.5)
    if near:
        return f"there are no counts of {page}; did you mean {' or '.join(near)}?"
    more = f" and {len(pages) - SHOWN_PAGES:,} more" if len(pages) > SHOWN_PAGES else ""
    return f"there are no counts of {page}, but of {', '.join(pages[:SHOWN_PAGES])}{more}"


def _screenshot(file: Path) -> Image.Image:
    try:
        with Image.open(file) as image:
            size_px(*image.size)
            image.load()
            return image
    except UnidentifiedImageError:
        raise CannotDraw(f"{file} is not a picture") from None
    except Image.DecompressionBombError as error:
        raise CannotDraw(f"{file}: {error}") from None
    except OSError as error:
        raise CannotDraw(f"{file}: {error.strerror or error}") from None


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", text)
    if not found or int(found[1]) > MAX_WIDTH_PX or int(found[2]) > MAX_HEIGHT_PX:
        raise argparse.ArgumentTypeError(
            f"{text}: expected WIDTHxHEIGHT in px, such as 1280x4000, at most {MAX_WIDTH_PX}x{MAX_HEIGHT_PX}"
        )
    return int(found[1]), int(found[2])
