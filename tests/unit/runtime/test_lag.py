"""A consumer's lag from its client's statistics."""

import json

import pytest

from pageheat.services.runtime.lag import lag_in


def partition(state: str = "active", end: int = 100, fetched_to: int = 100, waiting: int = 0) -> object:
    return {
        "fetch_state": state,
        "ls_offset": end,
        "next_offset": fetched_to,
        "fetchq_cnt": waiting,
        "x": "?",
    }


@pytest.mark.parametrize(
    ("partitions", "lag"),
    [
        ({}, 0),
        ({"0": partition()}, 0),
        ({"0": partition(fetched_to=60), "1": partition(fetched_to=90)}, 50),
        ({"0": partition(waiting=30), "1": partition(fetched_to=90, waiting=30)}, 40),
        ({"0": partition(state="none", fetched_to=0), "-1": {}}, 0),
        ({"0": partition(end=-1001, fetched_to=5)}, 0),
    ],
    ids=["none", "at the end", "to be fetched", "fetched, in one queue", "another member's", "unknown"],
)
def test_it_is_the_records_not_fetched_and_those_not_processed(
    partitions: dict[str, object], lag: int
) -> None:
    statistics = {"name": "rdkafka#consumer-1", "topics": {"clickstream": {"partitions": partitions}}}
    assert lag_in(json.dumps(statistics)) == lag
