"""Hypothesis strategies for histories of visits: events on a few pages, out of order, late, early."""

from hypothesis import strategies as st

from pageheat.services.contract.packed_rows import events, looks
from pageheat.services.contract.records import Event, Frame, Size, Target
from tests.support.frames import PAGE_PX, at, frame

SPAN_MS = 6_000
"""Span of a history: several times the tested window."""

Look = tuple[int, int, int, int]
"""Top, height, duration and age."""

_position = st.integers(-50, PAGE_PX + 50) | st.integers(-50, PAGE_PX + 50).map(lambda px: px + 0.5)
"""Moves on whole px are packed in their frame, as our tracker's; others are among its events."""

_fraction = st.sampled_from([0.0, 0.49, 0.5, 1.0])
_side = st.sampled_from([0.0, 300.0, 512.0, 513.0, 1280.0, 90_000.0])
_target = st.builds(
    Target, st.sampled_from(["#buy", "#buy>b", '[data-part="price"]']), _fraction, _fraction, _side, _side
)
_fixed = st.sampled_from([False, False, False, True])
_move = st.tuples(st.integers(-1500, 100), _position, _position, st.just("move"), st.none(), _fixed)
_click = st.tuples(
    st.integers(-1500, 100),
    _position,
    _position,
    st.sampled_from(["click", "click", "rage", "dead", "dwell"]),
    st.none() | _target,
    _fixed,
)
_look = st.tuples(
    st.integers(-50, PAGE_PX + 50),
    st.integers(1, 900),
    st.sampled_from([0, 250, 5_000, 5_000, 60_000]),
    st.integers(-100, 1500),
)
_none: st.SearchStrategy[list[Look]] = st.just([])
_looks = st.one_of(_none, _none, st.lists(_look, min_size=1, max_size=3))
_usual = Size(PAGE_PX, PAGE_PX)
_documents = st.sampled_from(
    [_usual, Size(800.5, 981), Size(PAGE_PX, 4981), Size(PAGE_PX, 300_000.5), Size(9, 7)]
)
"""Of a page that grows while it is seen, and of visitors whose layouts differ."""


@st.composite
def _frame(
    draw: st.DrawFn, largest: int, documents: st.SearchStrategy[Size], gazes: st.SearchStrategy[list[Look]]
) -> Frame:
    seen = draw(gazes)
    received = draw(st.integers(1_000_000, 1_000_000 + SPAN_MS))
    drawn = draw(st.lists(_move | _move | _click, min_size=0 if seen else 1, max_size=largest))
    document = draw(documents)
    down = document.height / PAGE_PX
    return frame(
        *(
            at(received + shift, x, y if fixed else y * down, type_, target, fixed=fixed)
            for shift, x, y, type_, target, fixed in drawn
        ),
        document=document,
        page=draw(st.sampled_from(["/", "/a", "/b/c"])),
        session=draw(st.sampled_from(["ann", "bob", "cy"])),
        received=received,
        viewport=draw(st.sampled_from([Size(390, 844), Size(1280, 720), None])),
        view=draw(st.sampled_from([0, 0, 1])),
        looks=seen,
    )


def histories(largest_frame: int = 6, *, with_looks: bool = True) -> st.SearchStrategy[list[Frame]]:
    """Draw frames, mostly in the order in which they were received, with events and looks up to 1.5 s old.

    In half of the histories pages have different heights, from frame to frame or for some of the time.
    """
    seen = _looks if with_looks else _none
    documents = st.one_of(st.just(_usual), st.one_of(st.just(_usual), _documents))
    frames = st.one_of(
        st.lists(_frame(largest_frame, st.just(_usual), seen), min_size=1, max_size=40),
        st.lists(_frame(largest_frame, documents, seen), min_size=1, max_size=40),
    )
    in_order = frames.map(lambda each: sorted(each, key=lambda one: one.received))
    return st.one_of(in_order, in_order, frames)


def happened(history: list[Frame], page: str, start: int, end: int) -> list[tuple[Frame, Event]]:
    """Return the events of a page with event time in [`start`, `end`), each with its frame."""
    return [
        (one, event)
        for one in history
        if one.page.path == page
        for event in events(one)
        if start <= one.received - event.age < end
    ]


def looked(history: list[Frame], page: str, start: int, end: int) -> list[tuple[Frame, Look]]:
    """Return the looks at a page that ended in [`start`, `end`), each with its frame."""
    return [
        (one, (top, height, ms, age))
        for one in history
        if one.page.path == page
        for top, height, ms, age in looks(one.looks).tolist()
        if start <= one.received - age < end
    ]
