"""`pageheat check`: says why a page has no heat."""

import argparse
import asyncio
from urllib.parse import urlsplit

from pageheat.frontends.heatmap import connection
from pageheat.frontends.heatmap.inquiry import inquire
from pageheat.frontends.heatmap.sites import ShownSite, shown_sites
from pageheat.services.checking.findings import Finding
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.sites import origin_of
from pageheat.services.runtime.logs import printable
from pageheat.services.runtime.settings import HeatmapSettings

HELP = "say why a page has no heat: tag, policy, origin, connection, robots, address"


class NoPage(PageheatError):
    """The address is not a page's."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The page."""
    parser.add_argument("url", metavar="URL", help="the page's address, such as https://site.example/page")


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each finding; 0 if none is FAIL, else 1.

    Raises:
        NoPage: the address is not one of a page.
    """
    settings = HeatmapSettings.load()
    try:
        origin = origin_of(arguments.url)
    except ValueError:
        raise NoPage(
            f"'{arguments.url[:200]}' is not the address of a page; give one such as {settings.site_url}/"
        ) from None
    found = asyncio.run(_inquire(arguments.url, origin, settings))
    width = max(len(finding.name) for finding in found)
    for finding in found:
        print(_line(finding, width))
    return any(finding.outcome == "FAIL" for finding in found)


async def _inquire(url: str, origin: str, settings: HeatmapSettings) -> list[Finding]:
    shown = {origin_of(site.url): site for site in shown_sites(settings).values()}
    site = shown.get(origin, ShownSite("", origin, origin, settings.site_ca_file))
    parts = urlsplit(url)
    transport = connection.SiteTransport(connection.ssl_context(site.ca_file))
    try:
        return await inquire(parts._replace(path=parts.path or "/").geturl(), site, transport, settings)
    finally:
        await transport.aclose()


def _line(finding: Finding, width: int) -> str:
    line = f"{finding.outcome}  {finding.name:<{width}}  {printable(finding.detail)}"
    return f"{line}\n      {'':<{width}}  → {printable(finding.advice)}" if finding.advice else line
