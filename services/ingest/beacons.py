"""Beacons: single HTTP requests, a frame by POST or a click by GET, answered with 204."""

import asyncio
from typing import NamedTuple

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from pageheat.services.contract.records import MAX_FRAME_BYTES
from pageheat.services.ingest.client_request import ClientRequest
from pageheat.services.ingest.frames import Refused
from pageheat.services.ingest.intake import Intake, Sender, counted_answer

METHODS = ("GET", "HEAD", "OPTIONS", "POST")

RECEIPT_TIMEOUT_S = 5
"""Timeout for Kafka's acknowledgement of a beacon's frame: electing a partition's leader takes less."""

BODY_TIMEOUT_S = 10
"""Timeout for a request body: 64 KiB over the slowest lines on which a page loads at all."""

MAX_BODIES_BYTES = 32_000_000
"""Limit for all incomplete bodies together: 500 of the longest frames."""

STATUS = {
    "malformed": 400,
    "version": 400,
    "future": 400,
    "origin": 403,
    "too_large": 413,
    "rate": 429,
    "busy": 503,
}

Headers = list[tuple[bytes, bytes]]

HEADERS: Headers = [
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"vary", b"Origin"),
]

PREFLIGHT_HEADERS: Headers = [
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"7200"),  # s; browsers cache it for a few hours at most
]


class Answer(NamedTuple):
    """A response, and whether the connection closes after it."""

    status: int
    headers: Headers
    body: bytes = b""
    closes: bool = False

    def fields(self, *, closes: bool) -> Headers:
        """The headers, with `Content-Length` and `Connection: close` where they are due."""
        fields = self.headers
        if self.status != 204:
            fields = [*fields, (b"content-length", str(len(self.body)).encode())]
        return [*fields, (b"connection", b"close")] if closes else fields


class Beacons:
    """Answers beacons.

    Args:
        intake: takes their frames and clicks.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._bodies_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one beacon, as an ASGI application."""
        answer = await self._answer(scope, receive)
        headers = answer.fields(closes=answer.closes)
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _click(self, request: ClientRequest) -> Answer:
        """Take a click."""
        headers = HEADERS.copy()
        try:
            sender = self._sender(request, "get", headers)
            self._intake.take_click(request.query, request.headers.get("referer", ""), sender)
        except Refused as refusal:
            return _refusal_answer(refusal, headers)
        return Answer(204, headers)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        """POST brings a frame, GET a click, OPTIONS is a browser's preflight request; HEAD does nothing."""
        method, request, headers = scope["method"], ClientRequest.of(scope), HEADERS.copy()
        if method == "GET":
            return self._click(request)
        if method not in METHODS:
            return Answer(405, [*headers, (b"allow", ", ".join(METHODS).encode())])
        try:
            sender = self._sender(request, "beacon", headers)
            if method == "POST":
                await self._take_and_wait(await self._body(scope, receive), sender)
            elif method == "OPTIONS":
                headers += PREFLIGHT_HEADERS
        except Refused as refusal:
            return _refusal_answer(refusal, headers)
        return Answer(204, headers)

    def _sender(self, request: ClientRequest, by: str, headers: Headers) -> Sender:
        """The sender; if its page may send, the CORS header that says so is added to `headers`.

        Raises:
            Refused: the page may not send.
        """
        sender = self._intake.sender(request, by)
        if (origin := request.headers.get("origin")) is not None:
            headers.append((b"access-control-allow-origin", origin.encode("latin-1")))
        return sender

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The body. Reading stops soon after MAX_FRAME_BYTES, and after BODY_TIMEOUT_S.

        Raises:
            Refused: the body does not end, or too many bodies are incomplete.
        """
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                async for chunk in Request(scope, receive).stream():
                    body += chunk
                    self._bodies_bytes += len(chunk)
                    if len(body) > MAX_FRAME_BYTES:
                        break
                    if self._bodies_bytes > MAX_BODIES_BYTES:
                        raise Refused("busy", "too many bodies are incomplete; resend the frame later")
        except TimeoutError:
            raise Refused("malformed", f"the body did not end within {BODY_TIMEOUT_S} s") from None
        except ClientDisconnect:
            raise Refused("malformed", "the connection ended before the body did") from None
        finally:
            self._bodies_bytes -= len(body)
        return bytes(body)

    async def _take_and_wait(self, data: bytes, sender: Sender) -> None:
        """Take a frame and return when Kafka has it: 204 acknowledges a beacon.

        Raises:
            Refused: the frame is refused, or Kafka does not acknowledge it in time.
        """
        acknowledged = asyncio.get_running_loop().create_future()

        def receipt(seq: int) -> None:
            if not acknowledged.done():
                acknowledged.set_result(seq)

        if self._intake.take(data, sender, receipt).seq is None:
            return
        try:
            await asyncio.wait_for(acknowledged, RECEIPT_TIMEOUT_S)
        except TimeoutError:
            raise Refused("busy", "Kafka has not acknowledged the frame yet; resend it later") from None


def _refusal_answer(refusal: Refused, headers: Headers) -> Answer:
    # close the connection: what is left of the body is not read
    headers = [*headers, (b"content-type", b"application/json")]
    return Answer(STATUS[refusal.reason], headers, counted_answer(refusal), closes=True)
