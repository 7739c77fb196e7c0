"""The newest known size of each page."""

from pageheat.services.contract.records import Frame, Page, Point, Size
from pageheat.services.ingest.clicks import Click
from pageheat.services.ingest.known_pages import KnownPages


def seen(
    path: str, width: float, first: tuple[float, float] = (0, 0), *, site: str = "", seq: int | None = 0
) -> Frame:
    """A visitor's frame with a document of this width, 2000 px high."""
    page = Page(path, Size(width, 2000), Size(width, 700), Point(*first))
    return Frame(v=2, site=site, received=0, page=page, events=[], session="ann", seq=seq)


def test_a_pages_newest_size_and_corner_are_known_but_no_viewport() -> None:
    pages = KnownPages()
    assert pages.get("", "/lamp") is None
    pages.learn(seen("/lamp", 1000, (10, 20)))
    pages.learn(seen("/lamp", 1200, (30, 40)))
    assert pages.get("", "/lamp") == Page("/lamp", Size(1200, 2000), first=Point(30, 40))


def test_pages_of_another_site_are_separate() -> None:
    pages = KnownPages()
    pages.learn(seen("/lamp", 1000))
    pages.learn(seen("/lamp", 500, site="blog"))
    assert [pages.get(site, "/lamp") for site in ("", "blog")] == [
        Page("/lamp", Size(1000, 2000)),
        Page("/lamp", Size(500, 2000)),
    ]


def test_the_tutorials_frames_update_the_size_but_not_the_corner() -> None:
    pages = KnownPages()
    pages.learn(seen("/lamp", 1000, (10, 20)))
    pages.learn(seen("/lamp", 1200, seq=None))
    assert pages.get("", "/lamp") == Page("/lamp", Size(1200, 2000), first=Point(10, 20))


def test_nothing_is_learned_from_a_click_placed_by_the_known_size() -> None:
    pages = KnownPages()
    pages.learn(seen("/lamp", 1000))
    old = pages.get("", "/lamp")
    pages.learn(seen("/lamp", 1200))
    pages.learn(Click(1, 2, "/lamp", None).frame("", 0, old))
    pages.learn(Click(1, 2, "/chair", None).frame("", 0, None))
    assert pages.get("", "/lamp") == Page("/lamp", Size(1200, 2000))
    assert len(pages) == 1


def test_the_least_recently_used_page_is_forgotten_first() -> None:
    pages = KnownPages(limit=3)
    for path in ("/a", "/b", "/c"):
        pages.learn(seen(path, 1000))
    pages.learn(seen("/a", 1000))
    pages.get("", "/b")
    pages.learn(seen("/d", 1000))
    assert [path for path in ("/a", "/b", "/c", "/d") if pages.get("", path)] == ["/a", "/b", "/d"]
    assert len(pages) == 3
