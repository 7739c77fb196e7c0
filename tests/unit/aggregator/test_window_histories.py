"""Random histories: whatever came in whatever order, each grid equals a recount by brute force."""

from collections import Counter
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from services.aggregator.grid import CellNumbers
from services.aggregator.window import Window
from services.contract.records import Cells, Frame, Grid
from tests.histories import SPAN_MS, histories

STEP_MS, WINDOW_MS, GRID_SIZE = 250, 1_500, 20


COLD: tuple[Cells, Cells, int, None] = ({}, {}, 0, None)


def recount(seen: list[Frame], page: str, end: int) -> tuple[Cells, Cells, int, int | None]:
    """Moves, clicks, visitors and newest step of a page in the window that ends at `end`."""
    counts: dict[str, Counter[tuple[int, int]]] = {"move": Counter(), "click": Counter()}
    sessions, newest = set(), None
    for one in seen:
        for event in one.events:
            time_ms = one.received - event.age
            if one.page.path == page and end - WINDOW_MS <= time_ms < end:
                column = min(max(floor(GRID_SIZE * (event.x / one.page.document.width)), 0), GRID_SIZE - 1)
                row = min(max(floor(GRID_SIZE * (event.y / one.page.document.height)), 0), GRID_SIZE - 1)
                counts[event.type][column, row] += 1
                sessions.add(one.session)
                newest = max(newest or 0, time_ms // STEP_MS * STEP_MS)
    nested: dict[str, Cells] = {"move": {}, "click": {}}
    for layer, cells in counts.items():
        for (column, row), count in cells.items():
            nested[layer].setdefault(str(column), {})[str(row)] = count
    return nested["move"], nested["click"], len(sessions), newest


@given(histories(), st.lists(st.sampled_from([0, 1, 1, 2, 7]), min_size=1))
def test_every_grid_shown_equals_a_recount_of_what_came_before_it(
    history: list[Frame], strides: list[int]
) -> None:
    now = history[0].received
    window = Window(0, 0, now, window_ms=WINDOW_MS, step_ms=STEP_MS, cells=CellNumbers(GRID_SIZE))
    seen: list[Frame] = []
    shown: dict[str, Grid | None] = {}

    def step() -> None:
        shown.update(window.advance(now))
        for page in ("/", "/a", "/b/c"):
            grid = shown.get(page)
            last = (grid.value, grid.clicks, grid.visitors, grid.newest) if grid else COLD
            assert last == recount(seen, page, window.end_ms)

    for number, one in enumerate(history):
        window.add(number, (0, number), one)
        seen.append(one)
        if stride := strides[number % len(strides)]:
            now += STEP_MS * stride
            step()
    for _ in range((SPAN_MS + 2 * WINDOW_MS) // STEP_MS):
        now += STEP_MS
        step()
    assert window.page_count == 0, "all is cold in the end"


@given(histories(), st.integers(0, 39), st.integers(0, 40))
def test_a_window_made_again_from_the_log_goes_on_like_one_that_was_never_lost(
    history: list[Frame], killed_after: int, read_back_from: int
) -> None:
    def play(window: Window, first: int, last: int) -> None:
        for number in range(first, last):
            window.add(number, (0, number), history[number])

    def new_window(position: int, now: int) -> Window:
        return Window(0, position, now, window_ms=WINDOW_MS, step_ms=STEP_MS, cells=CellNumbers(GRID_SIZE))

    start = min(one.received for one in history)
    killed_after = min(killed_after, len(history))
    now = max((one.received for one in history[:killed_after]), default=start)
    undisturbed = new_window(0, now)
    play(undisturbed, 0, killed_after)
    # A recovery may begin anywhere before the first record with an event in the window.
    first_needed = next(
        (
            number
            for number, one in enumerate(history)
            if any(one.received - event.age >= now - now % STEP_MS - WINDOW_MS for event in one.events)
        ),
        len(history),
    )
    begin = min(read_back_from, first_needed, killed_after)
    recovered = new_window(begin, now)
    play(recovered, begin, killed_after)
    undisturbed.touch()
    recovered.touch()
    for window in (undisturbed, recovered):
        play(window, killed_after, len(history))
    for _ in range(3):
        now += 5 * STEP_MS
        assert dict(recovered.advance(now)) == dict(undisturbed.advance(now))
