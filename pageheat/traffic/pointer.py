"""How a hand moves a mouse: pure functions of a seeded random source, in px and ms."""

import math
from collections.abc import Iterator
from random import Random

REACTION_MS, MS_A_BIT = 110, 145
"""Fitts' law for a mouse, Shannon's form: time = reaction + ms a bit · log2(distance / target + 1)."""

BOW = 0.04
"""How far a movement bends off the straight line: standard deviation, in parts of its length."""

TREMOR_PX = 0.8
"""Standard deviation of the jitter while a hand moves."""

Point = tuple[float, float]


def minimum_jerk(share: float) -> float:
    """The share of the way that is covered after a share of the time, both from 0 to 1.

    The smoothest movement from rest to rest (Flash and Hogan, 1985).
    """
    return share**3 * (10 - 15 * share + 6 * share**2)


def reach_ms(distance_px: float, target_px: float) -> float:
    """How long a hand takes to a target of that width at that distance."""
    return REACTION_MS + MS_A_BIT * math.log2(distance_px / target_px + 1)


def movement(
    rng: Random, start: Point, end: Point, duration_ms: float, interval_ms: float
) -> Iterator[tuple[float, Point]]:
    """Points of a movement, one each `interval_ms`, with the time since it began; the last is `end`."""
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
