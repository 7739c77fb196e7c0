"""The newest detail of each warm page, from the records of `heatmap-detail`. Pure: records in, messages out.

A detail is passed on in the JSON that it came in, cut where its parts begin: elements go to everyone, tiles
of a width band only to those who asked for that band.
"""

from collections.abc import Collection
from typing import Any

import msgspec

from services.broadcaster.kept import Kept
from services.broadcaster.warm import SILENT_MS, contradicted
from services.contract.records import (
    UNDECODABLE,
    Clock,
    Count,
    Detail,
    Time,
    UnreadableRecord,
    decode_detail,
)


class _Band(msgspec.Struct):
    name: str
    visitors: Count
    elements: msgspec.Raw
    value: msgspec.Raw
    clicks: msgspec.Raw


class _Parts(msgspec.Struct, rename={"grid_size": "grid-size"}):
    start: Time
    end: Time
    page: msgspec.Raw
    partition: Count
    position: Count
    grid_size: Count
    spots: Count
    bands: list[_Band]


_parts_decoder = msgspec.json.Decoder(_Parts)


class PageDetail:
    """One page's newest detail: the record as it came, and as it is told to viewers.

    Raises:
        UnreadableRecord: it is none.
    """

    def __init__(self, record: bytes) -> None:
        try:
            self._parts = _parts_decoder.decode(record)
        except UNDECODABLE as error:
            raise UnreadableRecord(str(error)) from None
        self.record = record
        self._messages: dict[str | None, str] = {}

    @property
    def partition(self) -> int:
        """Of the page."""
        return self._parts.partition

    @property
    def order(self) -> tuple[int, int]:
        """Position and end: of two details of a page the higher is the newer."""
        return self._parts.position, self._parts.end

    @property
    def bands(self) -> list[str]:
        """Names of the width bands that it tells of."""
        return [band.name for band in self._parts.bands]

    def left_before(self, clock: Clock) -> bool:
        """Whether all that it counts has left the window that ends at its partition's clock."""
        return self._parts.end <= clock.end - (self._parts.end - self._parts.start)

    def says_more(self, clock: Clock) -> bool:
        """Whether it counts records that its partition's clock doesn't know, though that is later.

        Much later, as the topics are read beside each other and machines' clocks differ.
        """
        return self._parts.end <= clock.end - SILENT_MS and self._parts.position > clock.position

    def decoded(self) -> Detail:
        """The whole detail.

        Raises:
            UnreadableRecord: a part of it is of another form.
        """
        return decode_detail(self.record)

    def message(self, band: str | None) -> str:
        """What a viewer is told who asked for this band's tiles, or for none; encoded once."""
        if band not in self.bands:
            band = None
        if band not in self._messages:
            told = {
                name.replace("_", "-"): getattr(self._parts, name)
                for name in _Parts.__struct_fields__
                if name != "bands"
            }
            bands = [_told(known, tiles=known.name == band) for known in self._parts.bands]
            message = msgspec.json.encode({"detail": told | {"bands": bands}})
            self._messages[band] = message.decode("utf-8", "replace")
        return self._messages[band]


def _told(band: _Band, *, tiles: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"name": band.name, "visitors": band.visitors, "elements": band.elements}
    return told | {"value": band.value, "clicks": band.clicks} if tiles else told


class Details:
    """What `heatmap-detail` says now."""

    def __init__(self) -> None:
        self._details = Kept[PageDetail]()

    def apply(
        self, partition: int, key: bytes | None, value: bytes | None, *, anew: bool = False
    ) -> Collection[str]:
        """Take one record of a partition; return the page whose viewers have to be told.

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
        detail = PageDetail(value)
        if detail.partition != partition:
            raise UnreadableRecord(f"it is of partition {detail.partition}, but stands in {partition}")
        known = self._details.get(page)
        if known and detail.order < known.order and not anew:
            return ()
        return (page,) if self._details.put(page, partition, len(value), detail) else ()

    def take_clock(self, clock: Clock) -> None:
        """Forget the pages of which nothing is in the window any more, should a tombstone be lost, and those
        of which more is said than the clock, though no earlier, knows."""
        for page, detail in self._details.of(clock.partition):
            if detail.left_before(clock):
                self._details.forget(page)
            elif detail.says_more(clock):
                contradicted.inc()
                self._details.forget(page)

    def of(self, page: str) -> PageDetail | None:
        """A page's newest detail."""
        return self._details.get(page)
