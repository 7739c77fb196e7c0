"""CPU time and memory of other processes, from Linux's /proc."""

import os
from pathlib import Path


def cpu_s(pid: int) -> float:
    """Return the CPU time of all threads of a process, s."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Return a process' peak resident memory."""
    peak_kb = Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]
    return int(peak_kb) / 1000
