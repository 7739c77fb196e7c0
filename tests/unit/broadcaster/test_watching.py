"""Which pages the broadcaster tells ingest to be watched."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.testclient import TestClient

from pageheat.services.broadcaster.app import Broadcaster
from pageheat.services.runtime.access import Access
from tests.support.heatmap_records import NOW_MS, FakeViewer, ListSource


class Told:
    """Keeps the pages that were told."""

    def __init__(self) -> None:
        self.pages = asyncio.Queue[str]()
        self.closed = False

    def tell(self, page: str) -> None:
        self.pages.put_nowait(page)

    def close(self) -> None:
        self.closed = True


@asynccontextmanager
async def running(secret: str = "") -> AsyncIterator[tuple[Broadcaster, Told]]:
    told = Told()
    app = Broadcaster(ListSource(), lambda: NOW_MS, access=Access(secret, lambda: NOW_MS), watched=told)
    async with app._lifespan(None):  # type: ignore[arg-type]
        yield app, told
    assert told.closed


async def test_a_page_is_told_at_once_for_its_first_viewer_and_not_for_the_second() -> None:
    async with running() as (app, told):
        viewers = [FakeViewer(app, path) for path in ("/lamp", "/lamp", "/chair")]
        assert [await told.pages.get() for _ in range(2)] == ["/lamp", "/chair"]
        assert told.pages.empty()
        for viewer in viewers:
            await viewer.leave()


async def test_pages_are_told_again_and_again_while_they_have_viewers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pageheat.services.broadcaster.app.RENEW_S", 0.01)
    async with running() as (app, told):
        lamp, chair = FakeViewer(app, "/lamp"), FakeViewer(app, "/chair")
        told_s = [await told.pages.get() for _ in range(10)]
        assert told_s.count("/lamp") == told_s.count("/chair") == 5
        await lamp.leave()
        while not told.pages.empty():
            told.pages.get_nowait()
        assert {await told.pages.get() for _ in range(3)} == {"/chair"}
        await chair.leave()


async def test_who_may_not_view_a_page_does_not_make_it_watched() -> None:
    async with running(secret="s" * 32) as (app, told):
        stranger = FakeViewer(app, "/lamp", ("pageheat.v1",))
        await stranger.leave()
        assert told.pages.empty()


def test_the_list_of_warm_pages_makes_none_watched() -> None:
    told = Told()
    with TestClient(Broadcaster(ListSource(), lambda: NOW_MS, watched=told)) as client:
        for path in ("/_pageheat/pages", "/_pageheat/grid/lamp", "/_pageheat/png/lamp"):
            client.get(path)
    assert told.pages.empty()
