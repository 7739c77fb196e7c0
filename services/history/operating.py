"""What the operator's tools ask of a running history, as its database belongs to its process: to take old
events, and for a backup.

They send the header OPERATOR, which no page of another origin may send, and, where other machines can reach
the history, a token of their own kind: whoever may look may not write.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from pageheat.services.contract.records import UNDECODABLE
from pageheat.services.contract.tokens import of_operators
from pageheat.services.history.engine import EngineFailed
from pageheat.services.history.importing import Importer
from pageheat.services.history.parts import BACKUP, IMPORT, MAX_BODY, OPERATOR, decode_part, encode
from pageheat.services.runtime.access import NOT_STORED, Access, AccessDenied, secret_of
from pageheat.services.runtime.settings import ViewerSettings

log = logging.getLogger(__name__)

MSGPACK = "application/msgpack"

Permission = Callable[[Request], None]
"""Raises AccessDenied."""


def permission(settings: ViewerSettings, clock_ms: Callable[[], int]) -> Permission:
    """Who may operate: whoever is on this machine if no other reaches it, else who knows VIEW_SECRET."""
    secret = secret_of(settings)
    access = Access(of_operators(secret) if secret else "", clock_ms)

    def permit(request: Request) -> None:
        if OPERATOR not in request.headers:
            raise AccessDenied(403, f"Only Pageheat's own tools may do this; they send {OPERATOR}.")
        if not secret and not settings.of_this_machine:
            raise AccessDenied(403, "Other machines can reach the history: set VIEW_SECRET to operate it.")
        access.grant(request.headers.raw)

    return permit


def routes(permit: Permission, importer: Importer, backup: Callable[[], Iterator[bytes]]) -> list[BaseRoute]:
    """The routes.

    Args:
        permit: see `permission`.
        importer: takes old events.
        backup: makes one, block by block.
    """

    async def known(_: Request) -> Response:
        return _packed(await asyncio.to_thread(importer.known))

    async def take(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                return _refused(413, f"a part may have {MAX_BODY:,} bytes")
        try:
            part = decode_part(body)
        except UNDECODABLE as error:
            return _refused(
                400, f"not a part of an import: {error}; tool and history should be of one version"
            )
        return _packed(await asyncio.to_thread(importer.take, part))

    async def back_up(_: Request) -> Response:
        return StreamingResponse(backup(), media_type="application/x-tar", headers=NOT_STORED)

    return [
        _route(permit, IMPORT, known, "GET"),
        _route(permit, IMPORT, take, "POST"),
        _route(permit, BACKUP, back_up, "POST"),
    ]


def _route(
    permit: Permission, path: str, answer: Callable[[Request], Awaitable[Response]], method: str
) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            permit(request)
            return await answer(request)
        except AccessDenied as refusal:
            return _refused(refusal.status, str(refusal))
        except ClientDisconnect:
            return Response(status_code=400)
        except EngineFailed as error:
            log.error("the database failed: %s", error)
            return _refused(503, f"the database has failed: {error}")

    return Route(path, endpoint, methods=[method])


def _packed(found: object) -> Response:
    return Response(encode(found), media_type=MSGPACK, headers=NOT_STORED)


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status, NOT_STORED)
