"""ASGI middleware that admits pages and hosts which the settings name, and refuses all others with 403.

Access tokens say who may look, the gate from where: neither replaces the other.
"""

import json
import logging
from collections.abc import Callable, Collection

from prometheus_client import Counter
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pageheat.services.contract.hosts import Hosts
from pageheat.services.contract.origins import Origins
from pageheat.services.runtime.callers import Caller, Refusal
from pageheat.services.runtime.web import OPERATIONAL

log = logging.getLogger(__name__)

MAX_LOGGED = 100
"""Refusals to log, each once; limited, as clients can invent hosts and origins."""

PREFLIGHT_S = 7_200
"""How long browsers cache the preflight answer; Chromium's maximum."""

PREFLIGHT = {
    "Access-Control-Allow-Headers": "Authorization",
    "Access-Control-Max-Age": str(PREFLIGHT_S),
}

VIEWER_PROTOCOL = "pageheat.v1"
"""Offered by viewers that understand a reason on the open socket; browsers hide why a handshake failed."""

CLOSE_CODE = 4403

TEXT = [(b"content-type", b"text/plain; charset=utf-8")]

refused = Counter("pageheat_strangers_refused", "Requests and sockets refused for host or origin", ["reason"])
for _reason in ("host", "origin"):
    refused.labels(_reason)  # exported as 0 from the start


def everything(_path: str) -> bool:
    """All paths."""
    return True


class Gate:
    """Passes admitted requests and sockets to `app`.

    Args:
        app: the application.
        hosts: what `Host` may say.
        origins: whose pages may read.
        shares: the paths whose answers pages of other, named origins may read (CORS).
        public: paths that pages of any origin may load; their own answers say so.
        cookies: whether named pages may ask with cookies, for an authenticating proxy in front of us; we have
            none.
        methods: which ones named pages may use.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Hosts,
        origins: Origins,
        shares: Callable[[str], bool] = everything,
        public: Collection[str] = (),
        *,
        cookies: bool = False,
        methods: str = "GET",
    ) -> None:
        self._preflight = PREFLIGHT | {"Access-Control-Allow-Methods": methods}
        self._app = app
        self._hosts = hosts
        self._origins = origins
        self._shares = shares
        self._public = public
        self._cookies = cookies
        self._logged: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan" or (scope["type"] == "http" and scope["path"] in OPERATIONAL):
            await self._app(scope, receive, send)
            return
        caller = Caller.of(scope["headers"])
        if refusal := self._refusal(scope, caller):
            self._count(refusal)
            await _refuse(refusal, scope, receive, send)
        elif scope["type"] == "websocket" or not self._shares(scope["path"]):
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await Response(None, 204, self._preflight)(scope, receive, self._sharing(caller, send))
        else:
            await self._app(scope, receive, self._sharing(caller, send))

    def _refusal(self, scope: Scope, caller: Caller) -> Refusal | None:
        if refusal := caller.host_refusal(self._hosts):
            return refusal
        if scope["type"] == "http" and scope["path"] in self._public:
            return None
        return caller.origin_refusal(self._origins)

    def _sharing(self, caller: Caller, send: Send) -> Send:
        """`send` that lets the caller's page read the answer, and pages of no other origin."""
        is_named = caller.is_named(self._origins)

        async def share(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Origin")
                headers["Cross-Origin-Resource-Policy"] = "cross-origin" if is_named else "same-origin"
                headers["X-Content-Type-Options"] = "nosniff"
                if is_named and caller.origin is not None:
                    headers["Access-Control-Allow-Origin"] = caller.origin
                    if self._cookies:
                        headers["Access-Control-Allow-Credentials"] = "true"
            await send(message)

        return share

    def _count(self, refusal: Refusal) -> None:
        refused.labels(refusal.reason).inc()
        if refusal.message not in self._logged and len(self._logged) < MAX_LOGGED:
            self._logged.add(refusal.message)
            log.warning("refused: %s", refusal.message)


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await _response(refusal, scope)(scope, receive, send)
        return
    await receive()
    if refusal.reason == "host" or VIEWER_PROTOCOL not in scope["subprotocols"]:
        await send({"type": "websocket.http.response.start", "status": 403, "headers": TEXT})
        await send({"type": "websocket.http.response.body", "body": f"{refusal.message}\n".encode()})
        return
    await send({"type": "websocket.accept", "subprotocol": VIEWER_PROTOCOL})
    await send({"type": "websocket.send", "text": json.dumps(_body(refusal))})
    await send({"type": "websocket.close", "code": CLOSE_CODE})


def _response(refusal: Refusal, scope: Scope) -> Response:
    """A line for people, JSON for programs."""
    headers = {
        "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Vary": "Origin",
        "X-Content-Type-Options": "nosniff",
    }
    if any(name == b"accept" and b"text/html" in value for name, value in scope["headers"]):
        return PlainTextResponse(f"{refusal.message}.\n", 403, headers)
    return JSONResponse(_body(refusal), 403, headers)


def _body(refusal: Refusal) -> dict[str, str]:
    return {"error": f"{refusal.message}.", "refused": refusal.reason}
