"""Runs benchmarks: `python -m benchmarks [NAME…]`, all of them without a name.

Prints a table a question and appends a JSON line a row to the results. Exits with 1 when a case failed; a
target that is missed is told, and is no failure.
"""

import argparse
import json
import sys
import time
from importlib import import_module
from pathlib import Path

from rich.console import Console

from benchmarks.harness import Benchmark, Failed, Unavailable, as_json_lines, measure, show

NAMES = (
    "beacon",
    "costs",
    "fanout",
    "frames",
    "group-by",
    "import-logs",
    "ingest",
    "latency",
    "overlap",
    "overlay",
    "pages",
    "picture",
    "restart",
    "scale",
    "system",
    "viewer-bytes",
    "window",
)
"""In the order of `make bench`; each is a module of this folder."""

RESULTS = Path("benchmarks/results.jsonl")


def find(name: str) -> Benchmark:
    """The benchmark of that name."""
    found = import_module(f"benchmarks.{name.replace('-', '_')}").BENCHMARK
    assert isinstance(found, Benchmark)
    return found


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--rounds", type=int, help="how many times each case is run")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where JSON lines are appended")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(NAMES):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    if asked.case:
        case = find(asked.names[0]).cases[asked.case]
        print(json.dumps(case(json.load(sys.stdin))))
        return 0
    console, failed = Console(), False
    for name in asked.names or NAMES:
        benchmark, began_s = find(name), time.time()
        try:
            with console.status(name) as status:
                lines = measure(name, benchmark, asked.rounds or benchmark.rounds, status.update)
        except Failed as failure:
            console.print(str(failure), style="red", markup=False, highlight=False)
            failed = True
            continue
        except Unavailable as reason:
            console.print(f"{name} is left out; it needs: {reason}\n", markup=False, highlight=False)
            continue
        show(benchmark, lines, console)
        with asked.results.open("a") as results:
            results.writelines(
                f"{line}\n" for line in as_json_lines(name, benchmark.question, lines, began_s)
            )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
