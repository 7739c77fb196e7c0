"""Parses numbers and ages on the command line."""

import argparse
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

Number = TypeVar("Number", int, float)

_AGE = re.compile(r"([1-9][0-9]{0,5})([smhd])")
_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def within(kind: Callable[[str], Number], least: Number, most: Number) -> Callable[[str], Number]:
    """A parser of numbers for `argparse`, whose error says what is allowed."""

    def parse(text: str) -> Number:
        try:
            number = kind(text)
        except ValueError:
            number = None
        if number is None or not least <= number <= most:
            allowed = f"from {least:g} to {most:g}" if most < sys.maxsize else f"of at least {least:g}"
            raise argparse.ArgumentTypeError(f"{text}: expected a number {allowed}")
        return number

    return parse


def age_ms(text: str) -> int:
    """An age such as 90s, 30m, 2h or 7d, in ms: for `argparse`."""
    if not (parts := _AGE.fullmatch(text)):
        raise argparse.ArgumentTypeError(f"{text}: expected an age in s, m, h or d, such as 30m, 2h or 7d")
    return int(parts[1]) * _UNITS_MS[parts[2]]


def time_ms(text: str) -> int:
    """A time, UTC if it has no zone, in ms since the epoch: for `argparse`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: should be a time such as 2026-03-01T14:05Z") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
