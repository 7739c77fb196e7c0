"""Which page a viewer's request is about, and its parameters. Pure.

A page is requested at its own address here: `/lamp`, `/doku.php?id=start`. What a request cannot carry (a
hash route), or could be mistaken for a parameter of ours, goes into `page=`, the page's whole key,
percent-encoded: `?page=%2Fapp%23%2Fusers%2F7`. `page` wins over the path.
"""

import dataclasses
from collections.abc import Mapping
from urllib.parse import parse_qs

from pageheat.services.contract.pages import Pages
from pageheat.services.picture.options import Options

PAGE, BAND = "page", "band"

OPTIONS = frozenset(option.name for option in dataclasses.fields(Options))
"""A picture's."""

_OURS = OPTIONS | {PAGE, BAND}
"""Parameters that are never a page's."""


def requested_page(path: bytes, query: bytes, pages: Pages) -> str:
    """The key of the requested page.

    Args:
        path: after the resource's own path; percent-encoded, as browsers send it.
        query: of the same request.
        pages: names the page.
    """
    parameters = query.decode("utf-8", "replace")
    if named := parse_qs(parameters).get(PAGE):
        return pages.key(named[0])
    theirs = [each for each in parameters.split("&") if each.partition("=")[0] not in _OURS]
    return pages.key(f"{path.decode('utf-8', 'replace')}?{'&'.join(theirs)}")


def requested_band(query: bytes) -> str | None:
    """The width band whose tiles are requested, if any."""
    return parse_qs(query.decode("ascii", "replace")).get(BAND, [None])[0]


def picture_options(parameters: Mapping[str, str], pages: Pages) -> dict[str, str]:
    """The parameters of a picture's request that don't name the page."""
    naming = {PAGE, *pages.query} - OPTIONS
    return {name: text for name, text in parameters.items() if name not in naming}
