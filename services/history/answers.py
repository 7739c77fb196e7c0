"""The history over HTTP: which question is asked at which path, and its answer."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
from prometheus_client import Counter, Histogram
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.pages import Pages, requested
from pageheat.services.contract.tokens import Grant
from pageheat.services.history.engine import READERS, Engine, EngineFailed
from pageheat.services.history.kinds import KINDS, ROOT, Kind
from pageheat.services.history.lines import csv_of
from pageheat.services.history.masks import hidden
from pageheat.services.history.openapi import document
from pageheat.services.history.queries.compare import Comparison
from pageheat.services.history.queries.png import NothingToDraw
from pageheat.services.history.queries.reached import STORED_TO, Answer, stored_to
from pageheat.services.history.queries.source import QUERY_S, Deleting, Selection, TooMuch
from pageheat.services.history.ranges import Depth, Range, WrongRange, range_of
from pageheat.services.history.requests import Question, WrongQuestion, read
from pageheat.services.history.store import masks_of
from pageheat.services.picture.drawing import TooLarge
from pageheat.services.picture.options import WrongOption
from pageheat.services.runtime.access import NOT_STORED, Access, looked, require_page

log = logging.getLogger(__name__)

PRESENT_S = 3
"""Longest wait until the present is stored; then the answer has what is stored."""

SETTLED_MS = 120_000
"""A range that ended this long ago changes by late events only: browsers may ask whether it has changed."""

MAX_WAITING = 32
"""Questions at once, of which READERS are answered; more are refused, so that none waits for long."""

TOO_LONG = ("Code: 159.", "Code: 160.", "Code: 241.", "Code: 307.")
"""ClickHouse's codes of what exceeds a limit of time, memory or bytes."""

