"""Notes on the strip of time: adding one, removing one.

Who may look at a page may write notes on it, and who may look at a whole site on the site; but not who looks
by a link that somebody shared, and nobody where the heat is public. A note has no author.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.pages import Pages, requested
from pageheat.services.contract.records import UNDECODABLE
from pageheat.services.contract.tokens import Grant
from pageheat.services.history.engine import Engine, EngineFailed
from pageheat.services.history.kinds import ROOT
from pageheat.services.history.native import Block
from pageheat.services.history.partition import IMPORTED
from pageheat.services.history.queries.notes import site_pattern
from pageheat.services.history.ranges import FIRST_MS
from pageheat.services.history.schema import DATABASE
from pageheat.services.history.store import Store
from pageheat.services.runtime.access import NOT_STORED, Access, AccessDenied, require_page, secret_of
from pageheat.services.runtime.settings import ViewerSettings

log = logging.getLogger(__name__)

PATH = f"{ROOT}/notes"

METHODS = "GET, POST, DELETE"
"""Which pages of named origins may use at the history: the others for notes."""

MAX_CHARS = 100
"""Of a note: a line beside a chart."""

MAX_OF_PAGE = 200
"""Notes about one page, or about one site: as many as one answer has."""

MAX_NOTES = 10_000
"""Notes in all: some 2 MB."""

MAX_BODY = 4_096
"""Bytes of a request: a note of MAX_CHARS in any script, and its time."""

MAX_FUTURE_MS = 60_000
"""By so much a browser's clock may be ahead."""

Clock = Callable[[], int]


class _Given(msgspec.Struct, forbid_unknown_fields=True):
    time: Annotated[int, msgspec.Meta(ge=FIRST_MS)]
    text: str
    site: bool = False


class WrongNote(PageheatError):
    """It is no note, or one too many; the message says what is allowed."""


def may_write(settings: ViewerSettings) -> bool:
    """Whether anybody may write: not where everybody who reaches the history may look."""
    return bool(settings.of_this_machine or secret_of(settings) or settings.sign_on)


class Notes:
    """Keeps notes.

    Args:
        engine, store: the database, and what is stored there.
        clock_ms: returns the current time, ms since the epoch.
    """

    def __init__(self, engine: Engine, store: Store, clock_ms: Clock) -> None:
        self._engine = engine
        self._store = store
        self._clock_ms = clock_ms

    def add(self, page: str, time_ms: int, text: str) -> str:
        """Add a note about a page, or about a site's pages by their pattern; returns its id.

        Raises:
            WrongNote: the text is empty or too long, its time has not come, or there are too many.
        """
        text = " ".join(text.split())
        if not 1 <= len(text) <= MAX_CHARS or not text.isprintable():
            raise WrongNote(f"text: should be a line of 1 to {MAX_CHARS} characters that can be seen")
        if time_ms > self._clock_ms() + MAX_FUTURE_MS:
            raise WrongNote("time: should have come, in ms since the epoch")
        with self._store.writing:
            of_page, of_all = self._counts(page)
            if of_page >= MAX_OF_PAGE or of_all >= MAX_NOTES:
                raise WrongNote(
                    f"there are {of_page} notes about {page}, {of_all} in all: {MAX_OF_PAGE} and "
                    f"{MAX_NOTES:,} are allowed; remove one first"
                )
            first = self._store.positions().get(0)  # its tombstones are about notes from before them, too
            id_ = secrets.token_hex(8)
            block = Block(1)
            block.texts("page", [page])
            block.numbers("time", "DateTime", [time_ms // 1000])
            block.texts("id", [id_])
            block.numbers("partition", "UInt16", [IMPORTED])
            block.numbers("era", "UInt32", [first.batches if first else 0])
            block.texts("text", [text])
            self._engine.insert(f"{DATABASE}.notes", block.data, id_)
        return id_

    def remove(self, page: str, id_: str) -> bool:
        """Remove a note about a page, or about a site's pages; returns whether there was one."""
        chosen = "page = {page:String} AND id = {id:String}"
        parameters = {"page": page, "id": id_}
        with self._store.writing:
            if not self._count(chosen, parameters):
                return False
            self._engine.command(
                f"ALTER TABLE {DATABASE}.notes DELETE WHERE {chosen} SETTINGS mutations_sync = 2", parameters
            )
        return True

    def _counts(self, page: str) -> tuple[int, int]:
        return self._count("page = {page:String}", {"page": page}), self._count("1", {})

    def _count(self, condition: str, parameters: dict[str, str]) -> int:
        sql = f"SELECT count() FROM {DATABASE}.notes WHERE {condition}"
        return int(self._engine.query(sql, parameters, format_="CSV"))


def routes(access: Access, notes: Notes, pages: Pages, *, writable: bool) -> list[Route]:
    """The routes that write.

    Args:
        access: who may look.
        notes: keeps them.
        pages: names the requested pages.
        writable: see `may_write`.
    """

    def permitted(request: Request, grant: Grant) -> tuple[str, str]:
        """The page that a request is about, and the pattern of its site's pages."""
        if not writable:
            raise AccessDenied(403, "Other machines can reach the history: set VIEW_SECRET to write notes.")
        if grant.shared:
            raise AccessDenied(403, "This link is for looking; it may not write notes.")
        path = request.scope["raw_path"].removeprefix(PATH.encode())
        page = requested(path, request.scope["query_string"], pages, {"page", "id", "site"})
        require_page(grant, page)
        return page, site_pattern(page)

    def require_site(grant: Grant, pattern: str) -> None:
        site = pattern[2:].partition("/")[0] if pattern.startswith("//") else ""
        if not grant.includes(Grant(site, "/", grant.ends_ms, pages)):
            raise AccessDenied(403, f"The access token covers {grant.root}, not the whole site.")

    async def add(request: Request, grant: Grant) -> Response:
        page, whole = permitted(request, grant)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                return _refused(413, f"a note may have {MAX_BODY:,} bytes")
        try:
            given = msgspec.json.decode(body, type=_Given)
        except UNDECODABLE as error:
            return _refused(400, f'should be {{"time": ms, "text": "…", "site": false}}: {error}')
        if given.site:
            require_site(grant, whole)
        of = whole if given.site else page
        return await _done(lambda: {"id": notes.add(of, given.time, given.text)})

    async def remove(request: Request, grant: Grant) -> Response:
        page, whole = permitted(request, grant)
        id_, of_site = request.query_params.get("id", ""), request.query_params.get("site") == "true"
        if of_site:
            require_site(grant, whole)
        return await _done(lambda: {"removed": notes.remove(whole if of_site else page, id_)})

    return [
        access.route(path, answer, method)
        for path in (PATH, f"{PATH}/{{path:path}}")
        for answer, method in ((add, "POST"), (remove, "DELETE"))
    ]


async def _done(act: Callable[[], dict[str, object]]) -> Response:
    try:
        return JSONResponse(await asyncio.to_thread(act), 200, NOT_STORED)
    except WrongNote as error:
        return _refused(400, str(error))
    except EngineFailed as error:
        log.error("the database failed: %s", error)
        return _refused(503, "the database has failed; the log of 'history' has the reason")


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status, NOT_STORED)
