"""Where a group resumes. The test plays Kafka."""

from typing import Any

from confluent_kafka import OFFSET_BEGINNING, TopicPartition

from pageheat.services.contract.topics import CLICKSTREAM
from pageheat.services.group_by.recovery import spans
from pageheat.services.runtime.cluster import Cluster


class ShortTopic:
    """A consumer whose group has committed 700 in partitions that end at 10."""

    def get_watermark_offsets(self, _: TopicPartition, timeout: float) -> tuple[int, int]:
        return 0, 10

    def committed(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        return [TopicPartition(tp.topic, tp.partition, 700) for tp in partitions]


def test_a_group_beyond_the_end_of_a_topic_created_again_starts_at_its_beginning() -> None:
    partitions = [TopicPartition(CLICKSTREAM, 3), TopicPartition(CLICKSTREAM, 4)]
    consumer: Any = ShortTopic()
    assert list(spans(Cluster("127.0.0.1:1"), consumer, partitions, now_ms=1_000_000)) == []
    assert [tp.offset for tp in partitions] == [OFFSET_BEGINNING, OFFSET_BEGINNING]
