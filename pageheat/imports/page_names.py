"""Maps addresses in a log to page keys. Pure.

Pages have the names of live events (`services/contract/pages.py`). For SITE_URL and the ORIGINS that belong
to it the key is the name alone; for a site that SITES names it is `//site/path`; for any other host
`//host/path`, whether http or https, with the port unless it is the scheme's default.
"""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from pageheat.imports.positions import Unreadable, shown
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.pages import PATHS_ALONE, Pages, page_key
from pageheat.services.contract.sites import origin_of
from pageheat.services.ingest.frames import Refused, page_name

ESCAPED = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
"""How servers escape a byte that could end a field: `\\x22` (nginx, Apache), `\\"` (Apache)."""

ADDRESS = re.compile(r"[^/?#]*//[^/?#]*")
"""The scheme and host of a web address."""

MAX_SITES = 1_024
"""Size of the cache of sites: one log has few."""

MAX_ORIGIN_CHARS = 300
"""The longest possible origin: a host name has at most 253 characters."""


class PageKeys:
    """Finds a click's page key.

    Args:
        origins: maps an origin to its site.
        pages: names pages within their sites.
    """

    def __init__(self, origins: Origins, pages: Pages = PATHS_ALONE) -> None:
        self._origins = origins
        self._pages = pages
        self.keeps_queries = bool(pages.query)
        """Whether pages of one path may differ."""
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
                return page_key(self._site(_cut(referring)[0]) or "", page_name(page, self._pages))
            start, within = _cut(page)
            if (site := self._site(start)) is None:
                raise Unreadable(f"the page is '{shown(page.encode())}', not a web address")
            return page_key(site, page_name(within, self._pages))
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
    """Split an address into its origin, and what follows it."""
    found = ADDRESS.match(address)
    return (found[0], address[found.end() :]) if found else (address, "")


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
