"""Settings: read once, from the environment or `.env`, into one frozen object a process.

Every setting is declared once, in the smallest class that all its readers share; its description
is its documentation (README and `.env.example` are tested against it).
"""

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
from pageheat.services.contract.masks import Masks
from pageheat.services.contract.sites import origin_alone, origin_of, parse_origins, parse_sites


class WrongSetting(PageheatError):
    """A setting's value is not allowed: one line that names variable, value and what is allowed."""


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
    """What every process reads."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
    )

    bind_address: str = Field(
        "127.0.0.1",
        description="address that the ports listen on; 0.0.0.0 to be reached from elsewhere",
    )
    kafka_port: Port = Field(
        9092,
        description="port of the Kafka that `pageheat up` or compose starts, on this machine only",
    )
    kafka_broker: str = Field(
        default_factory=lambda read: f"127.0.0.1:{read['kafka_port']}",
        description="another Kafka to use: its bootstrap servers, host:port[,…]",
    )
    kafka_replication: int = Field(
        1,
        ge=1,
        le=3,
        description="replicas of each topic: 1, or 3 on a cluster of three or more brokers",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="DEBUG, INFO, WARNING or ERROR"
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto",
        description="json: an object a line; text: for people; auto: text on a terminal and in the "
        "logs of `pageheat up`, else json",
    )

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read the settings.

        Raises:
            WrongSetting: a variable holds what is not allowed.
        """
        try:
            return cls(**overrides)
        except UnicodeDecodeError as error:
            raise WrongSetting(f".env: not UTF-8 text: {error.reason} at byte {error.start}") from None
        except ValidationError as error:
            first = error.errors()[0]
            told = re.sub(r"^(Value error, |Input (?=should))", "", first["msg"])
            if not first["loc"]:
                raise WrongSetting(told) from None
            name = str(first["loc"][0])
            value = "***" if name.endswith("secret") else first["input"]
            told = _whole_or_truth(cls.model_fields[name]) or told
            raise WrongSetting(f"{name.upper()}={value}: {told}") from None


def _whole_or_truth(field: FieldInfo) -> str | None:
    """What a setting that is a number or a switch may be, in words; None for others."""
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


class IngestPort(Settings):
    """Where ingest is."""

    ingest_port: Port = Field(8001, description="port of ingest: tracker script, events")


def demo_shop(port: int) -> str:
    """The demo shop's address."""
    return f"http://localhost:{port}"


class DemoPort(Settings):
    """Where the demo shop is."""

    demo_port: Port = Field(8080, description="port of the demo shop")


class SiteSettings(DemoPort):
    """Whose pages these are: read by who takes their events and by who shows them."""

    site_url: Site = Field(
        default_factory=lambda read: demo_shop(read["demo_port"]),
        description="the site whose pages are heated and shown: the demo shop unless set",
    )
    sites: Annotated[str, AfterValidator(_parse_sites)] = Field(
        "",
        description="sites beside that one, as name=origin[,name=origin…]; pages of such a site "
        "are kept apart as //name/path, those of a name's origins together",
    )


def _parse_masks(text: str) -> str:
    Masks.parse(text)
    return text


class MaskSettings(Settings):
    """What is hidden of pages' paths: read by who takes events and by who is asked for pages."""

    path_masks: Annotated[str, AfterValidator(_parse_masks)] = Field(
        "",
        description="parts of paths that are not stored: in `/user/*,/order/*/items` each `*` stands for one "
        "part, which becomes a `*`, there and in all paths below",
    )

    @property
    def masks(self) -> Masks:
        """The masks."""
        return Masks.parse(self.path_masks)


class IngestSettings(IngestPort, SiteSettings, MaskSettings):
    """What `ingest` reads."""

    origins: Annotated[str, AfterValidator(_parse_origins)] = Field(
        "",
        description="further origins whose pages may send events, as origin[,origin…], or * for any; "
        "those of SITE_URL and SITES always may",
    )
    session_frames_per_s: int = Field(
        500,
        ge=0,
        le=10_000,
        description="frames a second that one visitor may send, three seconds' worth at once: our tracker "
        "sends four, the tutorial's clients one for each event of the fastest mouse; 0: any number",
    )
    address_frames_per_s: int = Field(
        2_000,
        ge=0,
        le=1_000_000,
        description="frames a second that may come from one address, three seconds' worth at once: an office "
        "of 500 people who all move; 0: any number. This machine's own may send any number",
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=10,
        description="number of your own proxies in front of ingest: with N the visitor's address is the Nth "
        "entry of X-Forwarded-For from the right",
    )
    behind_entry: bool = Field(
        False,
        description="true: the entry of docker-compose.yml is one more proxy in front of ingest; "
        "compose sets it",
    )
    max_sockets: int = Field(
        10_000,
        ge=1,
        le=1_000_000,
        description="WebSockets that are open at once in a process of ingest; further visitors are told 503, "
        "and send by HTTP",
    )


