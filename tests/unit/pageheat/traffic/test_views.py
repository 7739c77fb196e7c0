"""Samples grouped as the tracker sends them, and their frames."""

import itertools

import pytest

from pageheat.services.contract.packed_rows import events, looks
from pageheat.services.contract.records import MAX_AGE_MS, SentPage, Size, Target
from pageheat.services.contract.watching import WATCHED_SEND_MS
from pageheat.traffic.views import Look, Sample, batches, sent_frame

PAGE = SentPage("/lamp", Size(1000, 2000), Size(1280, 720))


def move(at_ms: float) -> Sample:
    return Sample(at_ms, "move", 1, 2)


def click(at_ms: float) -> Sample:
    return Sample(at_ms, "click", 1, 2)


def watched() -> float:
    return WATCHED_SEND_MS


def rest(at_ms: float) -> Sample:
    return Sample(at_ms, "dwell", 1, 2)


def dead(at_ms: float, found_ms: float) -> Sample:
    return Sample(at_ms, "dead", 1, 2, found_ms=found_ms)


@pytest.mark.parametrize(
    ("samples", "sent"),
    [
        ([], []),
        ([move(40)], [(40, [40])]),  # after a pause, at once
        ([move(0), move(125), move(250)], [(0, [0]), (250, [125]), (500, [250])]),
        ([move(0), move(100), move(200)], [(0, [0]), (250, [100, 200])]),
        ([move(0), move(900)], [(0, [0]), (900, [900])]),  # a pause longer than a flush
        ([move(0), move(100), click(110)], [(0, [0]), (110, [100, 110])]),  # a click waits for nothing
        ([move(0), click(10), move(20)], [(0, [0]), (10, [10]), (250, [20])]),
        ([click(10), move(20)], [(10, [10]), (20, [20])]),  # nor does it delay the next move
        ([move(0), rest(1000), move(1100)], [(0, [0]), (1000, [1000]), (1250, [1100])]),
        ([click(10), move(400), dead(10, 500)], [(10, [10]), (400, [400]), (510, [10])]),
    ],
)
def test_samples_are_sent_when_the_tracker_would(
    samples: list[Sample], sent: list[tuple[float, list[float]]]
) -> None:
    assert [(due, [s.at_ms for s in together]) for due, together in batches(samples, send_ms=watched)] == sent


def test_samples_of_a_page_that_nobody_watches_wait_for_up_to_two_seconds() -> None:
    recorded = [move(at) for at in range(0, 3_000, 500)]
    sent = [(due, len(together)) for due, together in batches(recorded)]
    assert sent == [(0, 1), (2_000, 3), (4_000, 2)]


def test_higher_speed_groups_more_samples_and_keeps_their_order() -> None:
    recorded = [move(at) for at in range(0, 4000, 100)]
    slow, fast = (list(batches(recorded, speed, watched)) for speed in (1, 4))
    assert len(fast) < len(slow)
    times = [sample.at_ms for batch in fast for sample in batch.samples]
    assert times == [at / 4 for at in range(0, 4000, 100)]
    assert all(after.due_ms - before.due_ms >= WATCHED_SEND_MS for before, after in itertools.pairwise(fast))


def test_no_sample_is_sent_before_it_happens() -> None:
    recorded = [move(at) for at in (0, 17, 33, 250, 251, 600)] + [click(640), move(641), move(2000)]
    for due_ms, together in batches(recorded, send_ms=watched):
        assert all(sample.at_ms <= due_ms for sample in together)


def test_higher_speed_finds_a_dead_click_sooner_by_the_same_factor() -> None:
    (_, found) = batches([click(100), dead(100, 2500)], speed=10, send_ms=watched)
    assert (found.due_ms, [sample.at_ms for sample in found.samples]) == (260, [10])


def test_a_frame_has_each_events_target_and_buttons() -> None:
    target = Target("#buy", 0.25, 0.5)
    samples = [move(0), click(0)._replace(target=target), dead(0, 9)._replace(target=target), rest(9)]
    frame = sent_frame(PAGE, samples, "ann", 0, now_ms=9)
    assert [(event.type, event.target, event.buttons) for event in events(frame)] == [
        ("move", None, 0),
        ("click", target, 1),
        ("dead", target, 1),
        ("dwell", None, 0),
    ]


def test_a_frame_has_each_events_age_when_sent() -> None:
    samples: list[Sample | Look] = [
        move(100),
        Look(200, 99.6, 720, 200),
        click(240),
        move(245)._replace(fixed=True),
    ]
    frame = sent_frame(PAGE, samples, "ann", 3, now_ms=250.4, view=1)
    assert (frame.v, frame.session, frame.seq, frame.page, frame.view) == (2, "ann", 3, PAGE, 1)
    assert [(event.type, event.fixed, event.age, event.buttons) for event in events(frame)] == [
        ("move", False, 150, 0),
        ("move", True, 5, 0),
        ("click", False, 10, 1),
    ]
    assert looks(frame.looks).tolist() == [[100, 720, 200, 50]]


def test_an_event_that_waited_for_days_has_the_greatest_age_ingest_accepts() -> None:
    frame = sent_frame(PAGE, [move(0)], "ann", 0, now_ms=2 * MAX_AGE_MS)
    assert [event.age for event in events(frame)] == [MAX_AGE_MS]
