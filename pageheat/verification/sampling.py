"""Watches the running system for some seconds: its grids and breakdowns, and what broadcaster serves."""

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
from pageheat.services.runtime.cluster import Cluster
from pageheat.verification.evidence import Cooled, Evidence, is_empty, read_grid
from pageheat.verification.evidence_reading import reach
from pageheat.verification.history_claims import ask_history
from pageheat.verification.recount import Json

LIST_LIMIT = 1_000
"""Entries requested of the list of warm pages: broadcaster's maximum."""

LIST_INTERVAL_S = 1.0

SHOWN_PAGES = 5
"""Warm pages listed in the error about a cold page."""

MAX_GRID_BYTES = 16 * 2**20
"""A grid of 200 by 200 hot tiles in two layers is below 2 MB."""

HTTP_TIMEOUT_S = 10

MAX_EMPTY_BYTES = 1_024
"""A grid without counts is below 400 bytes."""


class NothingToSample(PageheatError):
    """Broadcaster is unavailable, or there is no page to sample."""


async def sample(
    evidence: Evidence,
    *,
    cluster: Cluster,
    broadcaster: str,
    history: str,
    headers: Mapping[str, str],
    seconds: float,
    pages: Sequence[str],
    most: int,
) -> None:
    """Watch the given pages, or else the `most` warmest, and collect evidence.

    Args:
        evidence: gets what is seen.
        cluster: where Kafka is.
        broadcaster: `host:port`.
        history: `host:port`; nothing need be there.
        headers: for requests to both: an access token if it requires one.
        seconds: how long to watch.
        pages: page keys.
        most: number of pages if `pages` is empty.

    Raises:
        NothingToSample: no page is warm, a given page is cold, or broadcaster is unavailable.
        KafkaAway: Kafka does not answer.
    """
    address = f"http://{broadcaster}"
    async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=HTTP_TIMEOUT_S) as http:
        listing = await _list(http)
        chosen = list(pages) or [entry["page"] for entry in listing["pages"][:most]]
        if not chosen:
            raise NothingToSample(
                "no page is warm, so there is nothing to verify; 'pageheat simulate' warms some up"
            )
        if cold := await _cold(http, listing, pages):
            warm = ", ".join(entry["page"] for entry in listing["pages"][:SHOWN_PAGES]) or "no page"
            raise NothingToSample(f"cold pages cannot be verified: {', '.join(cold)}; warm: {warm}")
        # A viewer first gets the newest grid, which may be some time old.
        since_ms = dict.fromkeys(chosen, int(listing["time"]))
        since_ms |= {e["page"]: e["end"] for e in listing["pages"] if e["page"] in since_ms}
        evidence.began_ms = listing["time"]
        evidence.grids = {page: [] for page in chosen}
        evidence.breakdowns = {page: [] for page in chosen}
        evidence.viewed = {page: [] for page in chosen}
        evidence.answered = {page: [] for page in chosen}
        with closing(KafkaLog(cluster)) as log:
            first_ms = min(since_ms.values())
            # In this order: once the breakdowns are read to the end, so are their grids.
            places = [*log.since(HEATMAP_DETAIL, first_ms), *log.since(HEATMAP, first_ms)]
            log.assign(places)
            stop = threading.Event()
            follower = _Follower(evidence, since_ms)
            following = asyncio.create_task(asyncio.to_thread(follower.follow, log, places, stop))
            viewers = [asyncio.create_task(_view(broadcaster, headers, page, evidence)) for page in chosen]
            try:
                await _poll(http, evidence, set(chosen), seconds)
            finally:
                for task in viewers:
                    task.cancel()
                outcomes = await asyncio.gather(*viewers, return_exceptions=True)
                stop.set()
                await following
            evidence.past_ms = reach(log, evidence)
    for outcome in outcomes:
        if isinstance(outcome, PageheatError):
            raise outcome
    async with httpx2.AsyncClient(
        base_url=f"http://{history}", headers=headers, timeout=HTTP_TIMEOUT_S
    ) as http:
        await ask_history(http, evidence)


async def _cold(http: httpx2.AsyncClient, listing: Json, pages: Sequence[str]) -> list[str]:
    """The pages that are not listed and have no breakdown (the list may be incomplete)."""
    listed = {entry["page"] for entry in listing["pages"]}
    answers = {
        page: await _get(http, _address("/_pageheat/detail", page)) for page in pages if page not in listed
    }
    return [page for page, answer in answers.items() if answer.status_code == httpx2.codes.NOT_FOUND]


