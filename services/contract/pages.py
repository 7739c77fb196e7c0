"""Which page an address names. Pure.

A page's *name* is its address within its site: the path, then what the settings let tell pages apart, as in
`/doku.php?id=start` or `/app#/users/7`. Its *key*, by which it is counted and watched, is the name, with
`//site` in front for sites other than the default one.

All spellings of an address have one name (RFC 3986, 6.2.2, and the URL standard's form encoding for
queries). `Pages` is the only place that makes names: for events, imports, viewers and tools alike.
"""

import re
from collections.abc import Collection, Sequence
from typing import Self
from urllib.parse import parse_qs, quote, unquote_to_bytes

from pageheat.services.contract.masks import NO_MASKS, Masks

MAX_PATH_BYTES = 1_024
"""Limit for a page's name as sent. Browsers allow more; real pages don't need it."""

MAX_KEYS, MAX_KEY_CHARS = 32, 64
"""Limits of PAGE_QUERY: pages of one site are told apart by a few parameters."""

_UNRESERVED = "-._~"
"""Besides letters and digits: characters that mean the same when percent-encoded."""

_RESPELT = re.compile(r"%([0-9A-Fa-f]{2})|%|[^%A-Za-z0-9\-._~!$&'()*+,;=:@/]+")
"""What may need another spelling in a path: an escape, or characters that RFC 3986 does not allow there."""

_IN_VALUES = "!$()*,/:@"
"""Characters that stay readable in a query's values; `_UNRESERVED` does anyway."""

