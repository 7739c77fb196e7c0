"""Who is signed on, as an authenticating proxy says in a header: oauth2-proxy, Authelia and others. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

MAX_USER_CHARS = 200
"""Kept of a name; an e-mail address has 254 at most, and few have 50."""

UNPRINTABLE = re.compile(r"[^ -~]")

UNFILLED = re.compile(rb"\{[\w.-]+\}")
"""What Caddy before 2.8 writes for a name that its sign-on service did not give: nobody is signed on then."""


@dataclass(frozen=True)
class SignOn:
    """Whose word counts, and in which header.

    Attributes:
        header: the header's name, in lower case.
        proxies: networks from which it is believed. Others may write it as they like.
    """

    header: bytes
    proxies: tuple[IPv4Network | IPv6Network, ...]

    @classmethod
    def of(cls, header: str, proxies: str) -> "SignOn | None":
        """By the settings VIEW_USER_HEADER and VIEW_PROXIES; None if they are not set.

        Raises:
            ValueError: see `parse_networks`.
        """
        return cls(header.lower().encode(), parse_networks(proxies)) if header else None

    def user(self, peer: str | None, headers: Iterable[tuple[bytes, bytes]]) -> str | None:
        """The name of who is signed on; None if nobody is, or if not one of the proxies says so.

        Args:
            peer: the other end of the connection.
            headers: of the request, with names in lower case. A header that comes twice says nothing.
        """
        said = [value for name, value in headers if name == self.header]
        if len(said) != 1 or UNFILLED.fullmatch(said[0]) or not self._is_proxy(peer):
            return None
        return UNPRINTABLE.sub("?", said[0].decode("utf-8", "replace").strip())[:MAX_USER_CHARS] or None

    def _is_proxy(self, peer: str | None) -> bool:
        try:
            address = ip_address(peer or "")
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self.proxies)


def parse_networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """The networks in a list, with commas between; "" has none.

    Raises:
        ValueError: one is neither an address nor a network.
    """
    networks = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            networks.append(ip_network(part))
        except ValueError:
            raise ValueError(
                f"'{part}' should be an address or a network, such as 127.0.0.1 or 10.0.0.0/8"
            ) from None
    return tuple(networks)
