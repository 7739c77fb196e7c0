"""The hopping window as a table: the records, and the grids of each step.

The window is 4 panes of 250 ms: at `end` it holds [end − 1000, end).
"""

import tracemalloc
from collections.abc import Container, Iterable
from random import Random

import pytest

from pageheat.services.aggregator.grid import CellNumbers
from pageheat.services.aggregator.page_table import MAX_PAGES
from pageheat.services.aggregator.window import Window
from pageheat.services.contract.records import Frame, Grid, Target, Totals
from tests.support.fine import fine
from tests.support.frames import BANDS, at, frame
from tests.support.tiles import packed_tiles, shown_tiles

STEP_MS, WINDOW_MS = 250, 1000


class Log:
    """A partition's log and its window."""

    def __init__(
        self,
        start_ms: int = 0,
        window_ms: int = WINDOW_MS,
        *,
        count_robots: bool = False,
        unwatched_steps: int = 1,
        watched: Container[str] = (),
    ) -> None:
        self.window = Window(
            3,
            0,
            start_ms,
            window_ms=window_ms,
            step_ms=STEP_MS,
            cells=CellNumbers(50, BANDS),
            count_robots=count_robots,
            unwatched_steps=unwatched_steps,
            is_watched=lambda page: page in watched,
        )
        self._offset = -1

    def append(self, *frames: Frame, source: tuple[int, int] | None = None) -> None:
        for each in frames:
            self._offset += 1
            self.window.add(self._offset, source or (0, self._offset), each)

    def step(self, now_ms: int) -> dict[str, Grid | None]:
        return dict(self.window.advance(now_ms))


def heat(grid: Grid | None) -> tuple[int, object] | None:
    return (grid.end, shown_tiles(grid.value)) if grid else None


@pytest.mark.parametrize(
    ("frames", "steps"),
    [
        pytest.param(
            [frame(at(100))],
            [
                (250, (250, {"0": {"0": 1}})),  # the pane [0, 250) has entered
                (500, ()),  # no change: no grid
                (1000, ()),
                (1250, (1250, {})),  # no longer in the window [250, 1250)
                (1500, None),  # a tombstone
                (1750, ()),
            ],
            id="an event is shown at the next step and leaves one window later",
        ),
        pytest.param(
            [frame(at(249)), frame(at(250))],
            [
                (250, (250, {"0": {"0": 1}})),
                (500, (500, {"0": {"0": 2}})),
                (1250, (1250, {"0": {"0": 1}})),
                (1500, (1500, {})),
            ],
            id="a pane begins at its step and ends before the next",
        ),
        pytest.param(
            [frame(at(100, 140, 60), at(200, 140, 60), at(220, 999, 0), received=220)],
            [(250, (250, {"7": {"3": 2}, "49": {"0": 1}}))],
            id="each event of a frame is counted on its tile",
        ),
        pytest.param(
            [frame(at(100)), frame(at(-1, 999), received=300)],
            [(250, (250, {"0": {"0": 1}, "49": {"0": 1}})), (1000, (1000, {"0": {"0": 1}}))],
            id="events out of order are counted in their pane",
        ),
        pytest.param(
            [frame(at(600))],
            [
                (500, ()),  # not in the window yet
                (750, (750, {"0": {"0": 1}})),
            ],
            id="an event ahead of the clock waits for its step",
        ),
        pytest.param(
            [frame(at(100))],
            [(60_000, (60_000, {})), (60_250, None)],
            id="after a gap only the newest grid is shown",
        ),
    ],
)
def test_each_step_shows_what_changed(frames: list[Frame], steps: Iterable[tuple[int, object]]) -> None:
    log = Log()
    log.append(*frames)
    for now_ms, expected in steps:
        shown = log.step(now_ms)
        if expected == ():
            assert shown == {}, now_ms
        else:
            assert heat(shown["/"]) == expected, now_ms


