"""Makes frames for tests from the few values that matter to them."""

from collections.abc import Iterable
from typing import Literal

from pageheat.services.contract.bands import Bands
from pageheat.services.contract.packed_rows import pack_looks, pack_moves
from pageheat.services.contract.records import Attributes, Event, Frame, Page, Point, Size, Target

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
    view: int = 0,
    attributes: Attributes | None = None,
    looks: Iterable[tuple[int, int, int, int]] = (),
) -> Frame:
    """Make a frame; by default it is received when its last event happens.

    Moves on whole px are packed, as our tracker's are; others are events, as the tutorial's are.
    """
    received = max(event[0] for event in events) if received is None else received
    packed: dict[bool, list[tuple[int, int, int]]] = {False: [], True: []}
    others = []
    for time_ms, x, y, type_, target, fixed in events:
        if type_ == "move" and origin == "page" and (x, y) == (int(x), int(y)):
            packed[fixed].append((int(x), int(y), received - time_ms))
        else:
            others.append(Event(type_, x, y, received - time_ms, fixed=fixed, target=target))  # type: ignore[arg-type]
    return Frame(
        v=2,
        site=site,
        session=session,
        received=received,
        page=Page(page, document, viewport, first),
        view=view,
        attributes=attributes,
        moves=pack_moves(packed[False]),
        fixed_moves=pack_moves(packed[True]),
        events=others,
        looks=pack_looks(looks),
        seq=0,
        origin=origin,
        robot=robot,
    )
