"""Notes at a time: who may write them, who sees them, and that they are bounded and forgotten."""

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pageheat.services.contract.forgetting import Forgotten
from pageheat.services.contract.pages import PATHS_ALONE
from pageheat.services.contract.tokens import issue
from pageheat.services.history import notes as module
from pageheat.services.history.answers import Answers
from pageheat.services.history.engine import Embedded
from pageheat.services.history.kinds import ROOT
from pageheat.services.history.notes import MAX_CHARS, METHODS, Notes, may_write, routes
from pageheat.services.history.schema import DATABASE
from pageheat.services.history.store import Store
from pageheat.services.runtime.access import Access
from pageheat.services.runtime.gate import Gate
from pageheat.services.runtime.settings import HistorySettings
from tests.support.history import MINUTE_MS, NOON_MS
from tests.support.history_log import Log, run
from tests.unit.history.test_answers import DAY_MS, FRAMES, NOW_MS, SECRET, URL, asked
from tests.unit.history.test_forgetting import deleted

HEADER = {"time": NOON_MS, "text": "new header"}


def app_of(engine: Embedded, secret: str = "", *, writable: bool = True) -> TestClient:
    access = Access(secret, lambda: NOW_MS)
    answers = Answers(engine, PATHS_ALONE, URL, (30, 395), lambda _: None, lambda: NOW_MS)
    kept = Notes(engine, Store(engine), lambda: NOW_MS)
    app = Starlette(routes=[*routes(access, kept, PATHS_ALONE, writable=writable), *answers.routes(access)])
    settings = HistorySettings.load(site_url="http://shop.example")
    return TestClient(
        Gate(app, settings.hosts, settings.viewers, methods=METHODS), base_url="http://localhost:8005"
    )


def texts(client: TestClient, path: str = "notes/lamp", **parameters: int) -> list[str]:
    return [note["text"] for note in asked(client, path, **parameters)]


def noted(client: TestClient, path: str = "lamp", **note: Any) -> str:
    answer = client.post(f"{ROOT}/notes/{path}", json=HEADER | note)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def test_a_note_is_seen_by_all_who_look_at_its_page_at_its_time(engine: Embedded) -> None:
    client = app_of(engine)
    id_ = noted(client, text="  new \n header ")
    assert asked(client, "notes/lamp") == [{"id": id_, "time": NOON_MS, "text": "new header", "site": False}]
    noted(client, time=NOON_MS - MINUTE_MS, text="neuer Fuß")
    assert texts(client) == ["neuer Fuß", "new header"]
    assert texts(client, "notes/lamp", **{"from": NOON_MS}) == ["new header"]
    assert texts(client, "notes/vase") == []
    assert texts(client, "notes/*") == ["neuer Fuß", "new header"]
    assert client.delete(f"{ROOT}/notes/lamp", params={"id": id_}).json() == {"removed": True}
    assert client.delete(f"{ROOT}/notes/lamp", params={"id": id_}).json() == {"removed": False}
    assert texts(client) == ["neuer Fuß"]


