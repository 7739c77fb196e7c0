"""What other processes have used, as Linux tells it."""

import os
from pathlib import Path


def cpu_s(pid: int) -> float:
    """Seconds of a core that a process has had, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """The most that a process has had in memory."""
    told = Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()
    return int(told[0]) / 1000
