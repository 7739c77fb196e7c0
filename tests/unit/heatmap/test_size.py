"""How much an analyst's browser loads to show what is live."""

import gzip
import os
import re
from pathlib import Path

import rjsmin

from pageheat.frontends.heatmap.server import STATIC

MAX_BYTES = 60_000
"""Of the overlay's scripts, minified and compressed together."""

_IMPORT = re.compile(r'^import (?:.*?from )?"(\.{1,2}/[^"]+)";$', re.MULTILINE | re.DOTALL)


def loaded(entry: Path) -> list[Path]:
    """The modules that a module loads with it."""
    found, wanted = [], [entry]
    while wanted:
        module = wanted.pop()
        if module not in found:
            found.append(module)
            # links stay, as browsers know nothing of them
            names = _IMPORT.findall(module.read_text("utf-8"))
            wanted += [Path(os.path.normpath(module.parent / name)) for name in names]
    return found


def test_the_overlays_scripts_stay_below_their_budget_and_without_the_strip_of_time() -> None:
    modules = loaded(STATIC / "overlay.js")
    assert len(modules) > 60
    assert not [module for module in modules if module.parent.name == "time"]
    scripts = "\n".join(rjsmin.jsmin(module.read_text("utf-8")) for module in modules)
    assert len(gzip.compress(scripts.encode(), 9)) <= MAX_BYTES
