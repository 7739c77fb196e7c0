"""The response when the site does not answer: a page for browsers, one line for other clients."""

import re
from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from pageheat.frontends.heatmap import own_pages
from pageheat.frontends.heatmap.failures import Failure, in_a_line
from pageheat.frontends.heatmap.sites import ShownSite

_PAGE = Template((Path(__file__).parent / "pages" / "unreachable.html").read_text("utf-8"))


def unreachable(request: Request, site: ShownSite, failure: Failure) -> Response:
    """The site, the reason, and what to do."""
    headers = own_pages.headers(connect="'self'", shown_in="'self'") | {"cache-control": "no-store"}
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(in_a_line(site, failure) + "\n", failure.status, headers)
    page = _PAGE.substitute(
        site=escape(site.url),
        reason=_with_code(failure.reason),
        help="\n".join(f"<li>{_with_code(one)}</li>" for one in failure.help),
    )
    return HTMLResponse(page, failure.status, headers)


def _with_code(text: str) -> str:
    """HTML, with what is in backticks as code. Long names may be broken after a slash or an equals sign."""
    code = re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))
    return re.sub(r"(?<=[/=@.])(?=[\w$]{4})(?=[^<]*</code>)", "<wbr>", code)
