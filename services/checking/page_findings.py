"""Judges the page: whether it has the tag, and whether its policy lets the tracker load and send. Pure."""

from collections.abc import Iterator

from pageheat.services.checking.evidence import Evidence, Finding, Sighting
from pageheat.services.checking.page import Tag, tracker_tag
from pageheat.services.checking.policy import (
    Forbidden,
    forbidden_connection,
    forbidden_script,
    lacks_trusted_type,
)
from pageheat.services.contract.hosts import host_of, is_this_machine

CONSENT = "A tag manager that adds it after consent is not seen here: the check gives none."


def page_findings(evidence: Evidence) -> Iterator[Finding]:
    """The page, its tag, its policy."""
    yield _page(evidence)
    if not evidence.is_elsewhere:
        yield from _tag(evidence)
        yield from _policy(evidence)


def _page(evidence: Evidence) -> Finding:
    if evidence.unread:
        return Finding("page", "FAIL", f"It cannot be read: {evidence.unread}")
    if evidence.redirect:
        return Finding(
            "page",
            "WARN",
            f"The site redirects it to {evidence.redirect}",
            "Its visitors are counted there: look at that page's heat.",
        )
    if evidence.status >= 400:
        return Finding("page", "WARN", f"The site answers {evidence.status}", "Is the address right?")
    return Finding("page", "PASS", f"The site answers {evidence.status}")


def _tag(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.tags:
        yield _no_tag(evidence)
        return
    tag, browsing = evidence.tags[0], evidence.browsing
    if tag.waits and not (browsing and browsing.runs):
        yield Finding(
            "tag",
            "WARN",
            f"The page has the tag, but with type={tag.waits}, so it waits until a script changes that",
            "A consent tool does so once a visitor agrees. If it should not wait, leave the type out.",
        )
        return
    added = f"A script of the page adds {tag.src}" + (
        f": {browsing.adder}" if browsing and browsing.adder else ""
    )
    yield Finding("tag", "PASS", added if evidence.added else f"The page's HTML loads {tag.src}")
    if _insecure(evidence.url, tag.ingest):
        yield Finding(
            "https",
            "FAIL",
            f"The page is at https:, so browsers load nothing from {tag.ingest}",
            "Serve ingest by https:, and name that address in the tag.",
        )
    elif not _kept_from_loading(evidence, tag):
        yield from _script(evidence, tag)


def _no_tag(evidence: Evidence) -> Finding:
    sighting = evidence.sighting
    came = isinstance(sighting, Sighting) and (sighting.people or sighting.robots)
    if evidence.added or came:
        return Finding("tag", "PASS", "It is not in the page's HTML; a script adds it")
    add = f"Add it to the page: {tracker_tag(evidence.ingest_url, evidence.tracker_path)}"
    if evidence.browsing:
        detail = "The tracker's tag is not in the page's HTML, and no script of the page adds it"
        return Finding("tag", "FAIL", detail, f"{add}\n{CONSENT}")
    return Finding("tag", "FAIL", "The page's HTML does not have the tracker's tag", add)


def _script(evidence: Evidence, tag: Tag) -> Iterator[Finding]:
    if evidence.script is None:
        return
    if not evidence.script:
        detail = "The script runs" if evidence.browsing else "The script can be loaded"
        yield Finding("script", "PASS", detail)
        return
    yield Finding("script", "FAIL", f"{tag.src} {evidence.script}", _remedy(evidence, tag))


def _remedy(evidence: Evidence, tag: Tag) -> str:
    if "integrity" in (evidence.script or ""):
        return "Leave the attribute integrity out of the tag: the script changes with Pageheat's versions."
    is_elsewhere = not tag.src.startswith(evidence.ingest_url + "/")
    if is_elsewhere or "the answer is 4" in (evidence.script or ""):
        return f"By the settings the tag is: {tracker_tag(evidence.ingest_url, evidence.tracker_path)}"
    return "Is ingest running there, and can visitors reach it?"


def _kept_from_loading(evidence: Evidence, tag: Tag) -> Forbidden | None:
    """What keeps the script from the page. What a browser has loaded is allowed, whatever is read here."""
    told = forbidden_script(evidence.policies, tag, evidence.url)
    if evidence.browsing is None:
        return told
    seen = [it for it in evidence.browsing.violations if it.directive.startswith(("script-src", "default"))]
    return (told or seen[0]) if seen else None


def _policy(evidence: Evidence) -> Iterator[Finding]:
    tag = evidence.tags[0] if evidence.tags else Tag("", evidence.ingest_url)
    forbidden = _kept_from_loading(evidence, tag) if evidence.tags else None
    if forbidden:
        yield Finding(
            "policy",
            "FAIL",
            f"The site's Content-Security-Policy forbids the tracker's script, by {forbidden.directive}",
            f"Add to its {forbidden.directive}: {forbidden.source}",
        )
    connection = _connection(evidence, tag)
    if connection:
        yield connection
    elif lacks_trusted_type(evidence.policies):
        yield Finding(
            "policy",
            "WARN",
            "The site's policy requires Trusted Types, so rage clicks, dead clicks and dwell are missing",
            "Add to its trusted-types: pageheat",
        )
    elif not forbidden:
        what = "allows the tracker" if evidence.policies else "is not there: all is allowed"
        yield Finding("policy", "PASS", f"The site's Content-Security-Policy {what}")


def _connection(evidence: Evidence, tag: Tag) -> Finding | None:
    by_post = forbidden_connection(evidence.policies, tag.ingest + "/", evidence.url)
    by_socket = forbidden_connection(evidence.policies, tag.socket, evidence.url)
    if evidence.browsing:  # a script of the page may have added a policy
        for seen in evidence.browsing.violations:
            if seen.directive == "connect-src" and seen.source.startswith("ws"):
                by_socket = by_socket or seen
            elif seen.directive == "connect-src":
                by_post = by_post or seen
    forbidden = by_post or by_socket
    if not forbidden:
        return None
    detail = (
        "the tracker's connection to ingest"
        if by_post and by_socket
        else "the tracker's WebSocket, so events come later, by POST"
        if by_socket
        else "POST to ingest, so the last events of a visit are lost"
    )
    return Finding(
        "policy",
        "FAIL" if by_post and by_socket else "WARN",
        f"The site's Content-Security-Policy forbids {detail}, by {forbidden.directive}",
        f"Add to its {forbidden.directive}: {tag.ingest} {tag.socket.rstrip('/')}",
    )


def _insecure(page: str, ingest: str) -> bool:
    try:
        own_machine = is_this_machine(host_of(ingest))
    except ValueError:
        return False
    return page.startswith("https:") and ingest.startswith("http:") and not own_machine
