"""Token buckets, with the test's clock."""

import pytest

from pageheat.services.ingest.limits import BURST_S, Buckets, Limits, RefusalBudget

S = 1_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now_ns = 1_000 * S

    def __call__(self) -> int:
        return self.now_ns

    def advance(self, seconds: float) -> None:
        self.now_ns += int(seconds * S)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def taken(buckets: Buckets, clock: Clock, name: str = "ann", tries: int = 1_000) -> int:
    return sum(buckets.take(name, clock()) for _ in range(tries))


def test_a_burst_of_three_seconds_is_allowed_and_then_the_rate(clock: Clock) -> None:
    buckets = Buckets(20)
    assert taken(buckets, clock) == 60
    for after_s, more in [(0.049, 0), (0.001, 1), (0.5, 10), (1, 20), (2.999, 59), (0.001, 1), (3600, 60)]:
        clock.advance(after_s)
        assert taken(buckets, clock) == more, after_s


def test_a_client_that_sends_without_pause_gets_the_rate_in_the_long_run(clock: Clock) -> None:
    buckets = Buckets(20)
    passed = 0
    for _ in range(100_001):  # 10,000 a second, for ten seconds
        passed += buckets.take("ann", clock())
        clock.advance(0.0001)
    assert passed == (BURST_S + 10) * 20


def test_a_client_that_keeps_to_the_rate_is_never_refused(clock: Clock) -> None:
    buckets = Buckets(20)
    for _ in range(10_000):
        assert buckets.take("ann", clock())
        clock.advance(1 / 20)


def test_each_name_has_its_own_bucket(clock: Clock) -> None:
    buckets = Buckets(20)
    assert [taken(buckets, clock, name) for name in ("ann", "bob", "ann")] == [60, 60, 0]


def test_beyond_the_limit_the_least_recently_used_name_is_forgotten(clock: Clock) -> None:
    buckets = Buckets(20, limit=3)
    for name in ("ann", "bob", "cid", "ann", "dan"):  # bob leaves
        taken(buckets, clock, name)
    assert len(buckets) == 3
    assert taken(buckets, clock, "ann") == 0
    assert taken(buckets, clock, "bob") == 60


def test_without_a_limit_any_number_is_allowed_and_nothing_is_kept(clock: Clock) -> None:
    buckets = Buckets(0)
    assert taken(buckets, clock) == 1_000
    assert len(buckets) == 0


def test_this_machine_and_frames_without_a_session_are_not_limited(clock: Clock) -> None:
    limits = Limits(1, 1, clock)
    for _ in range(100):
        assert limits.admits_address(None)
        assert limits.admits_session(None)
    assert [limits.admits_address("192.0.2.1") for _ in range(4)] == [True, True, True, False]
    assert [limits.admits_session("ann") for _ in range(4)] == [True, True, True, False]


def test_a_connection_that_does_not_slow_down_is_tolerated_for_a_while(clock: Clock) -> None:
    budget = Limits(20, 500, clock).refusal_budget()
    assert [budget.allows() for _ in range(RefusalBudget.REFUSALS.burst + 1)][-2:] == [True, False]


def test_a_tracker_whose_frames_are_all_refused_is_tolerated(clock: Clock) -> None:
    budget = Limits(20, 500, clock).refusal_budget()
    for _ in range(10_000):
        assert budget.allows()
        clock.advance(0.25)
