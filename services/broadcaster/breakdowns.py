"""The newest breakdown of each warm page, from the records of `heatmap-detail`. Pure: records in.

For most pages at most the newest breakdown is requested, so it is stored as the JSON
it came in.
"""

from collections.abc import Collection

import msgspec

from pageheat.services.broadcaster.page_store import LogPosition, PageStore
from pageheat.services.broadcaster.warm import SILENT_MS, contradicted
from pageheat.services.contract.records import (
    Breakdown,
    Count,
    Heartbeat,
    Time,
    UnreadableRecord,
    decode,
    decode_breakdown,
)
from pageheat.services.contract.versions import BREAKDOWNS, HEAT, HeatVersion


class _Band(msgspec.Struct):
    name: str


class _Head(msgspec.Struct):
    start: Time
    end: Time
    partition: Count
    position: Count
    bands: list[_Band]
    v: HeatVersion = HEAT


_head_decoder = msgspec.json.Decoder(_Head)


class PageBreakdown:
    """One page's newest breakdown: the record as it came, with only its head decoded.

    Raises:
        UnreadableRecord: the record has no valid head.
    """

    def __init__(self, record: bytes) -> None:
        self._head = head = decode(_head_decoder, record, BREAKDOWNS)
        self.record = record
        expires = head.end + head.end - head.start
        self.log_position = LogPosition(head.partition, head.position, head.end, expires)

    @property
    def bands(self) -> list[str]:
        """Names of its width bands."""
        return [band.name for band in self._head.bands]

    def contradicted_by(self, heartbeat: Heartbeat) -> bool:
        """Whether it counts records that a much later heartbeat of its partition doesn't count.

        Much later, because the two topics are read side by side and machines' clocks differ.
        """
        return self._head.end <= heartbeat.end - SILENT_MS and self._head.position > heartbeat.position

    def decoded(self) -> Breakdown:
        """The whole breakdown.

        Raises:
            UnreadableRecord: a part of it has another form.
        """
        return decode_breakdown(self.record)


class Breakdowns:
    """The current state of `heatmap-detail`."""

    def __init__(self) -> None:
        self._breakdowns = PageStore[PageBreakdown]()

    def apply(
        self, partition: int, key: bytes | None, value: bytes | None, *, may_be_older: bool = False
    ) -> Collection[tuple[str, PageBreakdown]]:
        """Apply one record of a partition; return the pages whose viewers get a new breakdown.

        An older breakdown than the stored one is dropped unless it `may_be_older`: the topic may be new.

        Raises:
            UnreadableRecord: it is not a valid record of this topic.
        """
        try:
            page = (key or b"").decode()
        except UnicodeDecodeError:
            raise UnreadableRecord("the key is not UTF-8") from None
        if not page.startswith("/"):
            raise UnreadableRecord("the key is not a page")
        if value is None:
            self._breakdowns.forget(page)
            return ()
        breakdown = PageBreakdown(value)
        if (named := breakdown.log_position.partition) != partition:
            raise UnreadableRecord(f"it names partition {named}, but is in {partition}")
        is_new = self._breakdowns.put(page, breakdown, may_be_older=may_be_older)
        return ((page, breakdown),) if is_new else ()

    def take_heartbeat(self, heartbeat: Heartbeat) -> None:
        """Forget breakdowns that have expired (a lost tombstone) or that the heartbeat contradicts."""
        ahead, expired = self._breakdowns.take_heartbeat(heartbeat)
        for page, _ in expired:
            self._breakdowns.forget(page)
        for page, breakdown in ahead:
            if breakdown.contradicted_by(heartbeat):
                contradicted.inc()
                self._breakdowns.forget(page)

    def of(self, page: str) -> PageBreakdown | None:
        """A page's newest breakdown."""
        return self._breakdowns.get(page)
