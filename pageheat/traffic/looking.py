"""What a visitor has in view, told as the tracker does: when it was held still, and while it is."""

from collections.abc import Iterable, Iterator

from pageheat.traffic.views import Look

FIRST_MS, NEXT_MS = 250, 5_000
"""A position is told when it has been held so long, and then each so often; what is left, when it ends."""

IDLE_MS = 30_000
"""After so long without input, nobody is known to look, until the next."""


class Gaze:
    """One page's view: the content from `top` px, `height` px high, from the view's start on."""

    def __init__(self, height: float) -> None:
        self._height = height
        self.hold(0, 0)

    def until(self, now_ms: float) -> Iterator[Look]:
        """The looks that are told up to now."""
        while self._due_ms <= now_ms:
            look = self._look(self._due_ms)
            self._due_ms += NEXT_MS
            yield look

    def end(self, now_ms: float) -> Iterator[Look]:
        """The same, and the rest: the page is scrolled now, or left."""
        yield from self.until(now_ms)
        if self._held_ms < self._told_ms < now_ms:
            yield self._look(now_ms)

    def hold(self, now_ms: float, top: float) -> None:
        """The page stands still from now on, at this place."""
        self._held_ms = self._told_ms = now_ms
        self._due_ms = now_ms + FIRST_MS
        self._top = top

    def _look(self, now_ms: float) -> Look:
        told_ms, self._told_ms = self._told_ms, now_ms
        return Look(now_ms, self._top, self._height, now_ms - told_ms)


def recorded_looks(
    scrolls: Iterable[tuple[float, float]], inputs: Iterable[float], height: float, end_ms: float
) -> list[Look]:
    """The looks of a recorded view.

    Args:
        scrolls: when the page was scrolled, and the scroll offset then, px.
        inputs: when the visitor did something else.
        height: the window's, px.
        end_ms: when the view ended.
    """
    gaze, looks, seen_ms = Gaze(height), list[Look](), 0.0  # the last sign of the visitor
    happened: list[tuple[float, float | None]] = [*scrolls, *((at_ms, None) for at_ms in inputs)]
    top = 0.0
    for at_ms, offset in sorted(happened, key=lambda it: it[0]):
        is_back = at_ms > seen_ms + IDLE_MS
        if is_back or offset not in (None, top):
            looks += gaze.end(min(at_ms, seen_ms + IDLE_MS))
            top = top if offset is None else offset
            gaze.hold(at_ms, top)
        seen_ms = at_ms
    return looks + list(gaze.end(min(end_ms, seen_ms + IDLE_MS)))
