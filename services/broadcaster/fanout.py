"""Fan-out: which viewer gets which message. No viewer waits for another, and no viewer has a queue."""

from collections.abc import Iterable, Iterator
from itertools import chain

from prometheus_client import Counter
from starlette.types import Send

from pageheat.services.broadcaster.breakdowns import PageBreakdown
from pageheat.services.broadcaster.delta import GRID, Snapshot
from pageheat.services.broadcaster.messages import DeltaMessage, Message, WholeGrid
from pageheat.services.broadcaster.snapshots import of_breakdown, of_grid
from pageheat.services.broadcaster.sockets import Socket
from pageheat.services.broadcaster.warm import Heat
from pageheat.services.contract.records import UnreadableRecord
from pageheat.services.contract.tokens import EVERYTHING, Grant
from pageheat.services.contract.tutorial import tutorial_json

dropped = Counter("pageheat_broadcaster_grids_dropped", "Grids that slow viewers missed")
sent = Counter("pageheat_broadcaster_messages_sent", "Messages sent to viewers")


class Viewer:
    """A viewer of a page: it gets each message while its socket has room, and otherwise the newest later.

    Args:
        socket: its socket; while that is full, one message of each kind waits.
        send: the same socket's ASGI `send`, for closing it.
        wants_deltas: whether it also gets statuses and breakdowns, and everything as deltas.
        band: the width band whose tiles it requested.
        grant: the pages it may see.
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
        """Send a message and return True; or, on a full socket, make it the waiting one of its kind."""
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
        """Send nothing more; drop the waiting messages."""
        self._waiting.clear()

    def _catch_up(self) -> None:
        for kind in sorted(self._waiting):
            if self._socket.is_full:
                return
            sent.inc(self.show(self._waiting.pop(kind)))


class Audience:
    """The viewers of a page and their last messages: a message for many viewers is encoded once."""

    def __init__(self) -> None:
        self._full_viewers: set[Viewer] = set()
        self._delta_viewers: set[Viewer] = set()
        self._grid: tuple[Heat, DeltaMessage] | None = None
        self._breakdowns: dict[str | None, tuple[PageBreakdown, DeltaMessage]] = {}  # by band

    def __iter__(self) -> Iterator[Viewer]:
        return chain(self._full_viewers, self._delta_viewers)

    def __len__(self) -> int:
        return len(self._full_viewers) + len(self._delta_viewers)

    def add(self, viewer: Viewer) -> None:
        """Add a viewer; the caller sends it the current state."""
        (self._delta_viewers if viewer.wants_deltas else self._full_viewers).add(viewer)

    def discard(self, viewer: Viewer) -> None:
        """Remove a viewer, if it is still there, and send it nothing more."""
        (self._delta_viewers if viewer.wants_deltas else self._full_viewers).discard(viewer)
        viewer.leave()

    @property
    def wants_json(self) -> bool:
        """Whether one of them gets whole grids."""
        return bool(self._full_viewers)

    def show(self, heat: Heat, json: bytes | UnreadableRecord | None = None) -> None:
        """Send a grid to all viewers.

        Args:
            heat: the grid.
            json: its JSON, or why it has none, if that is known: see `tutorial_jsons`.

        Raises:
            UnreadableRecord: its counts are invalid; viewers of the valid ones have received it.
        """
        if self._full_viewers and not isinstance(json, UnreadableRecord):
            _show(WholeGrid(json or tutorial_json(heat.record)), self._full_viewers)
        if self._delta_viewers:
            _show(self.grid(heat, wants_deltas=True), self._delta_viewers)
        if isinstance(json, UnreadableRecord):
            raise json

    def show_breakdown(self, breakdown: PageBreakdown) -> None:
        """Send a breakdown to the viewers that get breakdowns.

        Raises:
            UnreadableRecord: it is invalid.
        """
        by_band: dict[str | None, list[Viewer]] = {}
        for viewer in self._delta_viewers:
            by_band.setdefault(viewer.band, []).append(viewer)
        for band, viewers in by_band.items():
            _show(self.breakdown(breakdown, band), viewers)

    def show_status(self, status: Snapshot) -> None:
        """Send a status to the viewers that get statuses."""
        _show(DeltaMessage(status), self._delta_viewers)

    def grid(self, heat: Heat, *, wants_deltas: bool) -> Message:
        """The message for a grid.

        Raises:
            UnreadableRecord: its tiles are invalid.
        """
        if not wants_deltas:
            return WholeGrid(tutorial_json(heat.record))
        if self._grid is None or self._grid[0] is not heat:
            before = self._grid[1] if self._grid else None
            self._grid = heat, DeltaMessage(of_grid(heat.record), before)
        return self._grid[1]

    def breakdown(self, breakdown: PageBreakdown, band: str | None) -> Message:
        """The message for a breakdown, with this band's tiles, or none.

        Raises:
            UnreadableRecord: it is invalid.
        """
        band = band if band in breakdown.bands else None
        known = self._breakdowns.get(band)
        if known is None or known[0] is not breakdown:
            before = known[1] if known else None
            snapshot = of_breakdown(breakdown.record, band, before.snapshot.names if before else {})
            known = self._breakdowns[band] = breakdown, DeltaMessage(snapshot, before)
        return known[1]


def _show(message: Message, viewers: Iterable[Viewer]) -> None:
    sent.inc(sum([viewer.show(message) for viewer in viewers]))


class Viewers:
    """All viewers, by page."""

    def __init__(self) -> None:
        self._audiences: dict[str, Audience] = {}

    def __len__(self) -> int:
        return sum(map(len, self._audiences.values()))

    def add(self, page: str, viewer: Viewer) -> Audience:
        """Add a viewer of a page; return the page's audience."""
        audience = self._audiences.setdefault(page, Audience())
        audience.add(viewer)
        return audience

    def discard(self, page: str, viewer: Viewer) -> None:
        """Remove a viewer, if it is still there."""
        if audience := self._audiences.get(page):
            audience.discard(viewer)
            if not audience:
                del self._audiences[page]

    def pages(self) -> list[tuple[str, Audience]]:
        """The pages that have viewers."""
        return list(self._audiences.items())

    def of(self, page: str) -> Audience | None:
        """A page's audience, None if it has no viewers."""
        return self._audiences.get(page)
