"""Simulated visitors: the same seed gives the same visits, and visits look human."""

from functools import cache
from itertools import islice, pairwise
from random import Random

import msgspec
import pytest

from pageheat.services.contract.records import MAX_EVENTS, Selector, SentFrame, Size
from pageheat.traffic.shop import FOLDER, HOME, Layout, Part, layout, paths, viewports
from pageheat.traffic.views import Look, Sample, View, batches, sent_frame
from pageheat.traffic.visitors import BURST, BURST_MS, DEAD_MS, SAMPLE_MS, visit

SEEDS = range(90)


def lived(seed: int) -> list[tuple[View, list[Sample]]]:
    """A visitor's views, each with its samples, without looks."""
    return [
        (view, [sample for sample in view.samples if isinstance(sample, Sample)])
        for view in visit(Random(seed))
    ]


def test_the_same_seed_makes_the_same_visit_and_another_seed_another() -> None:
    visits = [[(view.page, samples) for view, samples in lived(seed)] for seed in (1, 1, 2)]
    assert visits[0] == visits[1]
    assert visits[0] != visits[2]


def test_a_visitors_route_does_not_depend_on_how_many_samples_were_consumed() -> None:
    hurried = [(view.page, list(islice(view.samples, 3))) for view in visit(Random(7))]
    assert [page for page, _ in hurried] == [view.page for view, _ in lived(7)]
    assert len(hurried) > 1


def test_the_pointer_is_always_on_the_page_and_in_the_viewport() -> None:
    for seed in SEEDS:
        for view, samples in lived(seed):
            document, viewport = view.page.document, view.page.viewport
            assert document
            assert viewport
            for sample in samples:
                assert 0 <= sample.x < min(document.width, viewport.width)
                assert 0 <= sample.y < document.height


def test_time_goes_forward_and_a_moving_pointer_is_sampled_at_most_at_the_trackers_pace() -> None:
    for seed in SEEDS:
        for _, samples in lived(seed):
            known = [sample.known_ms for sample in samples]
            assert known == sorted(known)
            moves = [sample.at_ms for sample in samples if sample.type == "move"]
            for start in moves:
                within_a_second = sum(start <= at < start + 1000 for at in moves)
                assert within_a_second <= 2 * 1000 / SAMPLE_MS  # a short movement has its own end


def test_what_is_in_view_is_told_for_as_long_as_it_is_held_still() -> None:
    scrolled = 0
    for seed in SEEDS:
        for view in visit(Random(seed)):
            told = list(view.samples)
            known = [each.known_ms for each in told]
            assert known == sorted(known)
            looks = [each for each in told if isinstance(each, Look)]
            assert {look.height for look in looks} == {view.page.viewport and view.page.viewport.height}
            assert looks[0].top == 0
            assert sum(look.duration_ms for look in looks) <= known[-1] + 0.001
            for before, look in pairwise(looks):
                began_ms = look.at_ms - look.duration_ms
                assert began_ms >= before.at_ms - 0.001
                assert look.duration_ms <= 5_000.001
                if look.top == before.top and began_ms == pytest.approx(before.at_ms):
                    continue
                assert look.duration_ms == pytest.approx(250), "each place begins with a short look"
                scrolled += look.top != before.top
    assert scrolled > 50


@cache
def everything() -> list[tuple[View, Layout, list[Sample]]]:
    """Every view, the page's layout, and its samples."""
    seen = [(view, samples) for seed in SEEDS for view, samples in lived(seed)]
    return [
        (view, layout(view.page.path, view.page.viewport), samples)
        for view, samples in seen
        if view.page.viewport
    ]


def test_all_events_but_moves_are_anchored_to_the_element_under_the_pointer() -> None:
    anchored = 0
    for _, page, samples in everything():
        parts = {(part.selector, part.fixed): part for part in page.parts}
        for sample in samples:
            if sample.target is None or sample.fixed:
                continue
            assert sample.type != "move"
            part = parts[sample.target.selector, False]
            assert sample.x == pytest.approx(part.x + sample.target.x * part.width, abs=part.width / 1000)
            assert sample.y == pytest.approx(part.y + sample.target.y * part.height, abs=part.height / 1000)
            anchored += 1
    assert anchored > 100


def test_dwell_is_in_whole_seconds_since_the_last_move_click_or_scroll() -> None:
    seconds = 0
    for _, _, samples in everything():
        acts = [sample for sample in samples if sample.type != "dead"]
        for before, sample in pairwise(acts):
            if sample.type == "dwell":
                seconds += 1
                assert sample.at_ms - before.at_ms > 999.999
                assert (sample.x, sample.y) == (before.x, before.y) or sample.at_ms - before.at_ms > 1001
    assert seconds > 100


