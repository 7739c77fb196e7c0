"""A click in the form of 2006: `GET …?x=100&y=200` from a page to a `Frame`. Pure.

The script of 2006 sent the pointer's position, px from the corner of the body's first element; the page came
from the header `Referer`. Only a page's name is kept of its address; other parameters are ignored.
"""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import msgspec

from pageheat.services.contract.pages import PATHS_ALONE, Pages
from pageheat.services.contract.records import Event, Frame, Page, Px
from pageheat.services.contract.sites import origin_of
from pageheat.services.contract.versions import FRAME
from pageheat.services.ingest.frames import MAX_ADDRESS_CHARS, Refused, page_name

NO_PAGE = (
    "neither u= nor the header Referer names the page (browsers send no path in Referer to another origin): "
    "add u= with the page's address, or referrerpolicy=no-referrer-when-downgrade to the tag"
)


class Click(NamedTuple):
    """A click as sent: px from the first element's corner, the page's name, and its origin if known."""

    x: float
    y: float
    path: str
    origin: str | None

    def frame(self, site: str, received_ms: int, page: Page | None, *, robot: bool = False) -> Frame:
        """The frame of this click.

        Args:
            site: the page's site.
            received_ms: when the click was received, ms since the epoch.
            page: the page's cached size and corner, None if unknown.
            robot: whether the sender is known to be a robot.
        """
        return Frame(
            v=FRAME,
            site=site,
            received=received_ms,
            page=page or Page(self.path),
            events=[Event("click", self.x, self.y)],
            origin="first",
            robot=robot,
        )


class SentClick(msgspec.Struct):
    """A click as the parameters of a request.

    `x` and `y` are px from the corner of the body's first element. `u` is the page: its address, or that
    within the sender's site; without it, the header `Referer` names the page.
    """

    x: Px
    y: Px
    u: str = ""


def read_click(query: str, referer: str, pages: Pages = PATHS_ALONE) -> Click:
    """Decode and validate a click's request.

    Args:
        query: the query string: `x`, `y`, and the page as `u`: its address, or that within the sender's site.
        referer: the header `Referer`, "" if there is none.
        pages: names the page.

    Raises:
        Refused: it is not a valid click; `reason` and `detail` say why.
    """
    for name, text in (("the query string", query), ("Referer", referer)):
        if len(text) > MAX_ADDRESS_CHARS:
            raise Refused("too_large", f"{name} has {len(text)} characters; {MAX_ADDRESS_CHARS} at most")
    # No script encodes a space as "+", but `escape` leaves a plus unencoded. Of equal names the first counts:
    # an unencoded page address is followed by its own parameters.
    fields = dict(reversed(parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)))
    sent = _sent(fields)
    sender = _origin(referer)
    page = sent.u or (referer if sender else "")
    if not page:
        raise Refused("malformed", NO_PAGE)
    if page.startswith("/"):
        return Click(sent.x, sent.y, page_name(page, pages), sender)
    origin = sender if page is referer else _origin(page)
    if origin is None:
        raise Refused("malformed", f"u is '{page[:100]}'; it should be the page's address, or its path")
    return Click(sent.x, sent.y, page_name(_within_site(page), pages), origin)


def _sent(fields: Mapping[str, str]) -> SentClick:
    try:
        return msgspec.convert(fields, SentClick, strict=False)
    except msgspec.ValidationError as error:
        name = "x" if "x`" in str(error) else "y"
        given = fields.get(name, "")
        said = f"{name} is '{given[:40]}'" if given else f"{name} is missing"
        raise Refused("malformed", f"{said}; it should be a number of px, ±10,000,000 at most") from None


def _origin(address: str) -> str | None:
    try:
        return origin_of(address)
    except ValueError:
        return None


def _within_site(address: str) -> str:
    """The address without its origin."""
    return urlunsplit(urlsplit(address)._replace(scheme="", netloc=""))
