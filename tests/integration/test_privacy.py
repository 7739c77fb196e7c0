"""What visitors' browsers send besides pointer events is on no topic, and in no log."""

import json
import re
import socket
import urllib.error
import urllib.request
from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from pageheat.kafka.node import KafkaNode
from pageheat.kafka.ports import free_port
from pageheat.services.contract.records import MAX_FRAME_BYTES
from pageheat.services.runtime.cluster import Cluster
from pageheat.services.runtime.kafka_clients import Admin
from tests.support.chromium import launch
from tests.support.server import Server
from tests.support.system import Instance, System, running, until
from tests.support.topics import records
from tests.support.visitors import sent_frame

ADDRESS, NETWORK = "203.0.113.77", "2001:db8:77:88"
"""Visitors' addresses, as the proxy reports them."""

SECRETS = {
    name: f"Zq{name}qZ"
    for name in (
        *("query", "fragment", "cookie", "agent", "referer", "authorization", "language"),
        *("typed", "link", "title", "stored", "field", "garbage", "parameter", "masked"),
    )
}
"""What must not be found, by its source in a visitor's browser."""

PACKED = re.compile(rb'"((?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?)"')
"""Texts that may be base64."""

FORWARDED = {"X-Forwarded-For": ADDRESS}
HEADERS = {
    "Cookie": f"session={SECRETS['cookie']}",
    "User-Agent": f"Mozilla/5.0 ({SECRETS['agent']})",
    "Referer": f"http://localhost:8080/lamp?q={SECRETS['referer']}#{SECRETS['fragment']}",
    "Authorization": f"Bearer {SECRETS['authorization']}",
    "Accept-Language": SECRETS["language"],
}

PAGE = f"""<!doctype html><title>{SECRETS["title"]}</title>
<script>document.cookie = "visitor={SECRETS["cookie"]}"; localStorage.visitor = "{SECRETS["stored"]}"</script>
<form><input id="mail" type="email"><textarea id="letter"></textarea><p id="note" contenteditable>.</p></form>
<p id="where"><a href="#{SECRETS["link"]}">{SECRETS["link"]}</a></p>
<script async src="INGEST/_pageheat/tracker.js"></script>"""


def site(ingest: str) -> Server:
    """A page with a form, at any path."""

    async def answer(_: Request) -> Response:
        return HTMLResponse(PAGE.replace("INGEST", ingest))

    return Server(Starlette(routes=[Route("/{path:path}", answer)]))


def browse(address: str) -> None:
    """A visitor in a real browser fills in a form and follows a link."""
    with (
        sync_playwright() as playwright,
        launch(playwright.chromium) as browser,
        browser.new_context(user_agent=HEADERS["User-Agent"], locale="de-DE") as context,
    ):
        page = context.new_page()
        page.goto(f"{address}/form?mail={SECRETS['query']}&id=7#/access_token={SECRETS['fragment']}")
        page.wait_for_load_state("networkidle")
        for field in ("#mail", "#letter", "#note"):
            page.click(field)
            page.keyboard.type(SECRETS["typed"])
        page.click("a")
        page.goto(f"{address}/user/{SECRETS['masked']}?mail={SECRETS['query']}")
        page.wait_for_load_state("networkidle")
        page.click("#where")
        page.goto("about:blank")


def secretive(path: str) -> str:
    """A frame in our tracker's form with extra fields."""
    frame = json.loads(sent_frame("visitor", 0, path, (10, 10)))
    frame |= {"text": SECRETS["field"], "cookie": SECRETS["cookie"]}
    frame["page"] |= {"title": SECRETS["title"], "url": SECRETS["query"]}
    frame["events"] = [{"type": "move", "x": 10, "y": 10, "age": 0}]
    frame["events"][0] |= {"text": SECRETS["typed"], "key": SECRETS["typed"]}
    frame["attributes"] = {
        "referrer": f"a.example/?q={SECRETS['referer']}",
        "source": f"{SECRETS['query']}@example.org",
        "campaign": f"https://a.example/{SECRETS['fragment']}",
    }
    return json.dumps(frame)


def tutorial_event() -> str:
    """The tutorial's event, which has the whole address."""
    address = f"http://localhost:8080/chair?q={SECRETS['query']}"
    return json.dumps(
        {
            "session_id": "tutorial",
            "type": "mousemove",
            "page_url": address,
            "relative_path": f"/chair?q={SECRETS['query']}#{SECRETS['fragment']}",
            "query_prams": f"?q={SECRETS['query']}",
            "window": {"width": 100, "height": 100},
            "mouse-coordinates": {"x": 1, "y": 1},
        }
    )


def speak(ingest: Instance, messages: list[str | bytes], **headers: str) -> None:
    """Send messages over one socket, and wait until ingest has read them all."""
    address = f"ws://{ingest.address}/lamp?token={SECRETS['query']}"
    with suppress(ConnectionClosed), connect(address, additional_headers=HEADERS | headers) as socket_:
        for message in messages:
            socket_.send(message, text=True)
        socket_.send("?")
        socket_.recv()


def request(ingest: Instance, query: str, body: str | None = None, **headers: str) -> None:
    """Send a beacon; it may be refused."""
    address = f"http://{ingest.address}/_pageheat/beacon?{query}"
    asked = urllib.request.Request(address, body.encode() if body else None, HEADERS | headers)
    with suppress(urllib.error.HTTPError), urllib.request.urlopen(asked, timeout=10):
        pass


