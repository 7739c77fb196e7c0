"""The hosts that are ours: what a request's `Host` may say. Pure.

A page can have the name of its own host resolved to this machine (DNS rebinding). For the browser it is then
of one origin with us; only `Host` tells its requests from those of our own pages.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from pageheat.services.contract.sites import origin_of

ANY = "*"

_HEADER = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{0,5})?")
"""RFC 9110, 7.2: a name or an address, and a port."""

_NAME = re.compile(r"[^*/@?#\s:\[\]]+")


class Hosts:
    """Our hosts: those given, and the names of the machine itself, each at any port.

    Args:
        urls: addresses whose hosts are ours.
        allowed: names and addresses, `*.name` for all names below one, or `*` for any host.
    """

    def __init__(self, urls: Iterable[str], allowed: Iterable[str] = ()) -> None:
        entries = {*map(host_of, urls), *allowed}
        self._any = ANY in entries
        self._exact = {entry for entry in entries if not entry.startswith("*")}
        self._endings = tuple(entry[1:] for entry in entries if entry.startswith("*."))

    def include(self, header: str) -> bool:
        """Whether the value of a `Host` header is one of them."""
        if self._any:
            return True
        parts = _HEADER.fullmatch(header.lower())
        if not parts:
            return False
        host = _canonical(parts[1])
        return host in self._exact or host.endswith(self._endings) or is_this_machine(host)


def host_of(url: str) -> str:
    """The host of an address: lower case, ASCII, without brackets and without a final dot.

    Raises:
        ValueError: it is not an http or https address.
    """
    return _canonical(urlsplit(origin_of(url)).hostname or "")


def parse_hosts(text: str) -> set[str]:
    """The entries of `ALLOWED_HOSTS`.

    Raises:
        ValueError: an entry is not a host alone.
    """
    return {_entry(part.strip()) for part in text.split(",") if part.strip()}


def _entry(text: str) -> str:
    if text == ANY:
        return text
    with suppress(ValueError):
        return str(ip_address(text.strip("[]")))
    below, name = ("*.", text[2:]) if text.startswith("*.") else ("", text)
    with suppress(ValueError):
        if _NAME.fullmatch(name):
            return below + host_of(f"http://{name}")
    raise ValueError(
        f"'{text}' should be a host alone, such as heat.example.org or *.example.org, or * for any"
    )


def _canonical(host: str) -> str:
    """The one form of equal hosts; `host` is in lower case."""
    try:
        return str(IPv6Address(host[1:-1]) if host.startswith("[") else ip_address(host))
    except ValueError:
        return host.removesuffix(".")


def is_this_machine(host: str) -> bool:
    """Whether a name or an address, without brackets, is always this machine's."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761: never in the DNS
