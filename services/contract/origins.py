"""The origins that the settings name, and the site of each. Pure."""

import re
from collections.abc import Mapping, Set

from pageheat.services.contract.hosts import host_of
from pageheat.services.contract.sites import origin_of

LOOPBACK = re.compile(r"(?<=://)(127\.0\.0\.1|\[::1\])(?=:|\Z)")
"""Other names of localhost: the shop at 127.0.0.1 has the same pages as the shop at localhost."""


class Origins:
    """The named origins, each with its site's name, "" for the default site.

    Args:
        site_url: an address on the default site.
        sites: origin → name of each other site.
        others: further origins of the default site; `*` lets pages of any origin send.
    """

    def __init__(self, site_url: str, sites: Mapping[str, str], others: Set[str]) -> None:
        default = {origin_of(site_url), *others} - {"*"}
        named = [*((origin, "") for origin in default), *sites.items()]
        self._sites = {_folded(origin): site for origin, site in named}
        self._hosts = {host_of(origin) for origin in self._sites}
        self._any = "*" in others

    def site_of(self, origin: str) -> str | None:
        """The site of an origin as browsers write it; None if its pages may not send."""
        return self._sites.get(_folded(origin), "" if self._any else None)

    def names(self, origin: str) -> bool:
        """Whether an origin is named, and its pages may read. `*` names none."""
        return _folded(origin) in self._sites

    def has_host_of(self, url: str) -> bool:
        """Whether the host of an address is a named origin's, at whatever port.

        Raises:
            ValueError: it is not an http or https address.
        """
        return host_of(_folded(origin_of(url))) in self._hosts


def _folded(origin: str) -> str:
    return LOOPBACK.sub("localhost", origin)
