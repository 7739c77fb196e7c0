"""Scales: map a count to a fraction of the maximum, from 0 to 1."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """A scale. `bend` rises with the count, from 0 at 0; `straighten` is its inverse."""

    name: str
    bend: Callable[[Numbers], Numbers]
    straighten: Callable[[Numbers], Numbers]

    def fractions(self, counts: Numbers, maximum: float) -> Numbers:
        """Fractions of the counts: 0 at 0, 1 at `maximum` and above."""
        return np.minimum(self.bend(counts) / self.bend(np.array(maximum)), 1)

    def count_at(self, fraction: float, maximum: float) -> float:
        """The count at a fraction of the scale."""
        return float(self.straighten(self.bend(np.array(maximum)) * fraction))


SCALES = {
    "linear": Scale("linear scale", lambda counts: counts, lambda bent: bent),
    "sqrt": Scale("square-root scale", np.sqrt, np.square),
    "log": Scale("logarithmic scale", np.log1p, np.expm1),
}
