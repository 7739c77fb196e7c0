"""Beacons: single requests that bring a frame by POST or a click by GET, and are answered 204."""

import asyncio
from typing import NamedTuple

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from pageheat.services.contract.records import MAX_FRAME_BYTES
from pageheat.services.ingest.client_request import ClientRequest
from pageheat.services.ingest.frames import Refused
from pageheat.services.ingest.intake import Intake, Sender, told

METHODS = ("GET", "HEAD", "OPTIONS", "POST")

RECEIPT_TIMEOUT_S = 5
"""A beacon waits so long for Kafka: an election of a partition's leader takes less."""

BODY_TIMEOUT_S = 10
"""A beacon's body comes within this: 64 KiB by the slowest lines that carry a page at all."""

MAX_BODIES_BYTES = 32_000_000
"""Of all bodies that have not ended, together: 500 of the longest frames."""

STATUS = {"malformed": 400, "future": 400, "origin": 403, "too_large": 413, "rate": 429, "busy": 503}

Headers = list[tuple[bytes, bytes]]

HEADERS: Headers = [
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"vary", b"Origin"),
]

PREFLIGHT_HEADERS: Headers = [
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"7200"),  # s; no browser keeps it for longer than some hours
]


class Answer(NamedTuple):
    """An answer, and whether the connection ends with it."""

    status: int
    headers: Headers
    body: bytes = b""
    closes: bool = False

    def fields(self, *, closes: bool) -> Headers:
        """The headers, with those that say where the answer and the connection end."""
        fields = self.headers
        if self.status != 204:
            fields = [*fields, (b"content-length", str(len(self.body)).encode())]
        return [*fields, (b"connection", b"close")] if closes else fields


class Beacons:
    """Answers them.

    Args:
        intake: takes what they bring.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._bodies_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one, as an ASGI application."""
        answer = await self._answer(scope, receive)
        headers = answer.fields(closes=answer.closes)
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def click(self, request: ClientRequest) -> Answer:
        """Take a click."""
        headers = HEADERS.copy()
        try:
            sender = self._sender(request, "get", headers)
            self._intake.take_click(request.query, request.headers.get("referer", ""), sender)
        except Refused as refusal:
            return _refusing(refusal, headers)
        return Answer(204, headers)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        """A frame by POST, a click by GET, a browser's question whether it may; HEAD does nothing."""
        method, request, headers = scope["method"], ClientRequest.of(scope), HEADERS.copy()
        if method == "GET":
            return self.click(request)
        if method not in METHODS:
            return Answer(405, [*headers, (b"allow", ", ".join(METHODS).encode())])
        try:
            sender = self._sender(request, "beacon", headers)
            if method == "POST":
                await self._take_surely(await self._body(scope, receive), sender)
            elif method == "OPTIONS":
                headers += PREFLIGHT_HEADERS
        except Refused as refusal:
            return _refusing(refusal, headers)
        return Answer(204, headers)

    def _sender(self, request: ClientRequest, by: str, headers: Headers) -> Sender:
        """Who sends; where its page may, the headers will say so.

        Raises:
            Refused: it may not.
        """
        sender = self._intake.sender(request, by)
        if (origin := request.headers.get("origin")) is not None:
            headers.append((b"access-control-allow-origin", origin.encode("latin-1")))
        return sender

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The body, read no further than a frame may be long, and no longer than BODY_TIMEOUT_S.

        Raises:
            Refused: it does not end, or too many others don't.
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
                        raise Refused("busy", "too many bodies have not ended; send it again later")
        except TimeoutError:
            raise Refused("malformed", f"the body did not end within {BODY_TIMEOUT_S} s") from None
        except ClientDisconnect:
            raise Refused("malformed", "the connection ended before the body did") from None
        finally:
            self._bodies_bytes -= len(body)
        return bytes(body)

    async def _take_surely(self, data: bytes, sender: Sender) -> None:
        """Take a frame, and return when Kafka has it: 204 is a beacon's receipt.

        Raises:
            Refused: it is not taken, or Kafka does not take it in time.
        """
        taken = asyncio.get_running_loop().create_future()

        def receipt(seq: int) -> None:
            if not taken.done():
                taken.set_result(seq)

        if not self._intake.take(data, sender, receipt):
            return
        try:
            await asyncio.wait_for(taken, RECEIPT_TIMEOUT_S)
        except TimeoutError:
            raise Refused("busy", "Kafka has not taken the frame yet; send it again later") from None


def _refusing(refusal: Refused, headers: Headers) -> Answer:
    # what there may be left of a body is read no more
    headers = [*headers, (b"content-type", b"application/json")]
    return Answer(STATUS[refusal.reason], headers, told(refusal), closes=True)
