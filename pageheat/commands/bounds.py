"""Parses numbers on the command line."""

import argparse
import sys
from collections.abc import Callable
from typing import TypeVar

Number = TypeVar("Number", int, float)


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
