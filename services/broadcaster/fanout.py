"""Fan-out: what is told to whom. No viewer waits for another, and none has a queue."""

from collections.abc import Iterable, Iterator
from itertools import chain

from prometheus_client import Counter
from starlette.types import Send

from pageheat.services.broadcaster.breakdowns import PageBreakdown
from pageheat.services.broadcaster.delta import GRID, Snapshot
from pageheat.services.broadcaster.messages import DeltaMessage, Message, WholeGrid
from pageheat.services.broadcaster.snapshots import of_detail, of_grid
from pageheat.services.broadcaster.sockets import Socket
from pageheat.services.broadcaster.warm import Heat
from pageheat.services.contract.tokens import EVERYTHING, Grant

dropped = Counter("pageheat_broadcaster_grids_dropped", "Grids that slow viewers did not get")
sent = Counter("pageheat_broadcaster_messages_sent", "Messages sent to viewers")


class Viewer:
    """Somebody who watches a page: is sent what comes while there is room, and else the newest later.

    Args:
        socket: where; while it is full, one message of each kind waits.
        send: the same as ASGI has it, for the end.
        wants_deltas: whether it gets status and details too, and all in the lean form.
        band: the width band whose tiles it asks for.
        grant: what it may look at.
    """

    __slots__ = ("_last", "_socket", "_waiting", "band", "grant", "send", "wants_deltas")

    def __init__(
        self,
        socket: Socket,
        send: Send,
        *,
        wants_deltas: bool,
        band: str | None = None,
        grant: Grant = EVERYTHING,
    ) -> None:
        self.send = send
        self.wants_deltas = wants_deltas
        self.band = band
        self.grant = grant
        self._socket = socket
        self._last: dict[int, object] = {}  # kind → mark
        self._waiting: dict[int, Message] = {}
        socket.has_room = self._catch_up

    def show(self, message: Message) -> bool:
        """Send it now, or when there is room in place of one of its kind that waits; whether it was now."""
        kind = message.kind
        if self._socket.is_full:
            if kind == GRID and kind in self._waiting:
                dropped.inc()
            self._waiting[kind] = message
            return False
        self._socket.write(message.frame(self._last.get(kind)))
        self._last[kind] = message.mark
        return True

    def leave(self) -> None:
        """Send nothing more, not even what waits."""
        self._waiting.clear()

    def _catch_up(self) -> None:
        for kind in sorted(self._waiting):
            if self._socket.is_full:
                return
            sent.inc(self.show(self._waiting.pop(kind)))


class Audience:
    """Everyone who watches a page, and what they were told last: what is the same for many is made once."""

    def __init__(self) -> None:
        self._full_viewers: set[Viewer] = set()
        self._delta_viewers: set[Viewer] = set()
        self._grid: tuple[Heat, DeltaMessage] | None = None
        self._details: dict[str | None, tuple[PageBreakdown, DeltaMessage]] = {}  # by band

    def __iter__(self) -> Iterator[Viewer]:
        return chain(self._full_viewers, self._delta_viewers)

    def __len__(self) -> int:
        return len(self._full_viewers) + len(self._delta_viewers)

    def add(self, viewer: Viewer) -> None:
        """One more, who has yet to be told what the others know."""
        (self._delta_viewers if viewer.wants_deltas else self._full_viewers).add(viewer)

    def discard(self, viewer: Viewer) -> None:
        """One less, unless it has left already: it is told nothing more."""
        (self._delta_viewers if viewer.wants_deltas else self._full_viewers).discard(viewer)
        viewer.leave()

    def show(self, heat: Heat) -> None:
        """A grid to all.

        Raises:
            UnreadableRecord: its tiles are none; those who get it whole have got it.
        """
        if self._full_viewers:
            _show(WholeGrid(heat.record), self._full_viewers)
        if self._delta_viewers:
            _show(self.grid(heat, wants_deltas=True), self._delta_viewers)

    def show_detail(self, detail: PageBreakdown) -> None:
        """A detail to those who get details.

        Raises:
            UnreadableRecord: it is none.
        """
        by_band: dict[str | None, list[Viewer]] = {}
        for viewer in self._delta_viewers:
            by_band.setdefault(viewer.band, []).append(viewer)
        for band, viewers in by_band.items():
            _show(self.detail(detail, band), viewers)

    def tell(self, status: Snapshot) -> None:
        """A status to those who get statuses."""
        _show(DeltaMessage(status), self._delta_viewers)

    def grid(self, heat: Heat, *, wants_deltas: bool) -> Message:
        """A grid as it is told.

        Raises:
            UnreadableRecord: its tiles are none.
        """
        if not wants_deltas:
            return WholeGrid(heat.record)
        if self._grid is None or self._grid[0] is not heat:
            before = self._grid[1] if self._grid else None
            self._grid = heat, DeltaMessage(of_grid(heat.record), before)
        return self._grid[1]

    def detail(self, detail: PageBreakdown, band: str | None) -> Message:
        """A detail as it is told to who asked for this band's tiles, or for none.

        Raises:
            UnreadableRecord: it is none.
        """
        band = band if band in detail.bands else None
        known = self._details.get(band)
        if known is None or known[0] is not detail:
            before = known[1] if known else None
            names = before.snapshot.names if before else {}
            known = self._details[band] = detail, DeltaMessage(of_detail(detail.record, band, names), before)
        return known[1]


def _show(message: Message, viewers: Iterable[Viewer]) -> None:
    sent.inc(sum([viewer.show(message) for viewer in viewers]))


class Viewers:
    """Everyone who watches, by page."""

    def __init__(self) -> None:
        self._audiences: dict[str, Audience] = {}

    def __len__(self) -> int:
        return sum(map(len, self._audiences.values()))

    def add(self, page: str, viewer: Viewer) -> Audience:
        """One more for a page; returns with whom it watches."""
        audience = self._audiences.setdefault(page, Audience())
        audience.add(viewer)
        return audience

    def discard(self, page: str, viewer: Viewer) -> None:
        """One less, unless it has left already."""
        if audience := self._audiences.get(page):
            audience.discard(viewer)
            if not audience:
                del self._audiences[page]

    def pages(self) -> list[tuple[str, Audience]]:
        """The pages that somebody watches."""
        return list(self._audiences.items())

    def of(self, page: str) -> Audience | None:
        """Who watches a page."""
        return self._audiences.get(page)
