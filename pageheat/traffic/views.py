"""What simulated and recorded visitors share: a view of one page as a stream of pointer samples."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, Self

from pageheat.services.contract.packed_rows import pack_looks, pack_moves
from pageheat.services.contract.records import (
    MAX_AGE_MS,
    MAX_LOOK_MS,
    Attributes,
    Event,
    SentFrame,
    SentPage,
    Target,
)
from pageheat.services.contract.versions import FRAME
from pageheat.services.contract.watching import TRACKER_SEND_MS

EventType = Literal["move", "click", "rage", "dead", "dwell"]


class Sample(NamedTuple):
    """The pointer `at_ms` after the view's start, in page coordinates (CSS px); if `fixed`, in the viewport.

    Its type is known `found_ms` later: a click proves dead only when nothing has changed after it.
    """

    at_ms: float
    type: EventType
    x: float
    y: float
    fixed: bool = False
    target: Target | None = None
    found_ms: float = 0

    @property
    def known_ms(self) -> float:
        """When the sample can be sent."""
        return self.at_ms + self.found_ms

    def faster(self, speed: float) -> Self:
        """The same in a view that is played that many times as fast."""
        return self._replace(at_ms=self.at_ms / speed, found_ms=self.found_ms / speed)


class Look(NamedTuple):
    """A part of the page in view: `height` px from `top` px, held still for `duration_ms` until `at_ms`."""

    at_ms: float
    top: float
    height: float
    duration_ms: float
    type: Literal["look"] = "look"

    @property
    def known_ms(self) -> float:
        """When the look can be sent."""
        return self.at_ms

    def faster(self, speed: float) -> Self:
        """The same in a view that is played that many times as fast."""
        return self._replace(at_ms=self.at_ms / speed, duration_ms=self.duration_ms / speed)


@dataclass(frozen=True, slots=True)
class View:
    """One visitor's stay on one page, from load to leave: samples and looks in order of `known_ms`."""

    page: SentPage
    samples: Iterable[Sample | Look]
    attributes: Attributes | None = None


class SampleBatch(NamedTuple):
    """Samples and looks that are sent together, `due_ms` after the view's start."""

    due_ms: float
    samples: list[Sample | Look]


def batches(
    samples: Iterable[Sample | Look],
    speed: float = 1.0,
    send_ms: Callable[[], float] = lambda: TRACKER_SEND_MS,
) -> Iterator[SampleBatch]:
    """Group samples as the tracker sends them, with time running `speed` times as fast.

    The first sample after a pause goes at once, later ones every `send_ms()`. A click (also rage or dead)
    goes at once, with all waiting samples. The last batch has all that are left.
    """
    waiting: list[Sample | Look] = []
    free_ms = 0.0  # earliest time of the next flush
    for recorded in samples:
        sample = recorded.faster(speed)
        if waiting and sample.known_ms >= free_ms:
            yield SampleBatch(free_ms, waiting)
            waiting = []
            free_ms += send_ms()
        waiting.append(sample)
        is_paced = sample.type in ("move", "dwell", "look")
        if not is_paced or sample.known_ms >= free_ms:
            yield SampleBatch(sample.known_ms, waiting)
            waiting = []
            if is_paced:
                free_ms = sample.known_ms + send_ms()
    if waiting:
        yield SampleBatch(free_ms, waiting)


def sent_frame(
    page: SentPage,
    samples: Iterable[Sample | Look],
    session: str,
    seq: int,
    now_ms: float,
    view: int = 0,
    attributes: Attributes | None = None,
) -> SentFrame:
    """The frame that the tracker sends at `now_ms`, on the clock of `at_ms`, of the session's page view.

    Its first frame has the view's `attributes`.
    """
    moves: dict[bool, list[tuple[int, int, int]]] = {False: [], True: []}
    events, looks = [], []
    for sample in samples:
        age = min(MAX_AGE_MS, max(0, round(now_ms - sample.at_ms)))
        if sample.type == "look":
            duration_ms = min(MAX_LOOK_MS, round(sample.duration_ms))
            looks.append((round(sample.top), round(sample.height), duration_ms, age))
            continue
        x, y = round(sample.x), round(sample.y)
        if sample.type == "move":
            moves[sample.fixed].append((x, y, age))
        else:
            buttons = 0 if sample.type == "dwell" else 1
            events.append(Event(sample.type, x, y, age, buttons, fixed=sample.fixed, target=sample.target))
    return SentFrame(
        v=FRAME,
        session=session,
        seq=seq,
        page=page,
        view=view,
        attributes=attributes,
        moves=pack_moves(moves[False]),
        fixed_moves=pack_moves(moves[True]),
        events=events,
        looks=pack_looks(looks),
    )
