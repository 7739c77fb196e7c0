"""What a site's answer is: something that is rewritten, with its decoded bytes, or anything else."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2

from pageheat.frontends.heatmap.rewriting import PAGE_TYPES, SCRIPT_TYPES, TEXT_TYPES

UNKNOWN_TYPES = frozenset({"", "*/*", "unknown/unknown", "application/unknown"})
"""Content types for which browsers look at the bytes (MIME Sniffing, 7)."""

SNIFFED_BYTES = 512
"""Enough to find a page's first tag. The standard lets browsers look at 1,445 bytes."""

_FIRST_TAG = re.compile(
    rb"[\t\n\x0c\r ]*<"
    rb"(?:(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)[ >]|!--)",
    re.IGNORECASE,
)
"""How a page begins (MIME Sniffing, 7.1)."""

ENCODINGS = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate", "br": "br", "zstd": "zstd"}
"""Encodings that can be read, by their names on the wire (RFC 9110, 8.4.1)."""

WITHOUT_BODY = frozenset({204, 205, 304})
"""Statuses of answers that have no body, whatever their headers say (RFC 9110, 6.4.1)."""


@dataclass(frozen=True)
class Rewritable:
    """A page, a style sheet or the like: its content type, and its bytes as they arrive, decoded."""

    content_type: str
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True)
class Other:
    """Anything else: its bytes as they arrive, unchanged, and why it was not read if it may be a page."""

    chunks: AsyncIterator[bytes]
    unread: str = ""


async def read(answer: httpx2.Response, may_be_page: bool, is_worker: bool = False) -> Rewritable | Other:
    """Tell what an answer is. Nothing but the beginning of one that does not tell is awaited.

    Args:
        answer: the site's.
        may_be_page: whether it was asked for as a page, so that the browser would look at its bytes.
        is_worker: whether it was asked for as a worker's script.
    """
    raw = answer.aiter_raw()
    content_type = content_type_of(answer.headers)
    essence = content_type.partition(";")[0].strip().lower()
    if answer.status_code in WITHOUT_BODY or answer.status_code == 206:
        return Other(raw)
    further = UNKNOWN_TYPES if may_be_page else SCRIPT_TYPES if is_worker else frozenset[str]()
    if essence not in PAGE_TYPES | TEXT_TYPES | further:
        return Other(raw)
    encodings = [
        one.strip().lower() for one in answer.headers.get_list("content-encoding", split_commas=True)
    ]
    unreadable = [one for one in encodings if one not in {*ENCODINGS, "identity", ""}]
    if unreadable:
        # Browsers take the bytes as they are: `utf-8` and `none` are no encodings.
        unread = f"its Content-Encoding '{unreadable[0]}' is not known" if essence in PAGE_TYPES else ""
        beginning = await _beginning("", raw)
        chunks = _chain(beginning, raw)
        is_plain = bool(unread) and looks_like_a_page(beginning)
        return Rewritable(content_type, chunks) if is_plain else Other(chunks, unread)
    readable = ",".join(ENCODINGS[one] for one in encodings if one in ENCODINGS)
    if essence not in UNKNOWN_TYPES:
        return Rewritable(content_type, _decoded(readable, raw))
    if answer.headers.get("x-content-type-options", "").strip().lower() == "nosniff":
        return Other(raw)
    beginning = await _beginning(readable, raw)
    chunks = _chain(beginning, raw)
    if looks_like_a_page(await _first_bytes(readable, beginning)):
        return Rewritable("text/html", _decoded(readable, chunks))
    return Other(chunks)


def content_type_of(headers: httpx2.Headers) -> str:
    """The content type that counts if there are several: the last one (Fetch, "extract a MIME type")."""
    counts = ""
    for value in headers.get_list("content-type", split_commas=True):
        essence = value.partition(";")[0].strip().lower()
        if "/" in essence and (essence != "*/*" or not counts):
            same = essence == counts.partition(";")[0].strip().lower() and "charset=" not in value.lower()
            counts = counts if same else value
    return counts


def looks_like_a_page(beginning: bytes) -> bool:
    """Whether browsers take bytes without a content type for HTML."""
    return _FIRST_TAG.match(beginning.removeprefix(b"\xef\xbb\xbf")) is not None


def _decoded(encodings: str, raw: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    headers = {"content-encoding": encodings} if encodings else {}
    return httpx2.Response(200, headers=headers, content=raw).aiter_bytes()


async def _beginning(encodings: str, raw: AsyncIterator[bytes]) -> bytes:
    """The first chunks of a body: SNIFFED_BYTES of it, or all."""
    beginning = b""
    async for chunk in raw:
        beginning += chunk
        if len(beginning) >= SNIFFED_BYTES or (not encodings and _FIRST_TAG.match(beginning)):
            break
    return beginning


async def _first_bytes(encodings: str, beginning: bytes) -> bytes:
    """Decoded as far as it goes: an encoded beginning is cut off somewhere."""
    try:
        async for chunk in _decoded(encodings, _chain(beginning, None)):
            return chunk
    except httpx2.DecodingError:
        pass
    return b""


async def _chain(start: bytes, rest: AsyncIterator[bytes] | None) -> AsyncIterator[bytes]:
    if start:
        yield start
    if rest is not None:
        async for chunk in rest:
            yield chunk
