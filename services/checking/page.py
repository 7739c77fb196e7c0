"""A page's HTML, as far as the tracker depends on it: its tags and its policies. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from pageheat.services.contract.script import DEFAULT, FORMER

KNOWN = (DEFAULT.tracker, FORMER.tracker)

_INERT = ("noscript", "template")
"""Elements whose content does not run."""


def tracker_tag(ingest_url: str, path: str = DEFAULT.tracker) -> str:
    """The tag that a site's pages need."""
    return f'<script async src="{escape(ingest_url + path)}"></script>'


@dataclass(frozen=True)
class Tag:
    """The tracker's tag. `src` and `ingest` are absolute; `ingest` is the address at which frames arrive."""

    src: str
    ingest: str
    nonce: str = ""
    integrity: str = ""

    @property
    def socket(self) -> str:
        """The address of a WebSocket."""
        return self.ingest.replace("http", "ws", 1) + "/"


class PageText(NamedTuple):
    """The tracker's tags, and the policies in `<meta>`, in the page's order."""

    tags: list[Tag]
    policies: list[str]


def read_page(html: str, url: str, paths: Collection[str] = KNOWN) -> PageText:
    """Read a page.

    Args:
        html: its text.
        url: its address, from which relative addresses lead.
        paths: how the address of the tracker's script ends.
    """
    reader = _Reader(url, tuple(paths))
    reader.feed(html)
    reader.close()
    return PageText(reader.tags, reader.policies)


class _Reader(HTMLParser):
    def __init__(self, url: str, paths: tuple[str, ...]) -> None:
        super().__init__()
        self.tags: list[Tag] = []
        self.policies: list[str] = []
        self._base = self._url = url
        self._paths = paths
        self._inert = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in reversed(attrs)}
        if tag in _INERT:
            self._inert += 1
        elif self._inert:
            return
        elif tag == "base" and "href" in attributes and self._base == self._url:
            self._base = _joined(self._url, attributes["href"])
        elif tag == "meta" and attributes.get("http-equiv", "").strip().lower() == "content-security-policy":
            self.policies.append(attributes.get("content", ""))
        elif tag == "script" and "src" in attributes:
            self._take_script(attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag in _INERT and self._inert:
            self._inert -= 1

    def _take_script(self, attributes: dict[str, str]) -> None:
        src = _joined(self._base, attributes["src"].strip())
        if not urlsplit(src).path.endswith(self._paths):
            return
        given = attributes.get("data-ingest", "")
        ingest = _joined(self._url, given) if given else urljoin(src, "..")
        nonce, integrity = attributes.get("nonce", ""), attributes.get("integrity", "")
        self.tags.append(Tag(src, ingest.rstrip("/"), nonce, integrity))


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return ""
