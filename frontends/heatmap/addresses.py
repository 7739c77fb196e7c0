"""Which addresses are the site's, and what they are under this front end. No I/O.

A site that knows its own address writes it: into links, redirects, style sheets, headers. In the viewing
copy such an address must lead to this front end (`here`), and what the browser sends to the site must name
the site again (`there`).

The site's own addresses are those of `SITE_URL` and `SITE_FETCH_URL`, each by http and https, with and
without `www.`; this machine's names (localhost, 127.0.0.1, [::1]) are one. Addresses of sites that other
front ends show lead to those.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

_DEFAULT_PORTS = {"http": ":80", "ws": ":80", "https": ":443", "wss": ":443"}

_AUTHORITY = r"(?P<authority>[\w.\-:\[\]\x80-\xff]++)(?!@|%|/_pageheat/)"
"""Host and port. What has an `@` or percent-encoding is no host that a site writes; it is left alone.
So is what is ours: ingest and the broadcaster may be reached at the site's address."""

_SCHEME = r"(?:(?P<scheme>https?|wss?):)?"

_ONE = re.compile(rf"[\x00-\x20]*+{_SCHEME}(?P<slashes>[/\\]{{2}}){_AUTHORITY}", re.IGNORECASE)
"""An address that begins so, as browsers read it."""

_QUOTES = "|".join(f"(?<={quote})" for quote in ("&quot;", "&#34;", "&#39;", "&#039;", "&#x27;", "&apos;"))

_WITHIN = re.compile(
    rf"(?:^|(?<=[\s,('\"])|{_QUOTES}){_SCHEME}(?P<slashes>//|\\/\\/){_AUTHORITY}", re.IGNORECASE
)
"""Addresses in a text: quoted, in parentheses, or after white space or a comma. `\\/` is JSON's slash. What
is in another address's query comes after something else: it is data for that one."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of one site as one browser sees them; make them with `addresses`."""

    site: str
    """Origin of the site, as its visitors see it."""
    frontend: str
    """Origin of this front end, as the browser sees it."""
    _frontends: Mapping[str, str] = field(repr=False)
    """Front end by authority (lower case, without a default port)."""
    _sites: Mapping[str, str] = field(repr=False)
    """Site by authority of the front end that shows it."""

    def here(self, url: str) -> str:
        """The address under this front end of what `url` names on the site; any other `url` unchanged.

        `url` may be absolute or begin with `//`; it is not decoded. Relative ones need no change.
        """
        return _moved(_ONE.match(url), url, self._frontends)

    def there(self, url: str) -> str:
        """The address on the site of what `url` names here; any other `url` unchanged."""
        return _moved(_ONE.match(url), url, self._sites)

    def here_within(self, text: str) -> str:
        """A text (CSS, a srcset, JSON) with all addresses of the site turned; the rest is unchanged."""
        if "//" not in text and r"\/\/" not in text:
            return text
        return _WITHIN.sub(lambda found: _turned(found, self._frontends) or found[0], text)

    @property
    def authorities(self) -> list[str]:
        """Host and port of each address of the site, for scripts: as browsers write them."""
        return [
            name for name, frontend in self._frontends.items() if frontend == self.frontend and name.isascii()
        ]


@lru_cache(maxsize=256)  # front ends × names by which browsers reach them
def addresses(
    site_url: str, frontend: str, fetch_url: str = "", others: tuple[tuple[str, str], ...] = ()
) -> Addresses:
    """The addresses of the site at `site_url`, shown at the origin `frontend`.

    Args:
        site_url: the site's address.
        frontend: this front end's origin, as the browser sees it.
        fetch_url: where the front end fetches the site, if elsewhere.
        others: other sites, each with the origin of the front end that shows it, or its own if none does.
    """
    site = _origin(site_url)
    given = [(site, frontend), *((_origin(other), shown) for other, shown in others)]
    # What is named exactly goes before what is derived: www.shop.example may be another site.
    frontends = {_authority(origin): shown for origin, shown in given}
    if fetch_url:
        frontends.setdefault(_authority(_origin(fetch_url)), frontend)
    for origin, shown in [*given, *([(_origin(fetch_url), frontend)] if fetch_url else [])]:
        for name in _names(_authority(origin)):
            frontends.setdefault(name, shown)
    sites = {_authority(shown): origin for origin, shown in reversed(given)}
    return Addresses(site, frontend, frontends, sites)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _authority(origin: str) -> str:
    scheme, _, authority = origin.lower().partition("://")
    return authority.removesuffix(_DEFAULT_PORTS.get(scheme, ""))


def _names(authority: str) -> Iterator[str]:
    """All names of an authority: with and without `www.`, in Unicode, ASCII, and UTF-8 read byte by byte."""
    host, port = re.fullmatch(r"(.*?)((?::\d+)?)", authority).groups()  # type: ignore[union-attr]
    if host in LOOPBACK:
        yield from (name + port for name in LOOPBACK)
        return
    hosts = [host]
    if re.search(r"\.[^\d.]", host) and not host.startswith("["):
        hosts.append(host.removeprefix("www.") if host.startswith("www.") else f"www.{host}")
    for each in hosts:
        yield each + port
        for spelt in _spellings(each):
            yield spelt + port
            yield spelt.encode().decode("latin-1").lower() + port


def _spellings(host: str) -> Iterator[str]:
    try:
        in_ascii = host.encode("idna")
        yield from (in_ascii.decode(), in_ascii.decode("idna"))
    except UnicodeError:
        return


def _turned(found: re.Match[str], origins: Mapping[str, str]) -> str | None:
    """What an address that was found begins with under its other origin; None if it has none."""
    scheme, authority = (found["scheme"] or "").lower(), found["authority"].lower()
    if scheme:
        authority = authority.removesuffix(_DEFAULT_PORTS[scheme])
    origin = origins.get(authority)
    if origin is None:
        return None
    if scheme.startswith("ws"):
        origin = "ws" + origin.removeprefix("http")
    return origin.replace("//", r"\/\/") if found["slashes"] == r"\/\/" else origin


def _moved(found: re.Match[str] | None, url: str, origins: Mapping[str, str]) -> str:
    turned = found and _turned(found, origins)
    return turned + url[found.end() :] if found and turned else url
