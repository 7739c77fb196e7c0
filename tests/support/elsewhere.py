"""A site without our scripts in its pages, and with a Content-Security-Policy if set."""

from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.support.server import Server

PAGE = """<!doctype html>
<title>Elsewhere</title>
<style>
  html { margin: 11px 0 0 13px; position: relative }
  body { margin: 0 }
  main { height: 2400px; background: #fff }
  .centred main { width: 700px; margin: 0 auto }
  canvas { position: fixed; inset: 0; z-index: 2147483647; background: #fff; pointer-events: none }
</style>
<body class="$layout"><main></main><canvas width="1280" height="720"></canvas></body>
"""
"""A page whose root is shifted, and which a canvas covers."""

ISOLATED = {"cross-origin-embedder-policy": "require-corp", "cross-origin-opener-policy": "same-origin"}


class Elsewhere:
    """Any path is a page; it names the layout, `/centred` or `/liquid`. One server with three origins."""

    def __init__(self) -> None:
        self.policy = ""
        """The pages' Content-Security-Policy from now on."""
        self.is_isolated = False
        """Whether the pages load from elsewhere only what allows it (COEP)."""
        self._server = Server(
            Starlette(routes=[Route("/favicon.ico", self._nothing), Route("/{path:path}", self._page)])
        )
        self.port = urlsplit(self._server.origin).port
        self.main = f"http://localhost:{self.port}"
        self.blog = f"http://127.0.0.1:{self.port}"
        self.unknown = f"http://unknown.localhost:{self.port}"

    def close(self) -> None:
        self._server.stop()

    async def _nothing(self, _: Request) -> Response:
        return Response(status_code=204)

    async def _page(self, request: Request) -> Response:
        headers = {"content-security-policy": self.policy} if self.policy else {}
        headers |= ISOLATED if self.is_isolated else {}
        return HTMLResponse(PAGE.replace("$layout", request.path_params["path"]), headers=headers)
