"""What simulated visitors make of ingest's answers."""

import pytest

from pageheat.traffic.connection import DeliveryCounts


@pytest.mark.parametrize(
    ("answer", "reason", "told"),
    [
        ('{"refused": "rate", "detail": "too many", "seq": 7}', "rate", "rate: too many"),
        ('{"refused": "origin", "detail": "not yours"}', "origin", "origin: not yours"),
        ("<html>", "unknown", "unknown: <html>"),
    ],
)
def test_a_refusal_is_counted_by_its_reason(answer: str, reason: str, told: str) -> None:
    tally = DeliveryCounts()
    tally.answered(answer)
    assert tally.refused == {reason: 1}
    assert tally.last_refusal == told
