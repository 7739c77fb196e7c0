"""The tracker: the scripts that run on a site's pages, as ingest serves them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pageheat.frontends.tracker.joining import join
from pageheat.services.contract.script import Script

ENTRIES = ("tracker.js", "behaviour.js")
"""The scripts: what a site's pages name, and what that loads from beside itself. Other modules are parts."""

_FOLDER = Path(__file__).parent


@cache
def scripts() -> Mapping[str, Script]:
    """File name → script, one for each of `ENTRIES`.

    Joined from their modules and minified when first asked for; the same source gives the same bytes.
    """
    modules = {path.name: path.read_text(encoding="utf-8") for path in _FOLDER.glob("*.js")}
    return MappingProxyType({entry: Script.of(join(entry, modules)) for entry in ENTRIES})