def test_a_page_that_nobody_watches_is_shown_every_few_steps_and_at_once_when_somebody_does() -> None:
    watched: set[str] = set()
    log = Log(window_ms=10_000, unwatched_steps=4, watched=watched)
    shown = {}
    for now_ms in range(STEP_MS, 3_001, STEP_MS):
        log.append(frame(at(now_ms - 1)))
        if grid := log.step(now_ms).get("/"):
            shown[now_ms] = grid.totals.moves
    assert shown == {250: 1, 1_000: 4, 2_000: 8, 3_000: 12}, (
        "the first at once, then each second, with all events"
    )
    log.append(frame(at(3_001)))
    assert log.step(3_250) == {}
    watched.add("/")
    assert heat(log.step(3_500)["/"]) == (3_500, {"0": {"0": 13}})


def test_a_page_that_nobody_watches_cools_too() -> None:
    log = Log(unwatched_steps=4)
    log.append(frame(at(100)))
    shown = {now_ms: log.step(now_ms) for now_ms in range(STEP_MS, 3_001, STEP_MS)}
    assert {now_ms: heat(grids["/"]) for now_ms, grids in shown.items() if grids} == {
        250: (250, {"0": {"0": 1}}),
        1_250: (1_250, {}),
        1_500: None,
    }
    assert log.window.page_count == 0


def test_an_event_before_the_window_is_late_and_dropped() -> None:
    log = Log(start_ms=5000)
    log.append(frame(at(3999), at(4000, 999), received=5100))  # the window is [4000, 5000)
    assert log.window.drops.late == 1
    assert heat(log.step(5250)["/"]) == (5250, {})  # it left with the pane [4000, 4250)


def test_every_event_of_a_frame_is_counted_where_it_is_dropped_packed_or_not() -> None:
    both = [(0, 0), (0.5, 0)]
    log = Log(start_ms=5000)
    log.append(
        frame(*(at(100, x, y, fixed=fixed) for x, y in both for fixed in (False, True)), received=5100),
        frame(at(5100), at(5100, type_="click"), at(5100, fixed=True), received=10_000_000),
        frame(at(5100), at(5100, 0.5), at(5100, type_="click"), robot=True),
    )
    drops = log.window.drops
    assert (drops.late, drops.future, drops.robot) == (4, 3, 3)


def test_a_late_event_still_counts_in_later_windows() -> None:
    log = Log(start_ms=5000)
    log.step(5250)
    log.append(frame(at(4300), received=5300))
    assert heat(log.step(5500)["/"]) == (5500, {})
    log.append(frame(at(4600), received=5510))
    assert log.step(5510) == {}, "no step has passed"
    assert heat(log.step(5750)["/"]) == (5750, {})


def test_a_grid_has_all_fields_of_its_window() -> None:
    log = Log()
    log.append(
        frame(at(100, 140, 60), session="ann"),
        frame(at(120, 140, 60, "click"), session="bob"),
        frame(at(130, 500, 500), session="ann"),
    )
    assert log.step(250)["/"] == Grid(
        start=-750,
        end=250,
        value=packed_tiles({"7": {"3": 1}, "25": {"25": 1}}),
        clicks=packed_tiles({"7": {"3": 1}}),
        grid_size=50,
        visitors=2,
        totals=Totals(moves=2, clicks=1),
        newest=0,
        page=frame(at(0)).page.document,
        partition=3,
        position=3,
        fine=fine(moves={(3, 7): 1, (25, 25): 1}, clicks={(3, 7): 1}),
    )


def test_a_visitor_counts_once_whatever_its_events_and_leaves_with_its_last() -> None:
    log = Log()
    log.append(
        frame(at(10), at(20), at(300), session="ann"),
        frame(at(30), session="bob"),
        frame(at(480), session="ann"),
    )
    visitors = {}
    for now_ms in range(250, 2000, 250):
        if grid := log.step(now_ms).get("/"):
            visitors[now_ms] = grid.visitors
    assert visitors == {250: 2, 500: 2, 1250: 1, 1500: 0}


def test_pages_do_not_share_a_grid() -> None:
    log = Log()
    log.append(frame(at(10), page="/a"), frame(at(20, 999), page="/b"), frame(at(30), page="/a"))
    shown = log.step(250)
    assert {page: heat(grid) for page, grid in shown.items()} == {
        "/a": (250, {"0": {"0": 2}}),
        "/b": (250, {"49": {"0": 1}}),
    }


