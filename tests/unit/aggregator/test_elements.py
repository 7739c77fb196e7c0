"""Events on the elements of a page, step by step. The window is 4 panes of 250 ms."""

import pytest

from pageheat.services.aggregator.elements import MAX_ALL_ELEMENTS, MAX_ELEMENTS, MAX_NAMED_BYTES, MAX_SPOTS
from pageheat.services.aggregator.grid import CellNumbers
from pageheat.services.aggregator.window import Window
from pageheat.services.contract.bands import Bands
from pageheat.services.contract.records import Breakdown, ElementCounts, Frame, Point, Size, Target, encode
from tests.support.fine import fine
from tests.support.frames import BANDS, PAGE_PX, At, at, frame

STEP_MS, WINDOW_MS = 250, 1000
PHONE = Size(390, 844)


class Page:
    """One page and its grids and breakdowns."""

    def __init__(self) -> None:
        cells = CellNumbers(50, BANDS)
        self.window = Window(3, 0, 0, window_ms=WINDOW_MS, step_ms=STEP_MS, cells=cells)

    def add(self, *frames: Frame) -> None:
        for each in frames:
            self.window.add(self.window.position, (0, self.window.position), each)

    def at(self, now_ms: int) -> Breakdown:
        list(self.window.advance(now_ms))
        breakdown = dict(self.window.breakdowns())["/"]
        assert breakdown is not None
        return breakdown


def click(x: float = 0.5, y: float = 0.5, *, on: str = "#buy", type_: str = "click", ms: int = 100) -> At:
    return at(ms, 500, 500, type_, Target(on, x, y))


def elements(breakdown: Breakdown, band: str = "desktop") -> list[ElementCounts]:
    return next(each.elements for each in breakdown.bands if each.name == band)


def test_a_click_is_counted_at_its_place_on_its_element() -> None:
    page = Page()
    page.add(frame(click(0, 0), click(0.5, 0.25), click(1, 1), click(0.5, 0.25)))
    assert elements(page.at(250)) == [
        ElementCounts("#buy", clicks={"0": {"0": 1}, "32": {"16": 2}, "63": {"63": 1}})
    ]


@pytest.mark.parametrize(
    ("x", "y", "width", "height", "spot"),
    [
        (0.5, 0.5, 240, 48, (32, 32)),
        (0.5, 0.5, 512, 512, (32, 32)),
        (1, 1, 512, 512, (63, 63)),
        (0.5, 0.5, 1280, 48, (64 + 128, 32)),  # 5 px, not 20
        (1, 0, 1280, 48, (64 + 255, 0)),
        (0.5, 0.5, 240, 19_653, (32, 64 + 1228)),  # 8 px, not 307
        (0.5, 1, 240, 513, (32, 64 + 64)),
        (0, 1, 240, 1e7, (0, 8191)),  # further down: in the last row
    ],
)
def test_spots_are_bounded_in_px_on_a_long_side(
    x: float, y: float, width: float, height: float, spot: tuple[int, int]
) -> None:
    page = Page()
    page.add(frame(at(100, 1, 1, "click", Target("#a", x, y, width, height))))
    assert elements(page.at(250)) == [ElementCounts("#a", clicks={str(spot[0]): {str(spot[1]): 1}})]


def test_spots_on_a_long_list_stay_where_they_are_when_it_grows() -> None:
    page = Page()
    lengths = 2_000, 4_000, 8_000
    page.add(frame(*(at(100, 1, 1, "click", Target("#a", 0, 1_000 / px, 240, px)) for px in lengths)))
    assert elements(page.at(250)) == [ElementCounts("#a", clicks={"0": {str(64 + 125): 3}})]


def test_kinds_are_counted_separately() -> None:
    page = Page()
    page.add(frame(*(click(type_=type_) for type_ in ("click", "rage", "dead", "dwell", "dwell"))))
    spot = {"32": {"32": 1}}
    assert elements(page.at(250)) == [
        ElementCounts("#buy", clicks=spot, rage=spot, dead=spot, dwell={"32": {"32": 2}})
    ]


def test_elements_come_most_clicked_first() -> None:
    page = Page()
    page.add(
        frame(click(on="#a"), click(on="#b"), click(on="#c"), click(on="#b"), click(on="#0", type_="dwell"))
    )
    assert [each.selector for each in elements(page.at(250))] == ["#b", "#a", "#c", "#0"]