def talk_nonsense(ingest: Instance) -> None:
    """What is refused may be quoted to its sender, and to no one else."""
    garbage = SECRETS["garbage"]
    good = json.loads(secretive("/lamp"))
    nonsense: list[str | bytes] = [
        garbage,
        json.dumps(garbage),
        json.dumps(good | {"session": garbage * 9}),
        json.dumps(good | {"page": good["page"] | {"path": f"/{garbage}" * 500}}),
        json.dumps(good | {"events": [good["events"][0] | {"type": garbage}]}),
        json.dumps(good | {"events": [good["events"][0] | {"age": -10_000}], "session": garbage}),
        tutorial_event().replace("mousemove", garbage),
        garbage * (MAX_FRAME_BYTES // len(garbage) + 1),
    ]
    speak(ingest, nonsense)
    speak(ingest, [garbage.encode() + b"\xff"])  # no UTF-8
    speak(ingest, [garbage * 200_000])  # above the limit for a message
    request(ingest, f"x={garbage}&y=1&u=/lamp")
    request(ingest, f"x=1&y=1&u={garbage}")
    request(ingest, "x=1&y=1", Referer=garbage)
    request(ingest, "", garbage)
    for head in (f"GET /{garbage} HTTP/1.1\r\n{garbage}\r\n\r\n", f"{garbage}\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", ingest.port), timeout=10) as connection:
            connection.sendall(head.encode())
            connection.recv(1_000)


def visit(ingest: Instance) -> None:
    """Visitors by all other transports."""
    frames = [
        secretive(f"/lamp?q={SECRETS['query']}#{SECRETS['fragment']}"),
        secretive(f"/user/{SECRETS['masked']}"),
        tutorial_event(),
    ]
    speak(ingest, [*frames], **FORWARDED)
    request(ingest, f"q={SECRETS['query']}", secretive("/lamp"), **{"X-Forwarded-For": f"{NETWORK}::9"})
    page = f"http://localhost:8080/table?q={SECRETS['query']}%23{SECRETS['fragment']}"
    request(ingest, f"x=1&y=1&u={page}&more={SECRETS['parameter']}")
    request(ingest, f"x=1&y=1&cachebuster={SECRETS['parameter']}")  # the page is the Referer's
    request(ingest, f"x=1&y=1&u=/user/{SECRETS['masked']}")
    for number in range(20):  # most are over the limit
        request(ingest, "", sent_frame(f"hasty-{number}", 0, "/lamp", (1, 1)), **FORWARDED)


@dataclass(frozen=True)
class Left:
    """Everything left of the visits, as bytes, by place."""

    topics: dict[str, bytes]
    logs: dict[str, bytes]


def warm_pages(broadcaster: Instance) -> dict[str, int]:
    with urllib.request.urlopen(f"http://{broadcaster.address}/_pageheat/pages", timeout=10) as answer:
        return {page["page"]: page["clicks"] for page in json.load(answer)["pages"]}


def contents(broker: str, topic: str) -> bytes:
    """Keys, values and headers of all records."""
    parts: list[bytes] = []
    for message in records(broker, topic):
        parts += [message.key() or b"", message.value() or b""]
        parts += [part for name, value in message.headers() or () for part in (name.encode(), value or b"")]
        parts += [b64decode(text) for text in PACKED.findall(message.value() or b"")]
    return b"\n".join(parts)


def visits(system: System) -> None:
    """Everything visitors do, until it has been counted."""
    port = free_port()
    pages = site(f"http://127.0.0.1:{port}")
    try:
        services = system.start_all(INGEST_PORT=str(port), ORIGINS=pages.origin)
        browse(pages.origin)
        visit(services["ingest"])
        talk_nonsense(services["ingest"])
        expected = {"/form?id=7": 4, "/user/*": 2, "/lamp": 1, "/table": 0, "/chair": 0}
        until(
            lambda: all(
                warm_pages(services["broadcaster"]).get(page, -1) >= n for page, n in expected.items()
            ),
            lambda: f"{warm_pages(services['broadcaster'])}",
        )
    finally:
        pages.stop()


@pytest.fixture(scope="module")
def left(node: KafkaNode, tmp_path_factory: pytest.TempPathFactory) -> Left:
    folder: Path = tmp_path_factory.mktemp("private")
    settings = {"TRUSTED_PROXIES": "1", "ADDRESS_FRAMES_PER_S": "5", "PATH_MASKS": "/user/*"}
    settings |= {"PAGE_QUERY": "id", "HASH_ROUTES": "true"}  # they let in nothing else
    with running(node, folder, LOG_LEVEL="DEBUG", **settings) as system:
        visits(system)
    names = [
        name
        for name in Admin(Cluster(node.broker)).list_topics(timeout=10).topics
        if not name.startswith("__")
    ]
    return Left(
        {name: contents(node.broker, name) for name in names},
        {path.name: path.read_bytes() for path in folder.rglob("*.log")},
    )


def test_the_visits_were_stored_and_logged(left: Left) -> None:
    """Otherwise the tests below would pass without any data."""
    for topic in ("clickstream", "clickstream-group-by-page"):
        for page in (b'"/form?id=7"', b'"/lamp"', b'"/chair"', b'"/table"', b'"/user/*"', b'"#mail"'):
            assert page in left.topics[topic], (topic, page)
    for topic in ("heatmap", "heatmap-detail"):
        assert b"/user/*" in left.topics[topic]
    assert len(left.logs) == 4
    assert b"Invalid" in b"".join(left.logs.values()), "an invalid message was reported"


@pytest.mark.parametrize("secret", [*SECRETS.values(), ADDRESS, NETWORK])
def test_no_other_data_of_a_visitor_is_on_any_topic_or_in_any_log(left: Left, secret: str) -> None:
    found = [name for name, data in (left.topics | left.logs).items() if secret.encode() in data]
    assert found == []
