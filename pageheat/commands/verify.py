"""`pageheat verify`: an independent check of the running system, one claim per line."""

import argparse
import asyncio
from collections.abc import Sequence

from rich.console import Console

from pageheat.commands.bounds import within
from pageheat.services.contract.tokens import issue
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.settings import BroadcasterSettings, WindowSettings
from pageheat.verification.claims import judge, summary
from pageheat.verification.evidence import Claim, Evidence
from pageheat.verification.evidence_reading import read_topics
from pageheat.verification.sampling import sample

HELP = "check the running system against a recount of its topics"

MAX_SECONDS = 60
"""Longest sampling: every grid of 20 busy pages is kept until it is judged, 100 MB, and as much again of
their breakdowns, one a second."""

MAX_PAGES = 20

TOKEN_S = 600
"""Lifetime of its token: longer than any verification takes."""


class VerifySettings(WindowSettings, BroadcasterSettings):
    """The settings of `verify`: the system's addresses, and the window."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The duration and the pages."""
    parser.add_argument(
        "--seconds",
        type=within(float, 1, MAX_SECONDS),
        default=10,
        help=f"how long to watch, 1 to {MAX_SECONDS} (default: 10)",
    )
    parser.add_argument(
        "--pages",
        nargs="+",
        metavar="PAGE",
        default=[],
        help="pages to watch (default: the warmest)",
    )
    parser.add_argument(
        "--most",
        type=within(int, 1, MAX_PAGES),
        metavar="N",
        default=8,
        help=f"number of warmest pages, up to {MAX_PAGES} (default: 8)",
    )
    parser.add_argument(
        "--broadcaster", metavar="HOST:PORT", help="broadcaster's address (default: BROADCASTER_PORT here)"
    )


def run(arguments: argparse.Namespace) -> int:
    """0 if no claim is contradicted, 1 otherwise.

    Raises:
        PageheatError: the system is not reachable, or no page is warm.
    """
    settings = VerifySettings.load()
    pages = [settings.pages.key(page) for page in arguments.pages]
    evidence = Evidence(
        settings.grid_size, settings.window_ms, settings.step_ms, settings.bands, settings.count_robots
    )
    console = Console(highlight=False, soft_wrap=True)
    with console.status(f"watching for {arguments.seconds:g} s") as status:
        asyncio.run(
            sample(
                evidence,
                cluster=settings.kafka,
                broadcaster=arguments.broadcaster or f"localhost:{settings.broadcaster_port}",
                history=f"localhost:{settings.history_port}",
                headers=authorization(settings, pages),
                seconds=arguments.seconds,
                pages=pages,
                most=arguments.most,
            )
        )
        status.update("reading the topics")
        read_topics(evidence, settings.kafka)
        status.update("recounting")
        claims = judge(evidence)
    for claim in claims:
        _show(console, claim)
    line, well = summary(claims)
    console.print(line, style="bold green" if well else "bold red")
    return 0 if well else 1


def authorization(settings: BroadcasterSettings, pages: Sequence[str]) -> dict[str, str]:
    """The header with a new token, if there is a secret: for the first page's site, else the default site."""
    secret = settings.view_secret.get_secret_value()
    if not secret:
        return {}
    site = pages[0][2:].partition("/")[0] if pages and pages[0].startswith("//") else ""
    return {"Authorization": f"Bearer {issue(secret, site, '/', wall_clock_ms() // 1000 + TOKEN_S)}"}


def _show(console: Console, claim: Claim) -> None:
    colour = {"PASS": "green", "FAIL": "red"}.get(claim.verdict, "yellow")
    amount = f"{claim.checked:,} {claim.of_what}" if claim.checked else "nothing to check"
    console.print(f"[{colour}]{claim.verdict:<4}[/]  {claim.text}", end="")
    console.print(f" ({amount})", style="dim", markup=False)
    for difference in claim.wrong.first:
        console.print(f"        {difference}", markup=False)
    if (more := claim.wrong.count - len(claim.wrong.first)) > 0:
        console.print(f"        and {more:,} more")
