"""What a Kafka node is made of: Java, Kafka's jars (by Maven), an archive of its loaded classes.

All is kept in one folder outside git and made once for each version of Kafka and of Java.
"""

import fcntl
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pageheat.parent import ending_with_parent
from pageheat.services.contract.errors import PageheatError

HERE = Path(__file__).parent
DEFAULT_FOLDER = HERE.parents[1] / ".kafka"

OLDEST_JAVA = 17
"""What Apache Kafka 4's broker asks for."""

MAVEN_TIMEOUT_S = 600
"""44 MB, also over a slow line."""

HEAP = ("-Xms64m", "-Xmx256m")
"""A site of a few thousand events a second needs less; the rest is the system's page cache."""

Say = Callable[[str], None]
"""Takes one line on what is being done now."""


class MissingTool(PageheatError):
    """Java or Maven is not there or too old; says which, and how to get it."""


class NotInstalled(PageheatError):
    """Kafka's jars could not be had."""


@dataclass(frozen=True)
class KafkaInstallation:
    """A Java, the jars of Apache Kafka, and where the archive of classes is (if it was made)."""

    java: str
    jars: Path
    archive: Path

    def command(self, main: str, *arguments: str, record: Path | None = None) -> list[str]:
        """The command line of Kafka's class `main`; `record` is an archive to write at its end."""
        classes = [f"-XX:ArchiveClassesAtExit={record}"] if record else []
        if not record and self.archive.exists():
            classes = [f"-XX:SharedArchiveFile={self.archive}"]
        class_path = ":".join(str(jar) for jar in sorted(self.jars.glob("*.jar")))
        return [
            self.java, *HEAP, "-XX:+UseSerialGC",
            *classes, "-Xlog:cds=off", "-Xlog:cds+dynamic=off",
            f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}",
            "-cp", class_path, main, *arguments,
        ]  # fmt: skip


def install(folder: Path = DEFAULT_FOLDER, say: Say = lambda _: None) -> KafkaInstallation:
    """Find Java, and fetch Kafka's jars unless they are there.

    Raises:
        MissingTool: Java or Maven is missing or too old.
        NotInstalled: Maven could not fetch the jars.
    """
    java, version = find_java()
    pom = HERE / "pom.xml"
    jars = folder / f"jars-{sha256(pom.read_bytes()).hexdigest()[:12]}"
    archive = jars.with_name(f"{jars.name}-java-{version}.jsa")
    with alone(folder):
        if not jars.exists():
            say("fetching Apache Kafka's jars by Maven (44 MB, once)")
            _fetch_jars(pom, jars)
    return KafkaInstallation(java, jars, archive)


def find_java() -> tuple[str, str]:
    """The Java to use, and its version.

    Raises:
        MissingTool: there is none, or it is too old.
    """
    how = f"Java {OLDEST_JAVA} or later is needed (Debian: apt install default-jre-headless)"
    java = shutil.which("java")
    if java is None:
        raise MissingTool(f"java is not there. {how}")
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30).stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingTool(f"{java} does not run ({error}). {how}") from None
    found = re.search(r'version "((\d+)[^"]*)"', said)
    if found is None or int(found[2]) < OLDEST_JAVA:
        raise MissingTool(f"{java} is {found[1] if found else 'of no known version'}. {how}")
    return java, found[1]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only one, among all processes, who works on the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch_jars(pom: Path, jars: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingTool("mvn is not there. Maven fetches Kafka's jars (Debian: apt install maven)")
    with tempfile.TemporaryDirectory(dir=jars.parent) as scratch:
        # A pom of its own folder: Maven may leave files beside it.
        own_pom = Path(shutil.copy(pom, scratch))
        copied = Path(scratch) / "jars"
        command = [maven, "--batch-mode", "--quiet", "--file", str(own_pom)]
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={copied}"]
        try:
            done = subprocess.run(
                ending_with_parent([*command, *goal]), capture_output=True, text=True, timeout=MAVEN_TIMEOUT_S
            )
        except subprocess.TimeoutExpired:
            raise NotInstalled(f"Maven was not done after {MAVEN_TIMEOUT_S} s; try again") from None
        if done.returncode:
            lines = [line for line in done.stdout.splitlines() if line.startswith("[ERROR]")]
            reason = lines[0].removeprefix("[ERROR]").strip() if lines else f"code {done.returncode}"
            raise NotInstalled(f"Maven could not fetch Kafka's jars: {reason}")
        copied.rename(jars)
