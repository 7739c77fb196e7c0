"""Judges what comes to ingest from the page, and under which name it is counted. Pure."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from pageheat.services.checking.evidence import FORBIDDEN, Browsing, Evidence, Finding, Sighting
from pageheat.services.contract.pages import Pages
from pageheat.services.contract.sites import origin_of


def ingest_findings(evidence: Evidence) -> Iterator[Finding]:
    """The page's origin, the connection, the tracker's events, and who came."""
    origin = _origin(evidence)
    if origin:
        yield origin
    if socket := _socket(evidence):
        yield socket
    is_refused = origin is not None and origin.outcome == "FAIL"
    if evidence.browsing and evidence.browsing.runs and not is_refused and not _is_cut_off(evidence):
        yield _events(evidence.browsing)
    yield from _visitors(evidence)


def name_finding(evidence: Evidence, pages: Pages) -> Finding:
    """Under which name the page is counted, and what of its address does not matter."""
    parts = urlsplit(evidence.url)
    name = pages.name(parts._replace(scheme="", netloc="").geturl() or "/")
    told = evidence.browsing.path if evidence.browsing else ""
    key = evidence.sighting.page if isinstance(evidence.sighting, Sighting) else None
    detail = f"It is counted as {key or (told and pages.name(told)) or name}"
    if told and pages.name(told) != name:
        return Finding(
            "name",
            "WARN",
            f"{detail}; by the settings here, its address is {name}",
            "If PAGE_QUERY, HASH_ROUTES or PAGE_SUFFIXES have changed, restart ingest.",
        )
    if parts.query and "?" not in name:
        detail += f"; ?{parts.query[:40]} tells no pages apart"
        return Finding("name", "WARN", detail, "If it should, name its parameter in PAGE_QUERY.")
    if parts.fragment.startswith(("/", "!/")) and "#" not in name:
        detail += f"; #{parts.fragment[:40]} tells no pages apart"
        return Finding("name", "WARN", detail, "If it should, set HASH_ROUTES=true.")
    return Finding("name", "PASS", detail)


def _origin(evidence: Evidence) -> Finding | None:
    origin, sighting = origin_of(evidence.url), evidence.sighting
    told = evidence.browsing.answer if evidence.browsing else None
    if (isinstance(sighting, Sighting) and sighting.page is None) or (told or "").startswith("origin"):
        return Finding(
            "origin",
            "FAIL",
            f"ingest refuses pages of {origin}: no setting names it",
            f"Set ORIGINS={origin} if its pages are those of SITE_URL; or name it in SITES.",
        )
    if isinstance(sighting, Sighting) or told == "":
        return Finding("origin", "PASS", f"ingest accepts pages of {origin}")
    return None


def _socket(evidence: Evidence) -> Finding | None:
    if evidence.socket is None:
        return None
    if not evidence.socket:
        return Finding("socket", "PASS", "A WebSocket to ingest opens")
    posts = evidence.browsing.answer == "" if evidence.browsing else evidence.script == ""
    proxy = "Let a proxy in front of ingest pass WebSockets (Upgrade). Until then events come by POST."
    return Finding(
        "socket",
        "WARN" if posts else "FAIL",
        f"No WebSocket to ingest opens: {evidence.socket}",
        "" if evidence.socket == FORBIDDEN or evidence.script else proxy,
    )


def _is_cut_off(evidence: Evidence) -> bool:
    """Whether the site's policy lets the tracker send nothing."""
    return evidence.socket == FORBIDDEN and evidence.browsing is not None and not evidence.browsing.path


def _events(browsing: Browsing) -> Finding:
    if browsing.answer == "":
        return Finding(
            "events", "PASS", "ingest accepts the tracker's events; those of this check are not kept"
        )
    if browsing.answer:
        return Finding(
            "events", "FAIL", f"ingest refuses them: {browsing.answer}", "ingest's log may say more."
        )
    if browsing.path:
        return Finding(
            "events",
            "FAIL",
            "The tracker sends events, and ingest does not answer",
            "Is there a proxy in front of ingest that keeps its answers?",
        )
    return Finding(
        "events",
        "FAIL",
        "The tracker runs, but sends nothing while the pointer moves",
        "Is the whole page a frame? Then the page in it needs the tag. Is it a heat map? It is not counted.",
    )


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
    elif sighting.robots and evidence.counts_robots:
        yield Finding("robots", "PASS", "Only robots came in the last five minutes, and they are counted")
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
