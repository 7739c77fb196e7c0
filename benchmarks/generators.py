"""Processes of moving visitors (`visitors.py`): a process may open no more files than the system allows."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise

import msgspec

from benchmarks.visitors import Order, Outcome
from pageheat.parent import ending_with_parent

MOST_VISITORS = 10_000
"""Of a process: half the open files that the smallest limit we met allows."""


ENDED = "a process of visitors has ended; what it said is above"

LOOK_S = 0.5
"""Between two looks whether processes still run."""


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


class Moving:
    """Processes whose visitors move."""

    def __init__(self, processes: Sequence["subprocess.Popen[bytes]"]) -> None:
        self._processes = processes

    def outcome(self) -> Outcome:
        """Wait for the end, and return the outcome."""
        return together([msgspec.json.decode(_line(process), type=Outcome) for process in self._processes])

    async def guard(self, seconds: float) -> None:
        """Return after that time; assert that no process ends before."""
        end_s = time.perf_counter() + seconds
        while time.perf_counter() < end_s:
            for process in self._processes:
                assert process.poll() is None, f"{ENDED}, while its visitors moved"
            await asyncio.sleep(LOOK_S)


@contextmanager
def moving(orders: Sequence[Order]) -> Iterator[Moving]:
    """Start a process for each order; yield them when all visitors move."""
    with ExitStack() as stack:
        processes = [_started(order, stack) for order in orders]
        for process in processes:
            assert _line(process) == b"moving\n"
        yield Moving(processes)


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
    assert line, ENDED
    return line
