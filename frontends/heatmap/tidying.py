"""Makes the head of a site's answer readable where it breaks the standard, in the way browsers do. No I/O.

Browsers skip header lines that are none, so sites get away with them; an HTTP library refuses the answer.
"""

import re

_STATUS_LINE = re.compile(rb"\s*(HTTP/\d\.\d|HTTP/\d|ICY)[ \t]+(\d{3})(?:[ \t]+(.*))?\s*", re.IGNORECASE)
_NAME = re.compile(rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
_CONTROLS = bytes({*range(32), 127} - {9})
_VERSIONS = {b"HTTP/1.0", b"HTTP/1.1"}
_END = re.compile(rb"\r?\n\r?\n")

TLS = (b"\x15\x03", b"\x16\x03")
"""A TLS alert or handshake begins with these: the server expects https (RFC 8446, 5.1)."""


def head_length(received: bytes) -> int | None:
    """The number of bytes of an answer's head with the empty line after it; None if that is not there yet."""
    end = _END.search(received)
    return end.end() if end else None


def is_interim(head: bytes) -> bool:
    """Whether a tidied head is a 1xx answer, after which another head follows."""
    return head[9:10] == b"1" and head[9:12] != b"101"


def tidied(head: bytes) -> bytes:
    """The head with a clean status line, without what is no header.

    Folded lines are joined, spaces before a colon and control characters removed, and lengths that do not
    count dropped. A head that does not begin with a status line is returned unchanged.
    """
    first, *lines = re.split(rb"\r?\n", head.lstrip(b"\r\n"))
    status = _STATUS_LINE.fullmatch(first)
    if not status:
        return head
    version = status[1].upper()
    version = version if version in _VERSIONS else b"HTTP/1.0" if version == b"ICY" else b"HTTP/1.1"
    reason = (status[3] or b"").translate(None, _CONTROLS)
    fields = _with_one_length(_fields(lines))
    clean = [b"%s %s %s" % (version, status[2], reason), *(b"%s: %s" % field for field in fields)]
    return b"\r\n".join(clean) + b"\r\n\r\n"


def _fields(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    unfolded: list[bytes] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and unfolded:
            unfolded[-1] += b" " + line.strip()
        else:
            unfolded.append(line)
    fields = [
        (name.rstrip(), value.translate(None, _CONTROLS).strip())
        for name, colon, value in (line.partition(b":") for line in unfolded)
        if colon
    ]
    return [(name, value) for name, value in fields if _NAME.fullmatch(name)]


def _with_one_length(fields: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Without lengths that are no numbers, and without any if the body comes in chunks (RFC 9112, 6.3)."""
    chunked = any(name.lower() == b"transfer-encoding" for name, _ in fields)
    return [
        (name, value)
        for name, value in fields
        if name.lower() != b"content-length"
        or (not chunked and all(part.strip().isdigit() for part in value.split(b",")))
    ]
