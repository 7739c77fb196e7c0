"""The end of a log, as a failure shows it."""

from pathlib import Path

TAIL_LINES = 15
"""Enough for a traceback's end or the lines before a process gave up."""


def log_tail(file: Path) -> str:
    """The last lines of the file, led in by its name; "" when there is none."""
    if not file.exists():
        return ""
    lines = file.read_text(errors="replace").splitlines()[-TAIL_LINES:]
    return "\n  ".join([f"The end of {file}:", *lines])
