"""Which address counts as the client's."""

import pytest

from pageheat.services.ingest.addresses import SHOWN_CHARS, address_of

PEER = "198.51.100.7"


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "address"),
    [
        (PEER, [], 0, PEER),
        (PEER, ["192.0.2.1"], 0, PEER),  # any client can send the header
        (PEER, ["192.0.2.1"], 1, "192.0.2.1"),
        (PEER, ["203.0.113.9, 192.0.2.1"], 1, "192.0.2.1"),  # the client wrote what is left of it
        (PEER, ["203.0.113.9", "192.0.2.1"], 1, "192.0.2.1"),
        (PEER, ["203.0.113.9, 192.0.2.1 ,10.0.0.2"], 2, "192.0.2.1"),
        (PEER, ["192.0.2.1"], 2, "192.0.2.1"),  # bypassing the outer proxy
        (PEER, [], 1, PEER),  # bypassing all of them
        (PEER, ["192.0.2.1:4711"], 1, "192.0.2.1"),
        (PEER, ["[2001:db8:1:2::9]:4711"], 1, "2001:db8:1:2::"),
        (PEER, ["unknown"], 1, "unknown"),
        (PEER, ["x" * 1_000], 1, "x" * SHOWN_CHARS),
        ("2001:db8:1:2:3:4:5:6", [], 0, "2001:db8:1:2::"),  # one network for each household
        ("2001:db8:1:3::", [], 0, "2001:db8:1:3::"),
        ("::ffff:192.0.2.1", [], 0, "192.0.2.1"),
        ("127.0.0.1", [], 0, None),
        ("::1", [], 0, None),
        ("::ffff:127.0.0.1", [], 0, None),
        (None, [], 0, None),
        ("127.0.0.1", ["192.0.2.1"], 1, "192.0.2.1"),  # a proxy on this machine
    ],
)
def test_the_clients_address_is_the_one_the_last_trusted_proxy_reports(
    peer: str | None, forwarded: list[str], proxies: int, address: str | None
) -> None:
    assert address_of(peer, forwarded, proxies) == address
