"""CPU time and memory of other processes, with those that they run, from Linux's /proc."""

import os
from collections.abc import Iterator
from pathlib import Path


def cpu_s(pid: int) -> float:
    """Return the CPU time of all threads of a process and of its children, s."""
    fields = (Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in tree(pid))
    return sum(int(of[11]) + int(of[12]) for of in fields) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Return the sum of the peak resident memory of a process and of its children."""
    status = (Path(f"/proc/{each}/status").read_text() for each in tree(pid))
    return sum(int(text.partition("VmHWM:")[2].split()[0]) for text in status) / 1000


def tree(pid: int) -> Iterator[int]:
    """Yield a process and all that it has started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from tree(int(child))
