"""Adds the overlay's script tag to a page of the site. No I/O.

Bytes in, bytes out, in the page's own character encoding; every other byte of the page is unchanged.
Only a `<meta>` with a Content-Security-Policy is removed, for the same reason as the header: see proxy.py.
"""

import codecs
import re
from html import escape

from pageheat.services.contract.pages import PATHS_ALONE, Pages

_END_OF_BODY = re.compile(r"</body\b[^>]*>", re.IGNORECASE)
_POLICY = re.compile(
    r"<meta\b[^>]*\bhttp-equiv\s*=\s*[\"']?\s*content-security-policy\b[^>]*>", re.IGNORECASE
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)

_BYTE_ORDER_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def script_tag(
    broadcaster_url: str,
    site_url: str = "",
    frontend: str = "",
    site_name: str = "",
    pages: Pages = PATHS_ALONE,
) -> str:
    """The tag that loads the overlay; its attribute also stops the tracker from sending.

    Args:
        broadcaster_url: the broadcaster's address for the overlay.
        site_url: the page's real site, if not this origin.
        frontend: origin of the heat-map front end, if not the page's own.
        site_name: the site's name in the setting SITES, if it has one.
        pages: names pages; the tag says what of an address that needs.
    """
    site = f' data-site="{escape(site_url)}"' if site_url else ""
    site += f' data-site-name="{escape(site_name)}"' if site_name else ""
    query = f' data-page-query="{escape(",".join(pages.query))}"' if pages.query else ""
    routes = " data-hash-routes" if pages.hash_routes else ""
    return (
        f'<script type="module" src="{escape(frontend)}/_pageheat/overlay.js" data-pageheat-overlay '
        f'data-broadcaster="{escape(broadcaster_url)}"{site}{query}{routes}></script>'
    )


def add_to_page(body: bytes, content_type: str, tag: str) -> bytes:
    """The page with `tag` before its last `</body>`, or at its end if it has none.

    `content_type` is the header's value; a byte order mark overrides its charset, as in browsers.
    """
    encoding = _lossless_encoding(body, content_type)
    text = _POLICY.sub("", body.decode(encoding, "surrogatepass"))
    place = len(text)
    for end in _END_OF_BODY.finditer(text):
        place = end.start()
    return (text[:place] + tag + text[place:]).encode(encoding, "surrogatepass")


def _lossless_encoding(body: bytes, content_type: str) -> str:
    """An encoding that round-trips the page's bytes and encodes the tag correctly.

    Every web encoding except UTF-16 writes ASCII as single bytes of the same value. Latin-1, which maps
    each byte to one character and back, therefore works for all of them.
    """
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if body.startswith(mark) and len(body) % 2 == 0:
            return encoding
    declared = _CHARSET.search(content_type)
    name = declared.group(1).lower() if declared else ""
    if name in ("utf-16", "utf-16le", "utf-16be") and len(body) % 2 == 0:
        return "utf-16-be" if name == "utf-16be" else "utf-16-le"
    return "latin-1"
