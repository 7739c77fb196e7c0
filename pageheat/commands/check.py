"""`pageheat check`: says why a page has no heat."""

import argparse
import asyncio
import os
import signal
import threading
from typing import NamedTuple
from urllib.parse import urlsplit

from pageheat.browsing.browsers import NoBrowser, find
from pageheat.browsing.devtools import BrowserFailed
from pageheat.browsing.visit import visit
from pageheat.finding_text import lines
from pageheat.frontends.heatmap import connection
from pageheat.frontends.heatmap.inquiry import inquire, judged
from pageheat.frontends.heatmap.sites import ShownSite, shown_sites
from pageheat.services.checking.evidence import Finding
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.sites import origin_of
from pageheat.services.runtime.logs import printable
from pageheat.services.runtime.settings import HeatmapSettings

HELP = "say why a page has no heat: tag, policy, origin, connection, robots, address"

TERMINATED = 143
"""The exit code of shells for a command ended by SIGTERM."""


class NoPage(PageheatError):
    """The address is not a page's."""


class Checked(NamedTuple):
    """How the page was looked at, and what was found."""

    by: str
    findings: list[Finding]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The page, and how to look at it."""
    parser.add_argument("url", metavar="URL", help="the page's address, such as https://site.example/page")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--browser",
        metavar="PATH",
        default="",
        help="the Chromium, Chrome or Edge to look with; by default the first that is found",
    )
    how.add_argument("--http", action="store_true", help="read the page's HTML, without a browser")


def run(arguments: argparse.Namespace) -> int:
    """Print how the page was looked at, and a line for each finding; 0 if none is FAIL, else 1.

    Raises:
        NoPage: the address is not one of a page.
        NoBrowser: the given browser is none, or does not start.
    """
    settings = HeatmapSettings.load()
    try:
        origin = origin_of(arguments.url)
    except ValueError:
        raise NoPage(
            f"'{arguments.url[:200]}' is not the address of a page; give one such as {settings.site_url}/"
        ) from None
    parts = urlsplit(arguments.url)
    url = parts._replace(path=parts.path or "/").geturl()
    shown = {origin_of(site.url): site for site in shown_sites(settings).values()}
    site = shown.get(origin, ShownSite("", origin, origin, settings.site_ca_file))
    try:
        by, found = asyncio.run(_check(url, site, settings, arguments.browser, http=arguments.http))
    except asyncio.CancelledError:
        return TERMINATED
    print(f"{printable(url)}: {printable(by)}")
    for line in lines(found):
        print(line)
    return any(finding.outcome == "FAIL" for finding in found)


async def _check(url: str, site: ShownSite, settings: HeatmapSettings, given: str, *, http: bool) -> Checked:
    # The browser and its profile go even if this process is told to end.
    if (task := asyncio.current_task()) and threading.current_thread() is threading.main_thread():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    if http:
        return await _by_http(url, site, settings, "")
    try:
        return await _by_browser(url, site, settings, given)
    except (NoBrowser, BrowserFailed) as error:
        if given:
            raise NoBrowser(f"{given}: {error}") from None
        return await _by_http(url, site, settings, f", as {error}")


async def _by_browser(url: str, site: ShownSite, settings: HeatmapSettings, given: str) -> Checked:
    browser, flags = find(given), []
    if site.fetch_url != site.url:
        seen, fetched = urlsplit(site.url), urlsplit(site.fetch_url)
        if seen.scheme != fetched.scheme:
            raise BrowserFailed(f"{site.fetch_setting()} is {fetched.scheme}, and the site {seen.scheme}")
        flags = [f"--host-resolver-rules=MAP {seen.netloc} {fetched.netloc}"]
    name, evidence = await visit(url, browser, settings, flags, trusts_all=bool(site.ca_file))
    sandbox = ", without its sandbox, as you are root" if os.geteuid() == 0 else ""
    return Checked(f"seen by {name} ({browser}{sandbox})", await judged(evidence, settings))


async def _by_http(url: str, site: ShownSite, settings: HeatmapSettings, why: str) -> Checked:
    transport = connection.SiteTransport(connection.ssl_context(site.ca_file))
    try:
        found = await inquire(url, site, transport, settings)
    finally:
        await transport.aclose()
    return Checked(f"read by HTTP{why}. What its scripts do is not seen", found)
