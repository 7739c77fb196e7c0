"""Who may look: requests and sockets in, grants or refusals out.

A token comes in a request's `Authorization: Bearer …`, or, as a browser's socket has no headers, as one more
subprotocol that is offered: `pageheat.v1, pageheat.token.<token>`; never in an address, which proxies log.
"""

from collections.abc import Awaitable, Callable, Iterable

from prometheus_client import Counter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.tokens import EVERYTHING, Grant, WrongToken, read
from pageheat.services.runtime.settings import BroadcasterSettings

TOKEN_PROTOCOL = "pageheat.token."  # noqa: S105 - a prefix
"""With the token behind it, a subprotocol that is offered and never selected."""

PREFLIGHT_S = 7_200
"""For how long browsers remember what they may ask; the longest that Chromium does."""

ANY_ORIGIN = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
"""Of answers: an overlay is on any site's pages. What it may see is the token's to say, not the origin's."""

PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET",
    "Access-Control-Allow-Headers": "Authorization",
    "Access-Control-Max-Age": str(PREFLIGHT_S),
}

refused = Counter("pageheat_broadcaster_refused", "Requests and sockets without leave to look", ["status"])


class AccessDenied(PageheatError):
    """Somebody may not look; `status` is that of HTTP, 401 or 403, and `code` closes a socket."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = 4000 + status


NEEDED = "An access token is needed. Whoever runs Pageheat makes one with 'pageheat token'."
NOT_VALID = "The access token is not valid here. Whoever runs Pageheat makes one with 'pageheat token'."
ENDED = "The access token has ended. Whoever runs Pageheat makes another with 'pageheat token'."


class Access:
    """The rule: with a secret whoever looks needs a token that was signed with it; else everybody may.

    Args:
        secret: VIEW_SECRET, "" for none.
        clock_ms: now, ms since the epoch.
    """

    def __init__(self, secret: str, clock_ms: Callable[[], int]) -> None:
        self._secret = secret
        self._clock_ms = clock_ms

    def grant(self, headers: Iterable[tuple[bytes, bytes]], subprotocols: Iterable[str] = ()) -> Grant:
        """What somebody may look at who sends these.

        Raises:
            AccessDenied: 401, there is no token, or none that is good.
        """
        if not self._secret:
            return EVERYTHING
        token = _token(headers, subprotocols)
        if token is None:
            raise AccessDenied(401, NEEDED)
        try:
            grant = read(self._secret, token)
        except WrongToken:  # for what reason is of use to those alone who try things
            raise AccessDenied(401, NOT_VALID) from None
        self.require_time(grant)
        return grant

    def require_time(self, grant: Grant) -> None:
        """Raises `AccessDenied`, 401, when the grant has ended."""
        if grant.over(self._clock_ms()):
            raise AccessDenied(401, ENDED)

    def route(self, path: str, answer: Callable[[Request, Grant], Awaitable[Response]]) -> Route:
        """A route that answers to those who may look, and tells the others what to do."""

        async def endpoint(request: Request) -> Response:
            if request.method == "OPTIONS":
                return Response(status_code=204, headers=PREFLIGHT)
            try:
                return await answer(request, self.grant(request.headers.raw))
            except AccessDenied as refusal:
                refused.labels(refusal.status).inc()
                if refusal.status == 403:
                    return JSONResponse({"error": str(refusal)}, 403, ANY_ORIGIN)
                headers = ANY_ORIGIN | {"WWW-Authenticate": "Bearer"}
                told = {"error": str(refusal), "send": "Authorization: Bearer <token>"}
                return JSONResponse(told, 401, headers)

        return Route(path, endpoint, methods=["GET", "OPTIONS"])


def require_page(grant: Grant, page: str) -> None:
    """Raises `AccessDenied`, 403, when the grant doesn't cover the page."""
    if not grant.covers(page):
        raise AccessDenied(403, f"The access token is for {grant.root} and what is below, not for this page.")


def secret_of(settings: BroadcasterSettings) -> str:
    """The secret that tokens have to be signed with; none is asked of who looks on the machine itself."""
    return "" if settings.of_this_machine else settings.view_secret.get_secret_value()


def exposure(settings: BroadcasterSettings) -> str | None:
    """What has to be said at the start, if everybody may look who reaches this broadcaster from elsewhere."""
    if settings.of_this_machine or secret_of(settings):
        return None
    return (
        f"GRIDS ARE PUBLIC: whoever reaches {settings.published_address}:{settings.broadcaster_port} or "
        f"{settings.broadcaster_url} sees the paths and the heat of every page. Set VIEW_SECRET "
        "to ask for tokens (docs/operations.md, Who may look), or BIND_ADDRESS=127.0.0.1"
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
