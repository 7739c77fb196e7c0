"""Visits a page in a browser as a visitor would, and tells what became of its tracker.

Ingest knows the visit by its `User-Agent` (`CHECK_AGENT`): it judges and answers the tracker's frames, and
keeps none. The pointer only moves: a click could do something on the site.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import cycle
from typing import Any, NamedTuple

import msgspec

from pageheat.browsing.devtools import BrowserFailed, Page, open_page
from pageheat.browsing.sight import Look, evidence_of
from pageheat.browsing.watch import Watch, reason_of
from pageheat.services.checking.evidence import Evidence
from pageheat.services.checking.page import Known
from pageheat.services.contract.sites import CHECK_AGENT
from pageheat.services.runtime.settings import HeatmapSettings

VISIT_S = 60
"""The whole visit: longer, and the browser has failed."""

LOAD_S = 20
"""A page that has not loaded by then is looked at as it is."""

TAG_S = 6
"""After the page has loaded, a script has this long to add the tag: tag managers take two."""

ANSWER_S = 12
"""After the page has loaded, ingest's answer has this long: a socket that fails, then a POST, take seven."""

FAILED_S = 1
"""The same where the script cannot be loaded: until the browser has said why."""

TRY_S = 5
"""For what a page may refuse while it is busy."""

STEP_S = 0.2
"""Between two points of the pointer; also how often it is looked whether all is known."""

POINTS = ((400, 300), (420, 310), (700, 500), (640, 200), (200, 600), (900, 400))
"""Where the pointer goes, px in a window of 1,280 by 800."""

DOMAINS = ("Page", "Network", "Log", "Audits", "Runtime")

LOOK = """JSON.stringify({
  address: location.href,
  runs: Symbol.for("pageheat.tracker") in window,
  scripts: [...document.scripts].filter((it) => it.src).map(
    ({ src, dataset, nonce, integrity, type }) => [src, dataset.ingest || "", nonce, integrity, type],
  ),
})"""
"""What the page is after its scripts."""


class Visit(NamedTuple):
    """The browser's name and version, and what it saw."""

    browser: str
    evidence: Evidence


async def visit(
    url: str, browser: str, settings: HeatmapSettings, flags: Sequence[str] = (), *, trusts_all: bool = False
) -> Visit:
    """Open a page in a browser of its own.

    Args:
        url: the page's address as visitors see it.
        browser: the path of Chromium, Chrome or Edge.
        settings: of Pageheat.
        flags: further ones of the browser.
        trusts_all: whether every certificate is valid, as where the machine does not know the site's own.

    Raises:
        NoBrowser: it does not start.
        BrowserFailed: it ended, or did not do what it was asked to in time.
    """
    known = Known(settings.tracker_path, settings.ingest_url)
    watch = Watch(known)
    try:
        async with asyncio.timeout(VISIT_S), open_page(browser, watch.hear, flags) as page:
            name = await _prepare(page, trusts_all=trusts_all)
            evidence = Evidence(url, settings.ingest_url, settings.tracker_path, settings.count_robots)
            if unread := await _open(page, watch, url):
                return Visit(name, replace(evidence, unread=unread))
            await _move_about(page, watch)
            html, look = await _html(page, watch), await _look(page)
            return Visit(name, evidence_of(evidence, watch, html, look, known))
    except TimeoutError:
        raise BrowserFailed(f"the page was not seen within {VISIT_S} s") from None


async def _prepare(page: Page, *, trusts_all: bool) -> str:
    """Begin to listen; name the visit in `User-Agent`, as a browser with a window otherwise."""
    version = await page.ask("Browser.getVersion")
    for domain in DOMAINS:
        await page.ask(f"{domain}.enable")
    agent = version["userAgent"].replace("Headless", "")
    await page.ask("Emulation.setUserAgentOverride", userAgent=f"{agent} {CHECK_AGENT}")
    await page.ask("Security.setIgnoreCertificateErrors", ignore=trusts_all)
    with suppress(BrowserFailed):  # it may not know it
        await page.ask("Browser.setDownloadBehavior", behavior="deny")
    return str(version["product"]).replace("Headless", "").replace("/", " ")


async def _open(page: Page, watch: Watch, url: str) -> str:
    """Go to the page; why it does not open, "" if it does."""
    try:
        answer = await page.ask("Page.navigate", url=url)
    except BrowserFailed as error:
        return f"the browser does not open it ({error})"
    if answer.get("isDownload"):
        return "it is a download, not a page"
    # An answer of 404 with no text is an error to the browser, too.
    answered = any(it.status for it in watch.documents.values())
    return "" if answered else reason_of(answer.get("errorText", ""))


async def _move_about(page: Page, watch: Watch) -> None:
    """Move the pointer over the page until all is known, or the time is up."""
    opened_at, loaded_at, loader = time.monotonic(), 0.0, watch.loader
    for x, y in cycle(POINTS):
        await asyncio.sleep(STEP_S)
        now = time.monotonic()
        if watch.dialogs:
            watch.dialogs = 0
            await _try(page, "Page.handleJavaScriptDialog", accept=False)
        if watch.loader != loader:  # a script has gone elsewhere
            loader, opened_at, loaded_at = watch.loader, now, 0.0
        if not loaded_at and (watch.is_loaded or now - opened_at >= LOAD_S):
            loaded_at = now
        if not loaded_at:
            continue
        await _try(page, "Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        if _is_known(watch, now - loaded_at):
            return


def _is_known(watch: Watch, elapsed_s: float) -> bool:
    if watch.answer is not None and not watch.answer.startswith(("busy", "rate")):
        return True
    if watch.path:
        return elapsed_s >= ANSWER_S
    return elapsed_s >= (FAILED_S if any(it.failure for it in watch.scripts) else TAG_S)


async def _html(page: Page, watch: Watch) -> str:
    """The page's HTML as the site has sent it; "" if the browser has not kept it."""
    body = await _try(page, "Network.getResponseBody", requestId=watch.loader)
    return "" if body.get("base64Encoded") else str(body.get("body", ""))


async def _look(page: Page) -> Look:
    answer = await _try(page, "Runtime.evaluate", expression=LOOK, returnByValue=True)
    try:
        return msgspec.json.decode(answer["result"]["value"], type=Look)
    except (KeyError, TypeError, msgspec.DecodeError):
        return Look()


async def _try(page: Page, method: str, **params: Any) -> dict[str, Any]:
    """Call a method that may fail while the page is busy, or goes elsewhere."""
    with suppress(BrowserFailed, TimeoutError):
        async with asyncio.timeout(TRY_S):
            return await page.ask(method, **params)
    return {}
