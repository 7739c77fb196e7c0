"""The newest detail of each warm page, from the records of `heatmap-detail`. Pure: records in.

Of most pages nobody asks for more than the newest detail, if for that: it is kept as
the JSON that it came in.
"""

from collections.abc import Collection

import msgspec

from pageheat.services.broadcaster.page_store import LogPosition, PageStore
from pageheat.services.broadcaster.warm import SILENT_MS, contradicted
from pageheat.services.contract.records import (
    UNDECODABLE,
    Breakdown,
    Count,
    Heartbeat,
    Time,
    UnreadableRecord,
    decode_breakdown,
)


class _Band(msgspec.Struct):
    name: str


class _Head(msgspec.Struct):
    start: Time
    end: Time
    partition: Count
    position: Count
    bands: list[_Band]


_head_decoder = msgspec.json.Decoder(_Head)


class PageBreakdown:
    """One page's newest detail: the record as it came, of which only the head has been read.

    Raises:
        UnreadableRecord: it has none.
    """

    def __init__(self, record: bytes) -> None:
        try:
            self._head = _head_decoder.decode(record)
        except UNDECODABLE as error:
            raise UnreadableRecord(str(error)) from None
        self.record = record
        head = self._head
        self.place = LogPosition(head.partition, head.position, head.end, head.end + head.end - head.start)

    @property
    def bands(self) -> list[str]:
        """Names of the width bands that it tells of."""
        return [band.name for band in self._head.bands]

    def says_more(self, clock: Heartbeat) -> bool:
        """Whether it counts records that its partition's clock doesn't know, though that is later.

        Much later, as the topics are read beside each other and machines' clocks differ.
        """
        return self._head.end <= clock.end - SILENT_MS and self._head.position > clock.position

    def decoded(self) -> Breakdown:
        """The whole detail.

        Raises:
            UnreadableRecord: a part of it is of another form.
        """
        return decode_breakdown(self.record)


class Breakdowns:
    """What `heatmap-detail` says now."""

    def __init__(self) -> None:
        self._details = PageStore[PageBreakdown]()

    def apply(
        self, partition: int, key: bytes | None, value: bytes | None, *, anew: bool = False
    ) -> Collection[tuple[str, PageBreakdown]]:
        """Take one record of a partition; return what viewers of which page have to be told.

        A detail that is older than the one known is not taken, unless the log may have begun `anew`.

        Raises:
            UnreadableRecord: it is none of the records of this topic.
        """
        try:
            page = (key or b"").decode()
        except UnicodeDecodeError:
            raise UnreadableRecord("the key is not UTF-8") from None
        if not page.startswith("/"):
            raise UnreadableRecord("the key is no page")
        if value is None:
            self._details.forget(page)
            return ()
        detail = PageBreakdown(value)
        if detail.place.partition != partition:
            raise UnreadableRecord(f"it is of partition {detail.place.partition}, but stands in {partition}")
        return ((page, detail),) if self._details.put(page, detail, may_be_older=anew) else ()

    def take_heartbeat(self, clock: Heartbeat) -> None:
        """Forget the pages of which nothing is in the window any more, should a tombstone be lost, and those
        of which more is said than the clock, though no earlier, knows."""
        ahead, over = self._details.take_heartbeat(clock)
        for page, _ in over:
            self._details.forget(page)
        for page, detail in ahead:
            if detail.says_more(clock):
                contradicted.inc()
                self._details.forget(page)

    def of(self, page: str) -> PageBreakdown | None:
        """A page's newest detail."""
        return self._details.get(page)
