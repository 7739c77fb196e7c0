"""The tracker: the scripts that run on a site's pages, as ingest serves them."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from frontends.tracker.joining import join

ENTRIES = ("tracker.js", "behaviour.js")
"""The scripts: what a site's pages name, and what that loads from beside itself. Other modules are parts."""

_FOLDER = Path(__file__).parent


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
def scripts() -> Mapping[str, Script]:
    """File name → script, one for each of `ENTRIES`.

    Joined from their modules and minified when first asked for; the same source gives the same bytes.
    """
    modules = {path.name: path.read_text(encoding="utf-8") for path in _FOLDER.glob("*.js")}
    return MappingProxyType({entry: _script(join(entry, modules)) for entry in ENTRIES})


def _script(source: str) -> Script:
    body = source.encode()
    digest = hashlib.sha256(body).hexdigest()[:16]
    return Script(body, gzip.compress(body, compresslevel=9, mtime=0), f'W/"{digest}"')
