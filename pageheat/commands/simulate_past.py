"""`pageheat simulate --past`: puts a simulated past of the demo shop into the history."""

import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from pageheat.commands.importing import told_at_ctrl_c
from pageheat.history_door import Door
from pageheat.plural import counted
from pageheat.services.contract.attributes import parse_segments
from pageheat.services.contract.errors import PageheatError
from pageheat.services.history.parts import Part, encode
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.settings import PastSettings, demo_shop
from pageheat.traffic.past import DAY_MS, Past, Slice
from pageheat.traffic.playing import Player

NAME = "simulated past"
"""What the history calls its parts."""

AHEAD = 2
"""Slices that wait for each process while others are made: some 8 MB each."""


class NotTheShop(PageheatError):
    """The settings don't name the demo shop."""


class _Made(NamedTuple):
    part: bytes
    views: int
    events: int


def run(age_ms: int, views: int, seed: int) -> int:
    """0 if the past is in the history.

    Raises:
        NotTheShop: the settings don't name the demo shop.
        HistoryAway: the history does not answer, or refuses.
    """
    settings = PastSettings.load()
    shop = demo_shop(settings.demo_port)
    site = settings.senders.site_of(shop)
    if site is None:
        raise NotTheShop(
            f"visitors are simulated for the demo shop, {shop}, which no setting of ingest names: set "
            f"ORIGINS={shop}, or SITE_URL to the demo shop"
        )
    past, days = Past(seed, views), -(-age_ms // DAY_MS)
    console = Console(highlight=False, soft_wrap=True)
    began_s = time.monotonic()
    with Door(settings) as door:
        known = {part.digest for part in door.known()}
        missing = past.missing(days, wall_clock_ms(), known)
        player = Player(site, settings.senders, settings.pages, parse_segments(settings.segments))
        with told_at_ctrl_c(console):
            told = _stored(door, past, missing, player, console)
    if not missing:
        console.print(f"the history has {counted(days, 'day')} already, seed {seed}")
        return 0
    took = time.monotonic() - began_s
    console.print(
        f"{counted(days, 'day')}, seed {seed}: {counted(told.views, 'page view')}, "
        f"{counted(told.events, 'event')} in {took:.0f} s. See them at {settings.heatmap_url}"
    )
    return 0


def _stored(door: Door, past: Past, slices: Sequence[Slice], player: Player, console: Console) -> _Made:
    """Have all slices stored; what they have together."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    views = events = 0
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=sum(slice_.length_ms for slice_ in slices))
        for slice_, made in zip(slices, _made(past, slices, player), strict=True):
            taken = door.store(made.part)
            views, events = views + made.views, events + (0 if taken.again else taken.stored)
            doing = f"{counted(views, 'page view')}, {counted(events, 'event')}"
            progress.update(bar, advance=slice_.length_ms, description=doing)
    return _Made(b"", views, events)


def _made(past: Past, slices: Sequence[Slice], player: Player) -> Iterator[_Made]:
    """What is in each slice, made by all cores, in order."""
    workers = min(os.cpu_count() or 1, max(len(slices), 1))
    with ProcessPoolExecutor(workers) as pool:
        waiting: deque[Future[_Made]] = deque()
        try:
            for slice_ in slices:
                waiting.append(pool.submit(_make, past, slice_, player))
                if len(waiting) > workers * AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _make(past: Past, slice_: Slice, player: Player) -> _Made:
    frames = past.frames(slice_, player)
    views = len({(frame.session, frame.view) for frame in frames})
    part = Part(past.digest(slice_), 0, NAME, frames)
    return _Made(encode(part), views, sum(frame.event_count for frame in frames))
