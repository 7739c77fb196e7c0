"""Logging: one event per line on standard error, as JSON for machines or as text for people.

A JSON line is an object with `time` (UTC), `level`, `service`, `logger` and `message`, then the fields given
as `extra=`, such as the record's `topic`, `partition` and `offset`, then `exception`, a traceback, if there
is one. Visitors' addresses, sessions and query strings are not logged, at any level.
"""

import json
import logging
import math
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from pageheat.services.runtime.settings import Settings, misspelt

log = logging.getLogger(__name__)

_STANDARD_FIELDS = {*vars(logging.makeLogRecord({})), "message", "asctime"}
"""Attributes of a log record that do not come from `extra=`."""


def configure(service: str, settings: Settings) -> None:
    """Configure the process's logging with the format and level of the settings.

    Libraries log from WARNING on, whatever the level: below it they log addresses and whole paths.
    """
    log_format = settings.log_format
    as_text = sys.stderr.isatty() if log_format == "auto" else log_format == "text"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextFormatter(service) if as_text else JsonFormatter(service))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("pageheat").setLevel(settings.log_level)
    logging.captureWarnings(True)
    for warning in misspelt():
        log.warning("%s", warning)
    sys.excepthook = _log_fatal
    threading.excepthook = lambda args: log.critical(
        "thread %s ended by an unexpected error",
        args.thread.name if args.thread else "?",
        exc_info=args.exc_value,
    )


def printable(text: str) -> str:
    """The text with control characters, line ends and changes of direction escaped, like `\\x1b`."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


class JsonFormatter(logging.Formatter):
    """One JSON object per line, in ASCII, so that quoted text can neither break nor forge a line."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in _fields(record).items() if name not in line}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


class TextFormatter(logging.Formatter):
    """`time level service: message  name=value …`, and a traceback on the lines below."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        text = printable(f"{record.getMessage()}{fields and ' '}{fields}")
        line = f"{_time(record)} {record.levelname:<8} {self._service}: {text}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    given = {name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS}
    return {name: value if _is_plain(value) else str(value) for name, value in given.items()}


def _is_plain(value: object) -> bool:
    """Whether JSON can represent the value."""
    return (
        value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))
    )


def _log_fatal(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    log.critical("ended by an unexpected error", exc_info=(kind, error, traceback))
