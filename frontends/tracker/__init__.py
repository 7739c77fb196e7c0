"""The tracker: the scripts that run on a site's pages, as ingest serves them."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import rjsmin

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
    """File name → script: `tracker.js`, which a site's pages name, and what it loads from beside itself.

    Minified when first asked for; the same source gives the same bytes.
    """
    return MappingProxyType({path.name: _script(path) for path in sorted(_FOLDER.glob("*.js"))})


def _script(source: Path) -> Script:
    body = rjsmin.jsmin(source.read_text(encoding="utf-8")).encode()
    digest = hashlib.sha256(body).hexdigest()[:16]
    return Script(body, gzip.compress(body, compresslevel=9, mtime=0), f'W/"{digest}"')
