"""What the producer accepts, without Kafka: it checks a record's size first."""

from pageheat.services.aggregator.publisher import Publisher
from pageheat.services.contract.records import (
    MAX_RECORD_BYTES,
    ROW_PX,
    Band,
    Breakdown,
    FineCounts,
    encode,
)
from pageheat.services.runtime.cluster import Cluster


def breakdown_named(name: str) -> Breakdown:
    band = Band(name, 0, FineCounts(ROW_PX), [])
    return Breakdown(0, 1000, None, 0, 1, 50, 64, 8, [band])


def test_the_largest_record_is_accepted_and_a_larger_one_is_not() -> None:
    publisher = Publisher(Cluster("127.0.0.1:1"))
    largest = breakdown_named("x" * (MAX_RECORD_BYTES - len(encode(breakdown_named("")))))
    assert len(encode(largest)) == MAX_RECORD_BYTES
    assert publisher.breakdown(0, "/" + "p" * 1023, largest, 1000)
    assert not publisher.breakdown(0, "/", breakdown_named("x" * MAX_RECORD_BYTES * 2), 1000)
