"""The one change to a page of the site: the overlay's script tag, added before its end. No I/O.

Bytes in, bytes out, in the page's own character encoding: every byte of the page that is not ours
comes out as it went in. Only a `<meta>` with a Content-Security-Policy is taken out, for the reason
that the proxy gives for dropping the header.
"""

import codecs
import re
from html import escape

_END_OF_BODY = re.compile(r"</body\b[^>]*>", re.IGNORECASE)
_POLICY = re.compile(
    r"<meta\b[^>]*\bhttp-equiv\s*=\s*[\"']?\s*content-security-policy\b[^>]*>", re.IGNORECASE
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)

_BYTE_ORDER_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def script_tag(broadcaster_url: str, site_url: str = "", frontend: str = "") -> str:
    """The tag that brings the overlay onto a page; its attribute also keeps the tracker silent.

    Args:
        broadcaster_url: where the overlay finds broadcaster.
        site_url: where the page itself can be visited, if not here.
        frontend: origin of the heat-map front end, if not the page's own.
    """
    site = f' data-site="{escape(site_url)}"' if site_url else ""
    return (
        f'<script type="module" src="{escape(frontend)}/_pageheat/overlay.js" data-pageheat-overlay '
        f'data-broadcaster="{escape(broadcaster_url)}"{site}></script>'
    )


def add_to_page(body: bytes, content_type: str, tag: str) -> bytes:
    """The page with `tag` before its last `</body>`, or at its end when it has none.

    `content_type` is the header's value; a byte order mark goes before its charset, as in browsers.
    """
    encoding = _lossless_encoding(body, content_type)
    text = _POLICY.sub("", body.decode(encoding, "surrogatepass"))
    place = len(text)
    for end in _END_OF_BODY.finditer(text):
        place = end.start()
    return (text[:place] + tag + text[place:]).encode(encoding, "surrogatepass")


def _lossless_encoding(body: bytes, content_type: str) -> str:
    """An encoding in which the page's bytes survive decoding and the tag is readable.

    All encodings of the web but UTF-16 write ASCII as single bytes of the same value, so Latin-1,
    which maps any byte to one character and back, is right for all of them.
    """
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if body.startswith(mark) and len(body) % 2 == 0:
            return encoding
    declared = _CHARSET.search(content_type)
    name = declared.group(1).lower() if declared else ""
    if name in ("utf-16", "utf-16le", "utf-16be") and len(body) % 2 == 0:
        return "utf-16-be" if name == "utf-16be" else "utf-16-le"
    return "latin-1"
