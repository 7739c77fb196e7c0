"""Fan-out: newest only, nobody waits for anybody."""

import asyncio

from prometheus_client import REGISTRY

from services.broadcaster.fanout import Viewer, Viewers


def dropped_grids() -> float:
    return REGISTRY.get_sample_value("pageheat_broadcaster_grids_dropped_total") or 0


async def test_a_viewer_that_cannot_keep_up_gets_the_newest_grid_alone() -> None:
    viewer = Viewer("/lamp", wants_all=False)
    before = dropped_grids()
    for number in range(5):
        viewer.show(f"grid {number}")
    assert await viewer.next() == ["grid 4"]
    assert dropped_grids() == before + 4


async def test_status_detail_and_grid_do_not_take_each_others_place() -> None:
    viewer = Viewer("/lamp", wants_all=True)
    viewer.show("grid")
    viewer.tell("old status")
    viewer.tell("new status")
    viewer.show_detail("old detail")
    viewer.show_detail("new detail")
    assert await viewer.next() == ["new status", "new detail", "grid"]


async def test_a_viewer_waits_until_there_is_something() -> None:
    viewer = Viewer("/lamp", wants_all=False)
    waiting = asyncio.create_task(viewer.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    viewer.show("grid")
    assert await waiting == ["grid"]


def test_viewers_are_found_by_their_page() -> None:
    viewers = Viewers()
    ann, bob, cy = (Viewer(page, wants_all=False) for page in ("/a", "/a", "/b"))
    for viewer in (ann, bob, cy):
        viewers.add(viewer)
    assert set(viewers.of("/a")) == {ann, bob}
    assert len(viewers) == 3
    viewers.remove(cy)
    assert list(viewers.of("/b")) == []
    assert viewers.pages() == ["/a"]
