"""A frame of `clickstream-group-by-page` names its partition and offset in `clickstream`. Pure."""

from collections.abc import Sequence

from pageheat.services.contract.records import SOURCE_OFFSET, SOURCE_PARTITION, UnreadableRecord
from pageheat.services.contract.topics import CLICKSTREAM

MAX_SOURCES = 1_000
"""Limit for source partitions, far above `clickstream`'s count."""

Sources = dict[int, tuple[int, int]]
"""Source partition → the highest offset seen of it, and the newest `received`."""

Headers = Sequence[tuple[str, bytes]] | None


def read_source(headers: Headers) -> tuple[int, int]:
    """Partition and offset in `clickstream` from the headers that `group_by` set.

    Raises:
        UnreadableRecord: the headers are missing or wrong.
    """
    found = dict(headers or ())
    try:
        partition, offset = int(found[SOURCE_PARTITION]), int(found[SOURCE_OFFSET])
    except (KeyError, TypeError, ValueError):
        raise UnreadableRecord(
            f"headers {SOURCE_PARTITION} and {SOURCE_OFFSET} are missing or not numbers"
        ) from None
    if not (0 <= partition < MAX_SOURCES and 0 <= offset < 2**63):
        raise UnreadableRecord(f"{CLICKSTREAM}[{partition}] has no offset {offset}")
    return partition, offset


def is_repeated(sources: Sources, source: tuple[int, int], received: int) -> bool:
    """Whether `group_by` wrote a frame again, after it was killed; else the frame is remembered as seen.

    A frame received later than all frames seen from its partition is none: `clickstream` was created again.
    """
    partition, offset = source
    highest, newest = sources.get(partition, (-1, 0))
    if offset <= highest and received <= newest:
        return True
    sources[partition] = offset, max(received, newest)
    return False
