"""Finds out why a site does not answer, and logs it once: a browser asks for a page again and again."""

import logging
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from pageheat.frontends.heatmap.connection import SpeaksTls, speaks_tls
from pageheat.frontends.heatmap.failures import Failure, failure, in_a_line
from pageheat.frontends.heatmap.sites import ShownSite

log = logging.getLogger(__name__)

IN_CONTAINER = any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv"))
"""Docker and Podman leave these files in each container."""


class Diagnosis:
    """What is known of one site's failures."""

    def __init__(self, site: ShownSite) -> None:
        self._site = site
        self._reason = ""

    async def failure(self, error: Exception) -> Failure:
        """Why the site does not answer."""
        cause = error
        if isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError) and await self.speaks_tls():
            cause = SpeaksTls()
        why = failure(cause, self._site, IN_CONTAINER)
        if why.reason != self._reason:
            log.warning("%s", in_a_line(self._site, why))
        self._reason = why.reason
        return why

    def answers(self) -> None:
        """The site answers."""
        if self._reason:
            log.info("%s answers again", self._site.url)
        self._reason = ""

    async def speaks_tls(self) -> bool:
        """Whether the site is to be fetched by http, but its port is for https."""
        fetched = urlsplit(self._site.fetch_url)
        return fetched.scheme == "http" and await speaks_tls(fetched.hostname or "", fetched.port or 80)
