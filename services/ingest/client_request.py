"""The parts of an HTTP request that ingest reads. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

from starlette.types import Scope

FORWARDED = "x-forwarded-for"


class ClientRequest(NamedTuple):
    """A request and its client.

    `headers` has lower-case names; if a name is repeated, the first value counts. `forwarded` has all
    `X-Forwarded-For` headers. `peer` is the other end's address, None for a socket of this machine.
    """

    query: str
    headers: Mapping[str, str]
    forwarded: Sequence[str]
    peer: str | None

    @classmethod
    def of(cls, scope: Scope) -> Self:
        """The request of an ASGI scope."""
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        return cls(
            scope.get("query_string", b"").decode("utf-8", "replace"),
            dict(reversed(headers)),
            [value for name, value in headers if name == FORWARDED],
            scope["client"][0] if scope["client"] else None,
        )
