"""The headers of browser and site, turned from one's addresses to the other's. No I/O."""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from pageheat.frontends.heatmap import cookies, header_addresses
from pageheat.frontends.heatmap.addresses import Addresses, addresses
from pageheat.frontends.heatmap.header_addresses import Headers
from pageheat.frontends.heatmap.sites import ShownSite

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""RFC 9110, 7.6.1: headers that concern one connection."""

NOT_FORWARDED = HOP_BY_HOP | {
    "host",
    "expect",
    "forwarded",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-server",
}
"""Forwarding headers of a proxy in front of this one name our address, and the site would use it in links."""

NOT_RETURNED = HOP_BY_HOP | {"alt-svc", "strict-transport-security"}
"""`alt-svc` and HSTS are promises of the site's host that this host cannot keep."""

_HANDSHAKE = "sec-websocket-"
"""Headers of the WebSocket handshake concern one connection, too; a subprotocol is agreed on apart."""


def frontend_of(browser: HTTPConnection) -> str:
    """This front end's origin, as the browser sees it: also behind a proxy that adds TLS."""
    told = browser.headers.get("x-forwarded-proto", browser.url.scheme).partition(",")[0].strip().lower()
    scheme = "https" if told in ("https", "wss") else "http"
    return f"{scheme}://{browser.headers.get('host', '')}"


def addresses_for(browser: HTTPConnection, site: ShownSite) -> Addresses:
    """The site's addresses, as this browser sees them."""
    return addresses(site.url, frontend_of(browser), site.fetch_url, site.others)


def for_site(browser: HTTPConnection, site: ShownSite, dropped: frozenset[str] = frozenset()) -> Headers:
    """The headers for the site, without `Host`, those `dropped`, and those that concern one connection.

    A site that is fetched elsewhere is told what its own proxy would tell it.
    """
    kept = _kept(browser.headers.raw, NOT_FORWARDED | dropped)
    turned = [
        (name, cookies.for_site(value) if name == b"cookie" else value)
        for name, value in header_addresses.for_site(kept, addresses_for(browser, site))
    ]
    if site.fetch_url != site.url:
        turned.append((b"x-forwarded-host", site.host.encode()))
        turned.append((b"x-forwarded-proto", urlsplit(site.url).scheme.encode()))
    return turned


def for_browser(
    browser: HTTPConnection,
    headers: Headers,
    site: ShownSite,
    dropped: frozenset[str] = frozenset(),
) -> Headers:
    """The headers of the site's answer, without those `dropped` and those of one connection."""
    kept = _kept([(name.lower(), value) for name, value in headers], NOT_RETURNED | dropped)
    secure = frontend_of(browser).startswith("https:")
    return [
        (name, each)
        for name, value in header_addresses.for_browser(kept, addresses_for(browser, site))
        for each in (cookies.for_browser(value, secure) if name == b"set-cookie" else [value])
    ]


def _kept(headers: Headers, dropped: frozenset[str]) -> Headers:
    """Without those dropped, and without those that `Connection` names."""
    dropped |= {
        each.strip().lower()
        for name, value in headers
        if name == b"connection"
        for each in value.decode("latin-1").split(",")
    }
    return [
        (name, value)
        for name, value in headers
        if (text := name.decode("latin-1")) not in dropped and not text.startswith(_HANDSHAKE)
    ]
