"""The response when the site does not answer: a page for browsers, one line for other clients."""

from html import escape
from pathlib import Path
from string import Template

import httpx2
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from pageheat.frontends.heatmap import own_pages

_PAGE = Template((Path(__file__).parent / "pages" / "unreachable.html").read_text("utf-8"))


def unreachable(request: Request, site: str, error: httpx2.HTTPError) -> Response:
    """502, or 504 after a timeout, with the site, the reason, and what to do."""
    timed_out = isinstance(error, httpx2.TimeoutException)
    status = 504 if timed_out else 502
    if timed_out:
        reason = "It did not answer in time."
    elif isinstance(error, httpx2.ConnectError):
        reason = "Nothing listens there."
    else:
        reason = f"{error or type(error).__name__}"
    headers = own_pages.headers(connect="'self'", shown_in="'self'") | {"cache-control": "no-store"}
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(f"{site} does not answer: {reason}\n", status, headers)
    page = _PAGE.substitute(site=escape(site), reason=escape(reason))
    return HTMLResponse(page, status, headers)
