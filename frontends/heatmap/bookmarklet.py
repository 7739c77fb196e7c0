"""The bookmarklets: their code, the settings that they read, and the page to drag them from. No I/O.

A bookmarklet contains only one configurable value, the address of `bookmarklet.js` on this front end. It
reads everything else from `settings.js` when clicked, so old bookmarks keep working. Settings are a module,
not JSON: a page whose policy allows our scripts then allows our settings, too.
"""

import json
import re
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote, urlsplit

from pageheat.frontends.heatmap.injection import script_tag
from pageheat.frontends.heatmap.sites import Choice
from pageheat.services.checking.page import tracker_tag
from pageheat.services.contract.sites import origin_of, parse_origins, parse_sites
from pageheat.services.runtime.settings import HeatmapSettings

_PAGE = Template((Path(__file__).parent / "pages" / "bookmarklet.html").read_text("utf-8"))
_SITE = Template('<li><a href="$origin">$origin</a>$name</li>')

_CODE = Template(
    """\
(async () => {
  let policy = "";
  const onViolation = (event) => {
    if (event.blockedURI.startsWith($frontend)) policy = event.effectiveDirective;
  };
  document.addEventListener("securitypolicyviolation", onViolation);
  let heat;
  try {
    heat = await import($frontend + "/_pageheat/bookmarklet.js");
  } catch {
    alert(
      policy
        ? "This site's Content-Security-Policy forbids the heat map: its script-src should allow " + $frontend
        : location.protocol === "https:" && $insecure
          ? "No heat map: this page uses https:, so the browser loads nothing from " + $frontend
          : "No heat map: " + $frontend + " does not answer, or the browser blocks it on this page. " +
            "Check that the heat-map front end is running. If the browser asks whether this page may " +
            "access devices on your network, allow it."
    );
  }
  document.removeEventListener("securitypolicyviolation", onViolation);
  heat?.toggle($mode);
})()"""
)
"""It uses only built-in globals and defines none. The violation event fires before the forbidden import
fails."""

MODES = {"map": "Heat map", "picture": "Heat picture"}
"""Argument of `toggle` in static/bookmarklet.js → the bookmark's name."""

_THIS_MACHINE = re.compile(r"(.+\.)?localhost|127(\.\d+){3}|::1")
"""Hosts from which `https:` pages may load over `http:`."""

_UNRESERVED = "!'()*-._~"
"""Characters that encodeURIComponent does not escape."""


def href(frontend: str, mode: str) -> str:
    """The bookmark's address.

    Args:
        frontend: this front end's origin, as the browser sees it.
        mode: a key of `MODES`.
    """
    url = urlsplit(frontend)
    insecure = url.scheme == "http" and not _THIS_MACHINE.fullmatch(url.hostname or "")
    values = {"frontend": frontend, "mode": mode, "insecure": insecure}
    code = _CODE.substitute({name: json.dumps(value) for name, value in values.items()})
    lines = (line.strip() for line in code.splitlines())
    return "javascript:" + quote(" ".join(lines), safe=_UNRESERVED)


def connections(broadcaster: str) -> list[str]:
    """What scripts that show heat connect to, as sources of a Content-Security-Policy."""
    origin = origin_of(broadcaster)
    return [origin, origin.replace("http", "ws", 1)]


def policy(frontend: str, broadcaster: str, history: str) -> dict[str, list[str]]:
    """What a site's Content-Security-Policy must allow: directive → sources.

    The picture is loaded with `fetch` and shown from a `blob:`.
    """
    return {
        "script-src": [frontend],
        "style-src": [frontend],
        "connect-src": [*connections(broadcaster), origin_of(history)],
        "img-src": ["blob:"],
    }


def settings_module(settings: HeatmapSettings, frontend: str) -> str:
    """The settings as a JavaScript module, `Settings` of static/core/site.js."""
    values = {
        "frontend": frontend,
        "broadcaster": settings.broadcaster_url,
        "history": settings.history_url,
        "frontends": _front_ends(settings, frontend),
        "site": settings.site_url,
        "sites": _others(settings),
        "policy": policy(frontend, settings.broadcaster_url, settings.history_url),
        "pages": settings.pages.browser_rules,
        "tag": tracker_tag(settings.ingest_url, settings.tracker_path),
    }
    return f"export const settings = {json.dumps(values)};\n"


def _front_ends(settings: HeatmapSettings, frontend: str) -> dict[str, str]:
    """The origin of each site's heat map by the site's name; the one in use as the browser knows it."""
    here = Choice(settings.heatmaps).name(urlsplit(frontend).netloc)
    return settings.heatmaps | {here: frontend}


def page(settings: HeatmapSettings, frontend: str) -> str:
    """The page from which the bookmarklets are dragged, as HTML."""
    allowed = policy(frontend, settings.broadcaster_url, settings.history_url)
    lines = [f"{directive} {' '.join(sources)}" for directive, sources in allowed.items()]
    tag = script_tag(
        settings.broadcaster_url,
        frontend=frontend,
        pages=settings.pages,
        history_url=settings.history_url,
    )
    return _PAGE.substitute(
        site=escape(settings.site_url),
        sites="".join(_sites(settings)),
        map=escape(href(frontend, "map")),
        picture=escape(href(frontend, "picture")),
        tag=escape(tag),
        policy=escape("\n".join(lines)),
        off=escape(f"{settings.site_url}/#pageheat-off"),
        on=escape(f"{settings.site_url}/#pageheat-on"),
    )


def _others(settings: HeatmapSettings) -> dict[str, str]:
    """The other origins whose pages may show heat, each with the name of its site, "" for the default one."""
    return dict.fromkeys(sorted(parse_origins(settings.origins) - {"*"}), "") | parse_sites(settings.sites)


def _sites(settings: HeatmapSettings) -> list[str]:
    """A list item for each configured site."""
    named = {settings.site_url: ""} | _others(settings)
    return [
        _SITE.substitute(origin=escape(origin), name=f" <span>{escape(name)}</span>" if name else "")
        for origin, name in named.items()
    ]
