"""What an event passes: ingest, group_by and aggregator with its window."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from pageheat.services.contract.attributes import NAMES, parse_segments
from pageheat.services.contract.bands import Bands
from pageheat.services.contract.script import DEFAULT, Addresses
from pageheat.services.contract.watching import LONGEST_SEND_MS, TRACKER_SEND_MS, WATCHED_SEND_MS
from pageheat.services.runtime.settings.base import Settings, WebOrigin
from pageheat.services.runtime.settings.kafka import Port
from pageheat.services.runtime.settings.sites import OriginSettings, PageSettings, RobotSettings


def _parse_tracker_path(path: str) -> str:
    Addresses.of(path)
    return path


def _parse_segments(text: str) -> str:
    parse_segments(text)
    return text


class IngestPort(Settings):
    """The port of ingest."""

    ingest_port: Port = Field(8001, description="port of ingest: the tracker, and its events")
    tracker_path: Annotated[str, AfterValidator(_parse_tracker_path)] = Field(
        DEFAULT.tracker,
        description="path of the tracker's script on ingest; choose another one, such as /lib/site.js, if "
        "visitors' blockers know this one. It loads a second script and posts events in the same folder",
    )


class IngestUrl(IngestPort):
    """The URL of ingest."""

    ingest_url: WebOrigin = Field(
        default_factory=lambda read: f"http://localhost:{read['ingest_port']}",
        description="URL at which visitors' browsers reach ingest; follows INGEST_PORT by default",
    )


class UnwatchedSettings(Settings):
    """What of pages that nobody watches is slower, read by `ingest` and `aggregator`."""

    unwatched_send_ms: int = Field(
        TRACKER_SEND_MS,
        ge=WATCHED_SEND_MS,
        le=LONGEST_SEND_MS,
        description="ms between two frames of a moving visitor, and between two grids, on a page that nobody "
        f"watches; on others {WATCHED_SEND_MS}, and a step. Visitors send less often, every "
        f"{LONGEST_SEND_MS:,} at most, where many move at once: see PAGE_FRAMES_PER_S. Clicks are sent at "
        f"once, unless it is above {TRACKER_SEND_MS:,}",
    )


class IngestSettings(IngestPort, OriginSettings, PageSettings, UnwatchedSettings):
    """Settings of `ingest`."""

    session_frames_per_s: int = Field(
        500,
        ge=0,
        le=10_000,
        description="frames per second that one visitor may send, with bursts of three seconds' worth; the "
        "tracker sends four; 0: no limit",
    )
    address_frames_per_s: int = Field(
        2_000,
        ge=0,
        le=1_000_000,
        description="frames per second that one IP address may send, with bursts of three seconds' worth: "
        "enough for 500 visitors behind one address; 0: no limit. This machine itself is never limited",
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=10,
        description="how many of your own proxies are in front of ingest: with N, the visitor's address is "
        "the Nth entry of X-Forwarded-For from the right",
    )
    behind_entry: bool = Field(
        False,
        description="true: the entry proxy of docker-compose.yml is in front of ingest, too; compose sets it",
    )
    ingest_workers: int = Field(
        1,
        ge=1,
        le=64,
        description="processes of ingest that share its port, each with connections of its own: one per core "
        "that they may fill. Limits are each one's",
    )
    max_sockets: int = Field(
        24_000,
        ge=1,
        le=1_000_000,
        description="WebSockets that one process of ingest keeps open, if the system lets it open as many "
        "files; further visitors get a 503, and their trackers send by HTTP",
    )
    page_frames_per_s: int = Field(
        1_000,
        ge=0,
        le=100_000,
        description="frames per second that the moving visitors of one page send to one process of ingest, "
        "about; if there are more of them, each sends less often, and what it sends is larger; 0: no limit",
    )
    unwatched_frames_per_s: int = Field(
        400,
        ge=0,
        le=100_000,
        description="the same for all moving visitors of pages that nobody watches: with 400, each of 1,000 "
        "sends every 2.5 s",
    )
    segments: Annotated[str, AfterValidator(_parse_segments)] = Field(
        ",".join(NAMES),
        description="what is stored of where a page view came from: its referrer's host, the address's "
        "utm_source, utm_medium and utm_campaign, and the segment that the site names itself; leave out what "
        "should not be stored; none: nothing of this",
    )
    ingest_fast_path: bool = Field(
        True,
        description="true: ingest parses common WebSocket messages itself, which is faster; false: the "
        "library websockets parses all of them. The results are the same",
    )


class GroupMemberSettings(Settings):
    """Settings of a consumer group's members: `group_by` and `aggregator`."""

    group_instance_id: str = Field(
        "",
        description="stable name of this instance: when it restarts within SESSION_TIMEOUT_MS, it gets its "
        "partitions back at once; two live processes of a service must not share one",
    )
    session_timeout_ms: int = Field(
        10_000,
        ge=6_000,
        le=300_000,
        description="ms of silence after which an instance loses its partitions to the others",
    )


class GroupBySettings(GroupMemberSettings):
    """Settings of `group_by`."""

    group_by_port: Port = Field(8003, description="port of group_by, for health and metrics")


def _parse_bands(text: str) -> str:
    Bands.parse(text)
    return text


class WindowSettings(RobotSettings):
    """The window, read by `aggregator` and by the tools that recount it."""

    grid_size: int = Field(50, ge=2, le=200, description="tiles along each side of a page's grid")
    window_seconds: int = Field(
        300, ge=1, le=3600, description="length of the window in seconds; a multiple of STEP_MS"
    )
    step_ms: int = Field(250, ge=50, le=10_000, description="ms by which the window advances")
    width_bands: Annotated[str, AfterValidator(_parse_bands)] = Field(
        "phone<600,tablet<1024,desktop<1600,wide",
        description="bands by which visitors are grouped: names, each with the viewport width (px) at which "
        "the next band begins",
    )

    @property
    def window_ms(self) -> int:
        """Length of the window, ms."""
        return self.window_seconds * 1000

    @property
    def bands(self) -> Bands:
        """The width bands."""
        return Bands.parse(self.width_bands)

    @model_validator(mode="after")
    def _window_is_a_multiple_of_the_step(self) -> Self:
        if self.window_ms % self.step_ms:
            raise ValueError(
                f"WINDOW_SECONDS={self.window_seconds}: should be a multiple of STEP_MS={self.step_ms}"
            )
        return self


class AggregatorSettings(GroupMemberSettings, WindowSettings, UnwatchedSettings):
    """Settings of `aggregator`."""

    aggregator_port: Port = Field(8004, description="port of aggregator, for health and metrics")
