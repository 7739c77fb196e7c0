"""From the addresses that a log tells to keys of pages. Pure.

A page's key is the path of its address: query, fragment and all else are dropped. On SITE_URL's site, and on
the ORIGINS that belong to it, that is all; on a site that SITES names it is `//name/path`, and on any other
host `//host/path`, whether http or https, with the port if it isn't the scheme's own. What PATH_MASKS
hides is `*`, as in live events.
"""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from pageheat.imports.positions import Unreadable, shown
from pageheat.services.contract.masks import NO_MASKS, Masks
from pageheat.services.contract.records import page_key
from pageheat.services.contract.sites import origin_of
from pageheat.services.ingest.frames import Refused, path_of
from pageheat.services.ingest.origins import Origins

ESCAPED = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
"""How servers write a byte that could end a field: `\\x22` (nginx, Apache), `\\"` (Apache)."""

MAX_SITES = 1_024
"""Remembered: those of one log are few."""

MAX_ORIGIN_CHARS = 300
"""The longest that there can be: a host's name has 253 characters."""


class PageKeys:
    """Finds the page of a click.

    Args:
        origins: which site an origin belongs to.
        masks: what is hidden of paths.
    """

    def __init__(self, origins: Origins, masks: Masks = NO_MASKS) -> None:
        self._origins = origins
        self._masks = masks
        self._site = lru_cache(MAX_SITES)(self._site_of)

    def find(self, told: bytes, referer: bytes) -> str:
        """The key of the page that `u=` tells, or else the header Referer, both as they stand in the log.

        Raises:
            Unreadable: no page is named.
        """
        referring = _text(_unescaped(referer).strip())
        page = _text(unquote_to_bytes(_unescaped(told))) if told else referring
        if page in ("", "-"):
            raise Unreadable("no page: neither u= nor the Referer names one")
        try:
            if page.startswith("/"):
                return page_key(self._site(_cut(referring)[0]) or "", path_of(page, self._masks))
            start, path = _cut(page)
            if (site := self._site(start)) is None:
                raise Unreadable(f"the page is '{shown(page.encode())}', no address of the web")
            return page_key(site, path_of(path, self._masks))
        except Refused as error:
            raise Unreadable(error.detail) from None

    def _site_of(self, address: str) -> str | None:
        """The name that the address's pages have before their path; None of what is no web address."""
        try:
            origin = origin_of(address)
        except ValueError:
            return None
        site = self._origins.site_of(origin)
        if site is None and len(origin) > MAX_ORIGIN_CHARS:
            return None
        return origin.partition("//")[2] if site is None else site


def _cut(address: str) -> tuple[str, str]:
    """What an address has before its path, and the path."""
    scheme, slashes, rest = re.split("[?#]", address, maxsplit=1)[0].partition("//")
    host, slash, path = rest.partition("/")
    return scheme + slashes + host, slash + path


def _unescaped(field: bytes) -> bytes:
    if b"\\" not in field:
        return field
    return ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()) if found[1] else found[2], field)


def _text(address: bytes) -> str:
    """Browsers of 2006 sent what was typed, in UTF-8 or in the western code page."""
    try:
        return address.decode()
    except UnicodeDecodeError:
        return address.decode("cp1252", "replace")
