"""A site that writes its own address wherever it can, sends no CORS headers and has a login.

Its visitors see it at `https://www.site.example`. In a test nothing answers there.
"""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from tests.support.server import Server

OWN = "https://www.site.example"

WORKER = f"""{{{{
  const script = "{{script}}";
  if (script) importScripts("{OWN}/" + script);
  const events = new EventSource("//site.example/events");
  events.onmessage = async ({{{{ data }}}}) => {{{{
    events.close();
    const answer = await fetch(new Request("{OWN}/data2.json"));
    postMessage([globalThis.ran, data, await answer.json(), location.pathname].join());
  }}}};
}}}}"""
"""A worker's script: it loads another and makes requests, all at the site's addresses."""

FILES = {
    "a.css": (
        "text/css",
        f"@font-face {{ font-family: Own; src: url('{OWN}/own.woff2') }} h1 {{ color: #010203 }}",
    ),
    "app.js": (
        "text/javascript",
        f"import {{ name }} from '{OWN}/imported.js'; import 'bare'; told('module', name);\n"
        f"import('{OWN}/late.js').then(({{ name }}) => told('dynamic import', name));",
    ),
    "imported.js": ("text/javascript", "export const name = 'imported';"),
    "late.js": ("text/javascript", "export const name = 'late';"),
    "bare.js": ("text/javascript", "told('import map', 'bare');"),
    "classic.js": (
        "text/javascript",
        "globalThis.ran = true; typeof told === 'function' && told('script by script', 'ran');",
    ),
    "worker.js": ("text/javascript", WORKER.format(script="classic.js")),
    "module-worker.js": ("text/javascript", "import './classic.js';" + WORKER.format(script="")),
    "shared.js": (
        "text/javascript",
        "onconnect = async ({ ports: [port] }) => "
        f"port.postMessage(await (await fetch('{OWN}/shared')).text());",
    ),
    "shared": ("text/plain", "shared"),
    "data.json": ("application/json", f'{{"next":"{OWN}/data2.json"}}'),
    "data2.json": ("application/json", '"data"'),
    "events": ("text/event-stream", "data: event\n\n"),
    "icon.svg": (
        "image/svg+xml",
        '<svg xmlns="http://www.w3.org/2000/svg"><g id="i"><rect width="40" height="30"/></g></svg>',
    ),
    "part": ("text/html", f'<li><a id=loaded href="{OWN}/next">loaded</a>'),
    "manifest": ("application/manifest+json", f'{{"name":"a","start_url":"{OWN}/"}}'),
}

USES = f"""
  const own = "{OWN}";
  const settings = {{"ajax":"https:\\/\\/www.site.example\\/data2.json"}};
  fetch(own + "/data.json").then((a) => a.json()).then(({{ next }}) => fetch(new URL(next)))
    .then((a) => a.json()).then((data) => told("fetch", data));
  fetch(new Request(settings.ajax)).then((a) => a.json()).then((data) => told("Request", data));
  const request = new XMLHttpRequest();
  request.onload = () => told("XMLHttpRequest", JSON.parse(request.responseText));
  request.open("GET", settings.ajax);
  request.send();
  const events = new EventSource("//site.example/events");
  events.onmessage = ({{ data }}) => {{ events.close(); told("EventSource", data); }};
  const socket = new WebSocket("wss://www.site.example/socket");
  socket.onmessage = ({{ data }}) => told("WebSocket", data);
  new Worker(own + "/worker.js").onmessage = ({{ data }}) => told("Worker", data);
  new Worker("/module-worker.js", {{ type: "module" }}).onmessage =
    ({{ data }}) => told("module Worker", data);
  const shared = new SharedWorker(own + "/shared.js");
  shared.port.onmessage = ({{ data }}) => told("SharedWorker", data);
  const script = document.createElement("script");
  script.crossOrigin = "anonymous";
  script.src = own + "/classic.js";
  document.head.append(script);
  fetch(own + "/part").then((a) => a.text()).then((text) => {{
    document.querySelector("#list").innerHTML = text;
    told("part", String(document.querySelectorAll("#list script").length));
  }});
  history.replaceState(null, "", own + location.pathname + "?routed");
  told("route", location.search);
  document.cookie = "consent=1; domain=.site.example; path=/; secure; samesite=none";
  told("cookie", String(document.cookie.includes("consent=1")));
  told("beacon", String(navigator.sendBeacon(own + "/part")));
  told("native", String(/native code/.test(fetch + "") && socket instanceof WebSocket));
  new FontFace("Made", `local(None), url(${{own}}/own.woff2)`).load().catch(() => told("FontFace", "asked"));
  document.fonts.load("20px Own").then(([font]) => told("font", font?.status), () => told("font", "failed"));
"""
"""What scripts do with addresses; each tells what came of it."""

