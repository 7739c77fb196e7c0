"""What is added to pages: the overlay, and on the site's pages what keeps its addresses here."""

import json
from functools import cache
from html import escape
from pathlib import Path
from typing import NamedTuple

from pageheat.frontends.heatmap.addresses import Addresses
from pageheat.frontends.tracker.joining import join
from pageheat.services.contract.pages import PATHS_ALONE, Pages

_FOLDER = Path(__file__).parent / "stay"

_SETTINGS = '"SETTINGS"'
"""Stands in worker.js for what differs between sites."""


class Added(NamedTuple):
    """What is added to a page, and to the scripts of its workers."""

    tag: str
    """A script that runs before the page's own."""
    imports: str
    """Entries of an import map, as JSON: modules at the site's addresses are loaded from here."""
    before_worker: str = ""
    """A statement in front of a worker's script, without a line's end."""


@cache
def stay_script(entry: str = "page.js") -> str:
    """The script that keeps a site's addresses here, in its pages or (`worker.js`) in its workers."""
    return join(entry, {path.name: path.read_text("utf-8") for path in _FOLDER.glob("*.js")})


def script_tag(
    broadcaster_url: str,
    site_url: str = "",
    frontend: str = "",
    pages: Pages = PATHS_ALONE,
    history_url: str = "",
) -> str:
    """The tag that loads the overlay; its attribute also stops the tracker from sending.

    Args:
        broadcaster_url: the broadcaster's address for the overlay.
        site_url: the page's real site, if not this origin.
        frontend: origin of the heat-map front end, if not the page's own.
        pages: names pages; the tag says what of an address that needs.
        history_url: the history's address for the overlay.
    """
    source = {"type": "module", "src": f"{frontend}/_pageheat/overlay.js"}
    return _script(source | _for_overlay(broadcaster_url, history_url, site_url, "", pages))


def added(
    addresses: Addresses,
    broadcaster_url: str,
    site_name: str = "",
    pages: Pages = PATHS_ALONE,
    history_url: str = "",
) -> Added:
    """What is added to a page of the site. Addresses are absolute, as the page may have a `<base>`.

    Args:
        addresses: the site's.
        broadcaster_url: the broadcaster's address for the overlay.
        site_name: the site's name in the setting SITES, if it has one.
        pages: names pages; the tag says what of an address that needs.
        history_url: the history's address for the overlay.
    """
    frontend = addresses.frontend
    attributes = {
        "src": f"{frontend}/_pageheat/stay.js",
        "data-overlay": f"{frontend}/_pageheat/overlay.js",
        "data-own": " ".join(addresses.authorities),
    }
    imports = {
        f"{scheme}://{authority}/": f"{frontend}/"
        for authority in addresses.authorities
        for scheme in ("https", "http")
        if f"{scheme}://{authority}" != frontend
    }
    entries = json.dumps(imports, separators=(",", ":"))[1:-1]
    settings = json.dumps(" ".join([frontend, *addresses.authorities]))
    return Added(
        _script(attributes | _for_overlay(broadcaster_url, history_url, addresses.site, site_name, pages)),
        entries.replace("<", r"\u003c").replace("&", r"\u0026"),
        stay_script("worker.js").replace("\n", " ").replace(_SETTINGS, settings),
    )


def _for_overlay(
    broadcaster_url: str, history_url: str, site_url: str, site_name: str, pages: Pages
) -> dict[str, str]:
    """The attributes that the overlay reads."""
    attributes = {"data-pageheat-overlay": "", "data-broadcaster": broadcaster_url}
    if history_url:
        attributes["data-history"] = history_url
    if site_url:
        attributes["data-site"] = site_url
    if site_name:
        attributes["data-site-name"] = site_name
    if pages.query:
        attributes["data-page-query"] = ",".join(pages.query)
    if pages.hash_routes:
        attributes["data-hash-routes"] = ""
    return attributes


def _script(attributes: dict[str, str]) -> str:
    """A tag, as HTML and XML write it."""
    written = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    return f"<script {written}></script>"
