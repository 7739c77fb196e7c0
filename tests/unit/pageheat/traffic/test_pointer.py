"""How a simulated hand moves."""

import itertools
from random import Random

import pytest

from pageheat.traffic.pointer import minimum_jerk, movement, reach_ms


def test_a_movement_starts_and_ends_at_rest_and_is_fastest_half_way() -> None:
    shares = [minimum_jerk(i / 100) for i in range(101)]
    speeds = [after - before for before, after in itertools.pairwise(shares)]
    assert (shares[0], shares[50], shares[100]) == (0, 0.5, 1)
    assert speeds == sorted(speeds[:50]) + sorted(speeds[50:], reverse=True)
    assert speeds[0] < 0.001 > speeds[-1]


def test_a_far_or_small_target_takes_longer() -> None:
    assert reach_ms(800, 40) > reach_ms(200, 40) > reach_ms(200, 160) > reach_ms(0, 160)


@pytest.mark.parametrize("duration_ms", [60, 125, 126, 700])
def test_a_movement_is_sampled_at_the_trackers_pace_and_ends_on_its_target(duration_ms: float) -> None:
    points = list(movement(Random(1), (0, 0), (300, 400), duration_ms, 125))
    times = [elapsed for elapsed, _ in points]
    assert times == [*range(125, int(duration_ms), 125), duration_ms]
    assert points[-1][1] == (300, 400)


def test_a_movement_stays_near_the_straight_line() -> None:
    for seed in range(50):
        for _, (x, y) in movement(Random(seed), (0, 0), (1000, 0), 800, 20):
            assert -10 <= x <= 1010
            assert abs(y) < 200
