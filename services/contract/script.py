"""The scripts as ingest serves them to a site's pages, and their addresses."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from typing import NamedTuple, Self


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


FOLDER = "/_pageheat/"

_PATH = re.compile(r"/([A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*\.js")


class Addresses(NamedTuple):
    """The paths of the tracker on ingest: its scripts, and where its frames are posted.

    The script that pages name finds the others in its own folder.
    """

    tracker: str
    behaviour: str
    seldom: str
    post: str

    @property
    def scripts(self) -> tuple[str, str, str]:
        """The scripts: the one that pages name, and the two that it loads."""
        return self[:3]

    @classmethod
    def of(cls, tracker: str) -> Self:
        """The addresses with a script of this path.

        Raises:
            ValueError: it is not a script's path.
        """
        folder = tracker.rpartition("/")[0]
        addresses = cls(tracker, f"{folder}/more.js", f"{folder}/seldom.js", f"{folder}/post")
        if not _PATH.fullmatch(tracker) or tracker in addresses[1:]:
            raise ValueError(f"'{tracker}' should be the path of a script, such as {DEFAULT.tracker}")
        return addresses


DEFAULT = Addresses(f"{FOLDER}page.js", f"{FOLDER}more.js", f"{FOLDER}seldom.js", f"{FOLDER}post")
"""Names that blockers' lists did not have in November 2026 (EasyPrivacy has `tracker.js` and `beacon`)."""

FORMER = Addresses(f"{FOLDER}tracker.js", f"{FOLDER}behaviour.js", f"{FOLDER}seldom.js", f"{FOLDER}beacon")
"""Served as well: tags and the form of 2006 name them."""