def test_a_cooled_page_that_is_visited_again_gets_no_tombstone() -> None:
    log = Log()
    log.append(frame(at(100)))
    log.step(250)
    assert heat(log.step(1250)["/"]) == (1250, {})
    log.append(frame(at(1300)))
    assert heat(log.step(1500)["/"]) == (1500, {"0": {"0": 1}})


def test_a_cooled_page_is_forgotten() -> None:
    log = Log()
    for visit in range(3):
        log.append(*(frame(at(visit * 5000), page=f"/{visit}/{i}") for i in range(100)))
        log.step(visit * 5000 + 250)
        assert log.window.page_count == 100
        log.step(visit * 5000 + 2500)
        log.step(visit * 5000 + 2750)
        assert log.window.page_count == 0


def test_a_record_seen_before_is_skipped() -> None:
    log = Log()
    log.append(frame(at(10)), frame(at(20)))
    log.window.add(1, (0, 7), frame(at(20)))
    assert heat(log.step(250)["/"]) == (250, {"0": {"0": 2}})
    assert log.window.position == 2


def test_a_frame_that_group_by_resent_is_counted_once() -> None:
    log = Log()
    for source in [(0, 5), (1, 5), (0, 6), (0, 5), (0, 6), (0, 7)]:  # 5 and 6 are read again
        log.append(frame(at(10)), source=source)
    assert heat(log.step(250)["/"]) == (250, {"0": {"0": 4}})
    assert log.window.drops.repeated == 2
    assert log.window.position == 6


def test_an_unreadable_record_only_moves_the_position() -> None:
    log = Log()
    log.append(frame(at(10)))
    log.window.skip(1)
    assert log.window.position == 2
    assert heat(log.step(250)["/"]) == (250, {"0": {"0": 1}})


def test_a_warm_page_is_shown_again_on_request() -> None:
    log = Log()
    log.append(frame(at(10)))
    log.step(250)
    log.window.touch()
    assert heat(log.step(500)["/"]) == (500, {"0": {"0": 1}})
    assert log.step(750) == {}


def test_a_tile_counts_beyond_16_bits() -> None:
    log = Log()
    for _ in range(300):
        log.append(frame(*[at(10)] * 256))
    grid = log.step(250)["/"]
    assert grid is not None
    assert shown_tiles(grid.value) == {"0": {"0": 76_800}}
    assert heat(log.step(1250)["/"]) == (1250, {})


def test_every_window_that_holds_an_event_is_shown_in_event_time() -> None:
    log = Log()
    log.append(frame(at(100)))
    shown = [(grid.end, shown_tiles(grid.value)) for _, grid in log.window.advance_by_step(2000)]
    assert shown == [(end, {"0": {"0": 1}}) for end in (250, 500, 750, 1000)]


def test_events_of_pages_beyond_the_limit_are_dropped_and_counted_and_take_no_memory() -> None:
    log = Log()
    log.append(*(frame(at(10), page=f"/{i}") for i in range(MAX_PAGES)))
    assert log.window.page_count == MAX_PAGES
    tracemalloc.start()
    log.append(*(frame(at(10), page=f"/more/{i}", session=f"s{i}") for i in range(MAX_PAGES)))
    assert (log.window.page_count, log.window.drops.too_many_pages) == (MAX_PAGES, MAX_PAGES)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 100_000
    log.append(frame(at(20), page="/7"))
    assert heat(log.step(250)["/7"]) == (250, {"0": {"0": 2}})


def test_a_page_of_300_events_takes_less_than_20_kb() -> None:
    pages, random = 50, Random(1)
    log = Log(window_ms=300_000)
    frames = [
        frame(
            *(at(t, random.randrange(1000), random.randrange(1000)) for t in range(now, now + 250, 125)),
            page=f"/{page}",
            session=f"visitor {page}",
        )
        for now in range(0, 37_500, 250)
        for page in range(pages)
    ]
    tracemalloc.start()
    log.append(*frames)
    log.step(37_750)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(frames) * 2 == pages * 300
    assert taken / pages < 20_000


