"""The running system watched for some seconds: its grids and details, and what broadcaster tells of them."""

import asyncio
import math
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from urllib.parse import quote

import httpx2
from confluent_kafka import Message, TopicPartition
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from pageheat.kafka_log import KafkaLog
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.records import HEARTBEAT_KEY_PREFIX
from pageheat.services.contract.topics import HEATMAP, HEATMAP_DETAIL
from pageheat.verification.evidence import Cooled, Evidence, is_empty, read_grid
from pageheat.verification.recount import Json

LIST_LIMIT = 1_000
"""Entries asked of the list of warm pages: what broadcaster gives at most."""

LIST_INTERVAL_S = 1.0

SHOWN_PAGES = 5
"""Of the warm ones, where a named page is cold."""

MAX_GRID_BYTES = 16 * 2**20
"""A grid of 200 by 200 hot tiles in two layers is below 2 MB."""

HTTP_TIMEOUT_S = 10

MAX_EMPTY_BYTES = 1_024
"""A grid without counts is below 400 bytes."""


class NothingToSample(PageheatError):
    """Broadcaster cannot be asked, or there is no page to look at."""


async def sample(
    evidence: Evidence,
    *,
    broker: str,
    broadcaster: str,
    headers: Mapping[str, str],
    seconds: float,
    pages: Sequence[str],
    most: int,
) -> None:
    """Watch the named pages, or else the `most` warmest, and keep what is seen as evidence.

    Args:
        evidence: is added to.
        broker: Kafka's bootstrap servers.
        broadcaster: `host:port`.
        headers: of what broadcaster is asked: an access token where it wants one.
        seconds: how long.
        pages: keys of pages.
        most: how many pages, if none is named.

    Raises:
        NothingToSample: no page is warm, or a named one is cold, or broadcaster is not there.
        KafkaAway: Kafka does not answer.
    """
    address = f"http://{broadcaster}"
    async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=HTTP_TIMEOUT_S) as http:
        listing = await _list(http)
        chosen = list(pages) or [entry["page"] for entry in listing["pages"][:most]]
        if not chosen:
            raise NothingToSample(
                "no page is warm, so there is nothing to verify; 'pageheat simulate' makes some so"
            )
        if cold := await _cold(http, listing, pages):
            warm = ", ".join(entry["page"] for entry in listing["pages"][:SHOWN_PAGES]) or "no page"
            raise NothingToSample(f"cold, so that nothing can be verified: {', '.join(cold)}; warm: {warm}")
        # A viewer gets the newest grid first, which may have been written a while ago.
        since_ms = dict.fromkeys(chosen, int(listing["time"]))
        since_ms |= {e["page"]: e["end"] for e in listing["pages"] if e["page"] in since_ms}
        evidence.began_ms = listing["time"]
        evidence.grids = {page: [] for page in chosen}
        evidence.details = {page: [] for page in chosen}
        evidence.viewed = {page: [] for page in chosen}
        evidence.answered = {page: [] for page in chosen}
        with closing(KafkaLog(broker)) as log:
            first_ms = min(since_ms.values())
            # In this order, so that where a detail has been read to the end, so has its grid.
            places = [*log.since(HEATMAP_DETAIL, first_ms), *log.since(HEATMAP, first_ms)]
            log.assign(places)
            stop = threading.Event()
            follower = _Follower(evidence, since_ms)
            reading = asyncio.create_task(asyncio.to_thread(follower.follow, log, places, stop))
            viewing = [asyncio.create_task(_view(broadcaster, headers, page, evidence)) for page in chosen]
            try:
                await _ask(http, evidence, set(chosen), seconds)
            finally:
                for task in viewing:
                    task.cancel()
                outcomes = await asyncio.gather(*viewing, return_exceptions=True)
                stop.set()
                await reading
    for outcome in outcomes:
        if isinstance(outcome, PageheatError):
            raise outcome


async def _cold(http: httpx2.AsyncClient, listing: Json, pages: Sequence[str]) -> list[str]:
    """Those of the pages that are neither listed nor, as the list may be longer, have a detail."""
    listed = {entry["page"] for entry in listing["pages"]}
    details = {
        page: await _get(http, f"/_pageheat/detail{_address(page)}") for page in pages if page not in listed
    }
    return [page for page, answer in details.items() if answer.status_code == httpx2.codes.NOT_FOUND]


