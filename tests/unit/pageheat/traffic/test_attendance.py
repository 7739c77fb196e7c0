"""A visit to a page, in simulated time, without a network."""

import msgspec

from pageheat.services.contract.packed_rows import events, looks
from pageheat.services.contract.records import MAX_LOOKS, SentFrame, SentPage, Size
from pageheat.traffic.attendance import MAX_WAITING_EVENTS, attend
from pageheat.traffic.connection import DeliveryCounts
from pageheat.traffic.views import Look, Sample, View

PAGE = SentPage("/lamp", Size(1000, 2000))


class JumpingClock:
    """A clock on which waiting ends at once; a late one stays late."""

    def __init__(self, lateness_ms: float = 0) -> None:
        self.time_ms = 5_000.0
        self._lateness_ms = lateness_ms

    def now_ms(self) -> float:
        return self.time_ms

    async def sleep_until(self, time_ms: float) -> None:
        self.time_ms = max(self.time_ms, time_ms + self._lateness_ms)


class Line:
    """Accepts frames, except while it is away, from one time to another."""

    send_ms: float = 250

    def __init__(self, clock: JumpingClock, away: tuple[float, float] = (0, 0), opens: bool = True) -> None:
        self._clock = clock
        self._away = away
        self._opens = opens
        self.frames: list[tuple[float, SentFrame]] = []

    async def send(self, frame: bytes) -> bool:
        time_ms = self._clock.time_ms - 5_000
        if self._away[0] <= time_ms < self._away[1]:
            return False
        self.frames.append((time_ms, msgspec.json.decode(frame, type=SentFrame)))
        return True

    async def opened(self, within_s: float) -> bool:
        self._clock.time_ms = max(self._clock.time_ms, 5_000 + self._away[1])
        return self._opens

    def happened(self) -> list[float]:
        """When each event happened, by the frames sent."""
        return [time_ms - event.age for time_ms, frame in self.frames for event in events(frame)]


def view(*times_ms: float, page: SentPage = PAGE) -> View:
    return View(page, [Sample(at, "move", at, at) for at in times_ms])


def stay(*times_ms: float) -> list[View]:
    return [view(*times_ms)]


async def test_events_are_sent_on_time_and_their_ages_say_when_they_happened() -> None:
    clock, tally = JumpingClock(), DeliveryCounts()
    line = Line(clock)
    await attend(stay(0, 100, 200, 900), "ann", line, clock, tally)
    assert [time_ms for time_ms, _ in line.frames] == [0, 250, 900]
    assert [frame.seq for _, frame in line.frames] == [0, 1, 2]
    assert line.happened() == [0, 100, 200, 900]
    assert (tally.views, tally.frames, tally.sent, tally.dropped) == (1, 3, {"move": 4}, 0)


async def test_sent_events_are_summed_up_by_type() -> None:
    clock, tally = JumpingClock(), DeliveryCounts()
    samples = [Sample(0, "move", 1, 1), Sample(1000, "dwell", 1, 1), Sample(1100, "click", 1, 1)]
    await attend([View(PAGE, [*samples, Sample(1100, "dead", 1, 1)])], "ann", Line(clock), clock, tally)
    assert tally.summary() == "4 events (1 move, 1 click, 1 dead click, 1 second of dwell)"
    assert DeliveryCounts().summary() == "0 events (none)"


async def test_a_busy_machine_sends_late_with_the_right_ages() -> None:
    clock = JumpingClock(lateness_ms=400)
    line = Line(clock)
    await attend(stay(0, 100, 200), "ann", line, clock, DeliveryCounts())
    assert [time_ms for time_ms, _ in line.frames] == [400, 650]
    assert line.happened() == [0, 100, 200]


async def test_a_recording_runs_faster_in_the_same_order() -> None:
    clock = JumpingClock()
    line = Line(clock)
    await attend(stay(*range(0, 4000, 100)), "ann", line, clock, DeliveryCounts(), speed=10)
    assert line.happened() == [at / 10 for at in range(0, 4000, 100)]
    assert clock.time_ms == 5_500


async def test_events_wait_while_ingest_is_away_and_have_the_right_ages_later() -> None:
    clock, tally = JumpingClock(), DeliveryCounts()
    line = Line(clock, away=(200, 900))
    await attend(stay(0, 100, 300, 600, 1000), "ann", line, clock, tally)
    assert [time_ms for time_ms, _ in line.frames] == [0, 1000]
    assert line.happened() == [0, 100, 300, 600, 1000]
    assert tally.dropped == 0


async def test_while_ingest_is_away_the_oldest_events_are_dropped_and_counted() -> None:
    clock, tally = JumpingClock(), DeliveryCounts()
    line = Line(clock, away=(0, 10_000_000))
    await attend(stay(*range(0, 200_000, 200)), "ann", line, clock, tally, connect_timeout_s=1)
    assert line.happened() == list(range(0, 200_000, 200))[-MAX_WAITING_EVENTS:]
    assert [frame.event_count for _, frame in line.frames] == [256, 256]
    assert tally.dropped == 1000 - MAX_WAITING_EVENTS


async def test_events_that_cannot_be_sent_by_the_end_are_counted_as_dropped() -> None:
    clock, tally = JumpingClock(), DeliveryCounts()
    line = Line(clock, away=(0, 10_000_000), opens=False)
    await attend(stay(0, 100, 200), "ann", line, clock, tally, max_waiting=None)
    assert (tally.frames, tally.dropped) == (0, 3)


async def test_a_document_that_changes_its_page_keeps_its_session_and_each_frame_has_one_page() -> None:
    clock, tally = JumpingClock(), DeliveryCounts()
    line = Line(clock, away=(300, 1500))
    sofa = SentPage("/sofa", Size(1000, 3000))
    await attend([view(0, 400, 500), view(0, 300, 800, page=sofa)], "ann", line, clock, tally)
    told = [
        (frame.session, frame.seq, frame.view, frame.page.path, frame.event_count) for _, frame in line.frames
    ]
    assert told == [("ann", 0, 0, "/lamp", 1), ("ann", 1, 0, "/lamp", 2), ("ann", 2, 1, "/sofa", 3)]
    second_began = 650  # when the first page's samples had been flushed
    assert line.happened() == [0, 400, 500, *(second_began + at for at in (0, 300, 800))]
    assert tally.views == 2


async def test_looks_are_sent_with_the_events_but_are_none_and_at_most_some_in_a_frame() -> None:
    clock, tally = JumpingClock(), DeliveryCounts()
    line = Line(clock, away=(0, 1_000))
    seen = [Look(at, 10.4, 720, 250) for at in range(250, 250 * (MAX_LOOKS + 3), 250)]
    await attend([View(PAGE, [Sample(0, "move", 1, 1), *seen])], "ann", line, clock, tally, speed=2)
    sent = [look for _, frame in line.frames for look in looks(frame.looks).tolist()]
    assert [look[:3] for look in sent] == [[10, 720, 125]] * len(seen)
    assert max(len(looks(frame.looks)) for _, frame in line.frames) <= MAX_LOOKS
    assert (tally.events, tally.summary()) == (1, "1 event (1 move)")
