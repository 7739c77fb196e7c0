"""The licences of what is installed, by each package's own word; run as a module, it writes the page.

Sources: Python packages' metadata, package-lock.json, and the POMs of Kafka's jars, which Maven keeps.
"""

import importlib.metadata
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pageheat.kafka.installation import cache_folder

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "licences.md"
MAVEN = Path.home() / ".m2" / "repository"
POM = {"m": "http://maven.apache.org/POM/4.0.0"}

UNKNOWN = "?"

ALLOWED = frozenset(
    (
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MPL-2.0",
        "PSF-2.0",
        "Zlib",
    )
)
"""Licences under which each package may be used and passed on unchanged, beside ours (MIT)."""

SPELLINGS = (
    (r"apache.*2|apache software|^apache license", "Apache-2.0"),
    (r"mozilla|mpl-2", "MPL-2.0"),
    (r"(3-clause|new|revised) bsd|bsd.3", "BSD-3-Clause"),
    (r"bsd.2|2-clause", "BSD-2-Clause"),
    (r"^bsd( license)?$", "BSD-3-Clause"),
    (r"cc0|public domain", "CC0-1.0"),
    (r"^mit-0", "MIT-0"),
    (r"\bmit\b|permission is hereby granted", "MIT"),
    (r"go license", "BSD-3-Clause"),
)
"""How packages spell licences, and the SPDX identifiers."""


def spdx(text: str) -> str:
    """A licence as an SPDX expression; UNKNOWN if it is none that we know."""
    if set(re.split(r"[() ]+|AND|OR", text)) - {""} <= ALLOWED and text:
        return text
    return next((name for pattern, name in SPELLINGS if re.search(pattern, text, re.I)), UNKNOWN)


def is_allowed(expression: str) -> bool:
    """Whether one may choose only allowed licences."""
    parts = re.sub(r"[()]", "", expression).split(" AND ")
    return all(any(choice.strip() in ALLOWED for choice in part.split(" OR ")) for part in parts)


def locked(*files: str) -> set[str]:
    """The Python packages of requirements files."""
    text = "".join((ROOT / file).read_text() for file in files)
    return set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))


def of_python(names: Iterable[str]) -> dict[str, str]:
    """The licences of those that are installed here; some are for other systems only."""
    found = {}
    for name in names:
        try:
            said: Any = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        classified = [
            spdx(entry.rpartition("::")[2].strip())
            for entry in said.get_all("Classifier") or []
            if entry.startswith("License ::") and "DFSG" not in entry
        ]
        told = said.get("License-Expression") or said.get("License") or ""
        found[name] = spdx(told) if told and spdx(told) != UNKNOWN else " OR ".join(classified) or UNKNOWN
    return found


def of_npm() -> dict[str, str]:
    """Those of package-lock.json, without the variants of a package for each system."""
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    return {
        path.removeprefix("node_modules/"): spdx(entry.get("license", ""))
        for path, entry in packages.items()
        if path and "os" not in entry
    }


def of_kafka() -> dict[str, str]:
    """Those of Kafka's jars, if Maven has fetched them here; its own parts as one."""
    jars = {jar.stem for jar in cache_folder().glob("*/*.jar")}
    found = {}
    for stem in jars:
        poms = list(MAVEN.glob(f"**/{stem}.pom"))
        if not poms:
            continue
        name = re.sub(r"-[0-9][0-9.]*(-[0-9]+)?$", "", stem)
        found["kafka" if name.startswith("kafka") else name] = _of_pom(poms[0])
    return found


def _of_pom(pom: Path) -> str:
    """What a POM says, or its parent."""
    project = ElementTree.parse(pom).getroot()  # from a registry that Maven checks
    named = [spdx(entry.text or "") for entry in project.findall("m:licenses/m:license/m:name", POM)] or [
        spdx(entry.text or "") for entry in project.findall("licenses/license/name")
    ]
    if named:
        return " OR ".join(dict.fromkeys(named))
    parent = project.find("m:parent", POM)
    if parent is None:
        return UNKNOWN
    group, artifact, version = (
        parent.findtext(f"m:{part}", "", POM) for part in ("groupId", "artifactId", "version")
    )
    above = MAVEN / group.replace(".", "/") / artifact / version / f"{artifact}-{version}.pom"
    return _of_pom(above) if above.exists() else UNKNOWN


RUN = ("requirements.txt", "requirements-history.txt")
DEVELOP = ("requirements-dev.txt",)

HEADINGS = {
    "Python packages that Pageheat runs with": lambda: of_python(locked(*RUN)),
    "Kafka's jars, where `pageheat up` or `pageheat kafka` runs it": of_kafka,
    "Python packages to work on it": lambda: of_python(locked(*DEVELOP) - locked(*RUN)),
    "npm packages to work on it": of_npm,
}

INTRODUCTION = f"""# Licences

Pageheat is under the [MIT licence](../LICENSE). What it installs is under these, by each package's
own word. A test compares this page with what is installed, and refuses other licences than
{", ".join(sorted(ALLOWED))}. `make licences` writes it.

Besides, in containers: Python's image (PSF-2.0, and Debian's packages), nginx (BSD-2-Clause), Apache Kafka
(Apache-2.0), and with a profile Caddy and Prometheus (Apache-2.0) and Grafana (AGPL-3.0, used unchanged).
"""


def page(found: Mapping[str, Mapping[str, str]]) -> str:
    """docs/licences.md."""
    text = INTRODUCTION
    for heading, packages in found.items():
        rows = [f"| {name} | {packages[name]} |" for name in sorted(packages, key=str.lower)]
        text += "\n".join(["", f"## {heading}", "", "| package | licence |", "| --- | --- |", *rows, ""])
    return text


def tables(text: str) -> dict[str, dict[str, str]]:
    """The tables of such a page, by heading."""
    parts = re.split(r"^## (.*)\n", text, flags=re.MULTILINE)[1:]
    return {
        heading: dict(re.findall(r"^\| (?!package |---)(\S+) \| (.*) \|$", body, re.MULTILINE))
        for heading, body in zip(parts[::2], parts[1::2], strict=True)
    }


def main() -> None:
    """Write the page; what is not installed here keeps its row."""
    before = tables(PAGE.read_text()) if PAGE.exists() else {}
    PAGE.write_text(page({heading: before.get(heading, {}) | find() for heading, find in HEADINGS.items()}))


if __name__ == "__main__":
    main()