async def _list(http: httpx2.AsyncClient) -> Json:
    answer = await _get(http, f"/_pageheat/pages?limit={LIST_LIMIT}")
    if answer.status_code == httpx2.codes.UNAUTHORIZED:
        raise NothingToSample(
            f"broadcaster at {http.base_url} wants an access token: set VIEW_SECRET to what it has"
        )
    try:
        answer.raise_for_status()
        listing: Json = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise NothingToSample(
            f"broadcaster at {http.base_url} does not give its list of pages: {error}; "
            "is it another program? set BROADCASTER_PORT or --broadcaster to where broadcaster is"
        ) from None
    return listing


async def _get(http: httpx2.AsyncClient, path: str) -> httpx2.Response:
    try:
        return await http.get(path)
    except httpx2.HTTPError as error:
        raise NothingToSample(
            f"broadcaster at {http.base_url} does not answer: {error}; "
            "start it, or set BROADCASTER_PORT or --broadcaster to where it is"
        ) from None


def _address(page: str) -> str:
    """A page's key as the path of a request."""
    return quote(page, safe="/%:@!$&()*+,;=~")


async def _ask(http: httpx2.AsyncClient, evidence: Evidence, pages: set[str], seconds: float) -> None:
    """Ask for the list and each page's detail until the time is over."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + seconds
    while True:
        listing = await _list(http)
        evidence.ended_ms = listing["time"]
        evidence.listed += [
            entry | {"time": listing["time"]} for entry in listing["pages"] if entry["page"] in pages
        ]
        for page in pages:
            answer = await _get(http, f"/_pageheat/detail{_address(page)}")
            if answer.status_code != httpx2.codes.NOT_FOUND:  # a cold page has none
                evidence.answered[page].append(answer.text)
        left_s = end_s - loop.time()
        if left_s <= 0:
            return
        await asyncio.sleep(min(LIST_INTERVAL_S, left_s))


async def _view(broadcaster: str, headers: Mapping[str, str], page: str, evidence: Evidence) -> None:
    """Watch a page as the tutorial's overlay does: no subprotocol, every text message is a grid."""
    url = f"ws://{broadcaster}{_address(page)}"
    try:
        async with connect(
            url, additional_headers=headers, compression=None, max_size=MAX_GRID_BYTES, proxy=None
        ) as socket:
            async for message in socket:
                evidence.viewed[page].append(
                    message if isinstance(message, str) else message.decode("utf-8", "replace")
                )
    except (OSError, WebSocketException) as error:
        raise NothingToSample(f"broadcaster broke off at {url}: {error}") from None


class _Follower:
    """Reads the topics: grids and details of the chosen pages since a time each, every page's tombstones."""

    def __init__(self, evidence: Evidence, since_ms: dict[str, int]) -> None:
        self._evidence = evidence
        self._since_ms = since_ms
        self._was_empty: dict[str, bool] = {}

    def follow(self, log: KafkaLog, places: list[TopicPartition], stop: threading.Event) -> None:
        """Read until told to stop, and then to where the topic ended at that time."""
        while not stop.is_set():
            for message in log.next():
                self._keep(message)
        for message in log.up_to(log.ends(places)):
            self._keep(message)

    def _keep(self, message: Message) -> None:
        page = (message.key() or b"").decode("utf-8", "replace")
        value = message.value()
        if page.startswith(HEARTBEAT_KEY_PREFIX):
            return
        # Kafka's timestamp of both is their end.
        is_wanted = value is not None and message.timestamp()[1] >= self._since_ms.get(page, math.inf)
        if message.topic() == HEATMAP_DETAIL:
            if is_wanted:
                self._evidence.details[page].append(value)
            return
        if value is None:
            if page in self._was_empty:
                self._evidence.cooled.append(Cooled(page, self._was_empty.pop(page)))
            return
        grid = read_grid(value) if len(value) <= MAX_EMPTY_BYTES else None
        self._was_empty[page] = grid is not None and is_empty(grid)
        if is_wanted:
            self._evidence.grids[page].append(value)
