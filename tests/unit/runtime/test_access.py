"""Access: with a secret, each viewer needs a token, by HTTP and by WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from starlette.testclient import TestClient

from pageheat.services.broadcaster import main
from pageheat.services.broadcaster.app import Broadcaster
from pageheat.services.broadcaster.delta import STATUS
from pageheat.services.contract.records import encode
from pageheat.services.contract.tokens import issue
from pageheat.services.contract.topics import HEATMAP_DETAIL
from pageheat.services.runtime.access import Access, AccessDenied, exposure, secret_of
from pageheat.services.runtime.settings import BroadcasterSettings
from tests.support.heatmap_records import FakeViewer, ListSource, detail, grid

SECRET = "a secret that is long enough: 32"
NOW_MS = 1_000_000
END_S = 1_010
OURS = "pageheat.v1"


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.ms = NOW_MS

    def __call__(self) -> int:
        return self.ms


def token(prefix: str = "/", site: str = "", ends_s: int = END_S, secret: str = SECRET) -> str:
    return issue(secret, site, prefix, ends_s)


def bearer(value: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {value}"}


PAGES = ("/shop/lamp", "/shop/chair", "/legal", "//blog/")


@asynccontextmanager
async def running(clock: Clock) -> AsyncIterator[Broadcaster]:
    """A broadcaster with a secret and four warm pages."""
    source = ListSource()
    app = Broadcaster(source, clock, access=Access(SECRET, clock))
    async with app._lifespan(None):  # type: ignore[arg-type]
        for position, page in enumerate(PAGES):
            watching = FakeViewer(app, page, (OURS, f"pageheat.token.{token(*_place(page))}"))
            await watching.next()  # the status
            source.put(page, encode(grid(NOW_MS, position)))
            await watching.next()
            source.put(page, encode(detail(NOW_MS, position)), HEATMAP_DETAIL)
            await watching.next()
            await watching.leave()
        yield app


def _place(page: str) -> tuple[str, str]:
    return ("/", "blog") if page.startswith("//blog") else (page, "")


def asking(app: Broadcaster) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://broadcaster")


NO_GOOD: dict[str, dict[str, str]] = {
    "in the address alone": {},
    "of another kind": {"Authorization": "Basic YTpi"},
    "of another secret": bearer(token(secret="another secret, as long as it has to be")),
    "ended": bearer(token(ends_s=NOW_MS // 1000)),
    "no token": bearer("x.y.z"),
}
ASKED = ["pages", "grid/shop/lamp", "detail/shop/lamp", "png/shop/lamp", "grid/cold"]


async def test_without_a_valid_token_http_requests_are_refused() -> None:
    async with running(Clock()) as app, asking(app) as client:
        for headers in NO_GOOD.values():
            for path in ASKED:
                answer = await client.get(
                    f"/_pageheat/{path}?token={token()}&access_token={token()}", headers=headers
                )
                assert (answer.status_code, list(answer.json())) == (401, ["error", "send"])
                assert "pageheat token" in answer.json()["error"]
                assert answer.headers["www-authenticate"] == "Bearer"
                assert answer.headers["cache-control"] == "no-store"
        for path in ("/healthz", "/_pageheat/ready", "/_pageheat/metrics"):
            assert (await client.get(path)).status_code == 200


async def test_a_token_opens_what_it_covers_and_nothing_else() -> None:
    async with running(Clock()) as app, asking(app) as client:
        for name, status in {
            "shop/lamp": 200,
            "legal": 403,
            "/blog/": 403,
            "shop": 404,
            "shopping": 403,
        }.items():
            for kind in ("grid", "detail"):
                answer = await client.get(f"/_pageheat/{kind}/{name}", headers=bearer(token("/shop")))
                assert (name, answer.status_code) == (name, status)
        picture = await client.get(
            "/_pageheat/png/shop/lamp", headers={"authorization": f"bearer {token('/shop')}"}
        )
        assert picture.status_code != 401
        foreign = await client.get("/_pageheat/png/legal", headers=bearer(token("/shop")))
        assert foreign.status_code == 403
        assert "covers /shop and pages below it" in foreign.json()["error"]


@pytest.mark.parametrize(
    ("prefix", "site", "listed"),
    [
        ("/shop", "", ["/shop/chair", "/shop/lamp"]),
        ("/", "", ["/legal", "/shop/chair", "/shop/lamp"]),
        ("/", "blog", ["//blog/"]),
        ("/cold", "", []),
    ],
)
async def test_the_list_has_the_pages_that_the_token_covers(
    prefix: str, site: str, listed: list[str]
) -> None:
    async with running(Clock()) as app, asking(app) as client:
        got = (await client.get("/_pageheat/pages", headers=bearer(token(prefix, site)))).json()
        assert sorted(page["page"] for page in got["pages"]) == listed
        assert got["total"] == len(listed), "not even the number of others"


async def test_only_get_is_answered() -> None:
    async with running(Clock()) as app, asking(app) as client:
        for path in ASKED:
            assert (await client.post(f"/_pageheat/{path}", headers=bearer(token()))).status_code == 405


@pytest.mark.parametrize(
    ("subprotocols", "code", "said"),
    [
        ((OURS,), 4401, "An access token is needed"),
        ((), 4401, "An access token is needed"),
        ((OURS, "pageheat.token."), 4401, "not valid"),
        ((OURS, f"pageheat.token.{token(ends_s=999)}"), 4401, "has ended"),
        ((OURS, f"pageheat.token.{token('/legal')}"), 4403, "covers /legal and pages below it"),
    ],
)
async def test_a_socket_without_permission_is_closed_with_a_reason(
    subprotocols: tuple[str, ...], code: int, said: str
) -> None:
    async with running(Clock()) as app:
        viewer = FakeViewer(app, "/shop/lamp", subprotocols)
        got = await viewer.next()
        assert list(got) == ["error"]
        assert said in got["error"]
        await viewer.leave()
        assert viewer.got.empty(), "no grid"
        assert viewer.accepted == {"type": "websocket.close", "code": code}


async def test_the_token_that_a_socket_offers_is_never_echoed() -> None:
    async with running(Clock()) as app:
        offered = f"pageheat.token.{token('/shop')}"
        for subprotocols, selected in [((offered, OURS), OURS), ((offered,), None)]:
            viewer = FakeViewer(app, "/shop/lamp", subprotocols)
            await viewer.next()
            assert viewer.accepted == {"type": "websocket.accept", "subprotocol": selected}
            await viewer.leave()


async def test_an_open_socket_is_closed_when_its_token_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pageheat.services.broadcaster.app.STATUS_INTERVAL_S", 0.01)
    clock = Clock()
    async with running(clock) as app:
        short = FakeViewer(app, "/shop/lamp", (OURS, f"pageheat.token.{token('/shop')}"))
        long = FakeViewer(app, "/shop/lamp", (OURS, f"pageheat.token.{token('/shop', ends_s=END_S + 1)}"))
        clock.ms = 1000 * END_S - 1
        async with asyncio.timeout(20):
            while (await short.next_of(STATUS)).numbers[1] != clock.ms:
                pass  # still sent
            clock.ms += 1
            while not isinstance(got := await short.next(), dict):
                pass
            assert "has ended" in got["error"]
            while (await long.next_of(STATUS)).numbers[1] != clock.ms:
                pass
        await short.leave()
        assert short.accepted == {"type": "websocket.close", "code": 4401}
        assert len(app._viewers) == 1
        await long.leave()


async def test_a_tool_can_send_the_header_with_its_socket() -> None:
    access = Access(SECRET, Clock())
    assert access.grant([(b"authorization", f"Bearer {token('/shop')}".encode())]).prefix == "/shop"
    with pytest.raises(AccessDenied):
        access.grant([(b"x-authorization", f"Bearer {token()}".encode())])


def test_without_a_secret_everyone_has_access() -> None:
    with TestClient(Broadcaster(ListSource(), Clock())) as client:
        assert client.get("/_pageheat/pages", headers=bearer("x")).status_code == 200


@pytest.mark.parametrize(("secret", "heard"), [("", 1), (SECRET, 0)])
def test_a_public_broadcaster_logs_one_warning_at_startup(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, secret: str, heard: int
) -> None:
    monkeypatch.setenv("BIND_ADDRESS", "0.0.0.0")
    monkeypatch.setenv("VIEW_SECRET", secret)
    monkeypatch.setattr("pageheat.services.broadcaster.main.logs.configure", lambda *_: None)
    monkeypatch.setattr("pageheat.services.broadcaster.main.topic_admin.require", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main.main()
    assert [line.levelname for line in caplog.records if "GRIDS ARE PUBLIC" in line.message] == heard * [
        "WARNING"
    ]
    assert SECRET not in caplog.text


# Exposure, by the settings

LOCAL, PUBLIC = "127.0.0.1", "0.0.0.0"


@pytest.mark.parametrize(
    ("bound", "published", "url", "asked", "warned"),
    [
        (LOCAL, None, None, False, False),
        ("::1", None, "http://[::1]:8002", False, False),
        ("localhost", None, "http://127.0.0.1:8002", False, False),
        (PUBLIC, None, None, True, True),
        ("192.168.1.5", None, None, True, True),
        ("::", None, None, True, True),
        (PUBLIC, LOCAL, None, False, False),  # a container whose port is published to this machine
        (LOCAL, None, "https://heat.example", True, True),  # behind a proxy
    ],
)
def test_settings_decide_whether_a_token_is_needed_and_a_public_port_warned_about(
    monkeypatch: pytest.MonkeyPatch,
    bound: str,
    published: str | None,
    url: str | None,
    asked: bool,
    warned: bool,
) -> None:
    for name in ("VIEW_SECRET", "BIND_ADDRESS", "PUBLISHED_ADDRESS", "BROADCASTER_URL"):
        monkeypatch.delenv(name, raising=False)
    given = {"bind_address": bound, "published_address": published, "broadcaster_url": url}
    given = {name: value for name, value in given.items() if value}
    public, private = BroadcasterSettings.load(**given), BroadcasterSettings.load(**given, view_secret=SECRET)
    assert secret_of(public) == ""
    assert secret_of(private) == (SECRET if asked else "")
    assert exposure(private) is None
    said = exposure(public)
    assert (said is not None) == warned
    if said:
        assert all(part in said for part in ("PUBLIC", public.published_address, "VIEW_SECRET"))
        assert "\n" not in said
