"""Times as logs have them."""

import pytest

from pageheat.imports.times import time_of

NOON = 1_767_268_800_000  # 2026-01-01T12:00:00Z


@pytest.mark.parametrize(
    ("logged", "time_ms"),
    [
        ("[01/Jan/2026:12:00:00 +0000]", NOON),
        ("[01/Jan/2026:13:30:00 +0130]", NOON),
        ("[01/Jan/2026:05:00:00 -0700]", NOON),
        ("[01/Jan/2026:12:00:00]", NOON),
        ("[2026-01-01T12:00:00+00:00]", NOON),
        ("2026-01-01T12:00:00Z", NOON),
        ("2026-01-01T13:00:00.250+01:00", NOON + 250),
        ("2026-01-01 12:00:00", NOON),
        ("1767268800", NOON),
        ("1767268800.5", NOON + 500),
        ("1767268800123", NOON + 123),
        ("1767268800123456", NOON + 123),
        ("1767268800123456789", NOON + 123),
    ],
)
def test_a_time_in_any_usual_form_is_ms_since_the_epoch(logged: str, time_ms: int) -> None:
    assert time_of(logged.encode()) == time_ms


@pytest.mark.parametrize(
    "logged", ["", "-", "[]", "12:00:00", "[01/Foo/2026:12:00:00 +0000]", "[99/Jan/2026:12:00:00]", "42", "ü"]
)
def test_what_is_no_time_is_none(logged: str) -> None:
    assert time_of(logged.encode()) is None
