"""What a Content-Security-Policy allows (CSP Level 3, 6.7.2). Pure."""

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from pageheat.services.checking.page import Tag

_FALLBACKS = {
    "script-src-elem": ("script-src-elem", "script-src", "default-src"),
    "connect-src": ("connect-src", "default-src"),
}
"""The first of these that a policy has decides."""

_SOURCE = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<host>(?:\*\.)?[a-z0-9_.-]+|\*|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>\d+|\*))?(?P<path>/[^?#]*)?"
)
_HASH = re.compile(r"'?(sha(?:256|384|512)-[A-Za-z0-9+/_=-]+)'?")

_UPGRADES = {"http": ("http", "https"), "ws": ("ws", "wss", "http", "https"), "wss": ("wss", "https")}
"""What a scheme in a source allows besides itself."""

_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


class Forbidden(NamedTuple):
    """What a policy forbids: the directive that does, and the source that should be added to it."""

    directive: str
    source: str


def forbidden_script(policies: Iterable[str], tag: Tag, page: str) -> Forbidden | None:
    """Whether a policy forbids the tracker's script."""
    for directives in _parsed(policies):
        name, sources = _deciding(directives, "script-src-elem")
        if name and not _allows_script(sources, tag, page):
            strict = any(source.lower() == "'strict-dynamic'" for source in sources)
            source = "a nonce, which the tag must have, too" if strict else _origin(tag.src)
            return Forbidden(name, source)
    return None


def forbidden_connection(policies: Iterable[str], url: str, page: str) -> Forbidden | None:
    """Whether a policy forbids a request or a WebSocket to `url`."""
    for directives in _parsed(policies):
        name, sources = _deciding(directives, "connect-src")
        if name and not any(_matches(source, url, page) for source in sources):
            return Forbidden(name, _origin(url))
    return None


def lacks_trusted_type(policies: Iterable[str]) -> bool:
    """Whether a policy requires Trusted Types, and does not know that of the tracker, `pageheat`."""
    return any(
        "'script'" in directives.get("require-trusted-types-for", [])
        and "trusted-types" in directives
        and not {"pageheat", "*"} & set(directives["trusted-types"])
        for directives in _parsed(policies)
    )


def _parsed(policies: Iterable[str]) -> list[dict[str, list[str]]]:
    """Each policy as directive → sources. Of a repeated directive the first counts."""
    parsed = []
    for policy in (one for header in policies for one in header.split(",")):
        directives: dict[str, list[str]] = {}
        for directive in policy.split(";"):
            name, *sources = directive.split() or [""]
            if name:
                directives.setdefault(name.lower(), sources)
        parsed.append(directives)
    return parsed


def _deciding(directives: dict[str, list[str]], wanted: str) -> tuple[str, list[str]]:
    for name in _FALLBACKS[wanted]:
        if name in directives:
            return name, directives[name]
    return "", []


def _allows_script(sources: list[str], tag: Tag, page: str) -> bool:
    if tag.nonce and f"'nonce-{tag.nonce}'" in sources:
        return True
    hashes = {found[1] for source in sources if (found := _HASH.fullmatch(source))}
    given = {found[1] for part in tag.integrity.split() if (found := _HASH.fullmatch(part))}
    if given and given <= hashes:
        return True
    if any(source.lower() == "'strict-dynamic'" for source in sources):
        return False
    return any(_matches(source, tag.src, page) for source in sources)


def _matches(source: str, url: str, page: str) -> bool:
    """Whether a source of a policy of `page` allows `url`."""
    parts, own = urlsplit(url), urlsplit(page)
    source = source.strip()
    if source == "*":
        return parts.scheme in ("http", "https", "ws", "wss") or parts.scheme == own.scheme
    if source.lower() == "'self'":
        schemes = ("https", "wss") if own.scheme == "https" else ("http", "https", "ws", "wss")
        return parts.hostname == own.hostname and parts.port == own.port and parts.scheme in schemes
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:", source):
        scheme = source[:-1].lower()
        return parts.scheme in _UPGRADES.get(scheme, (scheme,))
    found = _SOURCE.match(source.lower())
    if not found or (found.end() != len(source) and not found["path"]):
        return False
    return _matches_host(found, source, url, own.scheme)


def _matches_host(found: re.Match[str], source: str, url: str, own_scheme: str) -> bool:
    parts = urlsplit(url)
    scheme, host = found["scheme"] or own_scheme, parts.hostname or ""
    if parts.scheme not in _UPGRADES.get(scheme, (scheme,)):
        return False
    wanted = found["host"].strip("[]")
    if wanted.startswith("*."):
        if not host.endswith(wanted[1:]):
            return False
    elif wanted not in ("*", host):
        return False
    port = _port(parts.scheme, parts.port)
    if found["port"] is None:
        if port != _PORTS.get(parts.scheme):
            return False
    elif found["port"] != "*" and int(found["port"]) != port and (int(found["port"]), port) != (80, 443):
        return False
    path = source[found.start("path") :] if found["path"] else ""
    if not path or path == "/":
        return True
    return parts.path.startswith(path) if path.endswith("/") else parts.path == path


def _port(scheme: str, port: int | None) -> int | None:
    return _PORTS.get(scheme) if port is None else port


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
