"""The page views that are going on in a partition: what a view's next record is compared with. Pure.

A view that sends nothing for MEMORY_MIN minutes is over; a later record of it begins another one.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.forgetting import Forgotten
from pageheat.services.contract.records import Attributes, Frame
from pageheat.services.history.touches import MEMORY_MIN, SLACK_MIN

Labels = tuple[str, str, str, str, str]
"""Referrer, source, medium, campaign and segment."""

UNLABELLED: Labels = ("", "", "", "", "")

NONE = -1
"""The row of a view that has shown none yet."""


class View:
    """A page view.

    Attributes:
        id: its hash, and the page's; it can't be turned back into the session.
        page: the page's key.
        began_ms: event time of its first event.
        last: minute of its newest record's `received`.
        band: index of its first frame's width band.
        labels: its attributes.
        depth, fold: rows, or NONE.
        clicks, looked_ms: its clicks, and ms for which it was looked at.
    """

    __slots__ = ("band", "began_ms", "clicks", "depth", "fold", "id", "labels", "last", "looked_ms", "page")

    def __init__(
        self,
        id_: int,
        page: str,
        *,
        began_ms: int,
        last: int,
        band: int,
        labels: Labels,
        depth: int = NONE,
        fold: int = NONE,
        clicks: int = 0,
        looked_ms: int = 0,
    ) -> None:
        self.id, self.page, self.began_ms, self.last = id_, page, began_ms, last
        self.band, self.labels, self.depth, self.fold = band, labels, depth, fold
        self.clicks, self.looked_ms = clicks, looked_ms


class Views:
    """The views of one partition by id."""

    def __init__(self, views: Iterable[View] = ()) -> None:
        self._by_id = {view.id: view for view in views}
        self._newest = max((view.last for view in self._by_id.values()), default=0)

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[View]:
        return iter(self._by_id.values())

    def of(self, frame: Frame, key: str, band: int, began_ms: int) -> tuple[View | None, bool]:
        """The view that a frame belongs to, and whether it begins with it; None for a frame without
        session."""
        if frame.session is None:
            return None, False
        id_, minute = view_id(frame.session, frame.view, key), minute_of(frame.received)
        view = self._by_id.get(id_)
        self._newest = max(self._newest, minute)
        if view and view.last >= minute - MEMORY_MIN:
            view.last = max(view.last, minute)
            return view, False
        labels = labels_of(frame.attributes)
        view = View(id_, key, began_ms=began_ms, last=minute, band=band, labels=labels)
        self._by_id[id_] = view
        return view, True

    def forget_old(self) -> None:
        """Drop the views that are over."""
        oldest = self._newest - MEMORY_MIN - SLACK_MIN
        self._by_id = {id_: view for id_, view in self._by_id.items() if view.last >= oldest}

    def forget(self, what: Forgotten) -> None:
        """Drop the views that are forgotten; the next record of one begins another."""
        self._by_id = {id_: view for id_, view in self._by_id.items() if not _is_of(view, what)}


def _is_of(view: View, what: Forgotten) -> bool:
    is_there = view.page.startswith(what.key) if what.of_site else view.page == what.key
    return is_there and what.begin_ms <= view.began_ms < what.end_ms


def view_id(session: str, view: int, key: str) -> int:
    """A 64-bit hash of a view; never 0."""
    return int.from_bytes(blake2b(f"{session} {view} {key}".encode(), digest_size=8).digest()) or 1


Times = TypeVar("Times", int, NDArray[np.int64])


def minute_of(time_ms: Times) -> Times:
    """Minutes since the epoch."""
    return time_ms // 60_000


def labels_of(attributes: Attributes | None) -> Labels:
    """A view's attributes as stored."""
    if attributes is None:
        return UNLABELLED
    return (
        attributes.referrer,
        attributes.source,
        attributes.medium,
        attributes.campaign,
        attributes.segment,
    )
