"""Frames for tests, from the few words that matter to them."""

from services.contract.records import Event, Frame, Page, Size

PAGE_PX = 1000
"""Width and height of a test's document: tile 7 of 50 begins at 140 px."""


def at(time_ms: int, x: float = 0, y: float = 0, type_: str = "move") -> tuple[int, float, float, str]:
    """An event: when, where on a document of PAGE_PX × PAGE_PX, and of which type."""
    return time_ms, x, y, type_


def frame(
    *events: tuple[int, float, float, str],
    page: str = "/",
    session: str = "ann",
    site: str = "",
    received: int | None = None,
) -> Frame:
    """A frame received when its last event happened, unless said otherwise."""
    received = max(event[0] for event in events) if received is None else received
    return Frame(
        v=1,
        site=site,
        session=session,
        received=received,
        page=Page(page, Size(PAGE_PX, PAGE_PX), Size(1280, 720)),
        events=[
            Event(type_, x, y, age=received - time_ms)  # type: ignore[arg-type]
            for time_ms, x, y, type_ in events
        ],
        seq=0,
    )
