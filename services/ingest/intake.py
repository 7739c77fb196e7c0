"""Common to all inputs of ingest: who may send, rate limits, and passing frames to the sink."""

import logging
from collections.abc import Callable
from typing import NamedTuple, Protocol

from prometheus_client import Counter, Gauge

from pageheat.services.contract.records import MOVE_BYTES, Frame
from pageheat.services.contract.sites import CHECK_AGENT
from pageheat.services.ingest.addresses import address_of, is_nearby
from pageheat.services.ingest.attributes import KeptAttributes
from pageheat.services.ingest.clicks import read_click
from pageheat.services.ingest.client_request import ClientRequest
from pageheat.services.ingest.frames import REASONS, Refused, read, seq_of
from pageheat.services.ingest.known_pages import KnownPages
from pageheat.services.ingest.robots import is_robot
from pageheat.services.ingest.rules import Rules
from pageheat.services.ingest.sightings import Seen, Sightings
from pageheat.services.runtime.fast_counter import FastCounter

log = logging.getLogger(__name__)

MAX_LOGGED_ORIGINS = 100
"""Refused origins to log, each once; limited, as clients can invent origins."""

SHOWN_CHARS = 200
"""Characters of an origin shown in an answer or the log: few origins have 50."""

UNKNOWN_ORIGIN = "pages of {} may not send: the settings SITE_URL, SITES and ORIGINS of ingest don't name it"
HIDDEN_ORIGIN = (
    "a page that hides its origin (a file, a sandboxed frame, a referrer policy of no-referrer or "
    "same-origin) may not send, unless the setting ORIGINS of ingest is *"
)

TOO_MANY = "more frames than one {} may send per second; resend this one later"

accepted = FastCounter("pageheat_ingest_frames_accepted", "Frames accepted", "by")
events = FastCounter("pageheat_ingest_events_accepted", "Events in accepted frames", "type")
refused = Counter("pageheat_ingest_frames_refused", "Frames refused", ["reason"])
for _reason in REASONS:
    refused.labels(_reason)  # exported as 0 from the start
known_pages = Gauge("pageheat_ingest_pages_known", "Pages whose size is cached")

Receipt = Callable[[int], None]
"""Called with a frame's `seq` when Kafka has the frame."""


class FrameSink(Protocol):
    """Where accepted frames go."""

    def offer(self, frame: Frame, receipt: Receipt | None = None) -> bool:
        """Buffer a frame without blocking; False if the buffer is full.

        `receipt` is for frames with a `seq`.
        """

    def poll(self) -> None:
        """Serve acknowledgements; called every POLL_S. An exception ends the process."""

    def flush(self) -> None:
        """Deliver all buffered frames."""

    def why_unready(self) -> str | None:
        """Why frames are not delivered, or None."""


class Sender(NamedTuple):
    """The sender, as far as its connection shows.

    `site` is its page's site, and `by` how the frame came, for the metrics. Rate limits apply to `address`,
    None for this machine. `robot` says whether the user agent is a robot's, `checks` whether it is that of
    `pageheat check`: its frames are judged and answered like others, and then dropped.
    """

    site: str
    by: str
    address: str | None = None
    robot: bool = False
    checks: bool = False