answered = Histogram(
    "pageheat_history_answer_seconds",
    "Time to answer a question",
    ["kind"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
unanswered = Counter("pageheat_history_unanswered", "Questions without an answer", ["reason"])
for _reason in ("wrong", "limit", "failed", "busy"):
    unanswered.labels(_reason)  # exported as 0 from the start


QUESTIONS = ", ".join(kind.path + ("/<path>" if kind.of_page else "") for kind in KINDS)


class Busy(PageheatError):
    """Too many questions wait."""


class Answers:
    """Answers requests.

    Args:
        engine: the database.
        pages: names the requested pages.
        url: where the history is reached.
        kept_days: for how long minutes and hours are kept.
        present: stores what is in memory, waiting for some seconds at most.
        clock_ms: returns the current time, ms since the epoch.
    """

    def __init__(
        self,
        engine: Engine,
        pages: Pages,
        url: str,
        kept_days: tuple[int, int],
        present: Callable[[float], object],
        clock_ms: Callable[[], int],
    ) -> None:
        self._engine = engine
        self._pages = pages
        self._url = url
        self._kept_days = kept_days
        self._present = present
        self._clock_ms = clock_ms
        self._waiting = 0
        self._readers = ThreadPoolExecutor(READERS, "answering")
        self._storing = ThreadPoolExecutor(MAX_WAITING, "waiting")  # apart, as they read nothing

    def routes(self, access: Access) -> list[BaseRoute]:
        """The routes, for requests that `access` permits; the document is for everybody."""
        described = msgspec.json.encode(document(self._url))

        async def openapi(_: Request) -> Response:
            return Response(described, media_type="application/json", headers=NOT_STORED)

        async def unknown(request: Request) -> Response:
            asked = request.url.path.removeprefix(f"{ROOT}/")
            return _refused(404, "wrong", f"{asked[:40]}: there is no such question; there are {QUESTIONS}")

        return [
            Route(f"{ROOT}/openapi.json", openapi),
            *(route for kind in KINDS for route in self._routes(access, kind)),
            Route(f"{ROOT}/{{asked:path}}", unknown),
        ]

    def _routes(self, access: Access, kind: Kind) -> list[Route]:
        async def answer(request: Request, grant: Grant) -> Response:
            try:
                return await self._answered(kind, request, grant)
            except (WrongQuestion, WrongRange, TooMuch, WrongOption, TooLarge) as error:
                return _refused(400, "wrong", str(error))
            except NothingToDraw as error:
                return _refused(404, "wrong", str(error))
            except (Busy, Deleting) as error:
                return _refused(503, "busy", str(error), {"Retry-After": "1"})
            except EngineFailed as error:
                if str(error).startswith(TOO_LONG):
                    return _refused(
                        503,
                        "limit",
                        f"this question needs more than {QUERY_S} s, or too much memory: ask for a shorter "
                        "range, for one page, or without a group",
                    )
                log.error("the database failed: %s", error)
                return _refused(503, "failed", "the database has failed; the log of 'history' has the reason")

        path = f"{ROOT}/{kind.path}"
        below = [access.route(f"{path}/{{path:path}}", answer)] if kind.of_page else []
        return [access.route(path, answer), *below]

    async def _answered(self, kind: Kind, request: Request, grant: Grant) -> Response:
        question = read(request.query_params.multi_items(), kind.all_parameters, self._pages.query)
        page = self._page(kind, request, grant) if kind.of_page else ""
        if not page:
            looked(grant, f"{ROOT}/{kind.path}")
        depth = Depth.of(self._clock_ms(), *self._kept_days)
        range_ = range_of(question.get("from"), question["to"], depth)
        if self._waiting >= MAX_WAITING:
            raise Busy("too many questions at once; ask again in a moment")
        self._waiting += 1
        loop = asyncio.get_running_loop()
        try:
            if "now" in (question["to"], question.get("than_to")):
                await loop.run_in_executor(self._storing, self._present, PRESENT_S)
            found, stored_ms = await loop.run_in_executor(
                self._readers, self._found, kind, page, range_, question, grant
            )
        finally:
            self._waiting -= 1
        return self._response(request, found, question["format"], range_, stored_ms)

    def _found(
        self, kind: Kind, page: str, range_: Range, question: Question, grant: Grant
    ) -> tuple[Any, int | None]:
        """The answer, and until when it is complete: asked for first, as more may be stored meanwhile."""
        with answered.labels(kind.path).time():
            reached_ms = stored_to(self._engine)
            forgotten = hidden(masks_of(self._engine))
            selection = Selection(page, range_, question.filters, forgotten)
            found = kind.answer(self._engine, selection, question, grant)
        ends_ms = [range_.end_ms, *([found.before.end] if isinstance(found, Comparison) else [])]
        stored_ms = None if reached_ms is None else min(reached_ms, max(ends_ms))
        if isinstance(found, Answer):
            found = msgspec.structs.replace(found, stored_to=stored_ms)
        return found, stored_ms

    def _page(self, kind: Kind, request: Request, grant: Grant) -> str:
        path = request.scope["raw_path"].removeprefix(f"{ROOT}/{kind.path}".encode())
        ours = {parameter.name for parameter in kind.all_parameters}
        page = requested(path, request.scope["query_string"], self._pages, ours)
        require_page(grant, page)
        return page

    def _response(
        self, request: Request, found: Any, format_: str, range_: Range, stored_ms: int | None
    ) -> Response:
        if isinstance(found, bytes):
            body, media_type = found, "image/png"
        elif format_ == "csv":
            body, media_type = csv_of(found), "text/csv; charset=utf-8"
        else:
            body, media_type = msgspec.json.encode(found), "application/json"
        until = {} if stored_ms is None else {STORED_TO: str(stored_ms)}
        if range_.end_ms > self._clock_ms() - SETTLED_MS:
            return Response(body, media_type=media_type, headers=NOT_STORED | until)
        tag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", **until}
        if tag in request.headers.get("if-none-match", ""):
            return Response(None, 304, headers)
        return Response(body, media_type=media_type, headers=headers)


def _refused(status: int, reason: str, message: str, headers: dict[str, str] | None = None) -> Response:
    unanswered.labels(reason).inc()
    return JSONResponse({"error": message}, status, NOT_STORED | (headers or {}))
