"""Reads sites and origins from settings. Pure."""

import re
from urllib.parse import urlsplit

import idna

SEEN = "/_pageheat/seen"
"""Where ingest says what it has lately received of a page."""

SEEN_HOST = "seen.pageheat.invalid"
"""The `Host` of that question. No page in a browser can have it (RFC 6761, 6.4), and no proxy makes it up."""

CHECK_AGENT = "Pageheat-Check"
"""In the `User-Agent` of `pageheat check`: ingest judges and answers its frames, and keeps none."""

_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
"""Names and addresses. Old logs may contain anything, and hosts from them are shown on terminals."""


def origin_of(url: str) -> str:
    """The origin of an address as browsers write it: lower case, ASCII, without the scheme's default port.

    Raises:
        ValueError: it is not an http or https address.
    """
    default_ports = {"http": 80, "https": 443}
    try:
        parts = urlsplit(url)
        host, port = _ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        host = ""
    if not _HOST.fullmatch(host) or parts.scheme not in default_ports:
        raise ValueError("an address like http://localhost:8080 is needed")
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + ("" if port in (None, default_ports[parts.scheme]) else f":{port}")


def _ascii_host(host: str) -> str:
    """A host's name in ASCII, as browsers make it by UTS 46: `xn--strae-oqa.de` for `straße.de`.

    Like browsers, it allows names that IDNA 2008 does not, such as `☃.net`. Python's own codec is that of
    IDNA 2003, for which `straße.de` is `strasse.de`.

    Raises:
        ValueError: it has a character that no host has.
    """
    if ".." in host:
        raise ValueError("a part of the name is empty")
    if host.isascii():
        return host
    labels = idna.uts46_remap(host, std3_rules=False, transitional=False).split(".")
    return ".".join(it if it.isascii() else "xn--" + it.encode("punycode").decode() for it in labels)


def origin_alone(url: str) -> str:
    """The origin of an address that has nothing else.

    Raises:
        ValueError: it has more than an origin, or is not an address.
    """
    origin, parts = origin_of(url), urlsplit(url.rstrip("/"))
    if parts.path or parts.query or parts.fragment or parts.username or "*" in origin:
        raise ValueError(f"'{url}' should be an origin alone, such as https://blog.example")
    return origin


def parse_sites(text: str) -> dict[str, str]:
    """`SITES` as origin → name.

    Raises:
        ValueError: an entry is not name=origin, a name is not a word, or an origin has two names.
    """
    sites: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, origin = entry.partition("=")
        if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,63}", name) or not origin:
            raise ValueError(f"'{entry}' should be name=origin, such as blog=https://blog.example")
        if sites.setdefault(origin_alone(origin), name) != name:
            raise ValueError(f"{origin} has two names, {sites[origin_alone(origin)]} and {name}")
    return sites


def parse_addresses(text: str) -> dict[str, str]:
    """Addresses of sites as name → origin: `SITES_FETCH_URLS` and `SITES_HEATMAP_URLS`.

    Raises:
        ValueError: an entry is not name=origin, or a name comes twice.
    """
    found: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, address = entry.partition("=")
        if not name or not address:
            raise ValueError(f"'{entry}' should be name=origin, such as blog=http://localhost:9000")
        if name in found:
            raise ValueError(f"{name} has two addresses; one is needed")
        found[name] = origin_alone(address)
    return found


def parse_origins(text: str) -> set[str]:
    """The origins in `ORIGINS`, as browsers write them; `*` allows all.

    Raises:
        ValueError: an entry is not an origin.
    """
    entries = [part.strip() for part in text.split(",") if part.strip()]
    return {"*" if entry == "*" else origin_alone(entry) for entry in entries}