@pytest.mark.parametrize(
    ("one", "spot"),
    [
        # a page is a box of its size: 1000 px are wide, and high
        (frame(at(100, 500, 250, "click")), {str(64 + 128): {str(64 + 31): 1}}),
        (frame(at(100, -5, 2 * PAGE_PX, "click")), {"64": {str(64 + 125): 1}}),
        # px from the corner of the body's first element
        (frame(at(100, 400, 150, "click"), first=Point(100, 100), origin="first"), {"192": {"95": 1}}),
        (frame(at(100, 256, 128, "click"), document=Size(512, 512)), {"32": {"16": 1}}),
    ],
)
def test_a_click_without_an_element_counts_under_the_page_at_its_place(
    one: Frame, spot: dict[str, dict[str, int]]
) -> None:
    page = Page()
    page.add(one)
    told = page.at(250)
    band = "unknown" if one.origin == "first" else "desktop"
    assert elements(told, band) == [ElementCounts("", clicks=spot)]


def test_a_click_on_a_page_of_unknown_size_is_unplaced_and_leaves_with_its_pane() -> None:
    page = Page()
    page.add(frame(at(100, 400, 150, "click"), document=None, viewport=None, session=None, origin="first"))
    unplaced = {}
    for now_ms in (250, 1250):
        grid = dict(page.window.advance(now_ms))["/"]
        assert grid is not None
        assert (grid.clicks, grid.page, grid.visitors) == (b"", None, 0)
        unplaced[now_ms] = grid.totals.unplaced
    assert unplaced == {250: 1, 1250: 0}


def test_moves_are_on_no_element() -> None:
    page = Page()
    page.add(frame(click(type_="move")))
    assert elements(page.at(250)) == []


def test_an_element_leaves_with_the_last_of_its_clicks() -> None:
    page = Page()
    page.add(frame(click(on="#a", ms=100), click(on="#b", ms=100), click(on="#b", ms=300), received=300))
    seen = {now: [each.selector for each in elements(page.at(now))] for now in (250, 500, 1250, 1500)}
    assert seen == {250: ["#a", "#b"], 500: ["#b", "#a"], 1250: ["#b"], 1500: []}


def test_visitors_tiles_and_elements_are_separate_for_each_band() -> None:
    page = Page()
    page.add(
        frame(click(on="#menu"), at(100, 140, 60), session="ann", viewport=PHONE),
        frame(at(100, 140, 60), session="bob", viewport=PHONE),
        frame(click(on="#buy"), session="cy"),
    )
    phone, tablet, desktop, wide = page.at(250).bands
    assert (phone.name, phone.visitors, phone.fine) == (
        "phone",
        2,
        fine(moves={(3, 7): 2}, clicks={(25, 25): 1}),
    )
    assert [each.selector for each in phone.elements] == ["#menu"]
    assert (tablet.name, tablet.visitors, tablet.fine, tablet.elements) == ("tablet", 0, fine(), [])
    assert (desktop.name, desktop.visitors, desktop.fine) == ("desktop", 1, fine(clicks={(25, 25): 1}))
    assert wide.name == "wide"


def test_a_visitor_who_turns_the_phone_is_one_on_the_page_and_one_in_each_band() -> None:
    page = Page()
    page.add(frame(at(100), viewport=PHONE), frame(at(350), viewport=Size(844, 390)))
    visitors = {}
    for now_ms in (500, 1250, 1500):
        grid = dict(page.window.advance(now_ms))["/"]
        breakdown = dict(page.window.breakdowns())["/"]
        assert grid is not None
        assert breakdown is not None
        visitors[now_ms] = grid.visitors, [band.visitors for band in breakdown.bands]
    assert visitors == {500: (1, [1, 1, 0, 0]), 1250: (1, [0, 1, 0, 0]), 1500: (0, [0, 0, 0, 0])}


def test_clicks_on_more_elements_than_the_limit_count_under_the_page() -> None:
    page = Page()
    named = [click(on=f"#list>li:nth-of-type({i + 1})") for i in range(MAX_ELEMENTS + 3)]
    page.add(*(frame(*named[i : i + 200]) for i in range(0, len(named), 200)), frame(named[0]))
    told = {each.selector: each.clicks for each in elements(page.at(250))}
    assert len(told) == MAX_ELEMENTS + 1
    assert told[""] == {"192": {"126": 3}}
    assert told["#list>li:nth-of-type(1)"] == {"32": {"32": 2}}


