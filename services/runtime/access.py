"""Access control: requests and sockets in, grants or refusals out; and who looked, if that is wanted.

A request sends its token as `Authorization: Bearer …`. Browsers cannot set headers on a WebSocket, so they
offer an extra subprotocol: `pageheat.v1, pageheat.token.<token>`. Never in an address: proxies log those.
Who is signed on at an authenticating proxy needs no token.
"""

import hashlib
import logging
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from prometheus_client import Counter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.pages import PATHS_ALONE, Pages
from pageheat.services.contract.tokens import EVERYTHING, Grant, WrongToken, issue, read
from pageheat.services.runtime.settings import ViewerSettings
from pageheat.services.runtime.sign_on import SignOn

log = logging.getLogger(__name__)

TOKEN_PROTOCOL = "pageheat.token."  # noqa: S105 - a prefix
"""Followed by the token: a subprotocol that clients offer and the server never selects."""

NOT_STORED = {"Cache-Control": "no-store"}
"""Response headers of heat, which is old in a moment."""

refused = Counter("pageheat_refused", "Requests and sockets without access", ["status"])


class AccessDenied(PageheatError):
    """Access is denied. `status` is the HTTP status, 401 or 403; `code` is the WebSocket close code."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = 4000 + status


NEEDED = "An access token is needed. Pageheat's operator makes one with 'pageheat token'."
NOT_VALID = "The access token is not valid here. Pageheat's operator makes one with 'pageheat token'."
NOT_SIGNED_ON = (
    "Nobody is signed on. Open the heat map at the address where your organization's sign-on protects it, or "
    "use an access token."
)
ENDED = "The access token has ended. Pageheat's operator makes another with 'pageheat token'."


class Access:
    """The rule: with a secret, viewers need a token signed with it; with a sign-on, being signed on will do;
    with neither, access is open.

    Args:
        secret: VIEW_SECRET, "" for none.
        clock_ms: returns the current time, ms since the epoch.
        pages: names pages, also those that tokens are for.
        sign_on: who says who is signed on, and may see everything.
        is_logged: whether grants say whose they are, so that it is logged who looks.
    """

    def __init__(
        self,
        secret: str,
        clock_ms: Callable[[], int],
        pages: Pages = PATHS_ALONE,
        sign_on: SignOn | None = None,
        *,
        is_logged: bool = False,
    ) -> None:
        self._secret = secret
        self._clock_ms = clock_ms
        self._pages = pages
        self._sign_on = sign_on
        self._is_logged = is_logged

    @classmethod
    def of(cls, settings: ViewerSettings, clock_ms: Callable[[], int], pages: Pages) -> "Access":
        """By the settings: open if only this machine can reach the process."""
        sign_on = None if settings.of_this_machine else settings.sign_on
        return cls(secret_of(settings), clock_ms, pages, sign_on, is_logged=settings.access_log)

    def grant(
        self,
        headers: Iterable[tuple[bytes, bytes]],
        subprotocols: Iterable[str] = (),
        peer: str | None = None,
    ) -> Grant:
        """Return what the sender of these, from the address `peer`, may see.

        Raises:
            AccessDenied: 401, the token is missing, invalid or expired, and nobody is signed on.
        """
        headers = list(headers)
        if self._sign_on and (user := self._sign_on.user(peer, headers)):
            return self._of(EVERYTHING, user)
        if not self._secret and not self._sign_on:
            return self._of(EVERYTHING, "anyone")
        token = _token(headers, subprotocols)
        if token is None or not self._secret:
            raise AccessDenied(401, NOT_SIGNED_ON if self._sign_on else NEEDED)
        try:
            grant = read(self._secret, token, self._pages)
        except WrongToken:  # the exact reason would only help an attacker
            raise AccessDenied(401, NOT_VALID) from None
        self.require_time(grant)
        return self._of(grant, f"token {hashlib.sha256(token.encode()).hexdigest()[:8]}")

    def _of(self, grant: Grant, who: str) -> Grant:
        return replace(grant, who=who) if self._is_logged else grant

    def require_time(self, grant: Grant) -> None:
        """Raise `AccessDenied`, 401, if the grant has expired."""
        if grant.over(self._clock_ms()):
            raise AccessDenied(401, ENDED)

    def pass_on(self, grant: Grant, key: str, ends_ms: int, *, below: bool) -> str | None:
        """A token with which others may look at what somebody may look at; None if nobody needs one.

        Args:
            grant: whose permission is passed on. The token ends with it, at the latest.
            key: of the page.
            ends_ms: when it should end.
            below: whether all pages below this one are meant, too.

        Raises:
            AccessDenied: 403, the grant does not cover all of that.
        """
        if not self._secret:
            return None
        site, slash, path = key[2:].partition("/") if key.startswith("//") else ("", "", key)
        prefix = slash + path
        if below:
            prefix = re.split("[?#]", prefix, maxsplit=1)[0]
        if not grant.includes(Grant(site, prefix, ends_ms, self._pages, only=not below)):
            raise AccessDenied(403, f"The access token {_covered(grant)}, so no link to all of that is made.")
        ends_s = int(min(ends_ms, grant.ends_ms)) // 1000
        return issue(self._secret, site, prefix, ends_s, only=not below, shared=True)

    def route(
        self, path: str, answer: Callable[[Request, Grant], Awaitable[Response]], method: str = "GET"
    ) -> Route:
        """A route that answers permitted requests, and tells the others what to send."""

        async def endpoint(request: Request) -> Response:
            try:
                peer = request.client.host if request.client else None
                return await answer(request, self.grant(request.headers.raw, peer=peer))
            except AccessDenied as refusal:
                refused.labels(refusal.status).inc()
                if refusal.status == 403:
                    return JSONResponse({"error": str(refusal)}, 403, NOT_STORED)
                headers = NOT_STORED | {"WWW-Authenticate": "Bearer"}
                body = {"error": str(refusal), "send": "Authorization: Bearer <token>"}
                return JSONResponse(body, 401, headers)

        return Route(path, endpoint, methods=[method])


def require_page(grant: Grant, page: str) -> None:
    """Raise `AccessDenied`, 403, if the grant doesn't cover the page; else log who looks, if wanted."""
    if not grant.covers(page):
        raise AccessDenied(403, f"The access token {_covered(grant)}, not this page.")
    looked(grant, page)


