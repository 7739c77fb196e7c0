"""A site with nothing of ours in its pages, and a policy if need be."""

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
"""A page that shifts its root, and covers everything with a canvas."""


class Elsewhere:
    """Any path is a page, laid out as it says, `/centred` or `/liquid`; one server, by three origins."""

    def __init__(self) -> None:
        self.policy = ""
        """The pages' Content-Security-Policy from now on."""
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
        return HTMLResponse(PAGE.replace("$layout", request.path_params["path"]), headers=headers)
