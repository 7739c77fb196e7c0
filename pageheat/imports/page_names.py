"""Maps addresses in a log to page keys. Pure.

A page's key is the path of its address, without query, fragment and the rest. For SITE_URL and the ORIGINS
that belong to it the key is the path alone; for a site that SITES names it is `//name/path`; for any other
host `//host/path`, whether http or https, with the port unless it is the scheme's default. What PATH_MASKS
hides is `*`, as in live events.
"""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from pageheat.imports.positions import Unreadable, shown
from pageheat.services.contract.masks import NO_MASKS, Masks
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.records import page_key
from pageheat.services.contract.sites import origin_of
from pageheat.services.ingest.frames import Refused, path_of

ESCAPED = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
"""How servers escape a byte that could end a field: `\\x22` (nginx, Apache), `\\"` (Apache)."""

MAX_SITES = 1_024
"""Size of the cache of sites: one log has few."""

MAX_ORIGIN_CHARS = 300
"""The longest possible origin: a host name has at most 253 characters."""


class PageKeys:
    """Finds a click's page key.

    Args:
        origins: maps an origin to its site.
        masks: parts of paths to hide.
    """

    def __init__(self, origins: Origins, masks: Masks = NO_MASKS) -> None:
        self._origins = origins
        self._masks = masks
        self._site = lru_cache(MAX_SITES)(self._site_of)

    def find(self, address: bytes, referer: bytes) -> str:
        """The key of the page that `u=` (`address`) names, or else the Referer, both as logged.

        Raises:
            Unreadable: neither names a page, or the page has no web address.
        """
        referring = _text(_unescaped(referer).strip())
        page = _text(unquote_to_bytes(_unescaped(address))) if address else referring
        if page in ("", "-"):
            raise Unreadable("no page: neither u= nor the Referer names one")
        try:
            if page.startswith("/"):
                return page_key(self._site(_cut(referring)[0]) or "", path_of(page, self._masks))
            start, path = _cut(page)
            if (site := self._site(start)) is None:
                raise Unreadable(f"the page is '{shown(page.encode())}', not a web address")
            return page_key(site, path_of(path, self._masks))
        except Refused as error:
            raise Unreadable(error.detail) from None

    def _site_of(self, address: str) -> str | None:
        """The site in the keys of the address's pages; None if it is not a web address."""
        try:
            origin = origin_of(address)
        except ValueError:
            return None
        site = self._origins.site_of(origin)
        if site is None and len(origin) > MAX_ORIGIN_CHARS:
            return None
        return origin.partition("//")[2] if site is None else site


def _cut(address: str) -> tuple[str, str]:
    """Split an address into what precedes its path, and the path."""
    scheme, slashes, rest = re.split("[?#]", address, maxsplit=1)[0].partition("//")
    host, slash, path = rest.partition("/")
    return scheme + slashes + host, slash + path


def _unescaped(field: bytes) -> bytes:
    if b"\\" not in field:
        return field
    return ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()) if found[1] else found[2], field)


def _text(address: bytes) -> str:
    """Decode an address. Browsers of 2006 sent it as typed, in UTF-8 or cp1252."""
    try:
        return address.decode()
    except UnicodeDecodeError:
        return address.decode("cp1252", "replace")
