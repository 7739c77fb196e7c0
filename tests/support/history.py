"""Frames of version 2 for the history's tests, and a recount of them by plain loops."""

from collections import Counter
from collections.abc import Iterable, Sequence

from pageheat.services.contract.bands import Bands
from pageheat.services.contract.packed_rows import looks as looks_of
from pageheat.services.contract.packed_rows import moves as moves_of
from pageheat.services.contract.packed_rows import pack_looks, pack_moves
from pageheat.services.contract.records import Attributes, Event, Frame, Page, Size, Target

BANDS = Bands.parse("phone<600,tablet<1024,desktop<1600,wide")

MINUTE_MS = 60_000
NOON_MS = 1_767_268_800_000
"""2026-01-01T12:00:00Z."""

Place = tuple[str, int, str, str, int]
"""Page, minute, band, layer's name, cell."""


def frame(
    received: int = NOON_MS,
    *,
    moves: Sequence[tuple[int, int, int]] = (),
    fixed: Sequence[tuple[int, int, int]] = (),
    looks: Sequence[tuple[int, int, int, int]] = (),
    events: Sequence[Event] = (),
    page: str = "/",
    site: str = "",
    session: str | None = "ann",
    view: int = 0,
    attributes: Attributes | None = None,
    document: Size | None = Size(1000, 2000),  # noqa: B008 - frozen
    viewport: Size | None = Size(1280, 700),  # noqa: B008
    robot: bool = False,
) -> Frame:
    """A frame of version 2."""
    return Frame(
        v=2,
        site=site,
        received=received,
        page=Page(page, document, viewport),
        session=session,
        seq=0,
        view=view,
        attributes=attributes,
        moves=pack_moves(moves),
        fixed_moves=pack_moves(fixed),
        events=list(events),
        looks=pack_looks(looks),
        robot=robot,
    )


def click(x: float, y: float, *, age: int = 0, selector: str = "", fixed: bool = False) -> Event:
    """A click."""
    target = Target(selector, 0.5, 0.5, 40, 20) if selector else None
    return Event("click", x, y, age, fixed=fixed, target=target)


def recount(frames: Iterable[Frame], memory_min: int = 30) -> tuple[Counter[Place], Counter[Place]]:
    """Events and views by place, one by one and with dictionaries: what the history must have stored."""
    events: Counter[Place] = Counter()
    views: Counter[Place] = Counter()
    touched: dict[tuple[object, ...], int] = {}
    seen: dict[tuple[object, ...], tuple[int, str, int, int]] = {}
    for one in frames:
        arrived, page, doc = one.received // MINUTE_MS, one.key, one.page.document
        band = BANDS.names[BANDS.of(one)]
        who = one.session and (one.session, one.view, page)
        placed = [(*row, "move", False) for row in moves_of(one.moves).tolist()]
        placed += [(*row, "move", True) for row in moves_of(one.fixed_moves).tolist()]
        placed += [
            (it.x, it.y, it.age, it.type, it.fixed) for it in one.events if it.type in ("move", "click")
        ]
        looked = looks_of(one.looks).tolist()
        if who:
            last, own, depth, fold = seen.get(who, (-memory_min - 1, band, -1, -1))
            if last < arrived - memory_min:
                own, depth, fold = band, -1, -1
                ages = [age for *_, age, _, _ in placed] + [it.age for it in one.events]
                began = one.received - max(ages + [ms + age for _, _, ms, age in looked], default=0)
                views[page, began // MINUTE_MS, own, "VIEW", 0] += 1
        for x, y, age, type_, is_fixed in placed:
            if doc is None:
                layer, cell = "UNPLACED", 0
            elif is_fixed:
                window = one.page.viewport or doc
                upper = y < window.height / 2
                row = min(max(int((y if upper else window.height - y) // 20), 0), 255)
                layer = f"{'TOP' if upper else 'BOTTOM'}_{type_.upper()}"
                cell = row * 50 + min(max(int(50 * (x / window.width)), 0), 49)
            else:
                row = min(max(int(y // 20), 0), -int(-doc.height // 20) - 1)
                layer, cell = type_.upper(), row * 50 + min(max(int(50 * (x / doc.width)), 0), 49)
            place = page, (one.received - int(age)) // MINUTE_MS, band, layer, cell
            events[place] += 1
            if who:
                before = touched.get((who, layer, cell), -memory_min - 1)
                views[place] += before < arrived - memory_min
                touched[who, layer, cell] = max(before, arrived)
        if doc:
            for layer, px in (("WIDTH", round(doc.width)), ("HEIGHT", round(doc.height))):
                place = page, arrived, band, layer, px
                events[place] += 1
                if who:
                    before = touched.get((who, layer, px), -memory_min - 1)
                    views[place] += before < arrived - memory_min
                    touched[who, layer, px] = max(before, arrived)
        if who:
            for top, height, ms, age in looked:
                minute, end = (one.received - age) // MINUTE_MS, top + height
                lowest = max((min(end, doc.height) if doc else end) - 1, 0)
                first, bottom = max(top, 0) // 20, max(int(lowest // 20), max(top, 0) // 20)
                events[page, minute, band, "LOOK_TOP", first] += ms
                events[page, minute, band, "LOOK_BOTTOM", bottom] += ms
                if bottom > depth:
                    views[page, minute, own, "DEPTH", depth] -= depth >= 0
                    views[page, minute, own, "DEPTH", bottom] += 1
                    depth = bottom
                edge = (height - 1) // 20
                if edge != fold:
                    views[page, minute, own, "FOLD", fold] -= fold >= 0
                    views[page, minute, own, "FOLD", edge] += 1
                    fold = edge
            seen[who] = max(last, arrived), own, depth, fold
    return +events, Counter({place: count for place, count in views.items() if count})


def added(*counts: tuple[Counter[Place], Counter[Place]]) -> tuple[Counter[Place], Counter[Place]]:
    """Several recounts together; counts of views may be negative."""
    sums: tuple[Counter[Place], Counter[Place]] = Counter(), Counter()
    for each in counts:
        for total, more in zip(sums, each, strict=True):
            total.update(more)
    events, views = sums
    return +events, Counter({place: count for place, count in views.items() if count})
