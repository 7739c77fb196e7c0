"""What was in view, page views and their attributes, as the tracker tells them from a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.chromium import leave
from tests.support.recorder import Recorder
from tests.support.site import Site

HEIGHT = 720


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    viewport = {"width": 1280, "height": HEIGHT}
    context = browser.new_context(base_url=site.origin, viewport=viewport)  # type: ignore[arg-type]
    yield context.new_page()
    leave(context)


def durations(recorder: Recorder, top: int) -> list[int]:
    """How long each look lasted there, ms."""
    return [it.duration for it in recorder.looks if it.top == top]


def test_a_position_is_told_once_it_is_held_and_the_rest_when_it_is_left(
    page: Page, recorder: Recorder
) -> None:
    page.goto("/long")
    recorder.wait_for(lambda: bool(durations(recorder, 0)), "a look at the top")
    page.evaluate("scrollTo(0, 1200)")
    recorder.wait_for(lambda: bool(durations(recorder, 1200)), "a look further down")
    page.goto("/other")
    recorder.wait_for(lambda: len(durations(recorder, 1200)) > 1, "the rest of it")
    assert all(it.height == HEIGHT for it in recorder.looks if it.path == "/long")
    for top in (0, 1200):
        first, *_ = durations(recorder, top)
        assert 250 <= first < 5_000


@pytest.mark.parametrize(("name", "height"), [("shell", 666), ("shadow-shell", HEIGHT)])
def test_in_an_app_shell_what_scrolls_inside_is_looked_at(
    page: Page, recorder: Recorder, name: str, height: int
) -> None:
    page.goto(f"/{name}")
    recorder.wait_for(lambda: bool(durations(recorder, 0)), "a look at the top")
    page.mouse.move(640, 360)
    page.mouse.wheel(0, 1000)
    recorder.wait_for(lambda: bool(durations(recorder, 1000)), "a look further down")
    assert {it.height for it in recorder.looks} == {height}


def test_a_hidden_page_is_not_looked_at(page: Page, recorder: Recorder) -> None:
    page.add_init_script(
        """if (location.pathname === "/long")
            Object.defineProperty(document, "visibilityState", { get: () => "hidden" });"""
    )
    page.clock.install()
    page.goto("/long")
    page.mouse.click(300, 400)
    recorder.expect(type="click")
    page.clock.run_for(10_000)  # longer than a look takes
    page.goto("/other")
    recorder.wait_for(lambda: bool(recorder.looks), "a look at the next page")
    assert {it.path for it in recorder.looks} == {"/other"}


def test_who_does_nothing_for_30_s_looks_at_nothing(page: Page, recorder: Recorder) -> None:
    page.clock.install()
    page.goto("/long")
    page.clock.run_for(300_000)
    page.goto("/other")
    recorder.wait_for(lambda: sum(durations(recorder, 0)) >= 30_000, "all looks")
    assert sum(it.duration for it in recorder.looks if it.path == "/long") == 30_000


def test_a_route_begins_a_view_that_comes_from_the_site_and_attributes_are_told_once(
    page: Page, recorder: Recorder, site: Site
) -> None:
    page.goto("/long?utm_source=news&data-segment=a")
    recorder.wait_for(lambda: len(recorder.views) == 1, "a view")
    page.mouse.click(300, 400)
    page.evaluate("history.pushState(null, '', '/long/next')")
    recorder.wait_for(lambda: len(recorder.views) == 2, "another view, without any event")
    page.mouse.click(310, 400)
    assert recorder.expect(type="click", x=310).view == 1
    assert recorder.expect(type="click", x=300).view == 0
    (path, first), (next_path, second) = recorder.views
    assert (path, first.source, first.segment) == ("/long", "news", "a")
    assert (next_path, second.source, second.segment) == ("/long/next", "", "a")
    assert second.referrer == site.origin.partition("://")[2]


def test_a_page_may_say_its_segment_before_the_tracker_is_there_and_after(
    page: Page, recorder: Recorder
) -> None:
    page.add_init_script("(window.pageheat ||= []).push({ segment: 'early' })")
    page.goto("/long?data-segment=tag")
    recorder.wait_for(lambda: len(recorder.views) == 1, "a view")
    page.evaluate("window.pageheat.push({ segment: 'late' })")
    page.evaluate("history.pushState(null, '', '/long/b')")
    recorder.wait_for(lambda: len(recorder.views) == 2, "another view")
    assert [attributes.segment for _, attributes in recorder.views] == ["early", "late"]
