"""The heat-map front end's server.

| path | what |
| --- | --- |
| `/_pageheat/` | the list of pages: those that are warm, and those of any range of time |
| `/_pageheat/bookmarklet` | the page from which the bookmarklets are dragged |
| `/_pageheat/settings.js` | the bookmarklets' settings; pages of named origins may load it |
| `/_pageheat/check?page=/path` | why that page has no heat, as JSON; pages of named origins may ask |
| `/_pageheat/<asset>` | the overlay's modules and styles; any origin may load them |
| `/healthz`, `/_pageheat/metrics` | for supervisors and Prometheus |
| any other | that page of the site, with overlay; which site, the host says (sites.py) |

`Gate` refuses pages of strange origins, and strange hosts, everywhere but at the overlay's files (any origin)
and at the paths for supervisors.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from html import escape
from pathlib import Path
from string import Template

import httpx2
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from pageheat.frontends.heatmap import bookmarklet, own_pages
from pageheat.frontends.heatmap.injection import added, stay_script
from pageheat.frontends.heatmap.protocols import SERVER_OPTIONS
from pageheat.frontends.heatmap.proxy import Proxy
from pageheat.frontends.heatmap.sites import Choice, ShownSite, further_ports, shown_sites
from pageheat.services.checking.evidence import Finding
from pageheat.services.contract.pages import page_key
from pageheat.services.contract.sites import origin_of
from pageheat.services.contract.tokens import WrongToken, read
from pageheat.services.runtime import logs
from pageheat.services.runtime.clock import wall_clock_ms
from pageheat.services.runtime.gate import Gate
from pageheat.services.runtime.settings import HeatmapSettings
from pageheat.services.runtime.web import answering, operational_routes, serve

HERE = Path(__file__).parent


STATIC = HERE / "static"

SETTINGS = "/_pageheat/settings.js"

CHECK = "/_pageheat/check"

STAY = "/_pageheat/stay.js"


def create_app(settings: HeatmapSettings, transport: httpx2.AsyncBaseTransport | None = None) -> Gate:
    """The application; `transport` connects to the site, by default over TCP."""
    proxy = _Sites(settings, transport)
    page = Template((HERE / "pages" / "list.html").read_text("utf-8")).substitute(
        broadcaster=escape(settings.broadcaster_url),
        history=escape(settings.history_url),
        site=escape(settings.site_url),
        others=_links(settings),
    )

    asked = [*bookmarklet.connections(settings.broadcaster_url), origin_of(settings.history_url)]
    listing = own_pages.headers(connect=" ".join(asked))

    async def warm_pages(_: Request) -> Response:
        return HTMLResponse(page, headers=_FRESH | listing)

    async def bookmarklets(request: Request) -> Response:
        page = bookmarklet.page(settings, _origin(request, settings.heatmap_url))
        return HTMLResponse(page, headers=_FRESH | own_pages.headers())

    async def bookmarklet_settings(request: Request) -> Response:
        module = bookmarklet.settings_module(settings, _origin(request, settings.heatmap_url))
        return Response(module, media_type="text/javascript", headers=_FRESH)

    async def stay(_: Request) -> Response:
        return Response(stay_script(), media_type="text/javascript", headers=_FRESH | _EMBEDDED)

    async def redirect_to_warm_pages(_: Request) -> Response:
        return RedirectResponse("/_pageheat/")

    async def check(request: Request) -> Response:
        """The findings about a page of a site that the settings name. Nothing else is ever fetched."""
        address = request.query_params.get("page", "")
        origin = request.query_params.get("origin", proxy.shown_at(request.headers.get("host", "")))
        if not address.startswith("/") or not settings.viewers.names(origin):
            return JSONResponse({"error": NO_PAGE}, 400, _NOT_STORED)
        if not _may_look(request, settings, address, origin):
            return JSONResponse({"error": "An access token for this page is needed."}, 401, _NOT_STORED)
        found = await proxy.inquire(origin, address, added="runs" in request.query_params)
        return JSONResponse({"findings": [finding._asdict() for finding in found]}, headers=_NOT_STORED)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await proxy.aclose()

    app = Starlette(
        routes=[
            *operational_routes(ready=answering),
            Route("/_pageheat", redirect_to_warm_pages),
            Route("/_pageheat/", warm_pages),
            Route("/_pageheat/bookmarklet", bookmarklets),
            Route(SETTINGS, bookmarklet_settings),
            Route(CHECK, check),
            Route(STAY, stay, middleware=[_ANY_ORIGIN]),
            Mount("/_pageheat", _Assets(directory=STATIC, follow_symlink=True), middleware=[_ANY_ORIGIN]),
            Route("/{path:path}", proxy),
            WebSocketRoute("/{path:path}", proxy),
        ],
        lifespan=lifespan,
    )
    return Gate(app, settings.hosts, settings.viewers, shares={SETTINGS, CHECK}.__contains__, public=_files())


class _Sites:
    """An ASGI application: the proxies of all sites, each at its own host."""

    def __init__(self, settings: HeatmapSettings, transport: httpx2.AsyncBaseTransport | None) -> None:
        self._choice = Choice(settings.heatmaps)

        def proxy(site: ShownSite) -> Proxy:
            add = partial(
                added,
                broadcaster_url=settings.broadcaster_url,
                history_url=settings.history_url,
                site_name=site.name,
                pages=settings.pages,
            )
            return Proxy(site, add, transport)

        self._settings = settings
        self._shown = shown_sites(settings)
        self._proxies = {name: proxy(site) for name, site in self._shown.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = self._choice.name(Headers(scope=scope).get("host", ""))
        await self._proxies[name](scope, receive, send)

    def shown_at(self, host: str) -> str:
        """The origin of the site that is shown at this host of ours."""
        return self._shown[self._choice.name(host)].url

    async def inquire(self, origin: str, address: str, *, added: bool) -> list[Finding]:
        """Why the page at this address within a site has no heat; `origin` is one that the settings name."""
        name = self._settings.viewers.site_of(origin) or ""
        return await self._proxies[name].inquire(origin, address, self._settings, added=added)

    async def aclose(self) -> None:
        """Close the connections to all sites."""
        for proxy in self._proxies.values():
            await proxy.aclose()


def _links(settings: HeatmapSettings) -> str:
    """Links to the heat maps of the sites in SITES, for the list."""
    others = ((name, origin) for name, origin in settings.heatmaps.items() if name)
    return "".join(f', <a href="{escape(origin)}/">{escape(name)}</a>' for name, origin in others)


_ANY_ORIGIN = Middleware(CORSMiddleware, allow_origins=["*"])
"""Pages of other origins may load the overlay: modules are fetched with CORS."""


def _files() -> frozenset[str]:
    """The paths of the overlay's files: what is the same everywhere, and says nothing of a site."""
    files = (file.relative_to(STATIC) for file in STATIC.rglob("*") if file.is_file())
    return frozenset({STAY, *(f"/_pageheat/{file.as_posix()}" for file in files)})


