"""Makes frames for tests from the few values that matter to them."""

from typing import Literal

from pageheat.services.contract.bands import Bands
from pageheat.services.contract.records import Event, Frame, Page, Point, Size, Target

PAGE_PX = 1000
"""Width and height of a test's document: tile 7 of 50 begins at 140 px."""

BANDS = Bands.parse("phone<600,tablet<1024,desktop<1600,wide")

At = tuple[int, float, float, str, Target | None, bool]


def at(
    time_ms: int,
    x: float = 0,
    y: float = 0,
    type_: str = "move",
    target: Target | None = None,
    *,
    fixed: bool = False,
) -> At:
    """Make an event: time, position on a document of PAGE_PX × PAGE_PX, type, element; `fixed`: in the
    viewport."""
    return time_ms, x, y, type_, target, fixed


def frame(
    *events: At,
    page: str = "/",
    session: str | None = "ann",
    site: str = "",
    received: int | None = None,
    viewport: Size | None = Size(1280, 720),  # noqa: B008 - frozen
    document: Size | None = Size(PAGE_PX, PAGE_PX),  # noqa: B008
    first: Point = Point(0, 0),  # noqa: B008
    origin: Literal["page", "first"] = "page",
    robot: bool = False,
) -> Frame:
    """Make a frame; by default it is received when its last event happens."""
    received = max(event[0] for event in events) if received is None else received
    return Frame(
        v=1,
        site=site,
        session=session,
        received=received,
        page=Page(page, document, viewport, first),
        events=[
            Event(type_, x, y, age=received - time_ms, fixed=fixed, target=target)  # type: ignore[arg-type]
            for time_ms, x, y, type_, target, fixed in events
        ],
        seq=0,
        origin=origin,
        robot=robot,
    )
