"""The broadcaster's port without Kafka: records come from the test, viewers are ASGI callables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from starlette.testclient import TestClient

from pageheat.services.broadcaster.app import Broadcaster
from pageheat.services.broadcaster.delta import BREAKDOWN, GRID, STATUS, decode
from pageheat.services.broadcaster.requests import requested_page
from pageheat.services.broadcaster.snapshots import of_breakdown, of_grid, of_top
from pageheat.services.contract.pages import PATHS_ALONE, Pages
from pageheat.services.contract.records import Heartbeat, Size, encode
from pageheat.services.contract.topics import HEATMAP, HEATMAP_DETAIL
from tests.support.fine import fine
from tests.support.heatmap_records import NOW_MS, FakeViewer, ListSource, detail, grid
from tests.support.system import until

INVALID = encode(grid(NOW_MS, 1)).replace(b"moves\xc4\2\0\1", b"moves\xc4\2\0\0")
"""A grid with a fine cell of 0 moves, which only our own viewers would get."""


@asynccontextmanager
async def running(pages: Pages = PATHS_ALONE) -> AsyncIterator[tuple[Broadcaster, ListSource]]:
    source = ListSource()
    app = Broadcaster(source, lambda: NOW_MS, pages=pages)
    async with app._lifespan(None):  # type: ignore[arg-type]
        yield app, source
    assert source.closed


async def test_each_new_grid_reaches_only_the_viewers_of_its_page() -> None:
    async with running() as (app, source):
        lamp, chair = FakeViewer(app, "/lamp"), FakeViewer(app, "/chair")
        for position in (1, 2):
            source.put("/lamp", encode(grid(NOW_MS, position)))
            assert (await lamp.next())["position"] == position
        assert chair.got.empty()
        for viewer in (lamp, chair):
            await viewer.leave()


async def test_a_viewer_of_a_masked_page_gets_the_grid_of_all_such_pages() -> None:
    async with running(Pages.parse(masks="/user/*")) as (app, source):
        viewers = [FakeViewer(app, path) for path in ("/user/42", "/user/43", "/user/*", "//blog/user/42")]
        for position, page in enumerate(("/user/*", "//blog/user/*")):
            source.put(page, encode(grid(NOW_MS, position)))
        assert [(await viewer.next())["position"] for viewer in viewers] == [0, 0, 0, 1]
        for viewer in viewers:
            await viewer.leave()


@pytest.mark.parametrize("subprotocols", [(), ("pageheat.v1",)])
async def test_a_stalled_viewer_delays_no_other_and_gets_the_newest_when_it_resumes(
    subprotocols: tuple[str, ...],
) -> None:
    async with running() as (app, source):
        stuck, other = FakeViewer(app, "/lamp", subprotocols), FakeViewer(app, "/lamp")
        for position in range(1, 20):
            source.put("/lamp", encode(grid(NOW_MS, position, moves=position)))
            assert (await other.next())["position"] == position
            stuck.reads = False
        stuck.reads = True
        stuck.has_room()
        source.put("/lamp", encode(grid(NOW_MS, 20, moves=20)))
        await other.next()
        got = [stuck.got.get_nowait() for _ in range(stuck.got.qsize())]
        if subprotocols:
            expected = [of_grid(encode(grid(NOW_MS, n, moves=n))) for n in (1, 19, 20)]
            assert [told for told in got if told.kind == GRID] == expected
        else:
            assert [told["position"] for told in got] == [1, 19, 20]
        for viewer in (stuck, other):
            await viewer.leave()


async def test_a_new_viewer_is_shown_the_newest_grid_at_once() -> None:
    async with running() as (app, source):
        first = FakeViewer(app, "/lamp")
        source.put("/lamp", encode(grid(NOW_MS, 7)))
        await first.next()
        second = FakeViewer(app, "/lamp")
        assert (await second.next())["position"] == 7
        for viewer in (first, second):
            await viewer.leave()


async def test_only_viewers_of_our_subprotocol_get_status_frames() -> None:
    async with running() as (app, source):
        ours = FakeViewer(app, "/lamp", ("other", "pageheat.v1"))
        theirs = FakeViewer(app, "/lamp")
        assert list((await ours.next()).numbers) == [0, NOW_MS], "old, as no heartbeat was received"
        source.put("clock/4", encode(Heartbeat(4, 1, NOW_MS)))
        while list((await ours.next_of(STATUS)).numbers) != [1, NOW_MS, NOW_MS]:
            pass
        assert ours.accepted["subprotocol"] == "pageheat.v1"
        assert theirs.accepted["subprotocol"] is None
        assert theirs.got.empty()
        for viewer in (ours, theirs):
            await viewer.leave()


async def test_a_heat_map_of_another_version_is_told_to_load_the_page_again() -> None:
    async with running() as (app, source):
        source.put("/lamp", encode(grid(NOW_MS, 1)))
        later = FakeViewer(app, "/lamp", ("pageheat.v2", "pageheat.token.abc"))
        told = await later.next()
        assert told["refused"] == "version"
        assert "(pageheat.v2 instead of pageheat.v1): load the page again" in told["error"]
        await later.leave()
        assert later.got.empty()
        both = FakeViewer(app, "/lamp", ("pageheat.v2", "pageheat.v1"))
        await both.next_of(GRID)
        await both.leave()


async def test_viewers_of_our_subprotocol_get_breakdowns_with_the_requested_bands_tiles() -> None:
    async with running() as (app, source):
        phone = FakeViewer(app, "/lamp", ("pageheat.v1",), b"band=phone")
        theirs = FakeViewer(app, "/lamp")
        await phone.next()  # the status
        record = encode(detail(NOW_MS, 1))
        source.put("/lamp", record, HEATMAP_DETAIL)
        assert await phone.next_of(BREAKDOWN) == of_breakdown(record, "phone", {})
        late = FakeViewer(app, "/lamp", ("pageheat.v1",), b"band=tv")
        await late.next()
        assert await late.next() == of_breakdown(record, None, {}), "at once"
        assert theirs.got.empty()
        for viewer in (phone, theirs, late):
            await viewer.leave()


async def test_a_breakdown_is_dropped_when_its_page_has_cooled_without_a_tombstone() -> None:
    async with running() as (app, source):
        viewer = FakeViewer(app, "/lamp", ("pageheat.v1",))
        source.put("/lamp", encode(detail(NOW_MS - 300_000, 1)), HEATMAP_DETAIL)
        await viewer.next_of(BREAKDOWN)
        assert app._breakdowns.of("/lamp") is not None
        source.put("clock/4", encode(Heartbeat(4, 1, NOW_MS)))
        while not (await viewer.next_of(STATUS)).numbers[0]:
            pass
        assert app._breakdowns.of("/lamp") is None
        await viewer.leave()


@pytest.mark.parametrize(
    ("topic", "record", "good"),
    [
        (
            HEATMAP,
            INVALID,
            encode(grid(NOW_MS, 2)),
        ),
        (
            HEATMAP_DETAIL,
            encode(detail(NOW_MS, 1)).replace(b'"width":1000', b'"width":1e308'),
            encode(detail(NOW_MS, 2)),
        ),
    ],
)
async def test_a_record_no_viewer_could_show_becomes_a_dead_letter_and_the_next_is_shown(
    topic: str, record: bytes, good: bytes
) -> None:
    async with running() as (app, source):
        viewer = FakeViewer(app, "/lamp", ("pageheat.v1",))
        await viewer.next()  # the status
        source.put("/lamp", record, topic)
        source.put("/lamp", good, topic)
        told = await viewer.next_of(GRID if topic == HEATMAP else BREAKDOWN)
        assert told.numbers[2] == 2
        assert len(source.letters) == 1
        await viewer.leave()


async def test_a_viewer_that_connects_while_the_newest_grid_is_invalid_sees_a_cold_page() -> None:
    async with running() as (app, source):
        theirs = FakeViewer(app, "/lamp")
        source.put("/lamp", INVALID)
        await theirs.next()
        ours = FakeViewer(app, "/lamp", ("pageheat.v1",))
        assert (await ours.next()).kind == STATUS
        source.put("/lamp", encode(grid(NOW_MS, 2)))
        assert (await ours.next_of(GRID)).numbers[2] == 2
        for viewer in (ours, theirs):
            await viewer.leave()


async def test_an_unreadable_record_becomes_a_dead_letter_and_the_next_is_shown() -> None:
    async with running() as (app, source):
        viewer = FakeViewer(app, "/lamp")
        source.put("/lamp", b"{")
        source.put("/lamp", encode(grid(NOW_MS, 1)))
        assert (await viewer.next())["position"] == 1
        assert len(source.letters) == 1
        await viewer.leave()


TELLING = Pages.parse(query="id,band", hash_routes=True, suffixes="/")


@pytest.mark.parametrize(
    ("path", "query", "key"),
    [
        ("/doku.php", "id=a%20b", "/doku.php?id=a%20b"),
        ("/doku.php/", "q=ann&id=a+b&layer=moves", "/doku.php?id=a%20b"),
        ("/", "page=%2Fdoku.php%3Fid%3Da%2520b", "/doku.php?id=a%20b"),
        ("//blog/app", "page=%2Fapp%23%2Fusers%2F7%2F", "/app#/users/7"),
        ("/", "page=%2F%2Fblog%2Fapp%23%2Ftwo&id=7", "//blog/app#/two"),
        ("/app%23/two%3Fid=7", "", "/app%23/two%3Fid=7"),
        ("/lamp", "band=phone", "/lamp"),  # a parameter of ours …
        ("/lamp", "page=%2Flamp%3Fband%3Dphone&band=phone", "/lamp?band=phone"),  # … unless it is in `page`
        ("/caf\u00e9", "", "/caf%C3%A9"),
        ("/caf%c3%a9", "page=", "/caf%C3%A9"),
    ],
)
async def test_a_page_is_requested_at_its_own_address_or_by_its_key(path: str, query: str, key: str) -> None:
    assert requested_page(path.encode(), query.encode(), TELLING) == key
    async with running(TELLING) as (app, source):
        viewer = FakeViewer(app, path, ("pageheat.v1",), query.encode())
        status = await viewer.next()
        assert (status.kind, status.names) == (STATUS, {0: key})
        source.put(key, encode(grid(NOW_MS, 1)))
        assert (await viewer.next()).kind == GRID
        await viewer.leave()


def test_records_and_pictures_of_a_page_are_requested_the_same_way() -> None:
    source = ListSource()
    source.put("/app?id=7#/two", encode(grid(NOW_MS, 1)))
    with TestClient(Broadcaster(source, lambda: NOW_MS, pages=TELLING)) as client:
        named = {"page": "/app/?q=ann&id=7#/two"}
        until(lambda: client.get("/_pageheat/pages").json()["total"] == 1, lambda: "no page is warm")
        assert client.get("/_pageheat/grid/", params=named).json()["position"] == 1
        assert client.get("/_pageheat/png/", params=named | {"layer": "moves"}).status_code == 200
        assert decode(client.get("/_pageheat/top/", params=named).content, None).kind == GRID
        for resource in ("grid", "top", "detail", "png"):
            cold = client.get(f"/_pageheat/{resource}/app?id=8")
            assert (cold.status_code, cold.json()["error"]) == (404, "/app?id=8 is cold")


@pytest.mark.parametrize("limit", ["0", "1001", "many", "-1", "9" * 5000, "٣", ""])
def test_a_wrong_limit_of_the_list_is_refused_with_a_reason(limit: str) -> None:
    with TestClient(Broadcaster(ListSource(), lambda: NOW_MS)) as client:
        answer = client.get("/_pageheat/pages", params={"limit": limit})
        assert answer.status_code == 400
        assert "whole number from 1 to 1000" in answer.json()["error"]


async def test_viewers_and_the_list_are_told_that_kafka_is_away() -> None:
    why = None
    app = Broadcaster(ListSource(), lambda: NOW_MS, kafka=lambda: why)
    with TestClient(app) as client:
        assert client.get("/_pageheat/pages").json()["kafka"] is None
        why = "Kafka has been away for 12 s: connection refused"
        assert client.get("/_pageheat/pages").json()["kafka"] == why
    async with app._lifespan(None):  # type: ignore[arg-type]
        viewer = FakeViewer(app, "/lamp", ("pageheat.v1",))
        assert list((await viewer.next_of(STATUS)).numbers) == [2, NOW_MS]
        await viewer.leave()


def test_a_broadcaster_that_is_still_reading_is_not_ready() -> None:
    source = ListSource()
    with TestClient(Broadcaster(source, lambda: NOW_MS)) as client:
        assert client.get("/_pageheat/ready").status_code == 200
        source.ready = False
        answer = client.get("/_pageheat/ready")
        assert (answer.status_code, answer.text) == (503, "is still reading the newest grids\n")
        assert client.get("/healthz").status_code == 200, "but alive"


def test_the_top_of_a_page_has_its_first_rows_alone() -> None:
    cells = {(0, 1): 3, (124, 0): 1, (125, 0): 9}  # 2.5 widths of 1,000 px are 125 rows of 20
    counts = fine(moves=cells, top_clicks={(2, 2): 4}, bottom_moves={(0, 0): 8})
    tall = msgspec.structs.replace(grid(NOW_MS, 1), page=Size(1000, 20_000), fine=counts)
    top = of_top(encode(tall))
    assert top.layers == [{1: 3, 6200: 1}, {}, {}, {102: 4}, {}, {}]
    assert of_grid(encode(tall)).numbers == top.numbers