TOLD = {
    "module": "imported",
    "dynamic import": "late",
    "import map": "bare",
    "script by script": "ran",
    "fetch": "data",
    "Request": "data",
    "XMLHttpRequest": "data",
    "EventSource": "event",
    "WebSocket": "message",
    "Worker": "true,event,data,/worker.js",
    "module Worker": "true,event,data,/module-worker.js",
    "SharedWorker": "shared",
    "part": "0",
    "route": "?routed",
    "cookie": "true",
    "beacon": "true",
    "native": "true",
    "FontFace": "asked",
}

HOME = f"""<!doctype html><html><head><meta charset="utf-8"><title>home</title>
<link rel="canonical" href="{OWN}/"><link rel="manifest" href="{OWN}/manifest">
<script>window.results = {{}}; const told = (what, value) => {{ results[what] = value; }};</script>
<script type="importmap">{{"imports": {{"bare": "{OWN}/bare.js"}}}}</script>
<link rel="stylesheet" href="{OWN}/a.css" integrity="sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=">
<script type="module" crossorigin src="{OWN}/app.js"></script>
</head><body><h1>home</h1>
<svg width="60" height="40"><use href="{OWN}/icon.svg#i"/></svg>
<ul id="list"></ul><script>{USES}</script>
<a id="absolute" href="{OWN}/next">absolute</a>
<div id="late"></div>
<form id="form" method="post" action="{OWN}/posted"><input name="back" value="{OWN}/back">
<button>send</button></form>
</body></html>"""

LOGIN = f"""<!doctype html><title>login</title><form method="post" action="{OWN}/login?next=1">
<input name="user"><input type="hidden" name="back" value="{OWN}/account"><button>log in</button></form>"""


class CanonicalSite:
    """The site; `pages` may be given more: path → HTML, JavaScript if it is in `scripts`, or what answers."""

    def __init__(self) -> None:
        self.pages: dict[str, str | Callable[[Request], Response]] = {
            "/": HOME,
            "/next": "<!doctype html><title>next</title><h1>next</h1>",
        }
        self.scripts: set[str] = set()
        self.posted: list[str] = []
        self.origins: list[str | None] = []
        routes: list[tuple[str, Callable[..., object], list[str]]] = [
            ("/login", self._login, ["GET", "POST"]),
            ("/account", self._account, ["GET"]),
            ("/posted", self._posted, ["POST"]),
            ("/old", self._old, ["GET"]),
            ("/{path:path}", self._file, ["GET", "POST"]),
        ]
        self._server = Server(
            Starlette(
                routes=[
                    WebSocketRoute("/socket", self._socket),
                    *(Route(path, answer, methods=methods) for path, answer, methods in routes),
                ]
            )
        )

    @property
    def fetch_url(self) -> str:
        """Where it really is."""
        return self._server.origin

    def close(self) -> None:
        self._server.stop()

    async def _file(self, request: Request) -> Response:
        path = request.path_params["path"]
        page = self.pages.get(f"/{path}")
        if callable(page):
            return page(request)
        if page is not None:
            kind = "text/javascript" if f"/{path}" in self.scripts else "text/html"
            return Response(page, media_type=kind)
        if path not in FILES:
            return HTMLResponse(f"<!doctype html><title>{path}</title>", 404)
        media_type, text = FILES[path]
        return Response(text, media_type=media_type)

    async def _old(self, _: Request) -> Response:
        return RedirectResponse("http://site.example/next", 301)

    async def _login(self, request: Request) -> Response:
        if request.method == "GET":
            return HTMLResponse(LOGIN)
        self.origins.append(request.headers.get("origin"))
        form = (await request.body()).decode()
        assert "back=https%3A%2F%2Fwww.site.example%2Faccount" in form
        answer = RedirectResponse(f"{OWN}/account", 303)
        answer.set_cookie("session", "1", domain="site.example", secure=True, httponly=True)
        return answer

    async def _account(self, request: Request) -> Response:
        if request.cookies.get("session") != "1":
            return RedirectResponse(f"{OWN}/login", 302)
        return HTMLResponse("<!doctype html><title>account</title><h1>welcome</h1>")

    async def _posted(self, request: Request) -> Response:
        self.posted.append((await request.body()).decode())
        return HTMLResponse("<!doctype html><title>posted</title>")

    async def _socket(self, socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("message")
        await socket.close()