def test_a_note_about_the_site_is_seen_on_its_pages_and_on_no_other_sites(engine: Embedded) -> None:
    client = app_of(engine)
    id_ = noted(client, site=True)
    noted(client, "/blog/", text="of the blog", site=True)
    assert texts(client) == texts(client, "notes/vase") == ["new header"]
    assert texts(client, "notes//blog/first") == ["of the blog"]
    gone = client.delete(f"{ROOT}/notes/vase", params={"id": id_, "site": "true"}).json()
    assert gone == {"removed": True}
    assert texts(client) == []


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ({"text": ""}, "text: should be a line of 1 to 100 characters"),
        ({"text": "a" * (MAX_CHARS + 1)}, "text: should be"),
        ({"text": "a\0"}, "text: should be"),
        ({"time": NOW_MS + 2 * MINUTE_MS}, "time: should have come"),
        ({"time": -1}, "$.time"),
        ({"by": "ann"}, "unknown field `by`"),
    ],
)
def test_what_is_no_note_is_refused(engine: Embedded, note: dict[str, Any], said: str) -> None:
    answer = app_of(engine).post(f"{ROOT}/notes/lamp", json=HEADER | note)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_notes_are_bounded_in_size_and_number(engine: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    client = app_of(engine)
    assert client.post(f"{ROOT}/notes/lamp", content=b"x" * 5_000).status_code == 413
    monkeypatch.setattr(module, "MAX_OF_PAGE", 2)
    monkeypatch.setattr(module, "MAX_NOTES", 3)
    for path in ("lamp", "lamp", "vase"):
        noted(client, path)
    for path in ("lamp", "chair"):
        answer = client.post(f"{ROOT}/notes/{path}", json=HEADER)
        assert answer.status_code == 400
        assert "remove one first" in answer.json()["error"]


def test_who_may_look_may_write_but_not_by_a_shared_link(engine: Embedded) -> None:
    client, end = app_of(engine, SECRET), NOW_MS // 1000 + 60
    lamp, site = issue(SECRET, "", "/lamp", end), issue(SECRET, "", "/", end)
    shared = issue(SECRET, "", "/lamp", end, only=True, shared=True)
    cases = [
        ("", "lamp", False, 401),
        (shared, "lamp", False, 403),
        (lamp, "lamp", False, 200),
        (lamp, "vase", False, 403),
        (lamp, "lamp", True, 403),
        (site, "lamp", True, 200),
    ]
    for token, path, of_site, status in cases:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = client.post(f"{ROOT}/notes/{path}", json=HEADER | {"site": of_site}, headers=headers)
        assert answer.status_code == status, (path, of_site, answer.text)
        gone = client.delete(
            f"{ROOT}/notes/{path}", params={"id": "x", "site": str(of_site).lower()}, headers=headers
        )
        assert gone.status_code == status
    client.headers["Authorization"] = f"Bearer {shared}"
    assert texts(client) == ["new header", "new header"]  # it may look


def test_nobody_writes_where_everybody_may_look(engine: Embedded) -> None:
    answer = app_of(engine, writable=False).post(f"{ROOT}/notes/lamp", json=HEADER)
    assert (answer.status_code, "VIEW_SECRET" in answer.text) == (403, True)
    public = {"bind_address": "0.0.0.0", "published_address": "0.0.0.0"}
    assert not may_write(HistorySettings.load(**public))
    assert may_write(HistorySettings.load(**public, view_secret="s" * 32))
    assert may_write(HistorySettings.load())


def test_only_pages_of_ours_may_write(engine: Embedded) -> None:
    client = app_of(engine)
    strange = client.post(f"{ROOT}/notes/lamp", json=HEADER, headers={"Origin": "https://evil.example"})
    assert strange.status_code == 403
    own = {"Origin": "http://shop.example"}
    assert client.post(f"{ROOT}/notes/lamp", json=HEADER, headers=own).status_code == 200
    preflight = client.options(f"{ROOT}/notes/lamp", headers=own)
    assert "DELETE" in preflight.headers["access-control-allow-methods"]


def test_forgetting_takes_notes_with_it(engine: Embedded) -> None:
    log = Log.of(FRAMES[:1])
    run(log, engine)
    client = app_of(engine)
    for path, text in (("lamp", "old"), ("vase", "kept")):
        noted(client, path, text=text)
    noted(client, text="later", time=NOON_MS + DAY_MS // 2)
    log.forget(Forgotten("/lamp", end_ms=NOON_MS + MINUTE_MS))
    run(log, engine)
    assert texts(client) == ["later"]
    noted(client, text="new")
    assert texts(client) == ["new", "later"]
    assert texts(client, "notes/vase") == ["kept"]
    log.forget(Forgotten("/", of_site=True))
    run(log, engine)
    assert texts(client) == texts(client, "notes/vase") == []
    deleted(engine)
    assert engine.query(f"SELECT count() FROM {DATABASE}.notes", format_="CSV").strip() == b"0"
