"""Processes of moving visitors (`visitors.py`): a process may open no more files than the system allows."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise

import msgspec

from benchmarks.visitors import Order, Outcome
from pageheat.parent import ending_with_parent

MOST_VISITORS = 10_000
"""Of a process: half the open files that the smallest limit we met allows."""


def processes_for(visitors: int) -> int:
    """Return how many processes that many visitors need."""
    return -(-visitors // MOST_VISITORS)


def divided(order: Order, processes: int) -> list[Order]:
    """Divide an order's visitors, as equally as possible, among processes."""
    ends = [order.visitors * number // processes for number in range(processes + 1)]
    return [
        msgspec.structs.replace(order, first=order.first + first, visitors=end - first)
        for first, end in pairwise(ends)
    ]


@contextmanager
def moving(orders: Sequence[Order]) -> Iterator[Callable[[], Outcome]]:
    """Start a process for each order; when all visitors move, yield a function that waits for the outcome."""
    with ExitStack() as stack:
        processes = [_started(order, stack) for order in orders]
        for process in processes:
            assert _line(process) == b"moving\n"
        yield lambda: together([msgspec.json.decode(_line(process), type=Outcome) for process in processes])


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of several processes, in the order of their visitors; the latest counts."""
    return Outcome(
        frames=sum(each.frames for each in outcomes),
        points=sum(each.points for each in outcomes),
        due=sum(each.due for each in outcomes),
        late_p99_ms=max(each.late_p99_ms for each in outcomes),
        cpu_s=sum(each.cpu_s for each in outcomes),
        sent=[frames for each in outcomes for frames in each.sent],
    )


def _started(order: Order, stack: ExitStack) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        ending_with_parent([sys.executable, "-m", "benchmarks.visitors"]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    stack.enter_context(process)
    stack.callback(process.terminate)
    assert process.stdin
    process.stdin.write(msgspec.json.encode(order) + b"\n")
    process.stdin.flush()
    return process


def _line(process: "subprocess.Popen[bytes]") -> bytes:
    assert process.stdout
    line = process.stdout.readline()
    assert line, "a process of visitors has ended; what it said is above"
    return line
