"""`GET /_pageheat/png/<path>`: what is drawn, cached, shared and refused."""

import asyncio
import io
import threading
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from pageheat.services.broadcaster import pictures
from pageheat.services.broadcaster.app import Broadcaster
from pageheat.services.broadcaster.breakdowns import PageBreakdown
from pageheat.services.broadcaster.pictures import MAX_WAITING, Busy, LivePicture, Pictures, live_picture
from pageheat.services.broadcaster.warm import Heat, WarmPages
from pageheat.services.contract.records import Band, Breakdown, Grid, Size, Totals, encode
from pageheat.services.picture.options import Options, WrongOption
from tests.support.fine import Rows, fine
from tests.support.looks import Look, look_counts
from tests.support.tiles import packed_tiles

WIDTH, HEIGHT = 800, 1600  # a tile of 16 × 32 px
SIZE = Size(WIDTH, HEIGHT)


def grid(position: int = 1, *, clicks: Rows | None = None, size: Size | None = SIZE) -> Grid:
    """A page's grid with ten moves in column 40 of row 9, on tile (40, 5), and clicks."""
    clicks = clicks or {}
    return Grid(
        start=700_000,
        end=1_000_000,
        value=packed_tiles({"40": {"5": 10}}),
        clicks=b"",
        grid_size=50,
        visitors=1,
        totals=Totals(10, sum(clicks.values())),
        newest=999_750,
        page=size,
        partition=4,
        position=position,
        fine=fine(moves={(9, 40): 10}, clicks=clicks),
    )


def detail() -> PageBreakdown:
    """The same page by band: phones have a click in column 10 of row 49, on tile (10, 31)."""
    bands = [
        Band("phone", 1, fine(clicks={(49, 10): 1}), []),
        Band("desktop", 1, fine(moves={(9, 40): 10}), []),
    ]
    told = Breakdown(700_000, 1_000_000, SIZE, 4, 1, 50, 64, 8, bands)
    return PageBreakdown(encode(told))


def hottest(png: bytes) -> tuple[int, int]:
    """Tile of the hottest pixel."""
    with Image.open(io.BytesIO(png)) as image:
        assert image.size == (WIDTH, HEIGHT)
        levels = np.asarray(image)
    y, x = np.unravel_index(levels.argmax(), levels.shape)
    return int(x) * 50 // WIDTH, int(y) * 50 // HEIGHT