_FRESH = {"cache-control": "no-cache", "x-content-type-options": "nosniff"}
"""Browsers revalidate at each use, so upgrades and new settings apply at once, and do not guess types."""

_EMBEDDED = {"cross-origin-resource-policy": "cross-origin"}
"""Pages that ask for it (COEP) may load what says so."""

_NOT_STORED = {"cache-control": "no-store"}

NO_PAGE = "`page` should be a path on the site, and `origin` one of a site in SITE_URL, SITES or ORIGINS"


def _may_look(request: Request, settings: HeatmapSettings, address: str, origin: str) -> bool:
    """Whether the sender may see the page's heat: the answer says a little of it."""
    secret, sign_on = settings.view_secret.get_secret_value(), settings.sign_on
    if settings.of_this_machine or not (secret or sign_on):
        return True
    if sign_on and sign_on.user(request.client.host if request.client else None, request.headers.raw):
        return True
    if not secret:
        return False
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        grant = read(secret, token.strip(), settings.pages)
    except WrongToken:
        return False
    page = page_key(settings.viewers.site_of(origin) or "", settings.pages.name(address))
    return scheme.lower() == "bearer" and not grant.over(wall_clock_ms()) and grant.covers(page)


def _origin(request: Request, heatmap_url: str) -> str:
    """This front end's origin, as the browser sees it: https: if a proxy in front of it has the TLS."""
    host = request.base_url.netloc
    is_known = origin_of(heatmap_url).partition("://")[2] == host
    return origin_of(heatmap_url) if is_known else f"{request.base_url.scheme}://{host}"


class _Assets(StaticFiles):
    """Files that browsers cache but revalidate at each use. One is a link to the tracker's."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers.update(_FRESH | _EMBEDDED)
        return response


def main() -> None:
    """Serve until SIGTERM."""
    settings = HeatmapSettings.load()
    logs.configure("heatmap", settings)
    serve(
        create_app(settings),
        settings.bind_address,
        settings.heatmap_port,
        further_ports(settings),
        # the peer of a connection is who it is, where VIEW_PROXIES decides whose headers count
        **SERVER_OPTIONS | {"proxy_headers": settings.sign_on is None},
    )


if __name__ == "__main__":
    main()
