"""Numbers of a command line, held within bounds."""

import argparse
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
            raise argparse.ArgumentTypeError(f"{text}: a number from {least:g} to {most:g} is needed")
        return number

    return read
