"""The addresses in headers: the site's become ours for the browser, ours the site's for the site. No I/O.

Headers are pairs of bytes, as in ASGI. Any header whose whole value is an address is turned: not only
`Location` and `Referer`, but also those that libraries invent (`HX-Redirect`, `X-PJAX-URL`).
"""

import re
from collections.abc import Iterable

from pageheat.frontends.heatmap.addresses import Addresses

Headers = list[tuple[bytes, bytes]]

_LINK_TARGET = re.compile(r"<([^>]*)>")
"""RFC 8288: `<address>; rel=preload, <address>; …`."""

REFRESH = re.compile(r"(\s*[\d.]*\s*[;,\s]\s*(?:url\s*=\s*)?['\"]?)([^'\"]*)", re.IGNORECASE)
"""The standard's "shared declarative refresh steps": seconds, a separator, `url=`, the address, all but it
optional."""


_NO_REFERRER = re.compile(r"(?<![\w-])(?:no-referrer|never)(?![\w-])", re.IGNORECASE)
"""`never` is its old name in `<meta name=referrer>`."""


def for_browser(headers: Iterable[tuple[bytes, bytes]], addresses: Addresses) -> Headers:
    """The headers of the site's answer, with its own addresses leading here."""
    return [(name, _for_browser(name.lower(), value, addresses)) for name, value in headers]


def for_site(headers: Iterable[tuple[bytes, bytes]], addresses: Addresses) -> Headers:
    """The headers of a browser's request, with addresses here naming the site: `Origin`, `Referer`, …"""
    return [(name, addresses.there(value.decode("latin-1")).encode("latin-1")) for name, value in headers]


def telling_us(policy: str) -> str:
    """A referrer policy under which forms of a page tell us its origin, and other sites no more than before.

    With `no-referrer` it would say "null", as a stranger's page can: where browsers send no `Sec-Fetch-Site`,
    at http and not at localhost, the two could not be told apart.
    """
    return _NO_REFERRER.sub("same-origin", policy)


def insists_on(location: str, target: str, addresses: Addresses) -> str | None:
    """The origin to which the site redirects what it was asked for, if that leads nowhere else here.

    A site that is fetched as http://site.example and redirects `/a` to https://site.example/a would be asked
    for the same `/a` again, forever.

    Args:
        location: the redirect's `Location`.
        target: path and query that were asked for.
        addresses: the site's.
    """
    here = addresses.here(location)
    if here == location or here.partition("#")[0].removeprefix(addresses.frontend) not in (
        target,
        target.rstrip("/"),
    ):
        return None
    return location[: len(location) - len(here.removeprefix(addresses.frontend))].strip()


def _for_browser(name: bytes, value: bytes, addresses: Addresses) -> bytes:
    text = value.decode("latin-1")
    if name == b"link":
        text = _LINK_TARGET.sub(lambda found: f"<{addresses.here(found[1])}>", text)
    elif name == b"refresh":
        text = refresh(text, addresses)
    elif name == b"referrer-policy":
        text = telling_us(text)
    elif name == b"speculation-rules":
        text = addresses.here_within(text)
    else:
        text = addresses.here(text)
    return text.encode("latin-1")


def refresh(value: str, addresses: Addresses) -> str:
    """The value of `Refresh` or `<meta http-equiv=refresh>`, leading here if it leads to the site."""
    found = REFRESH.match(value)
    return found[1] + addresses.here(found[2]) + value[found.end() :] if found else value
