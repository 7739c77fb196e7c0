"""Fan-out: each viewer has one place for the newest grid, never a queue. Pure but for an asyncio event."""

import asyncio
from collections.abc import Iterable

from prometheus_client import Counter

from services.broadcaster.access import Refused
from services.contract.tokens import EVERYTHING, Grant

dropped = Counter("pageheat_broadcaster_grids_dropped", "Grids that slow viewers did not get")


class Viewer:
    """Somebody who watches a page: what was not sent yet, newest only."""

    __slots__ = (
        "_detail",
        "_grid",
        "_status",
        "_wake",
        "band",
        "grant",
        "page",
        "refusal",
        "wants_all",
    )

    def __init__(
        self, page: str, grant: Grant = EVERYTHING, *, wants_all: bool, band: str | None = None
    ) -> None:
        self.page = page
        self.grant = grant
        self.refusal: Refused | None = None
        self.wants_all = wants_all  # status and details beside the grids
        self.band = band
        self._detail: str | None = None
        self._grid: str | None = None
        self._status: str | None = None
        self._wake = asyncio.Event()

    def show(self, grid: str) -> None:
        """Have the grid sent next, in place of one that is still waiting."""
        if self._grid is not None:
            dropped.inc()
        self._grid = grid
        self._wake.set()

    def show_detail(self, detail: str) -> None:
        """Have the detail sent next, in place of one that is still waiting."""
        self._detail = detail
        self._wake.set()

    def tell(self, status: str) -> None:
        """Have the status sent next, in place of one that is still waiting."""
        self._status = status
        self._wake.set()

    def refuse(self, refusal: Refused) -> None:
        """Have nothing more sent; it is to be told why."""
        self.refusal = refusal
        self._wake.set()

    async def next(self) -> list[str]:
        """What is to be sent now, status first; waits until there is something. None once refused."""
        await self._wake.wait()
        if self.refusal:
            return []
        self._wake.clear()
        waiting = self._status, self._detail, self._grid
        self._status = self._detail = self._grid = None
        return [message for message in waiting if message is not None]


class Viewers:
    """Everyone who watches, by page."""

    def __init__(self) -> None:
        self._by_page: dict[str, set[Viewer]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_page.values()))

    def add(self, viewer: Viewer) -> None:
        """Show this viewer what comes from now on."""
        self._by_page.setdefault(viewer.page, set()).add(viewer)

    def remove(self, viewer: Viewer) -> None:
        """Show it nothing more."""
        watching = self._by_page[viewer.page]
        watching.remove(viewer)
        if not watching:
            del self._by_page[viewer.page]

    def pages(self) -> list[str]:
        """The pages that somebody watches."""
        return list(self._by_page)

    def of(self, page: str) -> Iterable[Viewer]:
        """Who watches a page."""
        return self._by_page.get(page, ())
