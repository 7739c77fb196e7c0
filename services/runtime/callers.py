"""Who sends a request: a page of ours, a page that the settings name, a stranger's page, or no page. Pure.

Scripts cannot forge what a browser says of their page: `Host`, `Origin`, `Sec-Fetch-*`, and the origin in
`Referer`. Clients that are no browsers can say anything, and are admitted if they say nothing.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Literal, NamedTuple, Self

from pageheat.services.contract.hosts import Hosts
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.sites import origin_of

SHOWN_CHARS = 200
"""Characters of a host or an origin shown in an answer or the log: few have 50."""

UNKNOWN_HOST = (
    "'{}' is not a host of this server. If people reach it by that name, add the name to the setting "
    "ALLOWED_HOSTS"
)
UNKNOWN_ORIGIN = (
    "Pages of {} may not read from here. If they are yours, name their origin in the setting SITES or "
    "ORIGINS, or in HEATMAP_URL if they are the heat map's"
)
HIDDEN_ORIGIN = (
    "A page that hides its origin (a file, a sandboxed frame, a referrer policy of no-referrer) may not read "
    "from here; ORIGINS and SITES cannot name it"
)
EMBEDDED = (
    "A page of another origin may not embed what is here, unless the setting SITES or ORIGINS names its "
    "origin, and its referrer policy lets the browser send it"
)


class Refusal(NamedTuple):
    """Why a request is refused; `message` names the setting that would admit it."""

    reason: Literal["host", "origin"]
    message: str


class Caller(NamedTuple):
    """What a request says of its sender.

    A header that is repeated has its values joined, as in RFC 9110, 5.3, which makes no valid host or origin.
    `referrer` is the origin in `Referer`; `relation` is `Sec-Fetch-Site`, "" if it was not sent; `opens` says
    whether the answer becomes a document of its own in a tab.
    """

    host: str
    origin: str | None
    referrer: str | None
    relation: str
    opens: bool

    @classmethod
    def of(cls, headers: Iterable[tuple[bytes, bytes]]) -> Self:
        """The caller by a request's headers, with names in lower case."""
        said: dict[str, str] = {}
        for name, value in headers:
            key, text = name.decode("latin-1"), value.decode("latin-1")
            said[key] = f"{said[key]}, {text}" if key in said else text
        referrer = None
        with suppress(ValueError):
            referrer = origin_of(said.get("referer", ""))
        return cls(
            said.get("host", ""),
            said.get("origin"),
            referrer,
            said.get("sec-fetch-site", ""),
            said.get("sec-fetch-mode") == "navigate" and said.get("sec-fetch-dest") == "document",
        )

    def is_named(self, origins: Origins) -> bool:
        """Whether it says that it is a page that the settings name, or ours."""
        said = self.referrer if self.origin is None else self.origin
        return said is not None and (origins.names(said) or self._is_ours(said))

    def host_refusal(self, hosts: Hosts) -> Refusal | None:
        """Why its `Host` is refused, or None."""
        return None if hosts.include(self.host) else Refusal("host", UNKNOWN_HOST.format(_shown(self.host)))

    def origin_refusal(self, origins: Origins) -> Refusal | None:
        """Why its origin is refused, or None; its `Host` is one of ours."""
        if self.is_named(origins):
            return None
        if self.origin is None:
            is_embedded = self.relation in ("cross-site", "same-site") and not self.opens
            return Refusal("origin", EMBEDDED) if is_embedded else None
        if self.origin == "null":
            # a form of ours under the policy no-referrer hides its origin, too
            return None if self.relation == "same-origin" else Refusal("origin", HIDDEN_ORIGIN)
        return Refusal("origin", UNKNOWN_ORIGIN.format(_shown(self.origin)))

    def _is_ours(self, origin: str) -> bool:
        """Whether an origin is where the request was sent; a proxy may have taken away the TLS."""
        return origin.partition("://")[2] == self.host.lower()


def _shown(text: str) -> str:
    return ascii(text)[1:-1][:SHOWN_CHARS]
