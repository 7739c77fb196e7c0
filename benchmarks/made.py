"""Frames as ingest writes them, from the few values that matter to a benchmark."""

from collections.abc import Iterable

from pageheat.services.contract.packed_rows import pack_moves
from pageheat.services.contract.records import Event, Frame, Page
from pageheat.services.contract.versions import FRAME


def made(
    received: int,
    page: Page,
    session: str,
    seq: int,
    moves: Iterable[tuple[int, int, int]],
    events: Iterable[Event] = (),
) -> Frame:
    """Return a frame of our tracker's: moves, each x, y and age, are packed, and all else is in events."""
    return Frame(FRAME, "", received, page, session, seq, moves=pack_moves(moves), events=[*events])
