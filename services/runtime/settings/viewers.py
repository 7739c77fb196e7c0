"""Where people look at heat: broadcaster, the heat-map front end, and who may look."""

import contextlib
import re
from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from pageheat.services.contract.hosts import Hosts, host_of, is_this_machine, parse_hosts
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.sites import origin_of, parse_addresses, parse_origins, parse_sites
from pageheat.services.runtime.settings.base import Settings, WebOrigin
from pageheat.services.runtime.settings.kafka import Port
from pageheat.services.runtime.settings.pipeline import IngestUrl
from pageheat.services.runtime.settings.sites import (
    OriginSettings,
    PageSettings,
    RobotSettings,
    SiteSettings,
)
from pageheat.services.runtime.sign_on import SignOn, parse_networks


def _parse_hosts(text: str) -> str:
    parse_hosts(text)
    return text


class BroadcasterPort(Settings):
    """The port and URL of broadcaster."""

    broadcaster_port: Port = Field(
        8002, description="port of broadcaster: grids, pictures, list of warm pages"
    )
    broadcaster_url: WebOrigin = Field(
        default_factory=lambda read: f"http://localhost:{read['broadcaster_port']}",
        description="URL at which analysts' browsers reach broadcaster; follows BROADCASTER_PORT by default",
    )


class HistoryPort(Settings):
    """The port and URL of the history."""

    history_port: Port = Field(8005, description="port of history: any range of time")
    history_url: WebOrigin = Field(
        default_factory=lambda read: f"http://localhost:{read['history_port']}",
        description="URL at which analysts' browsers reach history; follows HISTORY_PORT by default",
    )


MIN_SECRET_CHARS = 32
"""Tokens are signed with HS256, which needs a key of at least 256 bits (RFC 7518, 3.2)."""


def _long_secret(secret: SecretStr) -> SecretStr:
    if 0 < len(secret.get_secret_value()) < MIN_SECRET_CHARS:
        raise ValueError(
            f"{MIN_SECRET_CHARS} characters at least are needed; make one with: openssl rand -base64 32"
        )
    return secret


def _header(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]*", name):
        raise ValueError("should be a header's name, such as X-Forwarded-User")
    return name


def _networks(text: str) -> str:
    parse_networks(text)
    return text


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


class ViewerSettings(BroadcasterPort, HistoryPort, OriginSettings):
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
        "hosts of HEATMAP_URL, BROADCASTER_URL, HISTORY_URL, SITE_URL, SITES and ORIGINS are always allowed",
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

    view_user_header: Annotated[str, AfterValidator(_header)] = Field(
        "",
        description="header in which an authenticating proxy names who is signed on, such as "
        "X-Forwarded-User; with it no token is needed. It is believed from VIEW_PROXIES only",
    )
    view_proxies: Annotated[str, AfterValidator(_networks)] = Field(
        "",
        description="addresses or networks of that proxy, as 10.0.0.7,10.1.0.0/16: the peers of its "
        "connections to broadcaster, history and the heat-map front end",
    )
    access_log: bool = Field(
        False,
        description="true: broadcaster and history log who looked at which page: the name from "
        "VIEW_USER_HEADER, or a mark of the token",
    )

    @model_validator(mode="after")
    def _signing_on_is_whole(self) -> Self:
        if bool(self.view_user_header) != bool(self.view_proxies):
            raise ValueError("VIEW_USER_HEADER and VIEW_PROXIES belong together: set both, or neither")
        return self

    @property
    def sign_on(self) -> SignOn | None:
        """Whose word on who is signed on counts; None if nobody's."""
        return SignOn.of(self.view_user_header, self.view_proxies)

    @property
    def of_this_machine(self) -> bool:
        """Whether only this machine can reach broadcaster and history, by their ports and through a proxy."""
        urls = self.broadcaster_url, self.history_url
        hosts = self.published_address, *(urlsplit(url).hostname or "" for url in urls)
        return all(map(is_this_machine, hosts))

    @property
    def viewers(self) -> Origins:
        """The origins whose pages may show heat."""
        others = parse_origins(self.origins) | {*self.heatmaps.values()}
        return Origins(self.site_url, parse_sites(self.sites), others)

    @property
    def hosts(self) -> Hosts:
        """The hosts under which broadcaster and the front end may be reached."""
        ours = self.broadcaster_url, self.history_url
        own = [*self.heatmaps.values(), *ours, f"http://{_reachable(self.published_address)}"]
        sites = [self.site_url, *parse_sites(self.sites), *(parse_origins(self.origins) - {"*"})]
        return Hosts([*own, *sites], parse_hosts(self.allowed_hosts))


class BroadcasterSettings(ViewerSettings, PageSettings):
    """Settings of `broadcaster`."""


class TokenSettings(BroadcasterSettings):
    """Settings of `pageheat token`."""


class HeatmapSettings(IngestUrl, ViewerSettings, RobotSettings, PageSettings):
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
