"""Turns the site's addresses in pages and style sheets, and adds tags to pages. No I/O.

Bytes in, bytes out, as they arrive; all others are unchanged. Addresses are turned where browsers use them:
in attributes, style sheets and import maps. Texts are the site's data and stay as they are: scripts, JSON-LD,
form fields (an editor that is used through the heat map must save what was there), `<link rel=canonical>`.
`stay/` turns the addresses that scripts use, when they use them.

A tag is added at the beginning of `<head>`, before the first script. Import maps get entries that turn what
modules import. Policies in `<meta>` are removed or turned, for the same reason as the headers: see proxy.py
and header_addresses.py.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from functools import partial
from html import unescape
from typing import Protocol

from pageheat.frontends.heatmap.addresses import Addresses
from pageheat.frontends.heatmap.header_addresses import refresh, telling_us
from pageheat.frontends.heatmap.injection import Added
from pageheat.frontends.heatmap.markup import Attribute, Kind, Token, Tokenizer, attributes

Edit = tuple[int, int, str]
"""Start and end of what is replaced, and by what."""

PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
TEXT_TYPES = frozenset(
    {
        "text/css",
        "image/svg+xml",
        "application/manifest+json",
        "application/importmap+json",
        "application/speculationrules+json",
    }
)

SCRIPT_TYPES = frozenset(
    {
        *("text/javascript", "application/javascript", "application/x-javascript", "text/x-javascript"),
        *("text/ecmascript", "application/ecmascript", "application/x-ecmascript", "text/x-ecmascript"),
        *("text/jscript", "text/livescript", *(f"text/javascript1.{minor}" for minor in range(6))),
    }
)
"""Types of which browsers run a worker (MIME Sniffing, 4.6)."""

NOTHING = Added("", "")

_ADDRESSES = frozenset(
    {
        *("href", "src", "action", "formaction", "data", "poster", "background", "xlink:href", "manifest"),
        *("longdesc", "codebase", "dynsrc", "lowsrc"),
    }
)
"""Attributes that are an address, of whatever element."""

_TEXTS = frozenset(
    {
        *("srcset", "imagesrcset", "ping", "style", "srcdoc", "archive"),
        *(
            "fill",
            "stroke",
            "filter",
            "mask",
            "clip-path",
            "marker-start",
            "marker-mid",
            "marker-end",
            "cursor",
        ),
    }
)
"""Attributes with addresses in them: lists, styles, documents."""

_DATA_LINKS = frozenset({"canonical", "alternate", "shortlink", "amphtml"})
"""`<link>`s that say what the page is called elsewhere; browsers don't follow them."""

_JSON_SCRIPTS = frozenset({"importmap", "speculationrules"})
"""Types of scripts that are addresses for the browser."""

_MAY_HAVE_ADDRESS = re.compile(r"//|\\\\|&(?:#|sol|bsol|colon)")
_ENCODED = re.compile(r"&(?:#x?[0-9a-f]+|colon|sol|period|bsol);", re.IGNORECASE)
_PLAIN_IN_ADDRESSES = re.compile(r"[\w:/\\.-]", re.ASCII)
_OTHER_ORIGIN = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|[/\\]{2})", re.IGNORECASE)

_IMPORTS = re.compile(r'"imports"\s*:\s*\{')

_BEFORE_TAGS = frozenset({"html", "head", "meta", "title", "base"})
"""Elements that may stay in front of added tags: no scripts, and `<meta charset>` should come early."""

_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_BYTE_ORDER_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_MARK = re.compile("\ufeff|" + codecs.BOM_UTF8.decode("latin-1"))

_PROLOGUE = re.compile(rb"(?:\s|\xef\xbb\xbf|//[^\n]*\n|/\*.*?\*/)*+", re.DOTALL)
"""What may be in front of a script's first statement."""

_STRICT = (b'"use strict"', b"'use strict'")

_TWO_BYTE_TEXT = re.compile(r"\x1b\$[@B].*?(?:(?=\x1b\()|\Z)", re.DOTALL)
"""Text in ISO-2022-JP, whose bytes look like ASCII."""


class Rewriter(Protocol):
    """Turns the addresses in one answer's body."""

    def feed(self, chunk: bytes) -> bytes:
        """The next bytes of the result."""

    def end(self) -> bytes:
        """The last bytes of the result."""


def rewriter(content_type: str, addresses: Addresses, added: Added = NOTHING) -> Rewriter:
    """The rewriter for a `Content-Type`; pages, and scripts, which are workers', get what is `added`."""
    essence = content_type.partition(";")[0].strip().lower()
    if essence in PAGE_TYPES:
        return Page(addresses, content_type, added)
    if essence in SCRIPT_TYPES:
        return WorkerScript(added.before_worker)
    return Page(addresses, content_type) if essence == "image/svg+xml" else Text(addresses)


