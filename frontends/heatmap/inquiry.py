"""Finds out why a page has no heat: asks the site for the page, and ingest for what came.

services/checking judges the answers.
"""

import asyncio
import socket
from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

import httpx2
import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from pageheat.frontends.heatmap import answers
from pageheat.frontends.heatmap.diagnosis import Diagnosis
from pageheat.frontends.heatmap.rewriting import PAGE_TYPES
from pageheat.frontends.heatmap.sites import ShownSite
from pageheat.services.checking.evidence import Evidence, Finding, Sighting
from pageheat.services.checking.findings import findings
from pageheat.services.checking.page import Known, read_page
from pageheat.services.contract.records import UNDECODABLE
from pageheat.services.contract.sites import SEEN, SEEN_HOST, origin_of
from pageheat.services.runtime.settings import HeatmapSettings

TIMEOUT_S = 5
"""Of each question: a person waits for the answers."""

MAX_PAGE_BYTES = 4 * 1024 * 1024
"""Read of a page: a tag further down would load late."""

MAX_INGESTS = 16
"""Instances of ingest that are asked."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})


async def inquire(
    url: str,
    site: ShownSite,
    transport: httpx2.AsyncBaseTransport,
    settings: HeatmapSettings,
    *,
    added: bool = False,
) -> list[Finding]:
    """The findings about a page, read by HTTP.

    Args:
        url: its address on `site`, as its visitors see it.
        site: fetched as for the heat map.
        transport: connects to the site.
        settings: of Pageheat.
        added: whether a browser has seen that a script of the page adds the tag.
    """
    evidence = await _page(url, site, transport, settings)
    return await judged(replace(evidence, added=added), settings)


async def judged(evidence: Evidence, settings: HeatmapSettings) -> list[Finding]:
    """The findings about a page that was read: ingest is asked what came, and tried where no browser did."""

    async def script() -> str | None:
        if evidence.script is not None or not evidence.tags:
            return evidence.script
        return await _script(tag.src.replace(tag.ingest, base, 1))

    async def opened() -> str | None:
        if evidence.socket is not None or not evidence.tags:
            return evidence.socket
        return await _socket(base, origin_of(evidence.url))

    if evidence.tags:
        tag = evidence.tags[0]
        # Visitors may reach ingest by an address that this machine cannot use.
        base = settings.ingest_fetch_url if tag.ingest == settings.ingest_url else tag.ingest
    sighting, loads, opens = await asyncio.gather(_sighting(evidence, settings), script(), opened())
    return findings(replace(evidence, sighting=sighting, script=loads, socket=opens), settings.pages)


async def _page(
    url: str, site: ShownSite, transport: httpx2.AsyncBaseTransport, settings: HeatmapSettings
) -> Evidence:
    """The page with its own policies; the viewing copy has none."""
    evidence = Evidence(url, settings.ingest_url, settings.tracker_path, settings.count_robots)
    target = urlsplit(url)._replace(scheme="", netloc="", fragment="").geturl() or "/"
    request = httpx2.Request(
        "GET",
        site.fetch_url,
        headers={"host": site.host, "accept": "text/html", "accept-encoding": "gzip, identity"},
        extensions={
            "timeout": httpx2.Timeout(TIMEOUT_S).as_dict(),
            "target": target.encode("latin-1", "replace"),
            "sni_hostname": site.tls_name,
        },
    )
    try:
        answer = await transport.handle_async_request(request)
        try:
            return await _read(answer, evidence)
        finally:
            await answer.aclose()
    except httpx2.HTTPError as error:
        failure = await Diagnosis(site).failure(error)
        return replace(evidence, unread=f"{failure.reason} {failure.help[0]}")


async def _read(answer: httpx2.Response, evidence: Evidence) -> Evidence:
    location = answer.headers.get("location", "")
    if answer.status_code in REDIRECTS and location:
        return replace(evidence, status=answer.status_code, redirect=urljoin(evidence.url, location))
    content = await answers.read(answer, may_be_page=True)
    kind = answers.content_type_of(answer.headers)
    is_page = not kind or kind.partition(";")[0].strip().lower() in PAGE_TYPES
    if isinstance(content, answers.Other) or not is_page:
        why = f"it is {kind or 'of no type'}, not a page"
        if answer.status_code >= 400:
            why = f"the site answers {answer.status_code}"
        elif isinstance(content, answers.Other) and content.unread:
            why = content.unread
        return replace(evidence, status=answer.status_code, unread=why)
    body = bytearray()
    async for chunk in content.chunks:
        body += chunk
        if len(body) > MAX_PAGE_BYTES:
            break
    known = Known(evidence.tracker_path, evidence.ingest_url)
    text = read_page(body.decode("latin-1"), evidence.url, known)
    headers = answer.headers.get_list("content-security-policy")
    return replace(evidence, status=answer.status_code, tags=text.tags, policies=[*headers, *text.policies])


async def _script(src: str) -> str:
    """Why the tracker's script cannot be loaded; "" if it can."""
    try:
        async with httpx2.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
            answer = await client.get(src)
    except httpx2.HTTPError as error:
        return f"cannot be loaded: {str(error) or type(error).__name__}"
    kind = answer.headers.get("content-type", "")
    if answer.status_code != 200:
        return f"cannot be loaded: the answer is {answer.status_code}"
    return "" if "javascript" in kind else f"is {kind or 'of no type'}, not a script"