_ROUTE = re.compile(r"(!?)(/[^?#&=]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
"""A hash route: `/users/7` or `!/users/7`, perhaps with a query, and an anchor that does not count. With a
`&` or `=` in its path it is none: logins leave such hashes, `#/access_token=…`."""

_SUFFIX = re.compile(r"[/.][A-Za-z0-9\-._~/]*")


class Pages:
    """Names pages.

    Args:
        masks: hide parts of paths.
        query: parameters that tell pages apart, in the order of their names; all others are dropped.
        suffixes: endings of paths that tell no pages apart: `/`, `.html`, `/index.html`.
        hash_routes: whether fragments that are routes tell pages apart.
    """

    def __init__(
        self,
        masks: Masks = NO_MASKS,
        query: Sequence[str] = (),
        suffixes: Sequence[str] = (),
        *,
        hash_routes: bool = False,
    ) -> None:
        self._masks = masks
        self.query = tuple(query)
        self._suffixes = sorted(suffixes, key=len, reverse=True)
        self.hash_routes = hash_routes

    @classmethod
    def parse(
        cls, *, masks: str = "", query: str = "", suffixes: str = "", hash_routes: bool = False
    ) -> Self:
        """The rules of the settings PATH_MASKS, PAGE_QUERY, PAGE_SUFFIXES and HASH_ROUTES.

        Raises:
            ValueError: a setting is not valid.
        """
        return cls(Masks.parse(masks), parse_query(query), parse_suffixes(suffixes), hash_routes=hash_routes)

    @property
    def browser_rules(self) -> dict[str, object]:
        """What a browser must know to send no more of an address than `name` needs: `Rules` of naming.js."""
        return {"query": self.query, "hashRoutes": self.hash_routes}

    def name(self, address: str) -> str:
        """The name of the page at an address within its site: path, query and fragment, in any spelling.

        It is ASCII and begins with exactly one slash. The name of a name is that name.
        """
        address, _, fragment = address.partition("#")
        name = self._place(*_parted(address))
        if self.hash_routes and (found := _ROUTE.fullmatch(fragment)):
            mark, path, query = found.groups("")
            route = self._place(path, query)
            # a hash router shows its first route at the page without a hash, too
            if route != "/":
                name += f"#{mark}{route}"
        return name

    def above(self, path: str) -> str:
        """What the names of all pages below a path begin with. An ending stays: it is of one page alone."""
        return self._masks.masked(normal_path(path))

    def hides(self, address: str) -> bool:
        """Whether a mask hides part of an address's path, or of its route."""
        path, _, route = address.partition("#")
        paths = (normal_path(part.partition("?")[0]) for part in (path, route.lstrip("!")))
        return any(self._masks.masked(part) != part for part in paths)

    def key(self, key: str) -> str:
        """The key of a page from a key in any spelling; one that does not begin with `//` is a name."""
        if not key.startswith("//"):
            return page_key("", self.name(key))
        site, slash, name = key[2:].partition("/")
        return page_key(site, self.name(slash + name))

    def _place(self, path: str, query: str) -> str:
        return self._masks.masked(self._shortened(normal_path(path))) + self._kept(query)

    def _shortened(self, path: str) -> str:
        while ending := next(filter(path.endswith, self._suffixes), None):
            stem = path[: -len(ending)]
            if stem.endswith(("/.", "/..")):  # it would be a dot segment
                break
            path = stem
        return path or "/"

    def _kept(self, query: str) -> str:
        """The parameters that tell pages apart: each value once; a parameter without a value is left out."""
        if not query or not self.query:
            return ""
        values: dict[str, dict[str, None]] = {key: {} for key in self.query}
        for parameter in query.split("&"):
            key, _, value = parameter.partition("=")
            known = values.get(_form_decoded(key).decode("utf-8", "replace"))
            if value and known is not None:
                known[quote(_form_decoded(value), safe=_IN_VALUES)] = None
        kept = [f"{quote(key)}={value}" for key, each in values.items() for value in each]
        return f"?{'&'.join(kept)}" if kept else ""


PATHS_ALONE = Pages()
"""The rules of the default settings: pages differ by their paths."""


def requested(path: bytes, query: bytes, pages: Pages, ours: Collection[str]) -> str:
    """The key of the page that a request is about.

    A page is requested at its own address: `/lamp`, `/doku.php?id=start`. What a request cannot carry (a hash
    route), or could be mistaken for a parameter of ours, goes into `page=`, the page's whole key,
    percent-encoded: `?page=%2Fapp%23%2Fusers%2F7`. `page` wins over the path.

    Args:
        path: after the resource's own path; percent-encoded, as browsers send it.
        query: of the same request.
        pages: names the page.
        ours: parameters that are never a page's.
    """
    parameters = query.decode("utf-8", "replace")
    if named := parse_qs(parameters).get("page"):
        return pages.key(named[0])
    theirs = [each for each in parameters.split("&") if each.partition("=")[0] not in ours]
    return pages.key(f"{path.decode('utf-8', 'replace')}?{'&'.join(theirs)}")


def page_key(site: str, name: str) -> str:
    """The key of the page with this name.

    It has exactly one slash before the path. For sites other than the default one (""), `//` and the site's
    name come first, so the `/` of two sites have different keys.
    """
    name = "/" + name.lstrip("/")
    return f"//{site}{name}" if site else name


def normal_path(path: str) -> str:
    """The path in its one spelling, with one leading slash.

    Percent-encoding is in upper case, and only where it is needed; dot segments are resolved.
    """
    path = _RESPELT.sub(_respelt, path)
    if "/." in f"/{path}":
        path = _without_dots(path)
    return "/" + path.lstrip("/")


def parse_query(text: str) -> tuple[str, ...]:
    """The parameters of `PAGE_QUERY`: `id,p,title`.

    Raises:
        ValueError: an entry is not a parameter's name, or there are too many.
    """
    keys = tuple(dict.fromkeys(_entries(text)))
    if wrong := [key for key in keys if len(key) > MAX_KEY_CHARS or re.search(r"[\s?#&=%+]", key)]:
        raise ValueError(f"'{wrong[0]}' should be the name of a query parameter alone, such as id")
    if len(keys) > MAX_KEYS:
        raise ValueError(f"{len(keys)} parameters; {MAX_KEYS} at most")
    return keys


def parse_suffixes(text: str) -> tuple[str, ...]:
    """The endings of `PAGE_SUFFIXES`: `/,.html,/index.html`.

    Raises:
        ValueError: an entry is not an ending of a path.
    """
    suffixes = tuple(dict.fromkeys(_entries(text)))
    if wrong := [each for each in suffixes if not _SUFFIX.fullmatch(each)]:
        raise ValueError(f"'{wrong[0]}' should be an ending of a path, such as / or .html or /index.html")
    return suffixes


def _entries(text: str) -> list[str]:
    return [entry for part in text.split(",") if (entry := part.strip())]


def _parted(address: str) -> tuple[str, str]:
    path, _, query = address.partition("?")
    return path, query


def _respelt(found: re.Match[str]) -> str:
    if found[1] is None:
        return quote(found[0], safe="", errors="replace")
    character = chr(int(found[1], 16))
    is_unreserved = character.isascii() and (character.isalnum() or character in _UNRESERVED)
    return character if is_unreserved else found[0].upper()


def _without_dots(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part != ".":
            parts.append(part)
    if path.endswith(("/.", "/..")) or path in (".", ".."):
        parts.append("")
    return "/".join(parts)


def _form_decoded(text: str) -> bytes:
    return unquote_to_bytes(text.replace("+", " ").encode("utf-8", "replace"))