class Text:
    """Rewrites a style sheet, or JSON that is addresses for the browser."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._rest = ""

    def feed(self, chunk: bytes) -> bytes:
        """The next bytes of the result."""
        text = self._rest + chunk.decode("latin-1")
        end = 1 + max(text.rfind(mark) for mark in "\n;{}")  # no address goes on behind these
        self._rest = text[end:]
        return self._addresses.here_within(text[:end]).encode("latin-1")

    def end(self) -> bytes:
        """The last bytes of the result."""
        return self._addresses.here_within(self._rest).encode("latin-1")


class WorkerScript:
    """Puts a statement in front of a script, in the same line; what was strict stays so."""

    def __init__(self, statement: str) -> None:
        self._statement = statement.encode()
        self._beginning: bytes | None = b""

    def feed(self, chunk: bytes) -> bytes:
        """The next bytes of the result."""
        if self._beginning is None:
            return chunk
        self._beginning += chunk
        first = self._beginning[_PROLOGUE.match(self._beginning).end() :]  # type: ignore[union-attr]
        is_told = len(first) >= len(_STRICT[0]) and not first.startswith((b"//", b"/*"))
        return self.end() if is_told else b""

    def end(self) -> bytes:
        """The last bytes of the result."""
        if self._beginning is None:
            return b""
        beginning, self._beginning = self._beginning, None
        at = _PROLOGUE.match(beginning).end()  # type: ignore[union-attr]
        strict = b'"use strict";' if beginning.startswith(_STRICT, at) else b""
        return strict + self._statement + beginning


class Page:
    """Rewrites one page.

    Args:
        addresses: the site's.
        content_type: the header's value; a byte order mark overrides its charset, as in browsers.
        added: what is added; nothing for a part of a page.
    """

    def __init__(self, addresses: Addresses, content_type: str, added: Added = NOTHING) -> None:
        self._addresses = addresses
        self._content_type = content_type
        essence = content_type.partition(";")[0].strip().lower()
        self._xml = essence.endswith("xml")
        self._tokenizer = Tokenizer(self._xml)
        self._encoding = ""
        self._bytes = b""
        self._text = ""
        self._needed = len(codecs.BOM_UTF8)
        self._tag, self._imports = added.tag, added.imports
        self._tokenizer.skims = not self._tag
        self._in_html = not self._xml
        self._script_type = ""
        self._opened = ""
        """The element that the last start tag opened, until another tag follows."""

    def feed(self, chunk: bytes) -> bytes:
        """The next bytes of the result."""
        self._bytes += chunk
        # What is unfinished is read again from its beginning, but only when it has doubled: otherwise a
        # long comment would take quadratic time.
        return self._rewritten(final=False) if len(self._bytes) >= self._needed else b""

    def end(self) -> bytes:
        """The last bytes of the result."""
        return self._rewritten(final=True)

    def _rewritten(self, final: bool) -> bytes:
        first = not self._encoding
        if first:
            self._encoding = _lossless_encoding(self._bytes, self._content_type)
        whole = len(self._bytes) - (len(self._bytes) % 2 if self._encoding != "latin-1" else 0)
        text = self._text + self._bytes[:whole].decode(self._encoding, "surrogatepass")
        self._bytes = self._bytes[whole:]
        mark = _MARK.match(text) if first else None
        out, self._text = self._edited(text[mark.end() :] if mark else text, final)
        self._needed = max(1, len(self._text))
        written = ((mark[0] if mark else "") + out).encode(self._encoding, "surrogatepass")
        return written + self._bytes if final else written

    def _edited(self, text: str, final: bool) -> tuple[str, str]:
        """What is finished of the text, edited, and the rest."""
        if "\x1b" in text and not final:
            return "", text  # a piece does not tell where two-byte text ends
        seen = _TWO_BYTE_TEXT.sub(lambda found: "." * len(found[0]), text) if "\x1b" in text else text
        out: list[str] = []
        at = 0
        rest = len(text)
        for token in self._tokenizer.tokens(seen, final):
            if self._tag and self._is_place(token, seen):
                out += [text[at : token.start], self._tag]
                at, self._tag, self._tokenizer.skims = token.start, "", True
            goes_on = token.kind is Kind.UNFINISHED or (token.end == len(text) and self._opened == "style")
            if goes_on and not final:
                rest = token.start
                break
            for start, end, replacement in self._edits(token, seen, text):
                out += [text[at:start], replacement]
                at = end
        out.append(text[at:rest])
        if final and not self._xml:
            out.append(self._tag)
        return "".join(out), text[rest:]

    def _is_place(self, token: Token, text: str) -> bool:
        """Whether the tag belongs in front of a token."""
        if not self._in_html:
            self._in_html = token.kind is Kind.START and token.name == "html"
            return False
        if token.kind is Kind.START:
            return token.name not in _BEFORE_TAGS
        if token.kind is Kind.END:
            return token.name in ("head", "html") or token.name not in _BEFORE_TAGS
        return token.kind is Kind.TEXT and not self._xml and not text[token.start : token.end].isspace()

    def _edits(self, token: Token, seen: str, text: str) -> Iterator[Edit]:
        """What changes in a token, in order; `seen` tells where it is in `text`."""
        if token.kind is Kind.START:
            if token.name in ("meta", "script", "link") or _MAY_HAVE_ADDRESS.search(seen, *token.attributes):
                yield from self._edits_of_tag(token, list(attributes(seen, token, text)))
        elif token.kind is Kind.RAW and (token.name == "style" or self._script_type in _JSON_SCRIPTS):
            turned = self._addresses.here_within(text[token.start : token.end])
            if self._script_type == "importmap" and self._imports:
                turned, self._imports = _with_imports(turned, self._imports), ""
            yield token.start, token.end, turned
        elif self._opened == "style" and (
            token.kind is Kind.TEXT or seen.startswith("<![CDATA[", token.start)
        ):  # within SVG
            yield token.start, token.end, self._addresses.here_within(text[token.start : token.end])
        if token.kind in (Kind.START, Kind.END):
            opens = token.kind is Kind.START and seen[token.end - 2] != "/"
            self._opened = token.name if opens else ""

    def _edits_of_tag(self, token: Token, found: list[Attribute]) -> Iterator[Edit]:
        values = {attribute.name: attribute.value for attribute in reversed(found)}
        if token.name == "meta" and _is(values.get("http-equiv"), "content-security-policy"):
            yield token.start, token.end, ""
            return
        kinds = set(values.get("rel", "").lower().split())
        is_module = "modulepreload" in kinds
        if token.name == "script":
            self._script_type = values.get("type", "").strip().lower()
            is_module = self._script_type == "module"
        if self._imports and is_module:
            # Firefox takes one import map, and none after the first module: so not before the site's own.
            yield (
                token.start,
                token.start,
                f'<script type="importmap">{_with_imports("{}", self._imports)}</script>',
            )
            self._imports = ""
        unchecked = False
        if token.name == "link":
            if kinds & _DATA_LINKS and "stylesheet" not in kinds:
                return
            unchecked = self._is_rewritten(values.get("href", ""))
        refreshes = token.name == "meta" and _is(values.get("http-equiv"), "refresh")
        for attribute in found:
            if attribute.name == "integrity" and unchecked:
                yield attribute.start, attribute.end, '""'
            elif attribute.name == "content" and _is(values.get("name"), "referrer"):
                yield (
                    attribute.start,
                    attribute.end,
                    attribute.quote + telling_us(attribute.value) + attribute.quote,
                )
            elif (turned := self._turned(attribute, refreshes)) != attribute.value:
                yield attribute.start, attribute.end, attribute.quote + turned + attribute.quote

    def _is_rewritten(self, address: str) -> bool:
        """Whether what is at an address comes through here, and may have another hash."""
        return not _OTHER_ORIGIN.match(address) or self._addresses.here(address) != address

    def _turned(self, attribute: Attribute, refreshes: bool) -> str:
        """An attribute's value as it is to be written."""
        turn: Callable[[str], str]
        if attribute.name in _ADDRESSES:
            turn = self._addresses.here
        elif attribute.name in _TEXTS:
            turn = self._addresses.here_within
        elif attribute.name == "content" and refreshes:
            turn = partial(refresh, addresses=self._addresses)
        else:
            return attribute.value
        turned = turn(attribute.value)
        if turned == attribute.value and "&" in turned:
            plain = _ENCODED.sub(_decoded, attribute.value)
            turned = turn(plain)
            if turned == plain:
                return attribute.value
        return turned


