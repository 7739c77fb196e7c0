"""A page's HTML, as far as the tracker depends on it: its tags and its policies. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from pageheat.services.contract.script import DEFAULT, FOLDER, FORMER

_JAVASCRIPT = re.compile(
    r"(?:(?:text|application)/(?:x-)?(?:java|ecma|j|live)script[\d.]*|module)?", re.IGNORECASE
)
"""Types of scripts that run. Consent tools give those that wait for it another one, such as text/plain."""

_INERT = ("noscript", "template")
"""Elements whose content does not run."""


def tracker_tag(ingest_url: str, path: str = DEFAULT.tracker) -> str:
    """The tag that a site's pages need."""
    return f'<script async src="{escape(ingest_url + path)}"></script>'


@dataclass(frozen=True)
class Tag:
    """The tracker's tag. `src` and `ingest` are absolute; `ingest` is the address at which frames arrive.

    `waits` is the `type` that keeps it from running until a script changes it, "" if it runs at once.
    """

    src: str
    ingest: str
    nonce: str = ""
    integrity: str = ""
    waits: str = ""

    @property
    def socket(self) -> str:
        """The address of a WebSocket."""
        return self.ingest.replace("http", "ws", 1) + "/"


class Known(NamedTuple):
    """How the tracker's script is known: by how its path ends, or as a script of ingest at another path.

    `path` is the setting TRACKER_PATH, `ingest` the setting INGEST_URL, "" for none.
    """

    path: str = DEFAULT.tracker
    ingest: str = ""

    def holds(self, src: str) -> bool:
        """Whether a script of this address is the tracker."""
        return urlsplit(src).path.endswith((self.path, DEFAULT.tracker, FORMER.tracker))

    def resembles(self, src: str, page: str) -> bool:
        """Whether it may be meant to be, as it is at ingest's address; that may be the site's own, too."""
        if not self.ingest or not src.startswith(self.ingest.rstrip("/") + "/"):
            return False
        path = urlsplit(src).path
        is_ours = urlsplit(src)[:2] != urlsplit(page)[:2] or FOLDER in path
        return is_ours and not path.endswith(("/more.js", "/behaviour.js", "/seldom.js"))


DEFAULT_KNOWN = Known()


class Script(NamedTuple):
    """A script's tag: its address, made absolute, and its attributes."""

    src: str
    ingest: str = ""
    nonce: str = ""
    integrity: str = ""
    type: str = ""


def tracker_tags(scripts: Iterable[Script], page: str, known: Known) -> list[Tag]:
    """The tracker's tags among a page's scripts, those first that run at once."""
    scripts = list(scripts)
    found = [it for it in scripts if known.holds(it.src)] or [
        it._replace(ingest=it.ingest or known.ingest) for it in scripts if known.resembles(it.src, page)
    ]
    tags = [_tag(it, page) for it in found]
    return sorted(tags, key=lambda tag: tag.waits != "")


class PageText(NamedTuple):
    """The tracker's tags, and the policies in `<meta>`, in the page's order."""

    tags: list[Tag]
    policies: list[str]


def read_page(html: str, url: str, known: Known = DEFAULT_KNOWN) -> PageText:
    """Read a page.

    Args:
        html: its text.
        url: its address, from which relative addresses lead.
        known: how the tracker's script is known.
    """
    reader = _Reader(url)
    reader.feed(html)
    reader.close()
    return PageText(tracker_tags(reader.scripts, url, known), reader.policies)


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.scripts: list[Script] = []
        self.policies: list[str] = []
        self._base = self._url = url
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
            given = (attributes.get(name, "") for name in ("data-ingest", "nonce", "integrity", "type"))
            self.scripts.append(Script(_joined(self._base, attributes["src"].strip()), *given))

    def handle_endtag(self, tag: str) -> None:
        if tag in _INERT and self._inert:
            self._inert -= 1


def _tag(script: Script, page: str) -> Tag:
    ingest = _joined(page, script.ingest) if script.ingest else urljoin(script.src, "..")
    waits = "" if _JAVASCRIPT.fullmatch(script.type.strip()) else script.type
    return Tag(script.src, ingest.rstrip("/"), script.nonce, script.integrity, waits)


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return ""
