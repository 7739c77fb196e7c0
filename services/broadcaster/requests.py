"""Which page a viewer's request is about, and its parameters. Pure."""

import dataclasses
from collections.abc import Mapping
from urllib.parse import parse_qs

from pageheat.services.contract.pages import Pages, requested
from pageheat.services.picture.options import Options

PAGE, BAND = "page", "band"

OPTIONS = frozenset(option.name for option in dataclasses.fields(Options))
"""A picture's."""

_OURS = OPTIONS | {PAGE, BAND}
"""Parameters that are never a page's."""


def requested_page(path: bytes, query: bytes, pages: Pages) -> str:
    """The key of the requested page: see `pages.requested`."""
    return requested(path, query, pages, _OURS)


def requested_band(query: bytes) -> str | None:
    """The width band whose tiles are requested, if any."""
    return parse_qs(query.decode("ascii", "replace")).get(BAND, [None])[0]


def picture_options(parameters: Mapping[str, str], pages: Pages) -> dict[str, str]:
    """The parameters of a picture's request that don't name the page."""
    naming = {PAGE, *pages.query} - OPTIONS
    return {name: text for name, text in parameters.items() if name not in naming}
