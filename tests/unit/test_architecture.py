"""ARCHITECTURE.md's code map names every module, and nothing else."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("services", "frontends", "pageheat")


def test_the_code_map_has_a_line_for_each_module() -> None:
    mapped, folder = set(), ""
    for line in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"### `(.+/)`", line):
            folder = heading[1]
        elif row := re.match(r"\| `(.+?\.(?:py|js))` \| \S", line):
            mapped.add(folder + row[1])
    modules = {
        path.relative_to(ROOT).as_posix()
        for top in FOLDERS
        for pattern in ("*.py", "*.js")
        for path in (ROOT / top).rglob(pattern)
        if path.name != "__init__.py"
    }
    assert mapped - {"frontends/tracker/__init__.py"} == modules