class GroupMemberSettings(Settings):
    """What a member of a Kafka consumer group reads: `group_by` and `aggregator`."""

    group_instance_id: str = Field(
        "",
        description="stable name of this instance: restarted within SESSION_TIMEOUT_MS it gets its "
        "partitions back at once; never shared by two live processes of a service",
    )
    session_timeout_ms: int = Field(
        10_000,
        ge=6_000,
        le=300_000,
        description="an instance silent for this long, ms, loses its partitions to the others",
    )


class GroupBySettings(GroupMemberSettings):
    """What `group_by` reads."""

    group_by_port: Port = Field(8003, description="port of group_by: health and metrics")


def _parse_bands(text: str) -> str:
    Bands.parse(text)
    return text


class WindowSettings(SiteSettings):
    """The window, read by `aggregator` and by the tools that recount it."""

    grid_size: int = Field(50, ge=2, le=200, description="tiles along each side of a page's grid")
    window_seconds: int = Field(
        300, ge=1, le=3600, description="length of the window, s; a multiple of the step"
    )
    step_ms: int = Field(250, ge=50, le=10_000, description="how often the window advances, ms")
    width_bands: Annotated[str, AfterValidator(_parse_bands)] = Field(
        "phone<600,tablet<1024,desktop<1600,wide",
        description="visitors are told apart by the width of their viewport, px: names, each with the width "
        "at which the next begins",
    )
    count_robots: bool = Field(
        default_factory=lambda read: read["site_url"] == demo_shop(read["demo_port"]),
        description="true: also count what comes from robots, and from browsers that a program steers; "
        "unless set, only on the demo shop, for programs to try it out",
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
    """What `aggregator` reads."""

    aggregator_port: Port = Field(8004, description="port of aggregator: health and metrics")


class BroadcasterPort(Settings):
    """Where broadcaster is."""

    broadcaster_port: Port = Field(8002, description="port of broadcaster: grids, list of warm pages")
    broadcaster_url: WebOrigin = Field(
        default_factory=lambda read: f"http://localhost:{read['broadcaster_port']}",
        description="where analysts' browsers find broadcaster; follows BROADCASTER_PORT unless set",
    )


MIN_SECRET_CHARS = 32
"""Tokens are signed with HS256, which needs a key of 256 bits at least (RFC 7518, 3.2)."""


def _long_secret(secret: SecretStr) -> SecretStr:
    if 0 < len(secret.get_secret_value()) < MIN_SECRET_CHARS:
        raise ValueError(
            f"{MIN_SECRET_CHARS} characters at least are needed; make one with: openssl rand -base64 32"
        )
    return secret


class BroadcasterSettings(BroadcasterPort, MaskSettings):
    """What `broadcaster` reads."""

    published_address: str = Field(
        default_factory=lambda read: read["bind_address"],
        description="address at which BIND_ADDRESS is reached from outside of a container; compose sets it",
    )
    view_secret: Annotated[SecretStr, AfterValidator(_long_secret)] = Field(
        SecretStr(""),
        description="signs the tokens that `pageheat token` makes: grids are then private to those who have "
        "one. Unset, they are public to whoever reaches broadcaster",
    )

    @property
    def of_this_machine(self) -> bool:
        """Whether broadcaster is reached from this machine alone, neither by its port nor through a proxy."""
        hosts = self.published_address, urlsplit(self.broadcaster_url).hostname or ""
        return all(map(_is_loopback, hosts))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class DemoSettings(IngestPort, DemoPort):
    """What the demo shop reads."""

    ingest_url: WebOrigin = Field(
        default_factory=lambda read: f"http://localhost:{read['ingest_port']}",
        description="where visitors' browsers find ingest; follows INGEST_PORT unless set",
    )


class SimulateSettings(DemoSettings):
    """What `pageheat simulate` reads."""

    seed: int = Field(1, ge=0, description="of simulated visitors: the same seed makes the same visits")


class TokenSettings(BroadcasterSettings, SiteSettings):
    """What `pageheat token` reads."""


class HeatmapSettings(BroadcasterPort, SiteSettings):
    """What the heat-map front end reads."""

    heatmap_port: Port = Field(8081, description="port of the heat-map front end")
    site_fetch_url: WebOrigin = Field(
        default_factory=lambda read: read["site_url"],
        description="where the heat-map front end itself reaches that site; SITE_URL unless set",
    )


class AllSettings(
    HeatmapSettings,
    BroadcasterSettings,
    SimulateSettings,
    AggregatorSettings,
    GroupBySettings,
    IngestSettings,
):
    """Every setting of every process and tool: what `pageheat up` reads."""


ALIKE = 0.85
"""Of two names' letters are the same and in the same order: one is forgotten, wrong or too many."""


def misspelt() -> list[str]:
    """A line for each name in `.env` that is no setting's but looks like one: it would have no effect."""
    names = [name.upper() for name in AllSettings.model_fields]
    try:
        given = [name.upper() for name in DotEnvSettingsSource(AllSettings).env_vars]
    except (OSError, ValueError):
        return []  # `load` says so
    return [
        f".env: {name} is no setting; did you mean {near[0]}?"
        for name in given
        if name not in names and (near := get_close_matches(name, names, 1, ALIKE))
    ]
