"""How many lines per second does `pageheat import` read, and how much memory does it use?

A million lines of each form, on 200 pages: half of the clicks at 20 positions of a page, the others anywhere,
so most positions are new to the count file. Each log is imported by its own process. The wall-clock time
includes the process' start and writing the file; other load on the machine slows it. For comparison, Python
only reads and splits the same lines. Each line must be counted as its kind.

Not shown: slow disks, and files larger than memory. Lines come from the system's cache.
"""

import gzip
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from benchmarks.harness import Benchmark, Context, Row, Values

LINES = 1_000_000
TARGET = 100_000
"""Lines per second."""

AGENT = "Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.8.0.7) Gecko/20060909 Firefox/1.5.0.7"
PAGES = [f"http://shop.example/things/{i}" for i in range(200)]
random_ = random.Random(2006)
HOT = [[(random_.randrange(1280), random_.randrange(4000)) for _ in range(20)] for _ in PAGES]


def click() -> tuple[int, int, str]:
    """Return a position and a page."""
    page = random_.randrange(len(PAGES))
    anywhere = random_.randrange(1280), random_.randrange(4000)
    x, y = anywhere if random_.random() < 0.5 else random_.choice(HOT[page])
    return x, y, PAGES[page]


def line_of_2006() -> str:
    x, y, page = click()
    return f"?x={x}&y={y},{page}\n"


def request(target: str, status: int, referer: str) -> str:
    address = f"203.0.113.{random_.randrange(256)}"
    time_ = f"10/Oct/2006:13:{random_.randrange(60):02}:36 +0200"
    return f'{address} - - [{time_}] "GET {target} HTTP/1.1" {status} 512 "{referer}" "{AGENT}"\n'


def line_of_server() -> str:
    x, y, page = click()
    return request(f"/click?x={x}&y={y}", 204, page)


def line_with_more_parameters() -> str:
    x, y, page = click()
    return request(f"/click?t={random_.random()}&x={x}.5&y={y}.25&u={page}", 204, "http://shop.example/")


def line_of_busy_server() -> str:
    if random_.random() < 0.1:
        return line_of_server()
    return request(f"/assets/{random_.randrange(500)}.png?v=3", 200, random_.choice(PAGES))


def row() -> str:
    x, y, _ = click()
    return f"{1671196645197 + x},{x},{y},mousemove,//*[@id='rcnt']/div[2]/div[{y % 9}]\n"


def unreadable() -> str:
    return f"{random_.random()} is no click\n"


FORMS: dict[str, tuple[str, Callable[[], str], str]] = {
    "2006": ("clicks.log", line_of_2006, "clicks"),
    "server": ("server.log", line_of_server, "clicks"),
    "server, gzipped": ("packed.log.gz", line_of_server, "clicks"),
    "server, more parameters": ("more.log", line_with_more_parameters, "clicks"),
    "server, 1 click in 10": ("busy.log", line_of_busy_server, ""),
    "recording": ("recording.csv", row, "moves"),
    "all unreadable": ("noise.log", unreadable, "unreadable"),
}
"""Name → file, function that makes a line, and the kind of all its lines ("" if they differ)."""


@contextmanager
def written() -> Iterator[Context]:
    """Write the logs to a folder that is deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder:
        for name, line, _ in FORMS.values():
            write(Path(folder) / name, line)
        yield {"folder": folder}


def write(file: Path, line: Callable[[], str]) -> None:
    """Write a log."""
    with gzip.open(file, "wt", 1) if file.suffix == ".gz" else file.open("w") as opened:
        if file.suffix == ".csv":
            opened.write("timestamp,xpos,ypos,event,xpath\n")
        opened.writelines(line() for _ in range(LINES))


def import_(form: str, context: Context) -> Values:
    """Import a log of that form."""
    name, _, kind = FORMS[form]
    with tempfile.TemporaryDirectory(prefix="counts-", dir=context["folder"]) as folder:
        counts = Path(folder) / "counts.sqlite"
        command = [
            sys.executable,
            "-m",
            "pageheat",
            "import",
            f"{context['folder']}/{name}",
            "-o",
            str(counts),
        ]
        quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
        began_s = time.perf_counter()
        process = os.posix_spawn(sys.executable, command, os.environ, file_actions=quiet)
        _, _, used = os.wait4(process, 0)
        took_s = time.perf_counter() - began_s
        check(counts, kind)
    core_s = used.ru_utime + used.ru_stime
    return {
        form: LINES / took_s,
        f"{form}, memory": used.ru_maxrss / 1000,
        f"{form}, one core": LINES / core_s,
    }


def check(counts: Path, kind: str) -> None:
    """Assert that each line was counted as its kind. A log of only noise gives no file."""
    if kind == "unreadable":
        assert not counts.exists()
        return
    with closing(sqlite3.connect(counts)) as database:
        database.row_factory = sqlite3.Row
        found = dict(database.execute("SELECT * FROM imports").fetchone())
        (events,) = database.execute("SELECT sum(n) FROM counts").fetchone()
    assert found["unreadable"] == 0
    assert events == found["moves"] + found["clicks"]
    if kind:
        assert found[kind] == LINES
    else:
        assert found["clicks"] + found["other"] == LINES
        assert LINES * 0.08 < found["clicks"] < LINES * 0.12


def read_and_split(context: Context) -> Values:
    """Measure how fast Python reads and splits the server log's lines."""
    began_s = time.perf_counter()
    with (Path(context["folder"]) / FORMS["server"][0]).open("rb") as opened:
        fields = sum(len(line.split()) > 9 for line in opened)
    assert fields == LINES
    return {"server, only read and split": LINES / (time.perf_counter() - began_s)}


BENCHMARK = Benchmark(
    question=f"pageheat import: lines a second by the clock, {LINES:,} lines of each form, and memory",
    cases={form: partial(import_, form) for form in FORMS} | {"read and split": read_and_split},
    rows=[
        *(Row(form, "lines/s", TARGET, at_least=1) for form in FORMS),
        Row("server, only read and split", "lines/s", TARGET),
        *(Row(f"{form}, one core", "lines/s") for form in FORMS),
        *(Row(f"{form}, memory", "MB") for form in FORMS),
    ],
    prepare=written,
    rounds=3,
)
