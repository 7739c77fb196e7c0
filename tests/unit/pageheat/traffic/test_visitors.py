"""Simulated visitors: the same seed makes the same visits, and a visit could be a person's."""

from itertools import islice, pairwise
from random import Random

import msgspec
import pytest

from pageheat.traffic.shop import HOME, layout, paths, viewports
from pageheat.traffic.views import MAX_FRAME_EVENTS, Sample, View, batches, sent_frame
from pageheat.traffic.visitors import SAMPLE_MS, visit
from services.contract.records import SentFrame, Size

SEEDS = range(60)


def lived(seed: int) -> list[tuple[View, list[Sample]]]:
    return [(view, list(view.samples)) for view in visit(Random(seed))]


def test_the_same_seed_makes_the_same_visit_and_another_seed_another() -> None:
    visits = [[(view.page, samples) for view, samples in lived(seed)] for seed in (1, 1, 2)]
    assert visits[0] == visits[1]
    assert visits[0] != visits[2]


def test_where_a_visitor_goes_does_not_depend_on_how_much_of_a_page_was_lived_through() -> None:
    hurried = [(view.page, list(islice(view.samples, 3))) for view in visit(Random(7))]
    assert [page for page, _ in hurried] == [view.page for view, _ in lived(7)]
    assert len(hurried) > 1


def test_every_pointer_is_on_its_page_and_in_the_viewport() -> None:
    for seed in SEEDS:
        for view, samples in lived(seed):
            document, viewport = view.page.document, view.page.viewport
            assert viewport
            for sample in samples:
                assert 0 <= sample.x < min(document.width, viewport.width)
                assert 0 <= sample.y < document.height


def test_time_goes_forward_and_a_moving_pointer_is_sampled_at_most_at_the_trackers_pace() -> None:
    for seed in SEEDS:
        for _, samples in lived(seed):
            times = [sample.at_ms for sample in samples]
            assert times == sorted(times)
            for start in times:
                within_a_second = sum(start <= at < start + 1000 for at in times)
                assert within_a_second <= 2 * 1000 / SAMPLE_MS  # a short movement has an end of its own


def test_every_frame_is_one_that_ingest_takes() -> None:
    for view, samples in lived(3):
        for seq, (due_ms, together) in enumerate(batches(samples)):
            assert len(together) <= MAX_FRAME_EVENTS
            frame = sent_frame(view.page, together, "ann", seq, due_ms)
            assert msgspec.json.decode(msgspec.json.encode(frame), type=SentFrame) == frame


def test_visitors_scroll_click_and_come_by_many_ways_in_windows_of_many_widths() -> None:
    views = [(view, samples) for seed in SEEDS for view, samples in lived(seed)]
    seen = {view.page.path for view, _ in views}
    widths = {view.page.viewport.width for view, _ in views if view.page.viewport}
    events = [sample for _, samples in views for sample in samples]
    assert seen == set(paths())
    assert widths == {size.width for size in viewports()}
    assert any(sample.type == "click" for sample in events)
    assert any(sample.fixed for sample in events)
    assert any(
        sample.y > view.page.viewport.height
        for view, samples in views
        if view.page.viewport
        for sample in samples
    )


def test_a_visitor_who_goes_on_has_clicked_what_leads_there() -> None:
    for seed in SEEDS:
        visited = lived(seed)
        for (view, samples), (after, _) in pairwise(visited):
            assert view.page.viewport
            page = layout(view.page.path, view.page.viewport)
            last = samples[-1]
            assert last.type == "click"
            assert any(
                (part.fixed and last.fixed)
                or (0 <= last.x - part.x <= part.width and 0 <= last.y - part.y <= part.height)
                for part in page.parts
                if part.leads_to == after.page.path
            )


@pytest.mark.parametrize("size", viewports(), ids=lambda size: f"{size.width:g}")
def test_every_page_of_the_shop_can_be_left_by_a_link_that_is_on_it(size: Size) -> None:
    for path in paths():
        page = layout(path, size)
        links = [part for part in page.parts if part.leads_to]
        assert links
        assert {link.leads_to for link in links} <= set(paths())
        for part in page.parts:
            limit = page.viewport if part.fixed else page.document
            assert 0 <= part.x < part.x + part.width <= limit.width + 1
            assert 0 <= part.y < part.y + part.height <= limit.height + 1


def test_the_shop_has_a_list_and_at_least_eight_products() -> None:
    assert paths()[0] == HOME
    assert len(paths()) >= 9
