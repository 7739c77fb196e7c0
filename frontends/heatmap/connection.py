"""Connections to a site: bounded, with certificates checked, and tolerant of what sites send (tidying.py)."""

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore2
import httpx2

from pageheat.frontends.heatmap.tidying import TLS, head_length, is_interim, tidied
from pageheat.services.contract.errors import PageheatError

MAX_CONNECTIONS = 100
"""A browser opens 6 connections at a time: enough for a team of analysts, a light load for a site."""

KEEPALIVE_S = 2
"""Servers close idle connections themselves, Node.js after 5 s. A request that crosses this would be lost."""

MAX_HEAD_BYTES = 262_144
"""Limit for an answer's status line and headers; Chromium has the same."""


PROBE_TIMEOUT_S = 3
"""For a handshake that only tells whether a server speaks TLS."""


class WrongCertificates(PageheatError):
    """SITE_CA_FILE cannot be used."""


class SpeaksTls(httpcore2.RemoteProtocolError):
    """A server that is addressed by http answers by TLS."""


def ssl_context(ca_file: str = "") -> ssl.SSLContext:
    """Trusts what this machine trusts, and the certificates in `ca_file` (PEM).

    Raises:
        WrongCertificates: the file cannot be read, or has no certificate.
    """
    context = httpx2.create_ssl_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:  # also ssl.SSLError
            raise WrongCertificates(
                f"SITE_CA_FILE={ca_file}: {error.strerror or error}: should be a file of certificates (PEM)"
            ) from None
    return context


async def speaks_tls(host: str, port: int) -> bool:
    """Whether a server does, with whatever certificate. Nothing is sent to it but a handshake."""
    unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unchecked.check_hostname = False
    unchecked.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            _, writer = await asyncio.open_connection(host, port, ssl=unchecked)
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()
    return True


class SiteTransport(httpx2.AsyncHTTPTransport):
    """Requests to a site. Follows no redirects, stores no cookies, ignores the environment's proxies."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(verify=context)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=context,
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=KEEPALIVE_S,
            network_backend=_Network(),
        )


class _Network(httpcore2.AnyIOBackend):
    """Connections whose answers' heads are tidied."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the library's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        return _Stream(await super().connect_tcp(host, port, timeout, local_address, socket_options))


class _Stream(httpcore2.AsyncNetworkStream):
    """One connection. HTTP/1.1 takes turns: what is read first after something was written is a head."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self._awaits_head = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        if not self._awaits_head:
            return await self._stream.read(max_bytes, timeout)
        received, heads = b"", b""
        while len(received) <= MAX_HEAD_BYTES:
            more = await self._stream.read(max_bytes, timeout)
            received = (received + more).lstrip(b"\r\n")
            if received.startswith(TLS):
                raise SpeaksTls("it answers by TLS")
            while (length := head_length(received)) is not None:
                head = tidied(received[:length])
                heads, received = heads + head, received[length:]
                if not is_interim(head):
                    self._awaits_head = False
                    return heads + received
            if not more:
                break
        self._awaits_head = False
        return heads + received

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        self._awaits_head = True
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        return _Stream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
