"""Where two selections differ by more than chance."""

import random

import pytest

from pageheat.services.history.queries.compare import MAX_RATE, differences


def test_the_test_is_that_of_two_proportions() -> None:
    (found,) = differences({1: 30}, {1: 50}, 100, 100)
    assert (found.before, found.after) == (0.3, 0.5)
    assert found.z == pytest.approx(2.887, abs=0.001)  # 0.2 / sqrt(0.4 · 0.6 · 2 / 100)
    assert found.rate == pytest.approx(0.00389, abs=0.00001)
    assert found.differs


def test_the_rate_is_that_of_benjamini_and_hochberg() -> None:
    before = dict.fromkeys(range(10), 100)
    after = {**before, 0: 160, 1: 140, 2: 130}
    found = {it.place: it for it in differences(before, after, 1000, 1000)}
    ordered = sorted((it for it in found.values()), key=lambda it: -abs(it.z or 0))
    rates = [it.rate or 0 for it in ordered]
    assert rates == sorted(rates)
    assert [it.place for it in ordered if it.differs] == [0, 1]


def test_a_place_with_few_expected_views_is_not_judged() -> None:
    (found,) = differences({1: 4}, {1: 0}, 1000, 1000)
    assert (found.z, found.rate, found.differs) == (None, None, False)


@pytest.mark.parametrize(("before", "after"), [({}, {}), ({1: 3}, {}), ({1: 3}, {1: 3})])
def test_no_views_are_no_difference(before: dict[int, int], after: dict[int, int]) -> None:
    assert not any(it.differs or it.z for it in differences(before, after, 0, 3))


def test_of_equal_sides_hardly_any_place_differs() -> None:
    chance = random.Random(5)

    def side() -> dict[int, int]:
        return {place: sum(chance.random() < 0.1 for _ in range(1000)) for place in range(200)}

    found = differences(side(), side(), 1000, 1000)
    assert sum(it.differs for it in found) <= MAX_RATE * len(found)
