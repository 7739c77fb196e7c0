"""Numbers and ages on the command line."""

import argparse

import pytest

from pageheat.commands.bounds import age_ms


def test_an_age_is_a_number_and_a_unit() -> None:
    assert [age_ms(text) for text in ("90s", "30m", "2h", "1d")] == [
        90_000,
        1_800_000,
        7_200_000,
        86_400_000,
    ]
    for text in ("2", "h", "0h", "-1h", "1w", "1.5h"):
        with pytest.raises(argparse.ArgumentTypeError, match="an age in s, m, h or d"):
            age_ms(text)
