"""First touches: which views touched a place that they had not touched before. Pure.

Counts of views add up over time if each view counts where it touched *first*. So this remembers, for each
touch of the last MEMORY_MIN minutes, in which minute it last was; minutes are those of the records'
`received`. A touch is a first one if its view did not touch the place in a record of the MEMORY_MIN minutes
before. What is remembered depends on the log alone: a process that starts reads MEMORY_MIN + SLACK_MIN
minutes back, and knows the same.

A touch is a 64-bit hash of view and place: among ten million, two collide once in 400,000 times.
"""

import numpy as np
from numpy.typing import NDArray

MEMORY_MIN = 30
"""Who comes back to a place after half an hour visits it anew, as sessions are cut elsewhere."""

SLACK_MIN = 5
"""How much older than the newest record of its partition a record may be, and still find all that was
before."""

Keys = NDArray[np.uint64]
Minutes = NDArray[np.int64]


def keys(views: Keys, places: NDArray[np.int64]) -> Keys:
    """A hash of each pair of view and place."""
    with np.errstate(over="ignore"):
        mixed: Keys = views ^ places.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        mixed = mixed ^ mixed >> np.uint64(31)
    return mixed


class Touches:
    """The touches of the views of one partition."""

    def __init__(self) -> None:
        self._keys: Keys = np.empty(0, np.uint64)  # in order
        self._last: Minutes = np.empty(0, np.int64)
        self._newest = 0

    def __len__(self) -> int:
        return len(self._keys)

    def first(self, keys: Keys, minutes: Minutes) -> NDArray[np.bool]:
        """Which of these touches are first ones; remembers all.

        Args:
            keys: in order of arrival.
            minutes: of each one's record; they differ by MEMORY_MIN at most.
        """
        result = np.zeros(len(keys), np.bool)
        if not len(keys):
            return result
        unique, at, inverse = np.unique(keys, return_index=True, return_inverse=True)
        last = np.zeros(len(unique), np.int64)
        np.maximum.at(last, inverse, minutes)
        known = np.searchsorted(self._keys, unique)
        inside = known < len(self._keys)
        found = np.zeros(len(unique), np.bool)
        found[inside] = self._keys[known[inside]] == unique[inside]
        places = known[found]
        is_first = np.ones(len(unique), np.bool)
        is_first[found] = self._last[places] < minutes[at[found]] - MEMORY_MIN
        result[at[is_first]] = True
        self._last[places] = np.maximum(self._last[places], last[found])
        self._keys = np.insert(self._keys, known[~found], unique[~found])
        self._last = np.insert(self._last, known[~found], last[~found])
        self._newest = max(self._newest, int(last.max()))
        return result

    def forget_old(self) -> None:
        """Drop what no record can be compared with any more."""
        kept = self._last >= self._newest - MEMORY_MIN - SLACK_MIN
        if not kept.all():
            self._keys, self._last = self._keys[kept], self._last[kept]
