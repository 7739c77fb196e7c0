"""Judges what is known of a page: each thing that heat needs, and what to do if it is missing. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import msgspec

from pageheat.services.checking.page import Tag, tracker_tag
from pageheat.services.checking.policy import forbidden_connection, forbidden_script, lacks_trusted_type
from pageheat.services.contract.hosts import host_of, is_this_machine
from pageheat.services.contract.pages import Pages
from pageheat.services.contract.script import DEFAULT
from pageheat.services.contract.sites import origin_of

Outcome = Literal["PASS", "WARN", "FAIL"]


class Finding(NamedTuple):
    """One line. `advice` says what to do, "" if nothing.

    FAIL: no heat can come. WARN: some may be missing, or it is elsewhere.
    """

    name: str
    outcome: Outcome
    detail: str
    advice: str = ""


class Sighting(msgspec.Struct, frozen=True):
    """What ingest has received lately; `page` is the key of the asked page, None if its origin is refused."""

    page: str | None
    people: bool
    robots: bool
    alike: list[str]
    refused: list[str]


@dataclass(frozen=True)
class Evidence:
    """What was found out about the page at `url`.

    Args:
        url: its address as visitors see it.
        ingest_url: the setting: where browsers reach ingest.
        tracker_path: the setting: of the script there.
        unread: why its HTML could not be read, "" if it was.
        status: of the site's answer.
        redirect: where the site redirects to, "" if it does not.
        tags: the tracker's tags in it.
        added: whether a script of the page adds the tag, as seen in a browser.
        policies: its policies, of header and HTML.
        script: why the script cannot be loaded, "" if it can; None if nobody tried.
        socket: the same of a WebSocket.
        sighting: what ingest tells, or why it does not.
    """

    url: str
    ingest_url: str
    tracker_path: str = DEFAULT.tracker
    unread: str = ""
    status: int = 200
    redirect: str = ""
    tags: list[Tag] = field(default_factory=list)
    added: bool = False
    policies: list[str] = field(default_factory=list)
    script: str | None = None
    socket: str | None = None
    sighting: Sighting | str = "it was not asked"


def findings(evidence: Evidence, pages: Pages) -> list[Finding]:
    """All findings, those that decide first."""
    return [
        *_page(evidence),
        *_tag(evidence),
        *_policy(evidence),
        *_ingest(evidence),
        *_visitors(evidence),
        _name(evidence, pages),
    ]


def _page(evidence: Evidence) -> Iterator[Finding]:
    if evidence.unread:
        yield Finding("page", "FAIL", f"It cannot be read: {evidence.unread}")
    elif evidence.redirect:
        yield Finding(
            "page",
            "WARN",
            f"The site redirects it to {evidence.redirect}",
            "Its visitors are counted there: look at that page's heat.",
        )
    elif evidence.status >= 400:
        yield Finding("page", "WARN", f"The site answers {evidence.status}", "Is the address right?")
    else:
        yield Finding("page", "PASS", f"The site answers {evidence.status}")


def _tag(evidence: Evidence) -> Iterator[Finding]:
    if evidence.unread or evidence.redirect:
        return
    if not evidence.tags:
        came = isinstance(evidence.sighting, Sighting) and (
            evidence.sighting.people or evidence.sighting.robots
        )
        if evidence.added or came:
            yield Finding("tag", "PASS", "It is not in the page's HTML; a script adds it")
        else:
            yield Finding(
                "tag",
                "FAIL",
                "The page's HTML does not have the tracker's tag",
                f"Add it to the page: {tracker_tag(evidence.ingest_url, evidence.tracker_path)}",
            )
        return
    tag = evidence.tags[0]
    yield Finding("tag", "PASS", f"The page loads {tag.src}")
    if evidence.script:
        yield Finding(
            "script", "FAIL", f"{tag.src} cannot be loaded: {evidence.script}", "Is ingest running there?"
        )
    elif evidence.script is not None:
        yield Finding("script", "PASS", "The script can be loaded")
    if _insecure(evidence.url, tag.ingest):
        yield Finding(
            "https",
            "FAIL",
            f"The page is at https:, so browsers load nothing from {tag.ingest}",
            "Serve ingest by https:, and name that address in the tag.",
        )


def _policy(evidence: Evidence) -> Iterator[Finding]:
    if evidence.unread or evidence.redirect:
        return
    tag = evidence.tags[0] if evidence.tags else _usual_tag(evidence.ingest_url)
    if evidence.tags and (forbidden := forbidden_script(evidence.policies, tag, evidence.url)):
        yield Finding(
            "policy",
            "FAIL",
            f"The site's Content-Security-Policy forbids the tracker's script, by {forbidden.directive}",
            f"Add to its {forbidden.directive}: {forbidden.source}",
        )
    by_post = forbidden_connection(evidence.policies, tag.ingest + "/", evidence.url)
    by_socket = forbidden_connection(evidence.policies, tag.socket, evidence.url)
    if forbidden := by_post or by_socket:
        both = f"{tag.ingest} {tag.socket.rstrip('/')}"
        detail = (
            "the tracker's connection to ingest"
            if by_post and by_socket
            else "the tracker's WebSocket, so events come later, by POST"
            if by_socket
            else "POST to ingest, so the last events of a visit are lost"
        )
        yield Finding(
            "policy",
            "FAIL" if by_post and by_socket else "WARN",
            f"The site's Content-Security-Policy forbids {detail}, by {forbidden.directive}",
            f"Add to its {forbidden.directive}: {both}",
        )
    elif lacks_trusted_type(evidence.policies):
        yield Finding(
            "policy",
            "WARN",
            "The site's policy requires Trusted Types, so rage clicks, dead clicks and dwell are missing",
            "Add to its trusted-types: pageheat",
        )
    elif not evidence.tags or not forbidden_script(evidence.policies, tag, evidence.url):
        what = "allows the tracker" if evidence.policies else "is not there: all is allowed"
        yield Finding("policy", "PASS", f"The site's Content-Security-Policy {what}")


def _ingest(evidence: Evidence) -> Iterator[Finding]:
    origin, sighting = origin_of(evidence.url), evidence.sighting
    if isinstance(sighting, Sighting):
        if sighting.page is None:
            yield Finding(
                "origin",
                "FAIL",
                f"ingest refuses pages of {origin}: no setting names it",
                f"Set ORIGINS={origin} if its pages are those of SITE_URL; or name it in SITES.",
            )
        else:
            yield Finding("origin", "PASS", f"ingest accepts pages of {origin}")
    if evidence.socket:
        yield Finding(
            "socket",
            "WARN" if evidence.script == "" else "FAIL",
            f"No WebSocket to ingest opens: {evidence.socket}",
            "Where a proxy is in front of ingest, let it pass WebSockets (Upgrade). Until then events come "
            "by POST.",
        )
    elif evidence.socket is not None:
        yield Finding("socket", "PASS", "A WebSocket to ingest opens")


def _visitors(evidence: Evidence) -> Iterator[Finding]:
    sighting = evidence.sighting
    if not isinstance(sighting, Sighting):
        yield Finding(
            "ingest",
            "WARN",
            f"Whether anybody came is not known: {sighting}",
            "Set INGEST_FETCH_URL to ingest's own address, past any proxy.",
        )
        return
    if sighting.page is None:
        return
    if sighting.people:
        yield Finding("people", "PASS", "Events of people arrived in the last five minutes")
    elif sighting.robots:
        yield Finding(
            "robots",
            "WARN",
            "Only robots came in the last five minutes, and they are not counted",
            "Browsers that a program steers are robots, too. COUNT_ROBOTS=true counts them.",
        )
    elif sighting.alike:
        yield Finding(
            "visitors",
            "WARN",
            f"People moved on {', '.join(sighting.alike)}, which is another page by its address",
            "Look there; or make them one page: by PAGE_SUFFIXES for endings, on the site for upper case.",
        )
    elif sighting.refused:
        yield Finding(
            "visitors",
            "WARN",
            f"Visitors come from {', '.join(sighting.refused)}, and ingest refuses that origin",
            "Name it in ORIGINS if its pages are those of SITE_URL, or in SITES.",
        )
    else:
        yield Finding("visitors", "PASS", "Nobody has moved here in the last five minutes")


def _name(evidence: Evidence, pages: Pages) -> Finding:
    """Under which name the page is counted, and what of its address does not matter."""
    parts = urlsplit(evidence.url)
    address = parts._replace(scheme="", netloc="").geturl() or "/"
    name = pages.name(address)
    key = evidence.sighting.page if isinstance(evidence.sighting, Sighting) else None
    detail = f"It is counted as {key or name}"
    if parts.query and "?" not in name:
        detail += f"; ?{parts.query[:40]} tells no pages apart"
        return Finding("name", "WARN", detail, "If it should, name its parameter in PAGE_QUERY.")
    if parts.fragment.startswith(("/", "!/")) and "#" not in name:
        detail += f"; #{parts.fragment[:40]} tells no pages apart"
        return Finding("name", "WARN", detail, "If it should, set HASH_ROUTES=true.")
    return Finding("name", "PASS", detail)


def _usual_tag(ingest_url: str) -> Tag:
    return Tag("", ingest_url)


def _insecure(page: str, ingest: str) -> bool:
    try:
        own_machine = is_this_machine(host_of(ingest))
    except ValueError:
        return False
    return page.startswith("https:") and ingest.startswith("http:") and not own_machine
