"""How many lines a second does `pageheat import` take, and how much memory?

A million lines of each form, on 200 pages: half of the clicks in 20 places of a page, the others anywhere, so
that most places are new to the count file. Each log is imported by a process of its own, its start and the
writing of the file included, by the clock and in time of one core (another's work on the machine slows the
clock alone). Reference: Python reading the same lines and splitting them, nothing else.

    python benchmarks/import_logs.py [LINES]
"""

import gzip
import os
import platform
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

AGENT = "Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.8.0.7) Gecko/20060909 Firefox/1.5.0.7"
PAGES = [f"http://shop.example/things/{i}" for i in range(200)]
random_ = random.Random(2006)
HOT = [[(random_.randrange(1280), random_.randrange(4000)) for _ in range(20)] for _ in PAGES]


def click() -> tuple[int, int, str]:
    """Position and page."""
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


FORMS: dict[str, tuple[str, Callable[[], str]]] = {
    "2006": ("clicks.log", line_of_2006),
    "server": ("server.log", line_of_server),
    "server, gzipped": ("packed.log.gz", line_of_server),
    "server, more parameters": ("more.log", line_with_more_parameters),
    "server, 1 click in 10": ("busy.log", line_of_busy_server),
    "recording": ("recording.csv", row),
    "all unreadable": ("noise.log", unreadable),
}


def write(file: Path, lines: int, line: Callable[[], str]) -> None:
    """Make a log of so many lines."""
    with gzip.open(file, "wt") if file.suffix == ".gz" else file.open("w") as opened:
        if file.suffix == ".csv":
            opened.write("timestamp,xpos,ypos,event,xpath\n")
        opened.writelines(line() for _ in range(lines))


def import_(file: Path) -> tuple[float, float, float]:
    """Import a file; seconds by the clock, seconds of one core, and MB at most."""
    command = [sys.executable, "-m", "pageheat", "import", str(file), "-o", str(file.with_suffix(".sqlite"))]
    began_s = time.perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    process = os.posix_spawn(sys.executable, command, os.environ, file_actions=quiet)
    _, _, used = os.wait4(process, 0)
    return time.perf_counter() - began_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000


def reference(file: Path) -> float:
    """Seconds of one core for reading and splitting the lines."""
    began_s = time.process_time()
    with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as opened:
        for line in opened:
            line.split()
    return time.process_time() - began_s


def main() -> None:
    """Measure each form."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}")
    print(f"{lines:,} lines of each form, in lines/s\n")
    print(f"{'':<25}{'clock':>11}{'one core':>11}{'reference':>12}{'memory':>9}{'file':>9}")
    with tempfile.TemporaryDirectory(dir=".") as folder:
        for name, (file_name, line) in FORMS.items():
            file = Path(folder) / file_name
            write(file, lines, line)
            clock_s, core_s, memory_mb = import_(file)
            counts = file.with_suffix(".sqlite")
            size_mb = counts.stat().st_size / 1e6 if counts.exists() else 0
            print(
                f"{name:<25}{lines / clock_s:>11,.0f}{lines / core_s:>11,.0f}"
                f"{lines / reference(file):>12,.0f}{memory_mb:>6.0f} MB{size_mb:>6.0f} MB"
            )


if __name__ == "__main__":
    main()
