"""Plays visits that are over: the frames that a tracker sent, and when. Pure; nothing waits."""

from collections.abc import Coroutine, Iterable, Iterator

from pageheat.services.contract.attributes import NAMES
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.pages import Pages
from pageheat.services.contract.records import Frame
from pageheat.services.contract.watching import TRACKER_SEND_MS
from pageheat.services.ingest.attributes import KeptAttributes
from pageheat.services.ingest.frames import read
from pageheat.traffic.attendance import attend
from pageheat.traffic.connection import DeliveryCounts
from pageheat.traffic.views import View


class Player:
    """Makes the frames that ingest would have accepted.

    Args:
        site: the pages' site, "" for the default one.
        origins: of the sites.
        pages: names pages.
        attributes: those of page views that are kept.
    """

    def __init__(self, site: str, origins: Origins, pages: Pages, attributes: Iterable[str] = NAMES) -> None:
        self._site = site
        self._pages = pages
        self._attributes = KeptAttributes(frozenset(attributes), origins)

    def play(self, views: Iterable[View], session: str, begin_ms: float) -> Iterator[Frame]:
        """The frames of one document's views, which begin at that time, ms since the epoch.

        Raises:
            Refused: ingest would not have accepted one.
        """
        tape = _Tape(begin_ms)
        _run(attend(views, session, tape, tape, DeliveryCounts(), max_waiting=None))
        for received_ms, data in tape.frames:
            yield read(
                data, site=self._site, received_ms=received_ms, pages=self._pages, keep=self._attributes.of
            )


class _Tape:
    """A clock that jumps, and a connection that keeps what is sent."""

    send_ms: float = TRACKER_SEND_MS

    def __init__(self, begin_ms: float) -> None:
        self._now_ms = begin_ms
        self.frames: list[tuple[int, bytes]] = []

    def now_ms(self) -> float:
        return self._now_ms

    async def sleep_until(self, time_ms: float) -> None:
        self._now_ms = max(self._now_ms, time_ms)

    async def send(self, frame: bytes) -> bool:
        self.frames.append((round(self._now_ms), frame))
        return True

    async def opened(self, within_s: float) -> bool:
        return True


def _run(playing: Coroutine[None, None, None]) -> None:
    """Run what never waits, without an event loop."""
    try:
        playing.send(None)
    except StopIteration:
        return
    raise AssertionError("a tape lets nobody wait")