def test_clicks_beyond_the_limit_of_selector_bytes_count_under_the_page_until_there_is_room() -> None:
    page = Page()
    deep = ">section:nth-of-type(12345)" * 17
    most = MAX_NAMED_BYTES // len(f"#a100{deep}")
    for visit in range(3):
        page.add(
            frame(*(click(on=f"#a{100 + i}{deep}", ms=visit * 2000) for i in range(most))),
            frame(click(on="#buy", ms=visit * 2000), click(on=f"#late{deep}", ms=visit * 2000)),
        )
        told = {each.selector for each in elements(page.at(visit * 2000 + 250))}
        assert len(told) == most + 2
        assert told > {"", "#buy"}
        page.at(visit * 2000 + 1500)


def test_the_breakdown_of_a_page_with_all_elements_in_all_bands_fits_a_kafka_record() -> None:
    names = [f"#a{i:03}" + ">li:nth-of-type(2)" * 5 for i in range(MAX_ELEMENTS)]
    assert sum(map(len, names)) > MAX_NAMED_BYTES * 0.9
    cells = CellNumbers(50, Bands.parse("a<200,b<300,c<400,d<500,e<600,f<700,g"))
    window = Window(0, 0, 0, window_ms=WINDOW_MS, step_ms=STEP_MS, cells=cells)
    for width in range(150, 850, 100):
        for type_ in ("click", "rage", "dead", "dwell"):
            for half in names[:256], names[256:]:
                clicks = frame(*(click(on=name, type_=type_) for name in half), viewport=Size(width, 700))
                window.add(window.position, (0, window.position), clicks)
    list(window.advance(250))
    (breakdown,) = dict(window.breakdowns()).values()
    assert breakdown is not None
    assert [len(band.elements) for band in breakdown.bands] == [MAX_ELEMENTS] * 7
    assert len(encode(breakdown)) < 1_000_000


def test_an_elements_number_is_reused_when_it_is_gone() -> None:
    page = Page()
    for visit in range(4):
        named = [
            click(on=f"#visit-{'x' * visit}>li:nth-of-type({i + 1})", ms=visit * 2000) for i in range(250)
        ]
        page.add(
            frame(*named), frame(*(click(on=f"#other>{'b' * visit}a", ms=visit * 2000) for _ in range(9)))
        )
        told = elements(page.at(visit * 2000 + 250))
        assert len(told) == 251
        assert "" not in [each.selector for each in told]
        page.at(visit * 2000 + 1500)


def test_a_page_with_more_spots_than_the_limit_has_coarser_ones_and_loses_none() -> None:
    page = Page()
    places = [(x / 64, y / 64) for x in range(64) for y in range(64)]
    for selector in "#a", "#b", "#c", "#d", "#e", "#f":
        for start in range(0, len(places), 256):
            page.add(frame(*(click(x, y, on=selector) for x, y in places[start : start + 256])))
    breakdown = page.at(250)
    assert len(places) * 6 > MAX_SPOTS
    assert (breakdown.spots, breakdown.spot_px) == (32, 16)
    for each in elements(breakdown):
        assert each.clicks == {str(x): {str(y): 4 for y in range(32)} for x in range(32)}


def test_a_cooled_page_gets_one_tombstone_and_is_forgotten() -> None:
    page = Page()
    page.add(frame(click()))
    page.at(250)
    assert elements(page.at(1250)) == []
    list(page.window.advance(1500))
    assert dict(page.window.breakdowns()) == {"/": None}
    assert dict(page.window.breakdowns()) == {}


def test_a_page_that_has_not_changed_gets_no_breakdown() -> None:
    page = Page()
    page.add(frame(click()))
    page.at(250)
    list(page.window.advance(500))
    assert dict(page.window.breakdowns()) == {}
    page.window.touch_breakdown("/")
    assert elements(page.at(750))


def test_beyond_the_partitions_limit_of_elements_clicks_count_under_their_pages() -> None:
    cells = CellNumbers(50, BANDS)
    window = Window(3, 0, 0, window_ms=WINDOW_MS, step_ms=STEP_MS, cells=cells)
    beyond, a_page = 70, 256
    for number in range((MAX_ALL_ELEMENTS + beyond) // a_page + 1):
        ids = range(number * a_page, min((number + 1) * a_page, MAX_ALL_ELEMENTS + beyond))
        one = frame(
            *(click(on=f"#e{chr(97 + i % 26)}>li:nth-of-type({i + 1})") for i in ids), page=f"/{number}"
        )
        window.add(number, (0, number), one)
    assert (window.element_count, window.drops.unnamed) == (MAX_ALL_ELEMENTS, beyond)
    list(window.advance(250))
    last = dict(window.breakdowns())[f"/{number}"]
    assert last is not None
    assert sum(elements(last)[0].clicks["192"].values()) == beyond
    assert elements(last)[0].selector == ""
    list(window.advance(2000))
    assert window.element_count == 0, "there is room again"
