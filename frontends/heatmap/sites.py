"""The sites that the front end shows, and where it fetches them. No I/O."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit


@dataclass(frozen=True)
class ShownSite:
    """A site.

    Args:
        name: its name in the setting SITES; "" for the one of SITE_URL.
        url: its origin, as its visitors see it.
        fetch_url: the address at which the front end fetches it.
        ca_file: a PEM file of certificates to trust besides this machine's; "" for none.
    """

    name: str
    url: str
    fetch_url: str
    ca_file: str = ""

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
