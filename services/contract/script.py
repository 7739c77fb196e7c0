"""A script as ingest serves it to a site's pages."""

import gzip
import hashlib
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Script:
    """A script to serve as `text/javascript; charset=utf-8`.

    `gzipped` is the body for clients that accept gzip. `etag` is the value of the header `ETag`, weak because
    both encodings share it.
    """

    body: bytes
    gzipped: bytes
    etag: str

    @classmethod
    def of(cls, source: str) -> Self:
        """The script with this source; the same source gives the same bytes."""
        body = source.encode()
        digest = hashlib.sha256(body).hexdigest()[:16]
        return cls(body, gzip.compress(body, compresslevel=9, mtime=0), f'W/"{digest}"')
