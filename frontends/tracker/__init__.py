"""The tracker: the script that a site adds to its pages (`tracker.js`), as ingest serves it."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import rjsmin

_SOURCE = Path(__file__).with_name("tracker.js")


@dataclass(frozen=True)
class Script:
    """A script ready to be served as `text/javascript; charset=utf-8`.

    `body` is the minified script, `gzipped` the same for who accepts gzip, `etag` the value of the
    header `ETag`: weak, as both encodings share it.
    """

    body: bytes
    gzipped: bytes
    etag: str


@cache
def load() -> Script:
    """The tracker, minified when first asked for; the same source gives the same bytes."""
    body = rjsmin.jsmin(_SOURCE.read_text(encoding="utf-8")).encode()
    digest = hashlib.sha256(body).hexdigest()[:16]
    return Script(body, gzip.compress(body, compresslevel=9, mtime=0), f'W/"{digest}"')
