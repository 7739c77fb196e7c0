"""The client's address: the connection's peer, or the one that the proxies in front of us report. Pure.

It is kept while the connection lives, for rate limits only; it is never logged and never stored.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

SHOWN_CHARS = 64
"""Kept of a reported value that is not an address."""

NETWORK_BITS = 64
"""The network part of an IPv6 address: a client with one address has all others of its network, too."""


def address_of(peer: str | None, forwarded: Sequence[str], proxies: int) -> str | None:
    """The address to which rate limits apply; None for this machine, which has none.

    Args:
        peer: the other end of the connection, None for a socket of this machine.
        forwarded: the `X-Forwarded-For` headers in order. Each proxy appends its peer's address at the right.
        proxies: N, the number of our proxies. The Nth entry from the right counts; others may be forged.
    """
    reported = [part.strip() for header in forwarded for part in header.split(",")] if proxies else []
    text = reported[max(0, len(reported) - proxies)] if reported else peer
    if text is None:
        return None
    address = _parsed(text)
    if address is None:
        return text[:SHOWN_CHARS]
    if address.is_loopback:
        return None
    if isinstance(address, IPv6Address):
        return str(IPv6Address(int(address) >> NETWORK_BITS << NETWORK_BITS))
    return str(address)


def is_nearby(peer: str | None) -> bool:
    """Whether a connection comes from this machine or a private network, as a proxy's does."""
    address = _parsed(peer or "")
    return peer is None or (address is not None and address.is_private)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address in a text, with or without a port."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
