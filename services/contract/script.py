"""A script as ingest serves it to a site's pages."""

import gzip
import hashlib
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Script:
    """A script ready to be served as `text/javascript; charset=utf-8`.

    `gzipped` is the same body for clients that accept gzip. `etag` is the value of the header `ETag`; it is
    weak, because both encodings share it.
    """

    body: bytes
    gzipped: bytes
    etag: str

    @classmethod
    def of(cls, source: str) -> Self:
        """The script of this source; the same source gives the same bytes."""
        body = source.encode()
        digest = hashlib.sha256(body).hexdigest()[:16]
        return cls(body, gzip.compress(body, compresslevel=9, mtime=0), f'W/"{digest}"')