def _with_imports(import_map: str, imports: str) -> str:
    """An import map, as it is written, with further entries; its own ones count where both have one."""
    found = _IMPORTS.search(import_map)
    if found:
        comma = "" if import_map[found.end() :].lstrip().startswith("}") else ","
        return import_map[: found.end()] + imports + comma + import_map[found.end() :]
    start, brace, rest = import_map.partition("{")
    comma = "" if rest.lstrip().startswith("}") else ","
    return f'{start}{{"imports":{{{imports}}}{comma}{rest}' if brace else import_map


def _is(value: str | None, name: str) -> bool:
    return value is not None and value.strip().lower() == name


def _decoded(reference: re.Match[str]) -> str:
    """A character reference's character, if addresses begin with such."""
    character = unescape(reference[0])
    return character if _PLAIN_IN_ADDRESSES.fullmatch(character) else reference[0]


def _lossless_encoding(body: bytes, content_type: str) -> str:
    """An encoding that round-trips the page's bytes and encodes tags correctly.

    Every web encoding except UTF-16 writes ASCII as single bytes of the same value. Latin-1, which maps
    each byte to one character and back, therefore works for all of them.
    """
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if body.startswith(mark):
            return encoding
    declared = _CHARSET.search(content_type)
    name = declared[1].lower() if declared else ""
    if name in ("utf-16", "utf-16le", "utf-16be"):
        return "utf-16-be" if name == "utf-16be" else "utf-16-le"
    return "latin-1"
