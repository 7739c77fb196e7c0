"""`pageheat simulate`: sends simulated visitors of the demo shop."""

import argparse
import asyncio
import signal
from collections.abc import Coroutine

from rich.console import Console
from rich.live import Live
from rich.text import Text

from pageheat.commands import simulate_past
from pageheat.commands.bounds import age_ms, within
from pageheat.plural import counted
from pageheat.services.runtime.settings import SimulateSettings
from pageheat.traffic.attendance import LoopClock
from pageheat.traffic.connection import DeliveryCounts, socket_address
from pageheat.traffic.crowd import crowd

HELP = "send simulated visitors of the demo shop through ingest, or put their past into the history"

MAX_VISITORS = 10_000
"""Limit of one process: each visitor has a connection, and the number of open files is limited."""

ORIGIN = "origin"
"""Ingest's reason for frames of a page that is on none of its sites."""

VIEWS_AN_HOUR = 100
"""Page views of an hour of a simulated past, by day: a month is made in minutes, and each page has heat."""

MAX_PAST_MS = 400 * 86_400_000
"""The history keeps hours for as long."""

SHOW_S = 0.25
"""How often the progress is updated."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The number of visitors, their activity, the duration and the destination."""
    parser.add_argument(
        "--visitors", type=within(int, 1, MAX_VISITORS), default=20, help="visitors at once (default: 20)"
    )
    parser.add_argument(
        "--rate",
        type=within(float, 1, 60),
        default=8,
        help="samples a second of a moving pointer (default: 8, like the tracker)",
    )
    parser.add_argument(
        "--duration",
        type=within(float, 0, 7 * 86_400),
        default=0,
        metavar="SECONDS",
        help="how long (default: 0, until Ctrl-C)",
    )
    parser.add_argument("--seed", type=int, help="the same seed makes the same visits (default: SEED)")
    parser.add_argument("--ingest", metavar="URL", help="where ingest is (default: INGEST_URL)")
    parser.add_argument(
        "--past",
        type=_past_ms,
        metavar="AGE",
        help="put a past of that length, such as 30d, into the history, and end; again, it adds what is new",
    )
    parser.add_argument(
        "--views",
        type=within(int, 1, 10_000),
        default=VIEWS_AN_HOUR,
        help=f"page views of an hour of the past, by day (default: {VIEWS_AN_HOUR})",
    )


def _past_ms(text: str) -> int:
    past_ms = age_ms(text)
    if past_ms > MAX_PAST_MS:
        raise argparse.ArgumentTypeError(f"{text}: 400d at most")
    return past_ms


def run(arguments: argparse.Namespace) -> int:
    """0 if frames were sent and none was refused, 1 otherwise.

    Raises:
        WrongAddress: ingest's address is invalid.
        HistoryAway: the past has no history to go to.
    """
    settings = SimulateSettings.load()
    seed = settings.seed if arguments.seed is None else arguments.seed
    if arguments.past:
        return simulate_past.run(arguments.past, arguments.views, seed)
    address = socket_address(arguments.ingest or settings.ingest_url)
    tally = DeliveryCounts()
    shop = f"http://localhost:{settings.demo_port}"
    visits = crowd(
        arguments.visitors,
        seed,
        1000 / arguments.rate,
        address=address,
        origin=shop,
        clock=LoopClock(),
        tally=tally,
    )
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{counted(arguments.visitors, 'visitor')} to {address}, seed {seed}")
    asyncio.run(_until_stopped(visits, arguments.duration or None, console, tally))
    console.print(_done(tally), markup=False)
    if tally.refused[ORIGIN]:
        console.print(
            f"ingest refuses the visitors' origin, {shop}: they visit the demo shop, which no setting "
            f"of its names. Start it with ORIGINS={shop}, or with the demo shop as SITE_URL",
            markup=False,
        )
    elif tally.last_refusal:
        console.print(f"refused last: {tally.last_refusal}", markup=False)
    if not tally.frames:
        console.print(f"ingest at {address} was not reachable: start it, or set --ingest")
    return 0 if tally.frames and not tally.refused else 1


async def _until_stopped(
    visits: Coroutine[None, None, None], duration_s: float | None, console: Console, tally: DeliveryCounts
) -> None:
    """Run the visits for that long, until a signal, or until their origin is refused; show the progress."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    visiting = asyncio.create_task(visits)
    visiting.add_done_callback(lambda _: stopped.set())
    showing = asyncio.create_task(_show(console, tally))
    showing.add_done_callback(lambda _: stopped.set())
    try:
        async with asyncio.timeout(duration_s):
            await stopped.wait()
    except TimeoutError:
        pass
    finally:
        showing.cancel()
        visiting.cancel()
        outcomes = await asyncio.gather(visiting, showing, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


async def _show(console: Console, tally: DeliveryCounts) -> None:
    """On a terminal, show one line that is updated. Return when ingest refuses the origin: it always will."""
    loop = asyncio.get_running_loop()
    before, then_s, rate = 0, loop.time(), 0.0
    with Live(Text(), console=console, auto_refresh=False, transient=True) as live:
        while not tally.refused[ORIGIN]:
            await asyncio.sleep(SHOW_S)
            if loop.time() - then_s >= 1:
                rate = (tally.events - before) / (loop.time() - then_s)
                before, then_s = tally.events, loop.time()
            live.update(Text(_progress(tally, rate)), refresh=True)


def _progress(tally: DeliveryCounts, rate: float) -> str:
    away = "" if tally.connected or not tally.visitors else "  ingest is unavailable"
    return (
        f"{counted(tally.visitors, 'visitor')}  {counted(tally.frames, 'frame')}  "
        f"{counted(tally.events, 'event')}  {rate:,.0f}/s  {tally.refused.total():,} refused{away}"
    )


def _done(tally: DeliveryCounts) -> str:
    return (
        f"{counted(tally.begun, 'page view')}, {counted(tally.frames, 'frame')}, {tally.summary()}; "
        f"{tally.refused.total():,} refused, "
        f"{tally.dropped:,} dropped, {counted(tally.lost_connections, 'connection')} lost"
    )
