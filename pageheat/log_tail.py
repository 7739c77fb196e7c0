"""The end of a log, for failure messages."""

from pathlib import Path

TAIL_LINES = 15
"""Enough for the end of a traceback, or for the last lines before a process exits."""


def log_tail(file: Path) -> str:
    """The file's name and its last lines; "" if the file does not exist."""
    if not file.exists():
        return ""
    lines = file.read_text(errors="replace").splitlines()[-TAIL_LINES:]
    return "\n  ".join([f"The end of {file}:", *lines])
