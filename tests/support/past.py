"""A history with a past of its own: the real engine and answers, filled with frames, without a Kafka."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.applications import Starlette

from pageheat.frontends.heatmap.server import create_app
from pageheat.services.contract.records import Frame
from pageheat.services.history import notes
from pageheat.services.history.answers import Answers
from pageheat.services.history.ranges import DAY_MS
from pageheat.services.history.store import Store
from pageheat.services.runtime.access import Access
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.gate import Gate
from pageheat.services.runtime.settings import HeatmapSettings, HistorySettings
from tests.support.history import MINUTE_MS
from tests.support.history_log import Log, opened, run
from tests.support.server import Server

KEPT_DAYS = 30, 395


class History:
    """Answers from what these frames were; call `start` with the viewers' settings.

    Args:
        folder: for the database.
        frames: in the order of their times.
        alive: minutes since the epoch in which the history ran.
    """

    def __init__(self, folder: Path, frames: Iterable[Frame], alive: Iterable[int] = ()) -> None:
        self._engine = opened(folder)
        log = Log()
        for one in frames:
            log.append(one)
        run(log, self._engine, step=1_000)
        self._store = Store(self._engine)
        for minute in alive:
            self._store.note_alive(minute * MINUTE_MS)
        self._store.note_reached({0: wall_clock_ms() + DAY_MS})  # never behind, however long a test takes
        self._server = Server()

    @property
    def origin(self) -> str:
        return self._server.origin

    def start(self, secret: str = "", **settings: str) -> None:
        """Answer the pages that these settings name."""
        known = HistorySettings.load(history_url=self.origin, **settings)
        answers = Answers(self._engine, known.pages, self.origin, KEPT_DAYS, lambda _: None, wall_clock_ms)
        access = Access(secret, wall_clock_ms, known.pages)
        kept = notes.Notes(self._engine, self._store, wall_clock_ms)
        routes = [*notes.routes(access, kept, known.pages, writable=True), *answers.routes(access)]
        app = Starlette(routes=routes)
        self._server.start(Gate(app, known.hosts, known.viewers, methods=notes.METHODS))

    def stop(self) -> None:
        """Answer no longer; `start` begins again."""
        self._server.stop()

    def close(self) -> None:
        self._engine.close()

    @contextmanager
    def shown(self, site: str, broadcaster: str) -> Iterator[str]:
        """The origin of a front end that shows a site with this history, given the origins of others."""
        front = Server()
        viewers = {"site_url": site, "heatmap_url": front.origin}
        services = {"broadcaster_url": broadcaster, "history_url": self.origin}
        self.start(**viewers)
        front.start(create_app(HeatmapSettings.load(**viewers, **services)))
        try:
            yield front.origin
        finally:
            front.stop()
            self.stop()
