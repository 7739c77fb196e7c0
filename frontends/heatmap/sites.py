"""The sites that the front end shows: where it fetches each, and at which address of its own. No I/O.

Each site has an origin of its own here, as its cookies, its storage and its paths must not mix with
another's. Hosts keep even cookies apart, which ports do not, and need nothing more to be published:
http://blog.localhost:8081 is this machine in Chromium and Firefox.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from pageheat.services.contract.sites import parse_addresses, parse_sites
from pageheat.services.runtime.settings import HeatmapSettings


@dataclass(frozen=True)
class ShownSite:
    """A site.

    Args:
        name: its name in the setting SITES; "" for the one of SITE_URL.
        url: its origin, as its visitors see it.
        fetch_url: the address at which the front end fetches it.
        ca_file: a PEM file of certificates to trust besides this machine's; "" for none.
        others: origins of the other sites, and further ones of this, each with that of its heat map.
    """

    name: str
    url: str
    fetch_url: str
    ca_file: str = ""
    others: tuple[tuple[str, str], ...] = ()

    @property
    def host(self) -> str:
        """Host and port as the site knows them, wherever it is fetched."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def setting(self, address: str = "") -> str:
        """The setting of where visitors see it, or what to write there for it to be `address`."""
        return self._assigned("SITES" if self.name else "SITE_URL", address)

    def fetch_setting(self, address: str = "") -> str:
        """The setting of where it is fetched, or what to write there for it to be `address`."""
        return self._assigned("SITES_FETCH_URLS" if self.name else "SITE_FETCH_URL", address)

    def _assigned(self, setting: str, address: str) -> str:
        return f"{setting}={f'{self.name}=' if self.name else ''}{address}" if address else setting

    @property
    def tls_name(self) -> str:
        """The name in the certificate: that of `fetch_url`, or the site's if it has an IP address."""
        fetched = urlsplit(self.fetch_url).hostname or ""
        try:
            ip_address(fetched)
        except ValueError:
            return fetched
        return urlsplit(self.url).hostname or fetched


def shown_sites(settings: HeatmapSettings) -> dict[str, ShownSite]:
    """The sites by name, that of SITE_URL first."""
    named = parse_sites(settings.sites)
    first = {name: origin for origin, name in reversed(named.items())}
    fetched = first | parse_addresses(settings.sites_fetch_urls)
    urls = {"": settings.site_url, **{name: first[name] for name in named.values()}}
    every = [(settings.site_url, ""), *named.items()]
    return {
        name: ShownSite(
            name,
            url,
            fetched.get(name, settings.site_fetch_url),
            settings.site_ca_file,
            tuple((origin, settings.heatmaps[other]) for origin, other in every if origin != url),
        )
        for name, url in urls.items()
    }


def further_ports(settings: HeatmapSettings) -> list[int]:
    """The ports to listen on besides HEATMAP_PORT: of heat maps at http. Those at https are a proxy's."""
    given = map(urlsplit, parse_addresses(settings.sites_heatmap_urls).values())
    ports = {url.port for url in given if url.scheme == "http" and url.port is not None}
    return sorted(ports - {settings.heatmap_port, urlsplit(settings.heatmap_url).port})


class Choice:
    """Which site a request is for, by its `Host`."""

    def __init__(self, heatmaps: dict[str, str]) -> None:
        self._names = {urlsplit(origin).netloc: name for name, origin in heatmaps.items()}
        # A tunnel's port may be another: the host alone is enough if it is one's own.
        hosts = [urlsplit(origin).hostname for origin in heatmaps.values()]
        self._alone = {
            host: name for host, name in zip(hosts, heatmaps, strict=True) if host and hosts.count(host) == 1
        }

    def name(self, host: str) -> str:
        """The site's name; that of SITE_URL, "", for any host that is none of the others'."""
        authority = host.lower()
        if authority in self._names:
            return self._names[authority]
        return self._alone.get(urlsplit(f"//{authority}").hostname or "", "") if authority else ""
