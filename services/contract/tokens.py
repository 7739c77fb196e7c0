"""Tokens: signed permission to view a site's pages below a path until a time. Pure: texts in, grants out.

A token is a JSON Web Token (RFC 7519) signed with HMAC-SHA256, with exactly these claims: `site` (its name in
`SITES`, "" for the default one), `prefix` (a path) and `exp` (s since the epoch); and, if they are true,
`only` (the page at the prefix, and none below) and `shared` (made by somebody who had one, for others: it is
for looking alone). Anyone who knows `VIEW_SECRET` can issue tokens. A token is valid until it expires or the
secret changes.
"""

import hmac
import math
import re
from dataclasses import dataclass, field
from typing import Annotated

import jwt
import msgspec

from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.pages import MAX_PATH_BYTES, PATHS_ALONE, Pages, normal_path, page_key
from pageheat.services.contract.records import UNDECODABLE

MAX_TOKEN_CHARS = 2_048
"""A token for the longest path has 1,600."""

MAX_HOURS = 31 * 24
"""A month: a single token cannot be revoked; a new VIEW_SECRET revokes all of them."""

ALGORITHM = "HS256"

_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
"""A signed token as text: header, claims and signature in base64url. Other texts are not decoded at all."""

_PREFIX = re.compile(r"/(?!/)[!-~]*")
_NO_PATH = re.compile("[?#]")


class WrongToken(PageheatError):
    """The token is not signed with our secret, or has other claims."""


class WrongPrefix(PageheatError):
    """The prefix is not a path as browsers write it."""


class _Claims(msgspec.Struct, forbid_unknown_fields=True):
    site: str
    prefix: str
    exp: Annotated[int, msgspec.Meta(ge=0, lt=2**43)]
    only: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """Permission to view the pages of a site (None: of all sites) at and below a path, until `ends_ms`."""

    site: str | None
    prefix: str
    ends_ms: float
    pages: Pages = field(default=PATHS_ALONE, repr=False, compare=False)
    """Names pages, and so the prefix."""
    who: str = field(default="", compare=False)
    """Whose it is, for the log of who looks; "" if that is not logged."""
    only: bool = False
    """Whether it is for the page at the prefix alone; that may then have a query or a route."""
    shared: bool = False
    """Whether it was made from another one, for others: they may look, and write nothing."""
    page: str = field(init=False)
    """The key of the page at the prefix."""
    root: str = field(init=False)
    """What the keys of the pages below begin with. It keeps an ending that tells no pages apart: the page at
    `/docs/index.html` may be `/docs`, but no other page below `/docs` was meant."""

    def __post_init__(self) -> None:
        if self.only:
            page = page_key(self.site or "", self.pages.name(self.prefix))
            object.__setattr__(self, "page", page)
            object.__setattr__(self, "root", page)
            return
        site, path = self.site or "", normal_path(self.prefix)
        below = page_key(site, self.pages.above(path))
        # set so, as it is frozen
        object.__setattr__(self, "page", page_key(site, self.pages.name(path)))
        object.__setattr__(self, "root", below.rstrip("/") or "/")

    def covers(self, page: str) -> bool:
        """Whether it includes the page with this key.

        `/shop` covers `/shop/lamp` and `/shop?id=1`, but not `/shopping`.
        """
        if self.site is None:
            return True
        if self.only:
            return page == self.page
        if not self.site and page.startswith("//"):
            return False
        return _continues(page, self.page, "?#") or _continues(page, self.root.rstrip("/"), "/?#")

    def includes(self, other: "Grant") -> bool:
        """Whether it covers all pages that the other one does."""
        if self.site is None or other.only or not self.covers(other.page):
            return self.site is None or (other.only and self.covers(other.page))
        return not self.only and _continues(other.root, self.root.rstrip("/"), "/")

    @property
    def expression(self) -> str:
        """A regular expression of the keys of the pages that it includes, for databases; "" for all."""
        if self.site is None:
            return ""
        if self.only:
            return f"^{_quoted(self.page)}$"
        root = self.root.rstrip("/")
        found = f"{_quoted(self.page)}([?#]|$)|{_quoted(root)}([/?#]|$)"
        # a page of another site does not begin with one slash alone
        return f"^({found})" if self.site else f"^({found})" if root else "^/([^/]|$)"

    def over(self, now_ms: int) -> bool:
        """Whether it has expired."""
        return now_ms >= self.ends_ms


EVERYTHING = Grant(site=None, prefix="/", ends_ms=math.inf)
"""Permission to view all pages, for everyone if grids are public."""


def issue(
    secret: str, site: str, prefix: str, ends_s: int, *, only: bool = False, shared: bool = False
) -> str:
    """A token for the pages of a site at and below a path, until `ends_s` (since the epoch).

    Args:
        secret: VIEW_SECRET.
        site, prefix, ends_s: see above.
        only: the page of this name alone, which may have a query or a route.
        shared: made from another token.

    Raises:
        WrongPrefix: the prefix is not a path as browsers write it.
    """
    is_path = _PREFIX.fullmatch(prefix) and (only or not _NO_PATH.search(prefix))
    if not is_path or len(prefix) > MAX_PATH_BYTES:
        raise WrongPrefix(
            f"'{prefix[:80]}' should be a path as the browser's address bar copies it, percent-encoded and "
            f"without query: /shop, or / for the whole site; at most {MAX_PATH_BYTES:,} characters"
        )
    further = {name: True for name, given in (("only", only), ("shared", shared)) if given}
    return jwt.encode({"site": site, "prefix": prefix, "exp": ends_s, **further}, secret, ALGORITHM)


def of_operators(secret: str) -> str:
    """The secret that signs the tokens of the operator's tools: no viewer's token is signed with it."""
    return hmac.digest(secret.encode(), b"pageheat operator", "sha256").hex()


def read(secret: str, token: str, pages: Pages = PATHS_ALONE) -> Grant:
    """The grant of a token; it may have expired.

    Args:
        secret: VIEW_SECRET.
        token: as the sender wrote it.
        pages: names pages; its prefix is read by the same rules.

    Raises:
        WrongToken: the token is not signed with this secret, or has other claims.
    """
    if len(token) > MAX_TOKEN_CHARS or not _FORM.fullmatch(token):
        raise WrongToken("it does not have the form of a token")
    try:
        # The caller checks the expiry by its own clock: for an open connection, again and again.
        claims = jwt.decode(token, secret, algorithms=[ALGORITHM], options={"verify_exp": False})
        valid = msgspec.convert(claims, _Claims)
    except (jwt.InvalidTokenError, *UNDECODABLE) as error:
        raise WrongToken(str(error)) from None
    ends_ms = 1000 * valid.exp
    return Grant(valid.site, valid.prefix, ends_ms, pages, only=valid.only, shared=valid.shared)


def _quoted(text: str) -> str:
    """Text for a regular expression, in every dialect: letters, digits and what means nothing stay."""
    return re.sub(r"[^A-Za-z0-9/_~%-]", lambda found: f"[{found[0]}]" if found[0] != "^" else r"\^", text)


def _continues(page: str, key: str, marks: str) -> bool:
    """Whether a page's key is this one, or goes on with one of these characters."""
    return page.startswith(key) and page[len(key) : len(key) + 1] in ("", *marks)