async def _socket(ingest: str, origin: str) -> str:
    """Why no WebSocket opens for a page of this origin; "" if one does. Nothing is sent."""
    try:
        async with connect(
            ingest.replace("http", "ws", 1) + "/check",
            origin=origin,  # type: ignore[arg-type]  # a NewType of str
            subprotocols=["pageheat.v1"],  # type: ignore[list-item]
            open_timeout=TIMEOUT_S,
            close_timeout=TIMEOUT_S,
            proxy=None,
        ):
            return ""
    except InvalidStatus as error:
        return f"the answer is {error.response.status_code}"
    except (OSError, WebSocketException, ValueError) as error:  # TimeoutError is an OSError
        return str(error) or type(error).__name__


async def _sighting(evidence: Evidence, settings: HeatmapSettings) -> Sighting | str:
    """What all instances of ingest have received lately, or why none tells."""
    parts = urlsplit(evidence.url)
    told = evidence.browsing.path if evidence.browsing else ""
    page = told or parts._replace(scheme="", netloc="").geturl() or "/"
    query = {"page": page, "origin": origin_of(evidence.url)}
    sightings: list[Sighting] = []
    reason = "ingest has no address"
    async with httpx2.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
        for base in await _instances(settings.ingest_fetch_url):
            try:
                answer = await client.get(base + SEEN, params=query, headers={"host": SEEN_HOST})
                if answer.status_code == 200:
                    sightings.append(msgspec.json.decode(answer.content, type=Sighting))
                else:
                    reason = f"{base} answers {answer.status_code}"
            except (httpx2.HTTPError, *UNDECODABLE) as error:
                reason = f"{base} does not answer: {str(error) or type(error).__name__}"
    if not sightings:
        return reason
    return Sighting(
        page=sightings[0].page,
        people=any(each.people for each in sightings),
        robots=any(each.robots for each in sightings),
        alike=sorted({page for each in sightings for page in each.alike}),
        refused=sorted({origin for each in sightings for origin in each.refused}),
    )


async def _instances(url: str) -> list[str]:
    """An address for each instance: behind one name there may be several. By https the name is needed."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    if parts.scheme == "https":
        return [url]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return [url]
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if all(ip_address(each.partition("%")[0]).is_loopback for each in addresses):
        return [url]
    shown = (f"[{each}]" if ":" in each else each for each in addresses[:MAX_INGESTS])
    return [f"http://{each}:{port}{parts.path}" for each in shown]
