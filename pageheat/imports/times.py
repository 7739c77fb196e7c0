"""Reads times from logs. Pure."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_OF_SERVER = re.compile(
    rb"\[(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d)(?: ([+-])(\d\d)(\d\d))?\]?", re.ASCII
)
"""As Apache and nginx log it: `[10/Oct/2006:13:55:36 -0700]`."""

_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"), 1
    )
}

_SECONDS = re.compile(r"\d{9,10}(?:\.\d+)?")
_DIGITS = {13: 1, 16: 1_000, 19: 1_000_000}
"""Digits of a number of ms, µs and ns since the epoch, and how many of these a ms has."""

MAX_TIMES = 4_096
"""Cached times: the lines of an hour have 3,600."""


@lru_cache(MAX_TIMES)
def time_of(logged: bytes) -> int | None:
    """A time as logged, as ms since the epoch; None if it is none. Without a zone it is UTC.

    It may be as servers log it (`[10/Oct/2006:13:55:36 -0700]`), ISO 8601, or a number since the epoch.
    """
    try:
        if found := _OF_SERVER.match(logged):
            day, month, year, hour, minute, second, sign, hours, minutes = found.groups(b"0")
            offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == b"-" else 1)
            parts = int(year), _MONTHS[month], int(day), int(hour), int(minute), min(int(second), 59)
            return _ms(datetime(*parts, tzinfo=timezone(offset)))
        text = logged.decode("ascii").strip(" []")
        if _SECONDS.fullmatch(text):
            return int(float(text) * 1000)
        if text.isdigit():
            return int(text) // _DIGITS[len(text)]
        moment = datetime.fromisoformat(text)
        return _ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, KeyError, OverflowError):
        return None


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
