"""The tracker: the scripts that ingest serves and a site's pages run."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pageheat.frontends.tracker.joining import join
from pageheat.services.contract.pages import PATHS_ALONE, Pages
from pageheat.services.contract.script import Script

ENTRIES = ("tracker.js", "behaviour.js", "seldom.js")
"""The served scripts: the one that pages name, then those that it loads, `seldom.js` only where sockets are
blocked and for who asks to be left out. The other modules are parts."""

_FOLDER = Path(__file__).parent

_PATH, _PATH_BY_RULES = (
    "path.js",
    """\
import {{ namingPart }} from "./naming.js";
export const pagePath = () => namingPart(location, {rules});
""",
)
"""The module that finds a page's path, and the one to serve where more than the path tells pages apart."""


@cache
def scripts(pages: Pages = PATHS_ALONE) -> Mapping[str, Script]:
    """File name → script for each of `ENTRIES`, built once. The same source and rules give the same bytes.

    Args:
        pages: names pages; the scripts send no more of an address than that needs.
    """
    modules = {path.name: path.read_text(encoding="utf-8") for path in _FOLDER.glob("*.js")}
    if pages.query or pages.hash_routes:
        modules[_PATH] = _PATH_BY_RULES.format(rules=json.dumps(pages.browser_rules))
    return MappingProxyType({entry: Script.of(join(entry, modules)) for entry in ENTRIES})
