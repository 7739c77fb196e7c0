"""How many clicks per second does `ingest` accept in the form of 2006, answering 204?

`ab` sends 30,000 requests, 10 at a time, each on its own connection: `GET …?x=100&y=200`, with the page as
`Referer`. ingest is one process with default settings; every click must be on `clickstream`.

Reference: what received clicks in 2006, an Apache whose mod_imagemap answers "nocontent" (204) and whose log
holds the clicks. It runs with its default processes and threads (MPM event: two processes at first, 25
threads each); every click must be in the log. Both may use all cores, shared with `ab` and Kafka.

`wrk` also sends 10 at a time, for 5 s, on persistent connections: the cost of a request without connecting.
Debian packages: apache2, apache2-utils, wrk. Not shown: TLS, which a proxy would do for both.
"""

import re
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

from benchmarks.harness import Benchmark, Context, Row, Unavailable, Values
from benchmarks.kafka import kafka
from benchmarks.usage import cpu_s
from pageheat.kafka.ports import free_port
from pageheat.kafka_log import KafkaLog
from pageheat.parent import ending_with_parent
from pageheat.services.contract.topics import CLICKSTREAM
from pageheat.services.runtime.cluster import Cluster
from tests.support.system import running, until

REQUESTS, AT_ONCE, WRK_S = 30_000, 10, 5
PAGE = "http://localhost:8080/lamp"

NEEDED = {"apache2": "apache2", "ab": "apache2-utils", "wrk": "wrk"}
"""Command → Debian package."""

MODULES = Path("/usr/lib/apache2/modules")

APACHE = """
ServerRoot {folder}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog {folder}/errors
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule imagemap_module {modules}/mod_imagemap.so
User nobody
Group nogroup
DocumentRoot {folder}/site
<Files click.map>
SetHandler imap-file
</Files>
LogFormat "%>s %t %q %{{Referer}}i" click
CustomLog {folder}/clicks click
"""


@contextmanager
def prepare() -> Iterator[Context]:
    """Start Kafka if the commands are installed.

    Raises:
        Unavailable: a command is missing.
    """
    if missing := [package for command, package in NEEDED.items() if not shutil.which(command)]:
        raise Unavailable(f"apt install --no-install-recommends {' '.join(missing)}")
    with kafka() as broker:
        yield {"broker": broker}


def load(name: str, url: str, cpu: Callable[[], float], check: Callable[[int], None]) -> Values:
    """Return the rows of one case; `check` gets the number of clicks that must be stored by then."""
    request = urllib.request.Request(url, headers={"Referer": PAGE})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 204
    referer = ["-H", f"Referer: {PAGE}"]
    before_s = cpu()
    ab = _run("ab", "-q", "-n", str(REQUESTS), "-c", str(AT_ONCE), *referer, url)
    used_s = cpu() - before_s
    assert _number(r"Complete requests: +(\d+)", ab) == REQUESTS
    assert _number(r"Failed requests: +(\d+)", ab) == 0
    assert "Non-2xx" not in ab, ab
    check(1 + REQUESTS)
    wrk = _run("wrk", "-t1", f"-c{AT_ONCE}", f"-d{WRK_S}s", *referer, url)
    assert "Non-2xx" not in wrk, wrk
    return {
        name: _number(r"Requests per second: +([\d.]+)", ab),
        f"{name}, CPU a request": used_s / REQUESTS * 1e6,
        f"{name}, by wrk": _number(r"Requests/sec: +([\d.]+)", wrk),
    }


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    assert found, text
    return float(found[1])


def of_apache(_: Context) -> Values:
    """Measure the reference."""
    with tempfile.TemporaryDirectory(prefix="pageheat-bench-") as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o755)  # Apache's processes run as user nobody if we are root
        site, log = folder / "site", folder / "clicks"
        site.mkdir()
        (site / "click.map").write_text("default nocontent\n")
        config = folder / "apache.conf"
        config.write_text(APACHE.format(folder=folder, port=port, modules=MODULES))
        apache = subprocess.Popen(ending_with_parent(["apache2", "-f", str(config), "-D", "FOREGROUND"]))

        def processes() -> list[int]:
            children = Path(f"/proc/{apache.pid}/task/{apache.pid}/children").read_text()
            return [apache.pid, *map(int, children.split())]

        def check(clicks: int) -> None:
            lines = log.read_text().splitlines()
            assert len(lines) == clicks
            assert all(line.startswith("204 ") and line.endswith(f" ?100,200 {PAGE}") for line in lines)

        try:
            until(lambda: (folder / "pid").exists() or apache.poll() is not None, lambda: "Apache")
            url = f"http://127.0.0.1:{port}/click.map?100,200"
            return load("Apache", url, lambda: sum(map(cpu_s, processes())), check)
        finally:
            apache.terminate()
            apache.wait()


def of_ingest(context: Context) -> Values:
    """Measure ingest."""
    with (
        tempfile.TemporaryDirectory(prefix="pageheat-bench-") as folder,
        running(SimpleNamespace(**context), Path(folder)) as system,
        closing(KafkaLog(Cluster(context["broker"]))) as log,
    ):
        ingest = system.start("ingest").wait_until_healthy()
        places = log.edge(CLICKSTREAM, latest=True)
        before = sum(log.ends(places).values())

        def check(clicks: int) -> None:
            def stored() -> int:
                return sum(log.ends(places).values()) - before

            until(lambda: stored() >= clicks, lambda: f"{stored()} clicks on {CLICKSTREAM}")
            assert stored() == clicks

        url = f"http://{ingest.address}/_pageheat/beacon?x=100&y=200"
        return load("ingest", url, lambda: cpu_s(ingest.pid), check)


BENCHMARK = Benchmark(
    "beacon: clicks by GET, answered 204",
    {"Apache": of_apache, "ingest": of_ingest},
    [
        Row("Apache", "requests/s"),
        Row("ingest", "requests/s", "Apache", at_least=1),
        Row("Apache, CPU a request", "µs"),
        Row("ingest, CPU a request", "µs", "Apache, CPU a request"),
        Row("Apache, by wrk", "requests/s"),
        Row("ingest, by wrk", "requests/s", "Apache, by wrk"),
    ],
    prepare,
)