class Intake:
    """Takes frames and clicks, or raises `Refused`.

    Args:
        sink: takes the accepted frames.
        rules: origins, rate limits, pages' names and trusted proxies.
        clock_ms: stamps `received`, ms since the epoch.
    """

    def __init__(self, sink: FrameSink, rules: Rules, clock_ms: Callable[[], int]) -> None:
        self._sink = sink
        self._origins = rules.origins
        self._limits = rules.limits
        self._page_names = rules.pages
        self._attributes = KeptAttributes(rules.attributes, rules.origins)
        self._proxies = rules.proxies
        self._clock_ms = clock_ms
        self._pages = KnownPages()
        self._sightings = Sightings()
        self._logged: set[str] = set()
        self._has_warned_of_proxy = False
        known_pages.set_function(lambda: len(self._pages))

    def sender(self, request: ClientRequest, by: str) -> Sender:
        """The sender of a request.

        Raises:
            Refused: the settings don't name its page's origin.
        """
        agent = request.headers.get("user-agent", "")
        checks = CHECK_AGENT in agent
        site = self.site_of(request.headers.get("origin"), checks=checks)
        if any(request.forwarded) and not self._proxies and is_nearby(request.peer):
            self._warn_of_proxy()
        address = address_of(request.peer, request.forwarded, self._proxies)
        return Sender(site, by, address, is_robot(agent), checks)

    def site_of(self, origin: str | None, *, checks: bool = False) -> str:
        """The site of a header `Origin`. A client without one is not a page in a browser, and may send.

        Raises:
            Refused: the settings don't name the origin.
        """
        site = "" if origin is None else self._origins.site_of(origin)
        if site is not None:
            return site
        shown = ascii(origin)[1:-1][:SHOWN_CHARS]
        if not checks:
            self._note_refused(shown)
        raise Refused("origin", HIDDEN_ORIGIN if origin == "null" else UNKNOWN_ORIGIN.format(shown))

    def take(self, data: bytes, sender: Sender, receipt: Receipt | None = None) -> Frame:
        """Take a message, and return its frame. `receipt` will be called if the frame has a `seq`.

        Raises:
            Refused: it is not a valid frame, a rate limit is exceeded, or the buffer is full.
        """
        if not self._limits.admits_address(sender.address):
            raise Refused("rate", TOO_MANY.format("address"), seq_of(data))
        try:
            frame = read(
                data,
                site=sender.site,
                received_ms=self._clock_ms(),
                robot=sender.robot,
                pages=self._page_names,
                keep=self._attributes.of,
            )
        except Refused as refusal:
            refusal.seq = seq_of(data)
            raise
        if not self._limits.admits_session(frame.session):
            raise Refused("rate", TOO_MANY.format("session"), frame.seq)
        if frame.seq is None:
            receipt = None
        if sender.checks:
            self._answer_check(frame, receipt)
            return frame
        self._offer(frame, sender.by, receipt)
        self._pages.learn(frame)
        return frame

    def take_click(self, query: str, referer: str, sender: Sender) -> None:
        """Take a click in the form of 2006. It is on the sender's site unless it names its page's origin.

        Raises:
            Refused: it is not valid, its page may not send, a rate limit is exceeded, or the buffer is full.
        """
        if not self._limits.admits_address(sender.address):
            raise Refused("rate", TOO_MANY.format("address"))
        click = read_click(query, referer, self._page_names)
        site = sender.site if click.origin is None else self.site_of(click.origin, checks=sender.checks)
        if sender.checks:
            return
        page = self._pages.get(site, click.path)
        self._offer(click.frame(site, self._clock_ms(), page, robot=sender.robot), sender.by)

    def seen(self, address: str, origin: str) -> tuple[str | None, str, Seen]:
        """What came lately for the page at an address within the site of an origin.

        Returns:
            The site's name, None if its pages may not send; the page's name; what came.
        """
        site, name = self._origins.site_of(origin), self._page_names.name(address)
        return site, name, self._sightings.of(site or "", name, origin, self._clock_ms())

    def _warn_of_proxy(self) -> None:
        if not self._has_warned_of_proxy:
            self._has_warned_of_proxy = True
            log.warning(
                "a proxy sends X-Forwarded-For, but TRUSTED_PROXIES does not count it: all its visitors "
                "share one rate limit, or have none if the proxy is on this machine"
            )

    def _note_refused(self, shown: str) -> None:
        self._sightings.refused(shown, self._clock_ms())
        if shown not in self._logged and len(self._logged) < MAX_LOGGED_ORIGINS:
            self._logged.add(shown)
            log.warning("pages of %s may not send; to let them, name it in ORIGINS or SITES", shown)

    def _answer_check(self, frame: Frame, receipt: Receipt | None) -> None:
        """Answer as if Kafka had the frame, if Kafka takes frames."""
        if why := self._sink.why_unready():
            raise Refused("busy", f"Kafka does not accept frames now: {why}", frame.seq)
        if receipt and frame.seq is not None:
            receipt(frame.seq)

    def _offer(self, frame: Frame, by: str, receipt: Receipt | None = None) -> None:
        if not self._sink.offer(frame, receipt):
            raise Refused("busy", "Kafka does not accept frames now; resend this one later", frame.seq)
        self._sightings.saw(frame)
        accepted.by[by] += 1
        events.by["move"] += (len(frame.moves) + len(frame.fixed_moves)) // MOVE_BYTES
        for event in frame.events:
            events.by[event.type] += 1


def counted_answer(refusal: Refused) -> bytes:
    """Count a refusal, and return the answer to the client."""
    refused.labels(refusal.reason).inc()
    return refusal.answer()
