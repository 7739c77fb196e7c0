"""Which frames are duplicates, as a table and by random histories."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pageheat.services.group_by.deduplicator import (
    KEPT_MS,
    MAX_SESSIONS,
    WINDOW,
    Deduplicator,
    needed_since_ms,
)

NOW_MS = 100 * KEPT_MS
TRACKER = Path(__file__).parents[3] / "frontends" / "tracker" / "queue.js"


@pytest.mark.parametrize(("bound", "most"), [("MAX_SENT", WINDOW), ("GIVE_UP_MS", KEPT_MS)])
def test_our_tracker_resends_only_what_is_still_remembered(bound: str, most: int) -> None:
    said = re.search(rf"const {bound} = ([0-9_]+);", TRACKER.read_text("utf-8"))
    assert said is not None
    assert int(said[1]) < most


@pytest.mark.parametrize(
    ("seqs", "resends"),
    [
        pytest.param([0, 1, 2], [], id="each new number is a new frame"),
        pytest.param([0, 0, 1, 1, 1, 0], [0, 1, 1, 0], id="a frame is new only once"),
        pytest.param([0, 2, 1, 1], [1], id="a resent frame may come after its successors"),
        pytest.param([5, 3, 4, 9, 4, 8], [4], id="numbers may be missing, as other pages use them"),
        pytest.param([WINDOW, 1], [], id="the last of the window is still known"),
        pytest.param([WINDOW, 0], [0], id="numbers older than the window count as duplicates"),
        pytest.param([0, 10**6, 10**6 - 1], [], id="after a jump no number below is a duplicate"),
    ],
)
def test_a_frame_is_new_once(seqs: list[int], resends: list[int]) -> None:
    known = Deduplicator()
    assert [seq for seq in seqs if known.is_duplicate("ann", seq, NOW_MS)] == resends


def test_sessions_number_their_frames_independently() -> None:
    known = Deduplicator()
    assert not known.is_duplicate("ann", 0, NOW_MS)
    assert not known.is_duplicate("bob", 0, NOW_MS)


@pytest.mark.parametrize(
    ("after_ms", "is_known"), [(KEPT_MS, True), (2 * KEPT_MS - 1, True), (2 * KEPT_MS, False)]
)
def test_a_session_is_remembered_for_a_while_after_its_last_frame(after_ms: int, is_known: bool) -> None:
    known = Deduplicator()
    known.is_duplicate("ann", 0, NOW_MS)
    assert known.is_duplicate("ann", 0, NOW_MS + after_ms) == is_known


def test_an_active_session_is_never_forgotten() -> None:
    known = Deduplicator()
    for turn in range(9):
        assert not known.is_duplicate("ann", turn, NOW_MS + turn * KEPT_MS)
    assert known.is_duplicate("ann", 0, NOW_MS + 8 * KEPT_MS)


def test_frames_of_sessions_beyond_the_limit_pass_and_are_counted() -> None:
    known = Deduplicator()
    for number in range(MAX_SESSIONS):
        known.is_duplicate(str(number), 0, NOW_MS)
    assert not known.is_duplicate("ann", 0, NOW_MS)
    assert not known.is_duplicate("ann", 0, NOW_MS)
    assert known.unwatched_frames == 2
    assert known.is_duplicate("7", 0, NOW_MS), "earlier sessions are still checked"


def test_active_sessions_count_towards_the_limit_in_each_generation() -> None:
    known = Deduplicator()
    known.is_duplicate("ann", 0, NOW_MS)
    known.is_duplicate("bob", 0, NOW_MS)
    later_ms = NOW_MS + KEPT_MS
    assert known.is_duplicate("ann", 0, later_ms)
    for number in range(MAX_SESSIONS - 1):
        known.is_duplicate(str(number), 0, later_ms)
    assert not known.is_duplicate("bob", 0, later_ms)
    assert known.unwatched_frames == 1
    assert known.is_duplicate("ann", 0, later_ms)


_log = st.lists(
    st.tuples(st.sampled_from(["ann", "bob"]), st.integers(0, WINDOW - 1), st.integers(0, KEPT_MS // 4)),
    max_size=60,
)
"""Session, number, and ms since the previous record."""


Record = tuple[str, int, int]


def played(log: list[Record]) -> list[Record]:
    """Session, number and time of each record; no client resends a frame after KEPT_MS."""
    time_ms, result, first = NOW_MS, [], dict[tuple[str, int], int]()
    for session, seq, pause_ms in log:
        time_ms += pause_ms
        if time_ms - first.setdefault((session, seq), time_ms) <= KEPT_MS:
            result.append((session, seq, time_ms))
    return result


@given(_log)
def test_the_first_of_each_frame_in_the_log_is_new(log: list[Record]) -> None:
    known = Deduplicator()
    come: set[tuple[str, int]] = set()
    for session, seq, time_ms in played(log):
        assert known.is_duplicate(session, seq, time_ms) == ((session, seq) in come)
        come.add((session, seq))


@settings(max_examples=300)
@given(_log, st.integers(0, 60))
def test_a_log_read_again_gives_the_same_decisions(log: list[Record], stood: int) -> None:
    records = played(log)
    undisturbed = Deduplicator()
    decided = [undisturbed.is_duplicate(*record) for record in records]
    since_ms = needed_since_ms(records[stood][2]) if stood < len(records) else 0
    begin = next((i for i, record in enumerate(records) if record[2] >= since_ms), 0)
    again = Deduplicator()
    for record in records[begin:stood]:
        again.is_duplicate(*record)
    assert [again.is_duplicate(*record) for record in records[stood:]] == decided[stood:]
