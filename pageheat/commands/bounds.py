"""Values of a command line: numbers, held within bounds, and pages."""

import argparse
import sys
from collections.abc import Callable
from typing import TypeVar

Number = TypeVar("Number", int, float)


def within(kind: Callable[[str], Number], least: Number, most: Number) -> Callable[[str], Number]:
    """A reader of numbers for `argparse` that says what is allowed."""

    def read(text: str) -> Number:
        try:
            number = kind(text)
        except ValueError:
            number = None
        if number is None or not least <= number <= most:
            allowed = f"from {least:g} to {most:g}" if most < sys.maxsize else f"of at least {least:g}"
            raise argparse.ArgumentTypeError(f"{text}: a number {allowed} is needed")
        return number

    return read


def page_key(text: str) -> str:
    """A page's key: its path begins with a slash also where it was left out."""
    return text if text.startswith("/") else f"/{text}"
