"""Fan-out: newest only, nobody waits for anybody."""

import asyncio

from services.broadcaster.fanout import Viewer, Viewers


async def test_a_viewer_that_cannot_keep_up_gets_the_newest_grid_alone() -> None:
    viewer = Viewer("/lamp", wants_status=False)
    for number in range(5):
        viewer.show(f"grid {number}")
    assert await viewer.next() == ["grid 4"]
    assert viewer.dropped == 4


async def test_a_status_does_not_take_a_grids_place() -> None:
    viewer = Viewer("/lamp", wants_status=True)
    viewer.show("grid")
    viewer.tell("old status")
    viewer.tell("new status")
    assert await viewer.next() == ["new status", "grid"]


async def test_a_viewer_waits_until_there_is_something() -> None:
    viewer = Viewer("/lamp", wants_status=False)
    waiting = asyncio.create_task(viewer.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    viewer.show("grid")
    assert await waiting == ["grid"]


def test_viewers_are_found_by_their_page() -> None:
    viewers = Viewers()
    ann, bob, cy = (Viewer(page, wants_status=False) for page in ("/a", "/a", "/b"))
    for viewer in (ann, bob, cy):
        viewers.add(viewer)
    assert set(viewers.of("/a")) == {ann, bob}
    assert len(viewers) == 3
    viewers.remove(cy)
    assert list(viewers.of("/b")) == []
    assert viewers.pages() == ["/a"]
