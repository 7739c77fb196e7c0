"""The end of a log, for failure messages, and the cause if it names one."""

from pathlib import Path

CAUSES = {
    b"No space left on device": "no space was left on the disk",
    b"OutOfMemoryError": "it had too little memory",
    b"Too many open files": "it may not open more files (ulimit -n)",
}
"""Text in a log → the cause in plain words: what people can mend, and is far above the last lines."""

SEARCHED_BYTES = 1_000_000
"""Searched at the end of a log; a node that fails writes less."""

TAIL_LINES = 15
"""Enough for the end of a traceback, or for the last lines before a process exits."""


def cause_in(file: Path, start: int) -> str | None:
    """The first known cause that a log names after its first `start` bytes (all, if it is shorter)."""
    try:
        with file.open("rb") as log:
            length = log.seek(0, 2)
            log.seek(max(start if start <= length else 0, length - SEARCHED_BYTES))
            text = log.read()
    except OSError:
        return None
    found = {text.find(mark): cause for mark, cause in CAUSES.items() if mark in text}
    return found[min(found)] if found else None


def log_tail(file: Path) -> str:
    """The file's name and its last lines; "" if the file does not exist."""
    if not file.exists():
        return ""
    lines = file.read_text(errors="replace").splitlines()[-TAIL_LINES:]
    return "\n  ".join([f"The end of {file}:", *lines])
