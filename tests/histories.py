"""Random histories of visits, as Hypothesis draws them: events on a few pages, out of order, late, early."""

from hypothesis import strategies as st

from services.contract.records import Frame
from tests.frames import PAGE_PX, at, frame

SPAN_MS = 6_000
"""Of a history: several times the window that it is tried on."""

_position = st.integers(-50, PAGE_PX + 50)
_event = st.tuples(st.integers(-1500, 100), _position, _position, st.sampled_from(["move", "move", "click"]))


@st.composite
def _frame(draw: st.DrawFn, largest: int) -> Frame:
    received = draw(st.integers(1_000_000, 1_000_000 + SPAN_MS))
    events = draw(st.lists(_event, min_size=1, max_size=largest))
    return frame(
        *(at(received + shift, x, y, type_) for shift, x, y, type_ in events),
        page=draw(st.sampled_from(["/", "/a", "/b/c"])),
        session=draw(st.sampled_from(["ann", "bob", "cy"])),
        received=received,
    )


def histories(largest_frame: int = 6) -> st.SearchStrategy[list[Frame]]:
    """Frames mostly in the order in which they were received, with events up to 1.5 s old."""
    frames = st.lists(_frame(largest_frame), min_size=1, max_size=40)
    in_order = frames.map(lambda each: sorted(each, key=lambda one: one.received))
    return st.one_of(in_order, in_order, frames)
