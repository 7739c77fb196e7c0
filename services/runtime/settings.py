"""Settings, read once from the environment or `.env` into one frozen object per process.

Each setting is declared once, in the smallest class that all its readers share. Its description is its
documentation: `make settings` writes docs/settings.md and `.env.example` from it.
"""

import contextlib
import re
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from pageheat.services.contract.bands import Bands
from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.hosts import Hosts, host_of, is_this_machine, parse_hosts
from pageheat.services.contract.masks import Masks
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.pages import Pages, parse_query, parse_suffixes
from pageheat.services.contract.script import DEFAULT, Addresses
from pageheat.services.contract.sites import (
    origin_alone,
    origin_of,
    parse_addresses,
    parse_origins,
    parse_sites,
)
from pageheat.services.contract.watching import TRACKER_SEND_MS, WATCHED_SEND_MS


class WrongSetting(PageheatError):
    """A setting's value is not allowed: one line with the variable, its value and the allowed values."""


def _web_origin(url: str) -> str:
    origin_of(url)
    return url.rstrip("/")


def _site(url: str) -> str:
    origin_alone(url)
    return url.rstrip("/")


WebOrigin = Annotated[str, AfterValidator(_web_origin)]
Site = Annotated[str, AfterValidator(_site)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """Settings of every process."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
    )

    bind_address: str = Field(
        "127.0.0.1",
        description="address that all ports listen on; 0.0.0.0 makes them reachable from other machines",
    )
    kafka_port: Port = Field(
        9092,
        description="port of the Kafka that `pageheat up` or compose starts, on this machine only",
    )
    kafka_broker: str = Field(
        default_factory=lambda read: f"127.0.0.1:{read['kafka_port']}",
        description="bootstrap servers of the Kafka to use, host:port[,…]; set it to use a Kafka of your own",
    )
    kafka_replication: int = Field(
        1,
        ge=1,
        le=3,
        description="replicas of each topic: 1, or 3 on a cluster of at least three brokers",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="DEBUG, INFO, WARNING or ERROR"
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto",
        description="json: one object per line; text: for people; auto: text on a terminal and in the "
        "logs of `pageheat up`, json otherwise",
    )

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read the settings.

        Raises:
            WrongSetting: a value is not allowed.
        """
        try:
            return cls(**overrides)
        except UnicodeDecodeError as error:
            raise WrongSetting(f".env: not UTF-8 text: {error.reason} at byte {error.start}") from None
        except ValidationError as error:
            first = error.errors()[0]
            reason = re.sub(r"^(Value error, |Input (?=should))", "", first["msg"])
            if not first["loc"]:
                raise WrongSetting(reason) from None
            name = str(first["loc"][0])
            value = "***" if name.endswith("secret") else first["input"]
            reason = _allowed_values(cls.model_fields[name]) or reason
            raise WrongSetting(f"{name.upper()}={value}: {reason}") from None


def _allowed_values(field: FieldInfo) -> str | None:
    """The allowed values of an integer or boolean setting, in words; None for others."""
    if field.annotation is bool:
        return "should be true or false"
    if field.annotation is not int:
        return None
    least, most = (
        next((getattr(bound, name) for bound in field.metadata if hasattr(bound, name)), None)
        for name in ("ge", "le")
    )
    return f"should be a whole number, {least}" + (" or more" if most is None else f" to {most}")


def _parse_sites(text: str) -> str:
    parse_sites(text)
    return text


def _parse_origins(text: str) -> str:
    parse_origins(text)
    return text


def _parse_hosts(text: str) -> str:
    parse_hosts(text)
    return text


def _parse_tracker_path(path: str) -> str:
    Addresses.of(path)
    return path


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


def demo_shop(port: int) -> str:
    """The demo shop's address."""
    return f"http://localhost:{port}"


class DemoPort(Settings):
    """The port of the demo shop."""

    demo_port: Port = Field(8080, description="port of the demo shop")


class SiteSettings(DemoPort):
    """The measured sites: read by processes that take their events or show their pages."""

    site_url: Site = Field(
        default_factory=lambda read: demo_shop(read["demo_port"]),
        description="origin of your site; the demo shop by default",
    )
    sites: Annotated[str, AfterValidator(_parse_sites)] = Field(
        "",
        description="further sites, as name=origin[,name=origin…]; their pages are called //name/path; one "
        "name may have several origins",
    )


class OriginSettings(SiteSettings):
    """The origins of sites: read by processes that pages in browsers may reach."""

    origins: Annotated[str, AfterValidator(_parse_origins)] = Field(
        "",
        description="further origins whose pages may send events and show heat, as origin[,origin…]; the "
        "origins of SITE_URL and SITES always may. * lets pages of any origin send, but no more show heat",
    )

    @property
    def senders(self) -> Origins:
        """The origins whose pages may send."""
        return Origins(self.site_url, parse_sites(self.sites), parse_origins(self.origins))


def _parse_masks(text: str) -> str:
    Masks.parse(text)
    return text


def _parse_query(text: str) -> str:
    parse_query(text)
    return text


def _parse_suffixes(text: str) -> str:
    parse_suffixes(text)
    return text


class PageSettings(Settings):
    """Which page an address names: read by all processes and tools that name pages."""

    path_masks: Annotated[str, AfterValidator(_parse_masks)] = Field(
        "",
        description="path segments that are not stored: in `/user/*,/order/*/items` each `*` matches one "
        "segment, which is replaced by `*`, also in all paths below",
    )
    page_query: Annotated[str, AfterValidator(_parse_query)] = Field(
        "",
        description="query parameters that tell pages apart, as in `id,p,title`; all others stay in the "
        "browser and are never stored. Name none that identifies a person",
    )
    hash_routes: bool = Field(
        False,
        description="true: routes in the fragment, such as `#/users/7` and `#!/users/7`, tell pages apart; "
        "plain anchors, such as `#section`, never do",
    )
    page_suffixes: Annotated[str, AfterValidator(_parse_suffixes)] = Field(
        "",
        description="endings of paths that tell no pages apart: with `/,.html,/index.html`, `/a`, `/a/`, "
        "`/a.html` and `/a/index.html` are the page `/a`, at which your server must show it, too",
    )

    @property
    def pages(self) -> Pages:
        """Names pages by these settings."""
        return Pages.parse(
            masks=self.path_masks,
            query=self.page_query,
            suffixes=self.page_suffixes,
            hash_routes=self.hash_routes,
        )


class IngestSettings(IngestPort, OriginSettings, PageSettings):
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
    max_sockets: int = Field(
        10_000,
        ge=1,
        le=1_000_000,
        description="WebSockets that one process of ingest keeps open; further visitors get a 503, and their "
        "trackers send by HTTP",
    )
    unwatched_send_ms: int = Field(
        TRACKER_SEND_MS,
        ge=WATCHED_SEND_MS,
        le=30_000,
        description="ms between two frames of a moving visitor on a page that nobody watches; on others "
        f"it is {WATCHED_SEND_MS}. Clicks are sent at once",
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


class WindowSettings(SiteSettings):
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
    count_robots: bool = Field(
        default_factory=lambda read: read["site_url"] == demo_shop(read["demo_port"]),
        description="true: also count robots and automated browsers (WebDriver). The default is true only "
        "while SITE_URL is the demo shop; with a site of your own, it is false",
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


class AggregatorSettings(GroupMemberSettings, WindowSettings):
    """Settings of `aggregator`."""

    aggregator_port: Port = Field(8004, description="port of aggregator, for health and metrics")


class BroadcasterPort(Settings):
    """The port and URL of broadcaster."""

    broadcaster_port: Port = Field(
        8002, description="port of broadcaster: grids, pictures, list of warm pages"
    )
    broadcaster_url: WebOrigin = Field(
        default_factory=lambda read: f"http://localhost:{read['broadcaster_port']}",
        description="URL at which analysts' browsers reach broadcaster; follows BROADCASTER_PORT by default",
    )


MIN_SECRET_CHARS = 32
"""Tokens are signed with HS256, which needs a key of at least 256 bits (RFC 7518, 3.2)."""


def _long_secret(secret: SecretStr) -> SecretStr:
    if 0 < len(secret.get_secret_value()) < MIN_SECRET_CHARS:
        raise ValueError(
            f"{MIN_SECRET_CHARS} characters at least are needed; make one with: openssl rand -base64 32"
        )
    return secret


def _parse_addresses(text: str) -> str:
    parse_addresses(text)
    return text


def _below(url: str, name: str) -> str:
    """An origin like that of `url`, with a host of its own for `name`."""
    parts = urlsplit(origin_of(url))
    host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    with contextlib.suppress(ValueError):
        ip_address(host)
        host = "localhost"  # addresses have no names below them
    return f"{parts.scheme}://{name}.{host}{port}"


def _reachable(bound: str) -> str:
    """The host at which browsers reach what listens on an address."""
    host = f"[{bound}]" if ":" in bound else bound
    try:
        if is_this_machine(host_of(f"http://{host}")) or ip_address(bound).is_unspecified:
            return "localhost"
    except ValueError:  # a name, or nothing that can be listened on, which `listen` reports
        return host if re.fullmatch(r"[\w.-]+", bound, re.ASCII) else "localhost"
    return host


def _require_names(settings: SiteSettings, setting: str) -> None:
    """Refuse an address for a name that no site has."""
    names = parse_sites(settings.sites).values()
    text = getattr(settings, setting)
    for name in parse_addresses(text):
        if name not in names:
            raise ValueError(f"{setting.upper()}={text}: '{name}' should be a name in SITES")


class ViewerSettings(BroadcasterPort, OriginSettings):
    """Where people look at heat: read by broadcaster and the heat-map front end."""

    published_address: str = Field(
        default_factory=lambda read: read["bind_address"],
        description="BIND_ADDRESS as seen from outside the container; compose sets it",
    )
    heatmap_port: Port = Field(8081, description="port of the heat-map front end")
    heatmap_url: WebOrigin = Field(
        default_factory=lambda read: f"http://{_reachable(read['published_address'])}:{read['heatmap_port']}",
        description="URL at which analysts' browsers reach the heat-map front end; its pages may show heat; "
        "follows HEATMAP_PORT by default",
    )
    sites_heatmap_urls: Annotated[str, AfterValidator(_parse_addresses)] = Field(
        "",
        description="URLs at which analysts' browsers reach the heat maps of SITES, as "
        "name=origin[,name=origin…]; by default, the name is put before the host of HEATMAP_URL: "
        "http://blog.localhost:8081. The front end also listens on the port of an http URL",
    )
    allowed_hosts: Annotated[str, AfterValidator(_parse_hosts)] = Field(
        "",
        description="further names of the hosts of broadcaster and the heat-map front end, as host[,host…]; "
        "*.example.org: all below example.org; *: any, which opens both to DNS rebinding. localhost and the "
        "hosts of HEATMAP_URL, BROADCASTER_URL, SITE_URL, SITES and ORIGINS are always allowed",
    )

    @property
    def heatmaps(self) -> dict[str, str]:
        """The origin at which browsers reach each site's heat map, by the site's name; "" is SITE_URL's."""
        given = parse_addresses(self.sites_heatmap_urls)
        names = dict.fromkeys(parse_sites(self.sites).values())
        others = {name: given.get(name) or _below(self.heatmap_url, name) for name in names}
        return {"": origin_of(self.heatmap_url), **others}

    @model_validator(mode="after")
    def _heat_maps_are_of_sites(self) -> Self:
        _require_names(self, "sites_heatmap_urls")
        return self

    view_secret: Annotated[SecretStr, AfterValidator(_long_secret)] = Field(
        SecretStr(""),
        description="secret that signs the tokens of `pageheat token`; once other machines can "
        "reach broadcaster, only viewers with a token see grids. Without it, everybody there can",
    )

    @property
    def of_this_machine(self) -> bool:
        """Whether only this machine can reach broadcaster, by its port and through a proxy."""
        hosts = self.published_address, urlsplit(self.broadcaster_url).hostname or ""
        return all(map(is_this_machine, hosts))

    @property
    def viewers(self) -> Origins:
        """The origins whose pages may show heat."""
        others = parse_origins(self.origins) | {*self.heatmaps.values()}
        return Origins(self.site_url, parse_sites(self.sites), others)

    @property
    def hosts(self) -> Hosts:
        """The hosts under which broadcaster and the front end may be reached."""
        own = [*self.heatmaps.values(), self.broadcaster_url, f"http://{_reachable(self.published_address)}"]
        sites = [self.site_url, *parse_sites(self.sites), *(parse_origins(self.origins) - {"*"})]
        return Hosts([*own, *sites], parse_hosts(self.allowed_hosts))


class BroadcasterSettings(ViewerSettings, PageSettings):
    """Settings of `broadcaster`."""


class DemoSettings(IngestUrl, DemoPort):
    """Settings of the demo shop."""


class SimulateSettings(DemoSettings):
    """Settings of `pageheat simulate`."""

    seed: int = Field(1, ge=0, description="seed of `pageheat simulate`: the same seed makes the same visits")


class TokenSettings(BroadcasterSettings):
    """Settings of `pageheat token`."""


class HeatmapSettings(IngestUrl, ViewerSettings, PageSettings):
    """Settings of the heat-map front end, and of `pageheat check`."""

    ingest_fetch_url: WebOrigin = Field(
        default_factory=lambda read: read["ingest_url"],
        description="URL at which the heat-map front end and `pageheat check` ask ingest what it has lately "
        "received, past any proxy; INGEST_URL by default. If its name has several addresses, each is asked",
    )

    site_fetch_url: WebOrigin = Field(
        default_factory=lambda read: read["site_url"],
        description="URL at which the heat-map front end fetches your site; SITE_URL by default. The site "
        "still sees the host of SITE_URL",
    )
    sites_fetch_urls: Annotated[str, AfterValidator(_parse_addresses)] = Field(
        "",
        description="URLs at which the heat-map front end fetches SITES, as name=origin[,name=origin…]; by "
        "default, each one's first origin in SITES",
    )
    site_ca_file: str = Field(
        "",
        description="file (PEM) of certificates that the heat-map front end trusts when it fetches your "
        "sites by https, besides those that its machine trusts",
    )

    @model_validator(mode="after")
    def _fetched_are_sites(self) -> Self:
        _require_names(self, "sites_fetch_urls")
        return self


class AllSettings(
    HeatmapSettings,
    BroadcasterSettings,
    SimulateSettings,
    AggregatorSettings,
    GroupBySettings,
    IngestSettings,
):
    """All settings of all processes and tools, read by `pageheat up`."""


SIMILARITY = 0.85
"""Least similarity of a misspelt name: about one letter is missing, wrong or added."""


def misspelt() -> list[str]:
    """A warning for each name in `.env` that has no effect, but looks like a setting's name."""
    names = [name.upper() for name in AllSettings.model_fields]
    try:
        given = [name.upper() for name in DotEnvSettingsSource(AllSettings).env_vars]
    except (OSError, ValueError):
        return []  # `load` reports it
    return [
        f".env: {name} is no setting; did you mean {near[0]}?"
        for name in given
        if name not in names and (near := get_close_matches(name, names, 1, SIMILARITY))
    ]
