"""A simulated past of the demo shop: when visitors came, in parts that are always the same. Pure.

Time is cut into whole slices: of six hours, of one, of ten minutes. The seed, the number of page views and
the slice alone determine its visits: so a past that was made is recognized, and can be continued later.
"""

import hashlib
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from random import Random

from pageheat.services.contract.records import Frame
from pageheat.traffic.playing import Player
from pageheat.traffic.visitors import PAGES, SAMPLE_MS, Moment, visit

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000

SLICES_MS = (6 * HOUR_MS, HOUR_MS, 10 * MINUTE_MS)
"""A long slice is quickly stored; the short ones are those of the last hours."""

SETTLED_MS = 10 * MINUTE_MS
"""How long before now the past ends: a visit that began then is over."""

RHYTHM = (
    *(0.22, 0.14, 0.10, 0.08, 0.09, 0.16, 0.34, 0.58, 0.80, 0.95, 1.04, 1.12),
    *(1.20, 1.14, 1.06, 1.04, 1.10, 1.24, 1.46, 1.72, 1.90, 1.74, 1.12, 0.56),
)
"""How busy each hour of the day is, UTC: 1 is usual by day, and it is busiest in the evening."""

WEEKDAYS = (0.96, 1.0, 0.98, 1.0, 0.92, 1.16, 1.28)
"""The same of Monday to Sunday."""

AT_HOME = 18
"""From this hour on, and on weekends, phones are twice as common."""

MAILING_DAY, MAILING_HOURS, MAILING = 1, range(7, 13), 6.0
"""On Tuesday mornings the newsletter brings six times as many."""

VIEWS_A_VISIT = sum(PAGES) / len(PAGES)
"""Page views of a visit, on average."""

EPOCH_WEEKDAY = 3
"""1970 began on a Thursday."""


@dataclass(frozen=True, order=True)
class Slice:
    """A span of time: `begin_ms` is a multiple of `length_ms`."""

    begin_ms: int
    length_ms: int

    @property
    def end_ms(self) -> int:
        """Its end."""
        return self.begin_ms + self.length_ms

    def within(self) -> list["Slice"]:
        """The next shorter slices; none in the shortest."""
        shorter = next((it for it in SLICES_MS if it < self.length_ms), 0)
        if not shorter:
            return []
        return [Slice(begin_ms, shorter) for begin_ms in range(self.begin_ms, self.end_ms, shorter)]


@dataclass(frozen=True)
class Past:
    """What a past is made of.

    Attributes:
        seed: another one makes other visits.
        views: page views an hour by day.
    """

    seed: int
    views: int

    def digest(self, slice_: Slice) -> str:
        """What a slice is known by: SHA-256, hex."""
        text = f"pageheat simulate --past {self.seed} {self.views} {slice_.begin_ms} {slice_.length_ms}"
        return hashlib.sha256(text.encode()).hexdigest()

    def missing(self, days: int, now_ms: int, known: Collection[str]) -> list[Slice]:
        """The slices of the last days that are not known, in order of time."""
        first = (now_ms - days * DAY_MS) // SLICES_MS[0] * SLICES_MS[0]
        end_ms = now_ms - SETTLED_MS
        whole = [Slice(begin_ms, SLICES_MS[0]) for begin_ms in range(first, end_ms, SLICES_MS[0])]
        return [slice_ for each in whole for slice_ in self._missing(each, end_ms, known)]

    def _missing(self, slice_: Slice, end_ms: int, known: Collection[str]) -> Iterator[Slice]:
        if self.digest(slice_) in known or slice_.begin_ms >= end_ms:
            return
        if slice_.end_ms <= end_ms and not self._is_begun(slice_, known):
            yield slice_
            return
        for inner in slice_.within():
            yield from self._missing(inner, end_ms, known)

    def _is_begun(self, slice_: Slice, known: Collection[str]) -> bool:
        return any(self.digest(inner) in known or self._is_begun(inner, known) for inner in slice_.within())

    def frames(self, slice_: Slice, player: Player) -> list[Frame]:
        """The frames of the visits that begin in a slice."""
        found: list[Frame] = []
        for begin_ms in range(slice_.begin_ms, slice_.end_ms, SLICES_MS[-1]):
            for number, (at_ms, moment) in enumerate(self._arrivals(begin_ms)):
                name = f"{self.seed}/{self.views}/{begin_ms}/{number}"
                session = hashlib.sha256(name.encode()).hexdigest()[:22]
                found += player.play(visit(Random(name), SAMPLE_MS, moment), session, at_ms)  # noqa: S311
        return found

    def _arrivals(self, begin_ms: int) -> list[tuple[int, Moment]]:
        """When visitors come within the shortest slice."""
        chance = Random(f"{self.seed}/{self.views}/{begin_ms}")  # noqa: S311
        hour = begin_ms // HOUR_MS % 24
        day = (begin_ms // DAY_MS + EPOCH_WEEKDAY) % 7
        mean = self.views / VIEWS_A_VISIT * RHYTHM[hour] * WEEKDAYS[day] * SLICES_MS[-1] / HOUR_MS
        is_mailed = day == MAILING_DAY and hour in MAILING_HOURS
        moment = Moment(
            phones=2.0 if hour >= AT_HOME or day >= 5 else 1.0, mailing=MAILING if is_mailed else 1.0
        )
        times = [begin_ms + chance.randrange(SLICES_MS[-1]) for _ in range(_poisson(chance, mean))]
        return [(at_ms, moment) for at_ms in sorted(times)]


def _poisson(chance: Random, mean: float) -> int:
    """A number with a Poisson distribution (Knuth): how many exponential pauses fit."""
    count, product, limit = 0, chance.random(), math.exp(-mean)
    while product > limit:
        count += 1
        product *= chance.random()
    return count
