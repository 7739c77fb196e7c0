"""The aggregator's output for any history passes every claim: the recount covers all its behavior."""

from collections import defaultdict
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pageheat.services.aggregator.elements
import pageheat.services.aggregator.looks
import pageheat.services.aggregator.record_counts
from pageheat.services.aggregator.grid import CellNumbers
from pageheat.services.aggregator.window import Window
from pageheat.services.contract.packed_rows import events
from pageheat.services.contract.records import Frame, Point, encode
from pageheat.services.contract.tutorial import tutorial_json
from pageheat.verification import breakdown_recount, look_recount, recount
from pageheat.verification.claims import judge
from pageheat.verification.evidence import Evidence
from pageheat.verification.recount import PageLog, read_frame
from tests.support.frames import BANDS
from tests.support.histories import SPAN_MS, histories

STEP_MS, WINDOW_MS, GRID_SIZE = 250, 1_500, 20


def nameless(frame: Frame) -> Frame:
    """As a request in the form of 2006 gives it."""
    page = msgspec.structs.replace(frame.page, first=Point(100, 20))
    moves = {"moves": b"", "fixed_moves": b"", "events": [*events(frame)]}
    return msgspec.structs.replace(frame, session=None, origin="first", page=page, **moves)


def unsized(frame: Frame) -> Frame:
    page = msgspec.structs.replace(frame.page, document=None)
    return msgspec.structs.replace(frame, page=page)


def aimless(frame: Frame) -> Frame:
    untargeted = [msgspec.structs.replace(event, target=None) for event in frame.events]
    return msgspec.structs.replace(frame, events=untargeted)


def steered(frame: Frame) -> Frame:
    return msgspec.structs.replace(frame, robot=True)


Change = Callable[[Frame], Frame]
OTHERWISE: list[Change] = [lambda frame: frame, nameless, steered, lambda frame: unsized(aimless(frame))]


def watched(history: list[Frame], steps: list[int]) -> Evidence:
    """Everything written during a history, and until all pages have cooled."""
    began = history[0].received
    evidence = Evidence(GRID_SIZE, WINDOW_MS, STEP_MS, BANDS, began_ms=began)
    logs: dict[str, PageLog] = defaultdict(lambda: PageLog(GRID_SIZE))
    cells = CellNumbers(GRID_SIZE, BANDS)
    window = Window(0, 0, began, window_ms=WINDOW_MS, step_ms=STEP_MS, cells=cells)

    def advance(steps: int) -> None:
        evidence.ended_ms = window.end_ms + STEP_MS * steps
        for page, grid in window.advance(evidence.ended_ms):
            if grid:
                evidence.grids.setdefault(page, []).append(encode(grid))
        for page, detail in window.breakdowns():
            if detail:
                evidence.breakdowns.setdefault(page, []).append(encode(detail))

    for number, frame in enumerate(history):
        window.add(number, (0, number), frame)
        seen = read_frame(encode(frame))
        assert seen
        if evidence.counts(seen):
            logs[frame.key].add(number, seen)
        advance(steps[number % len(steps)])
    for _ in range((SPAN_MS + WINDOW_MS) // STEP_MS):
        advance(1)
    evidence.logs = {(0, page): log for page, log in logs.items()}
    evidence.viewed = {
        page: [tutorial_json(it).decode() for it in grids] for page, grids in evidence.grids.items()
    }
    evidence.answered = {page: [it.decode() for it in each] for page, each in evidence.breakdowns.items()}
    return evidence


@pytest.mark.parametrize("tight", [False, True], ids=["usual limits", "tight limits"])
def test_no_claim_fails_for_what_the_aggregator_makes_of_a_history(tight: bool) -> None:
    changes = OTHERWISE if tight else [*OTHERWISE, unsized]

    # Few, as each is verified whole: every grid and breakdown by its own recount.
    @settings(max_examples=40, deadline=None)
    @given(
        histories(),
        st.lists(st.sampled_from(changes), min_size=1, max_size=5),
        st.lists(st.integers(0, 5), min_size=1, max_size=5),
    )
    def whatever_happens(history: list[Frame], otherwise: list[Change], steps: list[int]) -> None:
        changed = [otherwise[i % len(otherwise)](frame) for i, frame in enumerate(history)]
        claims = judge(watched(changed, steps))
        assert [(claim.text, claim.wrong.first) for claim in claims if claim.wrong.count] == []

    with pytest.MonkeyPatch.context() as patch:
        if tight:
            patch.setattr(pageheat.services.aggregator.elements, "MAX_ELEMENTS", 2)
            patch.setattr(breakdown_recount, "MAX_ELEMENTS", 2)
            patch.setattr(pageheat.services.aggregator.elements, "MAX_SPOTS", 3)
            patch.setattr(breakdown_recount, "MAX_SPOTS", 3)
            patch.setattr(pageheat.services.aggregator.record_counts, "MAX_BREAKDOWN_CELLS", 5)
            patch.setattr(breakdown_recount, "MAX_CELLS", 5)
            patch.setattr(pageheat.services.aggregator.record_counts, "MAX_GRID_CELLS", 4)
            patch.setattr(recount, "MAX_GRID_CELLS", 4)
            patch.setattr(pageheat.services.aggregator.looks, "MAX_LOOK_ENTRIES", 5)
            patch.setattr(look_recount, "MAX_ENTRIES", 5)
        whatever_happens()