def looking() -> Grid:
    """The page held still at its top for 2 s in one page view, and 800 px further down for 9 s in another."""
    views: list[list[Look]] = [[(0, 400, 2_000)], [(800, 400, 9_000)]]
    return msgspec.structs.replace(grid(), looks=look_counts(*views, page_px=HEIGHT))


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A broadcaster that knows only /lamp and /new, whose size is unknown."""
    heats = {
        "/lamp": Heat.of(grid(), encode(grid(clicks={(49, 10): 3}))),
        "/seen": Heat.of(looking(), encode(looking())),
        "/new": Heat.of(grid(size=None), encode(grid(size=None))),
        "/huge": Heat.of(grid(size=Size(9e6, 9e6)), b"{}"),
        "/broken": Heat.of(grid(), b"{}"),
    }
    monkeypatch.setattr(WarmPages, "heat", lambda self, page: heats.get(page))
    return TestClient(Broadcaster(NoSource(), lambda: 0))


@pytest.mark.parametrize(
    ("layer", "hot", "warm", "cold"), [("attention", 1000, 200, 600), ("scroll", 200, 1000, 1300)]
)
def test_what_was_in_view_is_drawn_in_rows_across_the_page(
    client: TestClient, layer: str, hot: int, warm: int, cold: int
) -> None:
    answer = client.get(f"/_pageheat/png/seen?layer={layer}")
    assert answer.status_code == 200
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (WIDTH, HEIGHT)
        levels = np.asarray(image)[:, 400].astype(int)
    assert levels[hot] > levels[warm] > levels[cold] == 0


class NoSource:
    """An empty source."""

    ready = True

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


def test_a_warm_pages_picture_has_its_size_and_is_hottest_where_its_grid_is(client: TestClient) -> None:
    answer = client.get("/_pageheat/png/lamp?layer=moves")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert hottest(answer.content) == (40, 5)
    assert hottest(client.get("/_pageheat/png/lamp").content) == (10, 30), "clicks by default"


def test_options_of_the_query_change_the_picture_and_its_etag(client: TestClient) -> None:
    bare = client.get("/_pageheat/png/lamp")
    explained = client.get("/_pageheat/png/lamp?legend=top-left&palette=grey")
    assert bare.content != explained.content
    assert bare.headers["etag"] != explained.headers["etag"]


def test_a_client_that_has_the_picture_gets_304_without_a_drawing(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = client.get("/_pageheat/png/lamp").headers["etag"]
    monkeypatch.setattr(LivePicture, "draw", None)
    again = client.get("/_pageheat/png/lamp", headers={"If-None-Match": f'"other", W/{etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert again.headers["access-control-expose-headers"] == "ETag"  # scripts elsewhere compare it
    assert again.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("chair", 404, "/chair is cold"),
        ("new", 404, "the size of /new is not known"),
        ("huge", 404, "/huge: 9,000,000 × 9,000,000 px are too many for a picture"),
        ("broken", 404, "the counts of /broken cannot be read"),
        ("lamp?radius=many", 400, "radius=many: should be a number from 8 to 400"),
        ("lamp?layer=rage", 400, "layer=rage: should be one of moves, clicks"),
        ("lamp?origin=first", 400, "origin=first: should be page"),
        ("lamp?color=red", 400, "color: there is no such option"),
        ("lamp?band=phone", 404, "the width bands of /lamp are not known yet"),
    ],
)
def test_a_missing_picture_has_a_reason(client: TestClient, address: str, status: int, said: str) -> None:
    answer = client.get(f"/_pageheat/png/{address}")
    assert answer.status_code == status
    assert answer.json()["error"].startswith(said)


def test_a_band_has_its_own_picture() -> None:
    heat = Heat.of(grid(), encode(grid()))
    assert hottest(live_picture("/lamp", heat, detail(), {"band": "phone"}).draw()) == (10, 30)
    assert hottest(live_picture("/lamp", heat, detail(), {"band": "desktop", "layer": "moves"}).draw()) == (
        40,
        5,
    )
    with pytest.raises(WrongOption, match="band=watch: should be one of phone, desktop"):
        live_picture("/lamp", heat, detail(), {"band": "watch"})


def test_a_page_that_has_cooled_has_no_picture() -> None:
    cooled = msgspec.structs.replace(grid(), newest=None)
    with pytest.raises(pictures.NoPicture, match="/lamp is cold"):
        live_picture("/lamp", Heat.of(cooled, b""), None, {})


@dataclass(frozen=True)
class Slow(LivePicture):
    """A picture whose drawing the test controls."""

    go: threading.Event = field(default_factory=threading.Event, compare=False, repr=False)
    drawings: list[int] = field(default_factory=list, compare=False, repr=False)
    alone: threading.Lock = field(default_factory=threading.Lock, compare=False, repr=False)

    def draw(self) -> bytes:
        assert self.alone.acquire(blocking=False), "another picture is being drawn"
        self.drawings.append(self.position)
        assert self.go.wait(20)
        self.alone.release()
        return b"%d" % self.position


def slow(position: int, first: "Slow | None" = None) -> Slow:
    """A picture for a position, drawn when `first` is set, and recorded."""
    wish = ("/lamp", Options(), position, 0, Size(1, 1), b"")
    return Slow(*wish, first.go, first.drawings, first.alone) if first else Slow(*wish)


async def test_a_picture_is_drawn_once_for_all_requests_even_if_some_are_cancelled() -> None:
    drawing = Pictures()
    picture = slow(1)
    asking = [asyncio.create_task(drawing.png(picture)) for _ in range(3)]
    await asyncio.sleep(0)
    asking[0].cancel()
    picture.go.set()
    assert await asking[1] == await asking[2] == b"1"
    assert await drawing.png(picture) == b"1"
    assert picture.drawings == [1]


async def test_pictures_are_drawn_one_at_a_time_and_too_many_waiting_requests_get_503() -> None:
    drawing = Pictures()
    first = slow(0)
    asking = [asyncio.create_task(drawing.png(slow(i, first))) for i in range(MAX_WAITING + 1)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await drawing.png(slow(-1, first))
    while not first.drawings:
        await asyncio.to_thread(len, ())
    await asyncio.to_thread(len, ())  # after all threads that were to draw
    first.go.set()
    assert await asyncio.gather(*asking) == [b"%d" % i for i in range(MAX_WAITING + 1)]
    assert await drawing.png(slow(-1, first)) == b"-1"


async def test_a_drawing_that_fails_is_retried_by_the_next_request() -> None:
    drawing = Pictures()
    heat = Heat.of(grid(), b"{}")
    for _ in range(2):
        with pytest.raises(pictures.NoPicture, match="cannot be read"):
            await drawing.png(live_picture("/broken", heat, None, {}))


async def test_only_the_most_recently_requested_pictures_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_KEPT_BYTES", 3)
    drawing = Pictures()
    first = slow(1)
    first.go.set()
    for position in (1, 2, 3, 1, 4, 1, 2):
        await drawing.png(slow(position, first))
    assert first.drawings == [1, 2, 3, 4, 2], "2 made room for 4, as 1 was in use"
