"""From counts to fractions of a scale."""

import numpy as np
import pytest

from pageheat.services.picture.scales import SCALES


@pytest.mark.parametrize("name", SCALES)
def test_a_scale_rises_from_nothing_to_its_maximum_and_stays_there(name: str) -> None:
    fractions = SCALES[name].fractions(np.array([0, 1, 10, 100, 999, 1000, 5000.0]), 1000)
    assert (fractions[0], fractions[5], fractions[6]) == (0, 1, 1)
    assert (np.diff(fractions[:6]) > 0).all()


@pytest.mark.parametrize("name", SCALES)
@pytest.mark.parametrize("maximum", [0.3, 1, 12_345_678])
def test_the_count_at_a_fraction_has_that_fraction(name: str, maximum: float) -> None:
    scale = SCALES[name]
    for fraction in (0, 0.5, 1):
        count = np.array([scale.count_at(fraction, maximum)])
        assert scale.fractions(count, maximum)[0] == pytest.approx(fraction)


def test_a_quarter_of_the_counts_is_half_of_a_square_root_scale() -> None:
    assert SCALES["sqrt"].count_at(0.5, 400) == pytest.approx(100)
