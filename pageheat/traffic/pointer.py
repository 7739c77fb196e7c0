"""How a hand moves a mouse, in px and ms. Pure functions of a seeded random source."""

import math
from collections.abc import Iterator
from random import Random

REACTION_MS, MS_A_BIT = 110, 145
"""Fitts' law for a mouse, Shannon form: time = reaction + ms per bit · log2(distance / target + 1)."""

BOW = 0.04
"""Standard deviation of a movement's bend off the straight line, as a fraction of its length."""

TREMOR_PX = 0.8
"""Standard deviation of the jitter during a movement."""

Point = tuple[float, float]


def minimum_jerk(share: float) -> float:
    """The fraction of the distance covered after a fraction of the time, both from 0 to 1.

    The smoothest movement that starts and ends at a standstill (Flash and Hogan, 1985).
    """
    return share**3 * (10 - 15 * share + 6 * share**2)


def reach_ms(distance_px: float, target_px: float) -> float:
    """How long a hand takes to reach a target of that width at that distance."""
    return REACTION_MS + MS_A_BIT * math.log2(distance_px / target_px + 1)


def movement(
    rng: Random, start: Point, end: Point, duration_ms: float, interval_ms: float
) -> Iterator[tuple[float, Point]]:
    """Points of a movement, one every `interval_ms`, with the time since its start; the last is `end`."""
    across_x, across_y = end[1] - start[1], start[0] - end[0]
    bow = rng.gauss(0, BOW)
    elapsed_ms = interval_ms
    while elapsed_ms < duration_ms:
        share = elapsed_ms / duration_ms
        along, aside = minimum_jerk(share), bow * math.sin(math.pi * share)
        yield (
            elapsed_ms,
            (
                start[0] + along * (end[0] - start[0]) + aside * across_x + rng.gauss(0, TREMOR_PX),
                start[1] + along * (end[1] - start[1]) + aside * across_y + rng.gauss(0, TREMOR_PX),
            ),
        )
        elapsed_ms += interval_ms
    yield duration_ms, end
