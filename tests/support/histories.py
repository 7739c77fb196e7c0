"""Hypothesis strategies for histories of visits: events on a few pages, out of order, late, early."""

from hypothesis import strategies as st

from pageheat.services.contract.records import Event, Frame, Size, Target
from tests.support.frames import PAGE_PX, at, frame

SPAN_MS = 6_000
"""Span of a history: several times the tested window."""

_position = st.integers(-50, PAGE_PX + 50)
_fraction = st.sampled_from([0.0, 0.49, 0.5, 1.0])
_target = st.builds(Target, st.sampled_from(["#buy", "#buy>b", '[data-part="price"]']), _fraction, _fraction)
_move = st.tuples(st.integers(-1500, 100), _position, _position, st.just("move"), st.none())
_click = st.tuples(
    st.integers(-1500, 100),
    _position,
    _position,
    st.sampled_from(["click", "click", "rage", "dead", "rest"]),
    st.none() | _target,
)


@st.composite
def _frame(draw: st.DrawFn, largest: int) -> Frame:
    received = draw(st.integers(1_000_000, 1_000_000 + SPAN_MS))
    events = draw(st.lists(_move | _move | _click, min_size=1, max_size=largest))
    return frame(
        *(at(received + shift, x, y, type_, target) for shift, x, y, type_, target in events),
        page=draw(st.sampled_from(["/", "/a", "/b/c"])),
        session=draw(st.sampled_from(["ann", "bob", "cy"])),
        received=received,
        viewport=draw(st.sampled_from([Size(390, 844), Size(1280, 720), None])),
    )


def histories(largest_frame: int = 6) -> st.SearchStrategy[list[Frame]]:
    """Draw frames, mostly in the order in which they were received, with events up to 1.5 s old."""
    frames = st.lists(_frame(largest_frame), min_size=1, max_size=40)
    in_order = frames.map(lambda each: sorted(each, key=lambda one: one.received))
    return st.one_of(in_order, in_order, frames)


def happened(history: list[Frame], page: str, start: int, end: int) -> list[tuple[Frame, Event]]:
    """Return the events of a page with event time in [`start`, `end`), each with its frame."""
    return [
        (one, event)
        for one in history
        if one.page.path == page
        for event in one.events
        if start <= one.received - event.age < end
    ]
