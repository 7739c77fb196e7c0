"""Run a command that ends with its parent: `parent.py PARENT_PID COMMAND…`.

The process becomes the command (same pid). On Linux the kernel sends it SIGTERM when the thread that started
it ends for any reason; on other systems the command survives a parent that is killed.
Imports only small parts of the standard library: it adds some 20 ms to each start.
"""

import os
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def ending_with_parent(command: list[str]) -> list[str]:
    """The command line that runs `command` so that it ends with this process.

    Start it from a thread that lives as long as the command should: the main thread.
    """
    return [sys.executable, "-IS", str(Path(__file__)), str(os.getpid()), *command]


def _main(parent: int, command: list[str]) -> None:
    if sys.platform == "linux":
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != parent:  # it ended before prctl took effect
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2:])
