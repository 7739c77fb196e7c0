"""What simulated and recorded visitors have in common: a view of one page as a stream of pointer samples."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from services.contract.records import MAX_AGE_MS, Event, Page, SentFrame

FLUSH_MS = 250
"""The tracker sends at the first sample after a rest, then at most this often."""

MAX_FRAME_EVENTS = 256
"""What ingest takes in a frame."""


class Sample(NamedTuple):
    """The pointer at `at_ms` after the view began, in page coordinates (CSS px)."""

    at_ms: float
    type: Literal["move", "click"]
    x: float
    y: float
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """One visitor's stay on one page: from its loading to its leaving. `samples` are in order of time."""

    page: Page
    samples: Iterable[Sample]


class Batch(NamedTuple):
    """Samples that are sent together, `due_ms` after the view began."""

    due_ms: float
    samples: list[Sample]


def batches(samples: Iterable[Sample], speed: float = 1.0) -> Iterator[Batch]:
    """Group samples as the tracker sends them, in a time that runs `speed` times as fast.

    A sample after a rest goes at once, those that follow each FLUSH_MS, and a click takes all that
    waits with it. Nothing is left behind at the end.
    """
    waiting: list[Sample] = []
    free_ms = 0.0  # when the next flush may be
    for recorded in samples:
        sample = recorded._replace(at_ms=recorded.at_ms / speed)
        if waiting and sample.at_ms >= free_ms:
            yield Batch(free_ms, waiting)
            waiting = []
            free_ms += FLUSH_MS
        waiting.append(sample)
        if sample.type == "click" or sample.at_ms >= free_ms:
            yield Batch(sample.at_ms, waiting)
            waiting = []
            if sample.type == "move":
                free_ms = sample.at_ms + FLUSH_MS
    if waiting:
        yield Batch(free_ms, waiting)


def sent_frame(page: Page, samples: Iterable[Sample], session: str, seq: int, now_ms: float) -> SentFrame:
    """The frame that the tracker sends at `now_ms` after the view began."""
    return SentFrame(
        v=1,
        session=session,
        seq=seq,
        page=page,
        events=[
            Event(
                sample.type,
                round(sample.x),
                round(sample.y),
                age=min(MAX_AGE_MS, max(0, round(now_ms - sample.at_ms))),
                buttons=1 if sample.type == "click" else 0,
                fixed=sample.fixed,
            )
            for sample in samples
        ],
    )