async def _list(http: httpx2.AsyncClient) -> Json:
    answer = await _get(http, f"/_pageheat/pages?limit={LIST_LIMIT}")
    if answer.status_code == httpx2.codes.UNAUTHORIZED:
        raise NothingToSample(
            f"broadcaster at {http.base_url} requires an access token: set VIEW_SECRET to its secret"
        )
    try:
        answer.raise_for_status()
        listing: Json = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise NothingToSample(
            f"broadcaster at {http.base_url} does not return its list of pages: {error}; "
            "if this is another program, set BROADCASTER_PORT or --broadcaster to broadcaster's address"
        ) from None
    return listing


async def _get(http: httpx2.AsyncClient, path: str) -> httpx2.Response:
    try:
        return await http.get(path)
    except httpx2.HTTPError as error:
        raise NothingToSample(
            f"broadcaster at {http.base_url} does not answer: {error}; "
            "start it, or set BROADCASTER_PORT or --broadcaster to its address"
        ) from None


def _address(resource: str, page: str) -> str:
    """The address of a page's resource at broadcaster."""
    return f"{resource}/?page={quote(page, safe='/')}"


async def _poll(http: httpx2.AsyncClient, evidence: Evidence, pages: set[str], seconds: float) -> None:
    """Request the list and each page's breakdown until the time is up."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + seconds
    while True:
        listing = await _list(http)
        evidence.ended_ms = listing["time"]
        evidence.listed += [
            entry | {"time": listing["time"]} for entry in listing["pages"] if entry["page"] in pages
        ]
        for page in pages:
            answer = await _get(http, _address("/_pageheat/detail", page))
            if answer.status_code != httpx2.codes.NOT_FOUND:  # a cold page has none
                evidence.answered[page].append(answer.text)
        left_s = end_s - loop.time()
        if left_s <= 0:
            return
        await asyncio.sleep(min(LIST_INTERVAL_S, left_s))


async def _view(broadcaster: str, headers: Mapping[str, str], page: str, evidence: Evidence) -> None:
    """Watch a page as the tutorial's overlay does: without a subprotocol; every text message is a grid."""
    url = _address(f"ws://{broadcaster}", page)
    try:
        async with connect(
            url, additional_headers=headers, compression=None, max_size=MAX_GRID_BYTES, proxy=None
        ) as socket:
            async for message in socket:
                evidence.viewed[page].append(
                    message if isinstance(message, str) else message.decode("utf-8", "replace")
                )
    except (OSError, WebSocketException) as error:
        raise NothingToSample(f"broadcaster closed the connection to {url}: {error}") from None


class _Follower:
    """Reads the topics: the chosen pages' grids and breakdowns since a time each, and all tombstones."""

    def __init__(self, evidence: Evidence, since_ms: dict[str, int]) -> None:
        self._evidence = evidence
        self._since_ms = since_ms
        self._was_empty: dict[str, bool] = {}

    def follow(self, log: KafkaLog, places: list[TopicPartition], stop: threading.Event) -> None:
        """Read until `stop` is set, then on to the end of the topics at that time."""
        while not stop.is_set():
            for message in log.next():
                self._keep(log.topic(message), message)
        for message in log.up_to(log.ends(places)):
            self._keep(log.topic(message), message)

    def _keep(self, topic: str, message: Message) -> None:
        page = (message.key() or b"").decode("utf-8", "replace")
        value = message.value()
        if page.startswith(HEARTBEAT_KEY_PREFIX):
            return
        # Kafka's timestamp of grids and breakdowns is their `end`.
        is_wanted = value is not None and message.timestamp()[1] >= self._since_ms.get(page, math.inf)
        if topic == HEATMAP_DETAIL:
            if is_wanted:
                self._evidence.breakdowns[page].append(value)
            return
        if value is None:
            if page in self._was_empty:
                self._evidence.cooled.append(Cooled(page, self._was_empty.pop(page)))
            return
        grid = read_grid(value) if len(value) <= MAX_EMPTY_BYTES else None
        self._was_empty[page] = grid is not None and is_empty(grid)
        if is_wanted:
            self._evidence.grids[page].append(value)
