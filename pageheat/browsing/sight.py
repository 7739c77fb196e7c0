"""Evidence of what a browser saw of a page. Pure."""

from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import msgspec

from pageheat.browsing.watch import Loading, Watch
from pageheat.services.checking.evidence import FORBIDDEN, Browsing, Evidence
from pageheat.services.checking.page import Known, Script, Tag, read_page, tracker_tags
from pageheat.services.checking.policy import Forbidden
from pageheat.services.contract.sites import origin_of

PAGE_TYPES = ("text/html", "application/xhtml+xml")

ERROR_CHARS = 300
"""Of what the browser says of a script that does not run."""


class Look(msgspec.Struct):
    """The page after its scripts: its address, whether the tracker runs, and all scripts with an address."""

    address: str = ""
    runs: bool = False
    scripts: list[Script] = []


def evidence_of(asked: Evidence, watch: Watch, html: str, look: Look, known: Known) -> Evidence:
    """What was seen.

    Args:
        asked: the page that was asked for.
        watch: the browser's events.
        html: the page's text as sent.
        look: the page at the end.
        known: how the tracker's script is known.
    """
    document = watch.document
    if document is None or document.kind not in PAGE_TYPES:
        kind, status = (document.kind, document.status) if document else ("", 0)
        why = f"the site answers {status}" if status >= 400 else f"it is {kind or 'of no type'}, not a page"
        return replace(asked, unread=why)
    url = _address(look.address) or _address(document.url) or asked.url
    text = read_page(html, document.url, known)
    tags, added = _tags(text.tags, tracker_tags(look.scripts, url, known), watch.scripts)
    tag = tags[0] if tags else None
    requests = [it for it in watch.scripts if tag and it.url == tag.src] or watch.scripts
    violations = _violations(watch, tag) if tag else []
    return replace(
        asked,
        url=url,
        status=document.status,
        redirect="" if document.url == watch.asked else document.url,
        tags=tags,
        added=added,
        policies=[*document.policies, *text.policies],
        script=None if tag is None or tag.waits else _script(tag, requests, look, watch.errors),
        socket=_socket(watch, violations),
        browsing=Browsing(
            adder=next((it.adder for it in requests if it.adder), "") if added else "",
            violations=tuple(violations),
            runs=look.runs,
            path=watch.path,
            answer=watch.answer,
        ),
    )


def _address(url: str) -> str:
    try:
        origin_of(url)
    except ValueError:
        return ""
    return url


def _tags(in_html: list[Tag], in_page: list[Tag], requests: list[Loading]) -> tuple[list[Tag], bool]:
    """The tags, and whether a script has added them. Those that wait come last."""
    if in_html and not in_html[0].waits:
        return in_html, False
    running = [tag for tag in in_page if not tag.waits]
    # A script may have taken its tag away again.
    running = running or [Tag(it.url, urljoin(it.url, "..").rstrip("/")) for it in requests]
    return (running, True) if running else (in_html or in_page, False)


def _script(tag: Tag, requests: list[Loading], look: Look, errors: list[str]) -> str:
    """Why the tracker does not run, "" if it does."""
    if look.runs:
        return ""
    if not requests:
        return "is not loaded by the browser"
    if failure := next((it.failure for it in requests if it.failure), ""):
        return failure
    told = next((text for text in errors if tag.src in text), "")
    if "integrity" in told:
        return "does not match the tag's attribute integrity, so browsers do not run it"
    if not any(it.loaded for it in requests):
        return "has not come in time"
    return f"does not run: {told[:ERROR_CHARS] or 'another script may have taken its place'}"


def _socket(watch: Watch, violations: list[Forbidden]) -> str | None:
    """Why the tracker's WebSocket has not opened, "" if it has; None if it has not tried."""
    if socket := watch.socket:
        return "" if socket.opened else socket.failure or "it has not opened in time"
    return FORBIDDEN if any(it.source.startswith("ws") for it in violations) else None


def _violations(watch: Watch, tag: Tag) -> list[Forbidden]:
    """What the site's policy kept from the tracker."""
    hosts = {urlsplit(tag.src).netloc, urlsplit(tag.ingest).netloc}
    found = []
    for directive, url in watch.violations:
        parts = urlsplit(url)
        is_script = directive.startswith("script-src") and url == tag.src
        if is_script or (directive == "connect-src" and parts.netloc in hosts):
            found.append(Forbidden(directive, f"{parts.scheme}://{parts.netloc}"))
    return found
