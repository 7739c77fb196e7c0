"""Access control: requests and sockets in, grants or refusals out.

A request sends its token as `Authorization: Bearer …`. Browsers cannot set headers on a WebSocket, so they
offer an extra subprotocol: `pageheat.v1, pageheat.token.<token>`. Never in an address: proxies log those.
"""

from collections.abc import Awaitable, Callable, Iterable

from prometheus_client import Counter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.pages import PATHS_ALONE, Pages
from pageheat.services.contract.tokens import EVERYTHING, Grant, WrongToken, read
from pageheat.services.runtime.settings import ViewerSettings

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
ENDED = "The access token has ended. Pageheat's operator makes another with 'pageheat token'."


class Access:
    """The rule: with a secret, viewers need a token signed with it; without one, access is open.

    Args:
        secret: VIEW_SECRET, "" for none.
        clock_ms: returns the current time, ms since the epoch.
        pages: names pages, also those that tokens are for.
    """

    def __init__(self, secret: str, clock_ms: Callable[[], int], pages: Pages = PATHS_ALONE) -> None:
        self._secret = secret
        self._clock_ms = clock_ms
        self._pages = pages

    def grant(self, headers: Iterable[tuple[bytes, bytes]], subprotocols: Iterable[str] = ()) -> Grant:
        """Return what the sender of these may see.

        Raises:
            AccessDenied: 401, the token is missing, invalid or expired.
        """
        if not self._secret:
            return EVERYTHING
        token = _token(headers, subprotocols)
        if token is None:
            raise AccessDenied(401, NEEDED)
        try:
            grant = read(self._secret, token, self._pages)
        except WrongToken:  # the exact reason would only help an attacker
            raise AccessDenied(401, NOT_VALID) from None
        self.require_time(grant)
        return grant

    def require_time(self, grant: Grant) -> None:
        """Raise `AccessDenied`, 401, if the grant has expired."""
        if grant.over(self._clock_ms()):
            raise AccessDenied(401, ENDED)

    def route(self, path: str, answer: Callable[[Request, Grant], Awaitable[Response]]) -> Route:
        """A route that answers permitted requests, and tells the others what to send."""

        async def endpoint(request: Request) -> Response:
            try:
                return await answer(request, self.grant(request.headers.raw))
            except AccessDenied as refusal:
                refused.labels(refusal.status).inc()
                if refusal.status == 403:
                    return JSONResponse({"error": str(refusal)}, 403, NOT_STORED)
                headers = NOT_STORED | {"WWW-Authenticate": "Bearer"}
                body = {"error": str(refusal), "send": "Authorization: Bearer <token>"}
                return JSONResponse(body, 401, headers)

        return Route(path, endpoint, methods=["GET"])


def require_page(grant: Grant, page: str) -> None:
    """Raise `AccessDenied`, 403, if the grant doesn't cover the page."""
    if not grant.covers(page):
        raise AccessDenied(403, f"The access token covers {grant.root} and pages below it, not this page.")


def secret_of(settings: ViewerSettings) -> str:
    """The secret that signs tokens; "" if only this machine can reach the broadcaster."""
    return "" if settings.of_this_machine else settings.view_secret.get_secret_value()


def exposure(settings: ViewerSettings) -> str | None:
    """The warning to log at the start if grids need no token and other machines can reach the broadcaster."""
    if settings.of_this_machine or secret_of(settings):
        return None
    return (
        f"GRIDS ARE PUBLIC: anyone who can reach {settings.published_address}:{settings.broadcaster_port} or "
        f"{settings.broadcaster_url} sees the paths and the heat of every page. Set VIEW_SECRET "
        "to require tokens (docs/operations.md, Who may look), or BIND_ADDRESS=127.0.0.1"
    )


def _token(headers: Iterable[tuple[bytes, bytes]], subprotocols: Iterable[str]) -> str | None:
    for name, value in headers:
        scheme, _, token = value.partition(b" ")
        if name == b"authorization" and scheme.lower() == b"bearer":
            return token.strip().decode("ascii", "replace")
    for offered in subprotocols:
        if offered.startswith(TOKEN_PROTOCOL):
            return offered.removeprefix(TOKEN_PROTOCOL)
    return None
