"""The bookmarklets: their code, the settings that they read, and the page to drag them from. No I/O.

A bookmarklet holds one address, that of `bookmarklet.js` on this front end, and nothing else that a
setting could change; what it needs to know it reads from `settings.js` when it is clicked. So one that
was dragged long ago goes on working. Settings are a module, not JSON: a page whose policy lets
our scripts run lets them be read, too.
"""

import json
import re
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote, urlsplit

from pageheat.frontends.heatmap.injection import script_tag
from pageheat.services.contract.sites import origin_of, parse_sites
from pageheat.services.runtime.settings import HeatmapSettings

_PAGE = Template((Path(__file__).parent / "pages" / "bookmarklet.html").read_text("utf-8"))
_SITE = Template('<li><a href="$origin">$origin</a>$name</li>')

_CODE = Template(
    """\
(async () => {
  let policy = "";
  const hear = (event) => {
    if (event.blockedURI.startsWith($frontend)) policy = event.effectiveDirective;
  };
  document.addEventListener("securitypolicyviolation", hear);
  let heat;
  try {
    heat = await import($frontend + "/_pageheat/bookmarklet.js");
  } catch {
    alert(
      policy
        ? "This site's Content-Security-Policy forbids the heat map: its script-src should allow " + $frontend
        : location.protocol === "https:" && $insecure
          ? "No heat map: this page is https:, and browsers let such a page load nothing from " + $frontend
          : "No heat map: " + $frontend + " does not answer, or the browser keeps this page from it. " +
            "Check that the heat-map front end is running; and if the browser asks whether this page may " +
            "reach devices of your network, allow it."
    );
  }
  document.removeEventListener("securitypolicyviolation", hear);
  heat?.toggle($mode);
})()"""
)
"""Of the page's globals it uses what a browser gives, and it makes none. A policy is heard of before the
import that it forbids fails."""

MODES = {"map": "Heat map", "picture": "Heat picture"}
"""What `toggle` in static/bookmarklet.js takes, and the bookmark's name."""

_THIS_MACHINE = re.compile(r"(.+\.)?localhost|127(\.\d+){3}|::1")
"""Hosts from which `https:` pages may load by `http:`, too."""

_UNRESERVED = "!'()*-._~"
"""What encodeURIComponent leaves as it is."""


def href(frontend: str, mode: str) -> str:
    """The bookmark's address.

    Args:
        frontend: this front end's origin, as the browser knows it.
        mode: a key of `MODES`.
    """
    url = urlsplit(frontend)
    insecure = url.scheme == "http" and not _THIS_MACHINE.fullmatch(url.hostname or "")
    told = {"frontend": frontend, "mode": mode, "insecure": insecure}
    code = _CODE.substitute({name: json.dumps(value) for name, value in told.items()})
    lines = (line.strip() for line in code.splitlines())
    return "javascript:" + quote(" ".join(lines), safe=_UNRESERVED)


def policy(frontend: str, broadcaster: str) -> dict[str, list[str]]:
    """What a site's Content-Security-Policy has to allow: directive → sources.

    The picture comes by `fetch` and is shown from a `blob:`.
    """
    origin = origin_of(broadcaster)
    return {
        "script-src": [frontend],
        "style-src": [frontend],
        "connect-src": [origin, origin.replace("http", "ws", 1)],
        "img-src": ["blob:"],
    }


def settings_module(settings: HeatmapSettings, frontend: str) -> str:
    """The settings as a JavaScript module, `Settings` of static/core/site.js."""
    told = {
        "frontend": frontend,
        "broadcaster": settings.broadcaster_url,
        "site": settings.site_url,
        "sites": parse_sites(settings.sites),
        "policy": policy(frontend, settings.broadcaster_url),
    }
    return f"export const settings = {json.dumps(told)};\n"


def page(settings: HeatmapSettings, frontend: str) -> str:
    """The page from which the bookmarklets are dragged, as HTML."""
    allowed = policy(frontend, settings.broadcaster_url)
    lines = [f"{directive} {' '.join(sources)}" for directive, sources in allowed.items()]
    return _PAGE.substitute(
        site=escape(settings.site_url),
        sites="".join(_sites(settings)),
        map=escape(href(frontend, "map")),
        picture=escape(href(frontend, "picture")),
        tag=escape(script_tag(settings.broadcaster_url, frontend=frontend)),
        policy=escape("\n".join(lines)),
    )


def _sites(settings: HeatmapSettings) -> list[str]:
    """An item for each site whose pages have heat."""
    named = {settings.site_url: ""} | parse_sites(settings.sites)
    return [
        _SITE.substitute(origin=escape(origin), name=f" <span>{escape(name)}</span>" if name else "")
        for origin, name in named.items()
    ]