def test_rage_clicks_are_the_third_and_further_of_quick_clicks_at_one_place() -> None:
    bursts = 0
    for _, _, samples in everything():
        clicks = [sample for sample in samples if sample.type == "click"]
        rage = [sample.at_ms for sample in samples if sample.type == "rage"]
        expected = [
            third.at_ms
            for first, third in zip(clicks, clicks[2:], strict=False)
            if third.at_ms - first.at_ms < 1000 and (third.x, third.y) == (first.x, first.y)
        ]
        assert rage == expected
        bursts += bool(rage)
    assert bursts > 0


def test_clicks_beside_controls_are_dead_when_nothing_has_changed_after_them() -> None:
    dead = 0
    for _, page, samples in everything():
        kinds = {part.selector: part.kind for part in page.parts}
        clicks = {sample.at_ms: sample for sample in samples if sample.type == "click"}
        found = {sample.at_ms: sample for sample in samples if sample.type == "dead"}
        for at_ms, click in clicks.items():
            kind = kinds[click.target.selector] if click.target else None
            assert (at_ms in found) is (kind in ("picture", "text", None))
        for at_ms, sample in found.items():
            assert sample == clicks[at_ms]._replace(type="dead", found_ms=sample.found_ms)
            assert DEAD_MS <= sample.found_ms + 0.001 < DEAD_MS + BURST[1] * BURST_MS[1]
            dead += 1
    assert dead > 0


@pytest.mark.parametrize("path", paths())
def test_a_product_page_is_named_after_its_own_product_and_shows_others(path: str) -> None:
    page = layout(path, viewports()[0])
    for part in page.parts:
        msgspec.convert(part.selector, Selector)
        if part.kind == "card":
            assert part.leads_to
            assert part.selector == f'[data-product="{part.leads_to.removeprefix(FOLDER)}"]'
    own = f'[data-product="{path.removeprefix(FOLDER)}"]>'
    assert any(part.selector.startswith(own) for part in page.parts) is path.startswith(FOLDER)


def test_a_point_hits_the_smallest_part_there_and_nothing_behind_the_header() -> None:
    big, small = Part("picture", 0, 0, 100, 300, "#big"), Part("link", 20, 120, 20, 20, "#small")
    menu = Part("button", 0, 0, 50, 40, "#menu", fixed=True)
    page = Layout("/", Size(100, 100), Size(100, 300), 50, (big, small, menu))
    for (x, y, scroll), expected in {
        (30, 60, 70): small,
        (30, 60, 0): big,
        (10, 10, 200): menu,
        (60, 10, 200): None,
        (90, 99, 202): None,
    }.items():
        assert page.part_at(x, y, scroll) is expected


def test_ingest_accepts_every_frame() -> None:
    for view in visit(Random(3)):
        for seq, (due_ms, together) in enumerate(batches(view.samples)):
            assert len(together) <= MAX_EVENTS
            frame = sent_frame(view.page, together, "ann", seq, due_ms)
            assert msgspec.json.decode(msgspec.json.encode(frame), type=SentFrame) == frame


def test_visitors_scroll_click_and_arrive_in_many_ways_in_windows_of_many_widths() -> None:
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


def test_a_visitor_who_goes_to_a_page_has_clicked_a_link_to_it() -> None:
    for seed in SEEDS:
        visited = lived(seed)
        for (view, samples), (after, _) in pairwise(visited):
            assert view.page.viewport
            page = layout(view.page.path, view.page.viewport)
            last = samples[-1]
            assert last.type == "click"
            assert any(
                last.target and last.target.selector == part.selector
                for part in page.parts
                if part.leads_to == after.page.path
            )


@pytest.mark.parametrize("size", viewports(), ids=lambda size: f"{size.width:g}")
def test_every_page_of_the_shop_has_a_link_to_another(size: Size) -> None:
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


def test_half_of_the_visitors_turn_round_in_the_middle_of_what_is_below_the_fold() -> None:
    reached = []
    for seed in range(150):
        for view in visit(Random(seed)):
            assert view.page.viewport
            fold, height = view.page.viewport.height, view.page.document.height
            looks = [each for each in view.samples if isinstance(each, Look)]
            if height > fold:
                reached.append(max(look.top for look in looks) / (height - fold))
    for share in (0.25, 0.5, 0.75):
        assert sum(depth > share for depth in reached) / len(reached) == pytest.approx(1 - share, abs=0.08)