def test_when_clickstream_is_created_again_its_frames_are_no_duplicates() -> None:
    log = Log()
    for offset, received in [(5_000, 100), (0, 110), (1, 120), (0, 110), (1, 120), (2, 130)]:
        log.append(frame(at(received)), source=(0, offset))
    assert heat(log.step(250)["/"]) == (250, {"0": {"0": 4}})
    assert log.window.drops.repeated == 2


@pytest.mark.parametrize(("count_robots", "moves", "visitors"), [(False, 1, 1), (True, 3, 2)])
def test_robots_count_only_if_wanted(count_robots: bool, moves: int, visitors: int) -> None:
    log = Log(count_robots=count_robots)
    log.append(
        frame(at(10)),
        frame(at(11), at(12), session="robot", robot=True),
        frame(at(13), page="/where-only-robots-are", session="robot", robot=True),
    )
    grids = log.step(250)
    shop = grids["/"]
    assert shop
    assert (shop.totals.moves, shop.visitors, shop.position) == (moves, visitors, 3)
    assert ("/where-only-robots-are" in grids) is count_robots
    assert log.window.drops.robot == (0 if count_robots else 3)


def test_a_frame_with_a_forged_source_offset_does_not_affect_later_frames() -> None:
    log = Log()
    log.append(frame(at(10)), source=(0, 5))
    log.append(frame(at(11)), source=(0, 2**60))
    log.append(frame(at(2**50)), source=(0, 2**61))
    log.append(frame(at(12)), source=(0, 6))
    log.append(frame(at(13)), source=(0, 7))
    assert heat(log.step(250)["/"]) == (250, {"0": {"0": 4}})
    assert (log.window.drops.future, log.window.drops.repeated) == (1, 0)


@pytest.mark.timeout(900)  # a minute on a free core, five beside busy loops
def test_memory_is_flat_over_an_hour_of_traffic() -> None:
    """In event time: visitors come and go, and the site has new pages every ten minutes."""
    log, random, taken = Log(window_ms=300_000), Random(1), []
    tracemalloc.start()
    for second in range(3600):
        now, x = second * 1000, random.randrange(1000)
        target = Target(f"#list-{second // 600}>li:nth-of-type({x + 1})", 0.5, 0.5)
        events = at(now, x, x), at(now + 100, x, x, "click", target)
        log.append(frame(*events, page=f"/{second // 600}/{x % 50}", session=f"{second // 9}"))
        log.step(now + 1000)
        list(log.window.breakdowns())
        if second % 600 == 599:
            taken.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert taken[-1] < 1.1 * taken[0], taken


@pytest.mark.parametrize(("hours", "future", "late"), [(1, 1, 0), (-1, 0, 1)])
def test_events_of_an_ingest_whose_clock_is_wrong_by_an_hour_are_counted_in_no_grid(
    hours: int, future: int, late: int
) -> None:
    log = Log(start_ms=7_200_000, window_ms=300_000)
    log.append(frame(at(7_200_000 + hours * 3_600_000)))
    assert (log.window.drops.future, log.window.drops.late) == (future, late)
    for now_ms in range(7_200_000, 12_000_000, 250_000):
        assert log.step(now_ms) == {}


def test_a_page_whose_tombstone_arrives_is_empty_counts_from_zero_and_takes_no_room() -> None:
    click = [at(10, type_="click", target=Target("#buy", 0.5, 0.5))]
    log = Log()
    log.append(frame(at(0), *click), frame(at(20, x=1), page="/other"))
    assert log.window.element_count == 1
    log.append(frame(at(300)))
    log.step(500)
    log.window.forget(3, "/")
    grids = log.step(750)
    assert heat(grids["/"]) == (750, {})
    assert "/other" not in grids
    assert log.window.element_count == 0
    log.window.add(4, (0, 4), frame(at(700)))
    after = log.step(1000)["/"]
    assert after is not None
    assert (after.totals.moves, after.visitors, after.position) == (1, 1, 5)
    for end in range(1250, 3000, 250):
        log.step(end)
    assert log.window.page_count == 0
    log.window.forget(3, "/")  # a tombstone seen before
    log.window.forget(5, "/nowhere")
    assert log.window.position == 6
