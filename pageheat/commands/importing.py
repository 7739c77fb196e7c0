"""What both kinds of `pageheat import` share: files one by one with their progress, and outcomes."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from pageheat.imports.files import name_of, size_of
from pageheat.imports.lines import NotRead
from pageheat.imports.positions import Unreadable
from pageheat.imports.taking import LineCounts
from pageheat.plural import counted
from pageheat.traffic import recordings
from pageheat.traffic.recordings import NoRecording

Steps = Generator[tuple[int, str]]
"""The bytes read so far, and the current activity."""


def take_all(
    paths: list[Path],
    console: Console,
    one: Callable[[Path, str], Steps],
    leave_out: Callable[[str], None],
) -> None:
    """Take all files, skipping those that fail; the progress bar counts bytes on disk.

    Args:
        paths: files, and folders of recordings.
        console: shows the progress.
        one: takes a file of this name; may raise NotRead, NoRecording or Unreadable.
        leave_out: is told why a file fails.
    """
    files = [file for path in paths for file in _found(path, leave_out)]
    sizes = [size_of(file) for file in files]
    total = None if None in sizes else sum(filter(None, sizes))
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=total)
        done = 0
        for file, size in zip(files, sizes, strict=True):
            name = name_of(file)
            try:
                with closing(one(file, name)) as steps:
                    for position, doing in steps:
                        progress.update(bar, completed=done + position, description=f"{name}: {doing}")
            except (NotRead, NoRecording, Unreadable) as error:
                leave_out(f"{name}: {error}")
            done += size or 0
            progress.update(bar, completed=done)


@contextmanager
def told_at_ctrl_c(console: Console) -> Iterator[None]:
    """Say on Ctrl-C what becomes of an import into the history, before the process ends."""
    try:
        yield
    except KeyboardInterrupt:
        console.print("stopped; what is stored stays: the same command goes on from there")
        raise


def _found(path: Path, leave_out: Callable[[str], None]) -> list[Path]:
    try:
        return recordings.find(path) if path.is_dir() else [path]
    except NoRecording as error:
        leave_out(str(error))
        return []


def print_outcome(console: Console, name: str, tally: LineCounts) -> None:
    """Print the outcome of a file's lines, and the first that are unreadable."""
    console.print(f"{name}: {outcome(tally)}", markup=False)
    for line, reason in tally.first_unreadable:
        console.print(f"  {name}:{line}: {reason}", markup=False)
    more = tally.unreadable - len(tally.first_unreadable)
    if more > 0:
        console.print(f"  and {more:,} more")


def outcome(tally: LineCounts) -> str:
    """The outcome of lines; the numbers behind the colon add up to the one before it."""
    events = [counted(n, noun) for n, noun in ((tally.clicks, "click"), (tally.moves, "move")) if n] or [
        "no event"
    ]
    where = f" on {counted(tally.pages, 'page')}" if tally.events and tally.pages else ""
    further = [
        (tally.known, "imported before"),
        (tally.refused, "refused by the server"),
        (tally.untimed, "without a time"),
    ]
    others = [f"{n:,} {what}" for n, what in further if n]
    others += [f"{tally.others:,} other", f"{tally.unreadable:,} unreadable"]
    return f"{counted(tally.lines, 'line')}: {' and '.join(events)}{where}, {', '.join(others)}"
