"""One open WebSocket of ingest: its messages, and what it is told."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from prometheus_client import Counter

from pageheat.services.contract.watching import TRACKER_SEND_MS
from pageheat.services.ingest.client_request import ClientRequest
from pageheat.services.ingest.frames import Refused
from pageheat.services.ingest.intake import Intake, Receipt, counted_answer
from pageheat.services.ingest.limits import RefusalBudget
from pageheat.services.ingest.receipts import Receipts
from pageheat.services.ingest.watched import PageVisitors, Turns, WatchedPages

sockets_cut_off = Counter("pageheat_ingest_sockets_cut_off", "WebSockets closed for exceeding a rate limit")


class Conversation:
    """One open WebSocket.

    Args:
        intake: takes its messages.
        request: the handshake's request.
        receipts: sends answers to the client.
        budget: refusals, after which the connection is closed.
        watched: the watched pages, and how often visitors send.
        close: closes the connection, with a reason.
        clock_s: a monotonic clock, s.
    """

    def __init__(
        self,
        intake: Intake,
        request: ClientRequest,
        receipts: Receipts,
        budget: RefusalBudget,
        watched: WatchedPages,
        close: Callable[[str], Awaitable[None]],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._intake = intake
        self._request = request
        self._receipts = receipts
        self._budget = budget
        self._watched = watched
        self._close = close
        self._clock_s = clock_s
        self._closing: asyncio.Task[None] | None = None
        self._receipt: Receipt | None = None  # for clients that read answers
        self._name: str | None = None  # of the page that the newest frame is from
        self._page = ""  # its key
        self._there: PageVisitors | None = None  # the visitors of that page
        self._turns = Turns()
        self._send_ms = TRACKER_SEND_MS

    def begin(self, *, hears: bool) -> None:
        """Find the sender. It is refused over the open socket, as browsers hide why a handshake failed.

        Args:
            hears: whether the client reads answers other than refusals.
        """
        self._receipt = self._receipts.delivered if hears else None
        try:
            self._sender = self._intake.sender(self._request, "websocket")
        except Refused as refusal:
            self._refuse(refusal, ends=True)

    def take(self, data: bytes) -> None:
        """Take a message or send a refusal; after the last refusal, ignore messages."""
        if self._closing:
            return
        try:
            frame = self._intake.take(data, self._sender, self._receipt)
        except Refused as refusal:
            ends = refusal.reason == "rate" and not self._budget.allows()
            if ends:
                sockets_cut_off.inc()
            self._refuse(refusal, ends=ends)
            return
        if self._receipt is None:
            return
        if frame.page.path != self._name:
            self._name = frame.page.path
            self._go_to(frame.key)
        if self._there:
            self.send_every(self._there.saw(self._turns, self._clock_s() * 1_000))

    def send_every(self, every_ms: int) -> None:
        """Tell the client to send that often, if it does not."""
        if every_ms != self._send_ms:
            self._send_ms = every_ms
            self._receipts.answer(f'{{"every":{every_ms}}}')

    def close(self) -> None:
        """The connection is closed."""
        self._watched.leave(self._page, self)
        if self._closing:
            self._closing.cancel()

    def _go_to(self, page: str) -> None:
        self._watched.leave(self._page, self)
        self._page = page
        self._there = self._watched.enter(page, self)
        self._turns.of_page = 0

    def _refuse(self, refusal: Refused, *, ends: bool) -> None:
        self._receipts.answer(counted_answer(refusal).decode())
        if ends:
            self._closing = asyncio.create_task(self._close_after_refusals(refusal.reason))

    async def _close_after_refusals(self, reason: str) -> None:
        await self._receipts.flush_answers()
        await self._close(reason)
