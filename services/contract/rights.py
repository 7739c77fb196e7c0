"""Who reads and writes which topics, and so what each needs to be allowed in Kafka."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pageheat.services.contract.topics import (
    BY_PAGE,
    CLICKSTREAM,
    DEAD_LETTER,
    HEATMAP,
    HEATMAP_DETAIL,
    WATCHED,
)

READERS = "readers"
"""The group by whose name all readers outside of consumer groups go: librdkafka wants one, and asks for its
coordinator. Nothing is committed to it."""


@dataclass(frozen=True)
class Rights:
    """Topics that are read, written, and whose records are deleted; groups that are joined, or named.

    These are Kafka's operations Read, Write and Delete on topics, which include Describe, and Read on groups.
    Names are those of topics.yaml, without a prefix.
    """

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def topics(self) -> tuple[str, ...]:
        """All topics, each once."""
        return tuple(dict.fromkeys((*self.reads, *self.writes, *self.deletes)))


SERVICES: Mapping[str, Rights] = {
    "ingest": Rights(reads=(WATCHED,), writes=(CLICKSTREAM,), groups=(READERS,)),
    "group_by": Rights(reads=(CLICKSTREAM,), writes=(BY_PAGE, DEAD_LETTER), groups=("group_by", READERS)),
    "aggregator": Rights(
        reads=(BY_PAGE, WATCHED),
        writes=(HEATMAP, HEATMAP_DETAIL, DEAD_LETTER),
        groups=("aggregator", READERS),
    ),
    "broadcaster": Rights(reads=(HEATMAP, HEATMAP_DETAIL), writes=(WATCHED, DEAD_LETTER), groups=(READERS,)),
    "history": Rights(reads=(BY_PAGE,), groups=("history", READERS)),
}
"""What each service needs."""

ALL = (CLICKSTREAM, BY_PAGE, HEATMAP, HEATMAP_DETAIL, WATCHED, DEAD_LETTER)

TOOLS: Mapping[str, Rights] = {
    "verify, watch, render": Rights(reads=ALL, groups=(READERS,)),
    "dead-letters": Rights(
        reads=(DEAD_LETTER,),
        writes=(CLICKSTREAM, BY_PAGE, HEATMAP, HEATMAP_DETAIL, DEAD_LETTER),
        groups=(READERS,),
    ),
    "forget": Rights(reads=ALL, writes=(BY_PAGE,), deletes=ALL, groups=(READERS,)),
}
"""What the tools need that work with Kafka itself; only people who run them need it."""


def together(rights: Iterable[Rights]) -> Rights:
    """What one user needs who is all of these."""
    them = list(rights)

    def each(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(topic for one in them for topic in getattr(one, name)))

    return Rights(each("reads"), each("writes"), each("deletes"), each("groups"))
