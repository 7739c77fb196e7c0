"""The parts of a Kafka node: Java, Kafka's jars (from Maven), and an archive of its loaded classes.

Jars and archive are kept in the user's cache folder, and created once per version of Kafka and of Java.
"""

import fcntl
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pageheat.parent import ending_with_parent
from pageheat.services.contract.errors import PageheatError

HERE = Path(__file__).parent

OLDEST_JAVA = 17
"""The oldest version that Apache Kafka 4's broker supports."""

MAVEN_TIMEOUT_S = 600
"""Enough for 44 MB over a slow line."""

REPORT_MB = 5
"""Progress is reported once per this many megabytes."""

NO_NETWORK = re.compile(
    "unknown ?host|name resolution|network is unreachable|timed out|connection refused", re.I
)
"""Maven's error messages when it cannot reach its repository."""

HEAP = ("-Xms64m", "-Xmx256m")
"""A site of a few thousand events a second needs less; the system's page cache gets the remaining memory."""

Say = Callable[[str], None]
"""Called with one line that describes the current activity."""


class MissingTool(PageheatError):
    """Java or Maven is missing or too old; the message says which, and how to install it."""


class NotInstalled(PageheatError):
    """Kafka's jars could not be fetched."""


@dataclass(frozen=True)
class KafkaInstallation:
    """Java, the jars of Apache Kafka, and the path of the archive of classes, which may not exist."""

    java: str
    jars: Path
    archive: Path

    def command(self, main: str, *arguments: str, record: Path | None = None) -> list[str]:
        """The command line of Kafka's class `main`; `record` is an archive to write at exit."""
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


def cache_folder() -> Path:
    """`pageheat/kafka` in the user's cache folder (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pageheat" / "kafka"


def install(folder: Path | None = None, say: Say = lambda _: None) -> KafkaInstallation:
    """Find Java, and fetch Kafka's jars into `folder` (default: the cache folder) if they are missing.

    Raises:
        MissingTool: Java or Maven is missing or too old.
        NotInstalled: Maven could not fetch the jars.
    """
    java, version = find_java()
    folder = folder or cache_folder()
    pom = HERE / "pom.xml"
    jars = folder / f"jars-{sha256(pom.read_bytes()).hexdigest()[:12]}"
    archive = jars.with_name(f"{jars.name}-java-{version}.jsa")
    with alone(folder):
        if not jars.exists():
            say("fetching Apache Kafka's jars with Maven (44 MB, once)")
            _fetch_jars(pom, jars, say)
    return KafkaInstallation(java, jars, archive)


def find_java() -> tuple[str, str]:
    """The Java to use, and its version.

    Raises:
        MissingTool: Java is missing or too old.
    """
    how = f"Java {OLDEST_JAVA} or later is needed (Debian: apt install default-jre-headless)"
    java = shutil.which("java")
    if java is None:
        raise MissingTool(f"java was not found. {how}")
    try:
        output = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30).stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingTool(f"{java} does not run ({error}). {how}") from None
    found = re.search(r'version "((\d+)[^"]*)"', output)
    if found is None or int(found[2]) < OLDEST_JAVA:
        raise MissingTool(f"{java} is {found[1] if found else 'of unknown version'}. {how}")
    return java, found[1]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Lock the folder against all other processes that use this lock."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch_jars(pom: Path, jars: Path, say: Say) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingTool("mvn was not found. Maven fetches Kafka's jars (Debian: apt install maven)")
    with tempfile.TemporaryDirectory(dir=jars.parent) as scratch:
        # A copy in a folder of its own, as Maven may leave files beside the pom.
        own_pom = Path(shutil.copy(pom, scratch))
        copied = Path(scratch) / "jars"
        command = [maven, "--batch-mode", "--file", str(own_pom)]
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={copied}"]
        # Java asks the system for the home, which it does not know of a service's own user.
        options = f"{os.environ.get('MAVEN_OPTS', '')} -Duser.home={shlex.quote(str(Path.home()))}".strip()
        with subprocess.Popen(
            ending_with_parent([*command, *goal]),
            env={**os.environ, "MAVEN_OPTS": options},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            timer = threading.Timer(MAVEN_TIMEOUT_S, process.kill)
            timer.start()
            try:
                errors = _follow(process.stdout or (), say)
                code = process.wait()
            finally:  # also on Ctrl-C: a pending timer would delay the exit
                is_late = not timer.is_alive()
                timer.cancel()
                process.kill()
        if is_late:
            raise NotInstalled(f"Maven did not finish within {MAVEN_TIMEOUT_S} s; try again")
        if code:
            raise NotInstalled(_why_not(errors, code))
        copied.rename(jars)


def _follow(lines: Iterable[str], say: Say) -> list[str]:
    """Report how much Maven has fetched; return its errors."""
    fetched_mb, reported_mb, errors = 0.0, 0, []
    for line in lines:
        if found := re.search(r"Downloaded from .*\(([0-9.]+) (B|kB|MB) at ", line):
            fetched_mb += float(found[1]) * {"B": 1e-6, "kB": 1e-3, "MB": 1}[found[2]]
            if fetched_mb >= reported_mb + REPORT_MB:
                reported_mb = int(fetched_mb)
                say(f"fetching Apache Kafka's jars with Maven: {reported_mb} MB so far")
        elif line.startswith("[ERROR]") and (error := line.removeprefix("[ERROR]").strip()):
            errors.append(error)
    return errors


def _why_not(errors: Sequence[str], code: int) -> str:
    if NO_NETWORK.search(" ".join(errors)):
        return (
            "Maven cannot reach its repository for Kafka's jars (44 MB, once). Connect this machine, or set "
            "a mirror in ~/.m2/settings.xml, and start again"
        )
    return f"Maven could not fetch Kafka's jars: {errors[0] if errors else f'code {code}'}"
