"""The tracker: the scripts that ingest serves and a site's pages run."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pageheat.frontends.tracker.joining import join
from pageheat.services.contract.script import Script

ENTRIES = ("tracker.js", "behaviour.js")
"""The served scripts: the one that pages name, then the one that it loads. The other modules are parts."""

_FOLDER = Path(__file__).parent


@cache
def scripts() -> Mapping[str, Script]:
    """File name → script for each of `ENTRIES`, built once. The same source gives the same bytes."""
    modules = {path.name: path.read_text(encoding="utf-8") for path in _FOLDER.glob("*.js")}
    return MappingProxyType({entry: Script.of(join(entry, modules)) for entry in ENTRIES})
