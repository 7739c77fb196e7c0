"""The measured sites: where they are, whose pages may send, and which page an address names."""

from typing import Annotated

from pydantic import AfterValidator, Field

from pageheat.services.contract.masks import Masks
from pageheat.services.contract.origins import Origins
from pageheat.services.contract.pages import Pages, parse_query, parse_suffixes
from pageheat.services.contract.sites import parse_origins, parse_sites
from pageheat.services.runtime.settings.base import Settings, Site
from pageheat.services.runtime.settings.kafka import Port


def _parse_sites(text: str) -> str:
    parse_sites(text)
    return text


def _parse_origins(text: str) -> str:
    parse_origins(text)
    return text


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


class RobotSettings(SiteSettings):
    """Whether robots count: read by what counts events, and by what explains why there are none."""

    count_robots: bool = Field(
        default_factory=lambda read: read["site_url"] == demo_shop(read["demo_port"]),
        description="true: also count robots and automated browsers (WebDriver). The default is true only "
        "while SITE_URL is the demo shop; with a site of your own, it is false",
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
