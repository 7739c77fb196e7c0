"""Whose address counts for a client: its own, or the one that the proxies before us tell. Pure.

Known for as long as a connection lives, to limit what comes from there; never logged, never stored.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

SHOWN_CHARS = 64
"""Of what a proxy told that is no address."""

NETWORK_BITS = 64
"""Of an IPv6 address: whoever has one has all others of its network, too."""


def address_of(peer: str | None, forwarded: Sequence[str], proxies: int) -> str | None:
    """The address by which a client is limited; None for this machine.

    Args:
        peer: the other end of the connection, None for a socket of this machine.
        forwarded: the headers `X-Forwarded-For`, in their order: each proxy adds at the right whom it heard.
        proxies: how many proxies in front of us are ours. What stands further left anybody may have written.
    """
    told = [part.strip() for header in forwarded for part in header.split(",")] if proxies else []
    text = told[max(0, len(told) - proxies)] if told else peer
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
    """Whether a connection comes from this machine or a private network, as those of proxies do."""
    address = _parsed(peer or "")
    return peer is None or (address is not None and address.is_private)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address in a text, which may have a port behind it."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
