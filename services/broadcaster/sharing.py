"""Links for others: who may look passes on a token, which is made here, as only servers have the secret."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pageheat.services.contract.pages import Pages, requested
from pageheat.services.contract.tokens import MAX_HOURS, Grant
from pageheat.services.runtime.access import NOT_STORED, Access, looked

SHARE = "/_pageheat/share"

DEFAULT_HOURS = 7 * 24
"""A week: until a colleague is back."""

_OURS = frozenset({"page", "hours", "below"})


def routes(access: Access, pages: Pages, clock_ms: Callable[[], int]) -> list[Route]:
    """The routes, for requests that `access` permits."""

    async def share(request: Request, grant: Grant) -> Response:
        path = request.scope["raw_path"].removeprefix(SHARE.encode())
        page = requested(path, request.scope["query_string"], pages, _OURS)
        try:
            hours, below = _asked(request.query_params)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400, NOT_STORED)
        ends_ms = clock_ms() + hours * 3_600_000
        token = access.pass_on(grant, page, ends_ms, below=below)
        looked(grant, f"{SHARE}{page}")
        answer: dict[str, Any] = {"page": page, "below": below, "token": token}
        return JSONResponse(
            answer | {"ends": int(min(ends_ms, grant.ends_ms)) if token else None}, 200, NOT_STORED
        )

    return [access.route(f"{SHARE}/{{path:path}}", share)]


def _asked(parameters: Mapping[str, str]) -> tuple[int, bool]:
    """For how many hours, and whether also for the pages below.

    Raises:
        ValueError: one has a value that is not allowed.
    """
    hours, below = parameters.get("hours", str(DEFAULT_HOURS)), parameters.get("below", "false")
    if not re.fullmatch("[0-9]{1,3}", hours) or not 1 <= int(hours) <= MAX_HOURS:
        raise ValueError(f"hours={hours[:20]}: should be a whole number from 1 to {MAX_HOURS}")
    if below not in ("true", "false"):
        raise ValueError(f"below={below[:20]}: should be true or false")
    return int(hours), below == "true"
