"""What is found out about a page, and what is said of it. Pure."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import msgspec

from pageheat.services.checking.page import Tag
from pageheat.services.checking.policy import Forbidden
from pageheat.services.contract.script import DEFAULT

Outcome = Literal["PASS", "WARN", "FAIL"]


class Finding(NamedTuple):
    """One line. `advice` says what to do, "" if nothing.

    FAIL: no heat can come. WARN: some may be missing, or it is elsewhere.
    """

    name: str
    outcome: Outcome
    detail: str
    advice: str = ""


class Sighting(msgspec.Struct, frozen=True):
    """What ingest has received lately; `page` is the key of the asked page, None if its origin is refused."""

    page: str | None
    people: bool
    robots: bool
    alike: list[str]
    refused: list[str]


FORBIDDEN = "the site's policy forbids it"
"""Why no WebSocket opens, where the policy is why."""


class Browsing(NamedTuple):
    """What a browser has seen that HTML does not tell.

    Args:
        adder: the address of the script that has added the tag, "" if the tag is in the HTML or not there.
        violations: what the site's policy kept from the tracker.
        runs: whether the tracker runs.
        path: the page's address within its site, as the tracker says it; "" if it has sent nothing.
        answer: what ingest answered to the tracker's frames: "" for an acknowledgement, or why it refused
            them; None if it has answered nothing.
    """

    adder: str = ""
    violations: tuple[Forbidden, ...] = ()
    runs: bool = False
    path: str = ""
    answer: str | None = None


@dataclass(frozen=True)
class Evidence:
    """What was found out about the page at `url`.

    Args:
        url: its address as visitors see it; in a browser the one where they end.
        ingest_url: the setting: where browsers reach ingest.
        tracker_path: the setting: of the script there.
        counts_robots: the setting: whether robots' events are counted.
        unread: why it could not be read, "" if it was.
        status: of the site's answer.
        redirect: where the site redirects to, "" if it does not.
        tags: the tracker's tags in it.
        added: whether a script of the page adds the tag.
        policies: its policies, of header and HTML.
        script: why the script cannot be loaded or does not run, "" if it can; None if nobody tried.
        socket: the same of a WebSocket.
        sighting: what ingest tells, or why it does not.
        browsing: what a browser saw, None if it was read by HTTP.
    """

    url: str
    ingest_url: str
    tracker_path: str = DEFAULT.tracker
    counts_robots: bool = False
    unread: str = ""
    status: int = 200
    redirect: str = ""
    tags: list[Tag] = field(default_factory=list)
    added: bool = False
    policies: list[str] = field(default_factory=list)
    script: str | None = None
    socket: str | None = None
    sighting: Sighting | str = "it was not asked"
    browsing: Browsing | None = None

    @property
    def is_elsewhere(self) -> bool:
        """Whether the page that was asked for is not the one that is known: only a browser follows."""
        return bool(self.unread or (self.redirect and self.browsing is None))