def looked(grant: Grant, at: str) -> None:
    """Log who looks at something, if that is wanted."""
    if grant.who:
        log.info("%s looked at %s", grant.who, at, extra={"user": grant.who, "page": at})


def secret_of(settings: ViewerSettings) -> str:
    """The secret that signs tokens; "" if only this machine can reach the broadcaster."""
    return "" if settings.of_this_machine else settings.view_secret.get_secret_value()


def exposure(settings: ViewerSettings) -> str | None:
    """The warning to log at the start if grids need no token and other machines can reach the broadcaster."""
    if settings.of_this_machine or secret_of(settings) or settings.sign_on:
        return None
    return (
        f"GRIDS ARE PUBLIC: anyone who can reach {settings.published_address}:{settings.broadcaster_port} or "
        f"{settings.broadcaster_url} sees the paths and the heat of every page. Set VIEW_SECRET "
        "to require tokens (docs/operations.md, Who may look), or BIND_ADDRESS=127.0.0.1"
    )


def _covered(grant: Grant) -> str:
    return f"covers {grant.root} {'alone' if grant.only else 'and pages below it'}"


def _token(headers: Iterable[tuple[bytes, bytes]], subprotocols: Iterable[str]) -> str | None:
    for name, value in headers:
        scheme, _, token = value.partition(b" ")
        if name == b"authorization" and scheme.lower() == b"bearer":
            return token.strip().decode("ascii", "replace")
    for offered in subprotocols:
        if offered.startswith(TOKEN_PROTOCOL):
            return offered.removeprefix(TOKEN_PROTOCOL)
    return None
