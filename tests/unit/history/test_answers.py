"""The history's answers over HTTP, from a real engine with few frames."""

import asyncio
import base64
import csv
import io
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from httpx2 import ASGITransport, AsyncClient
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pageheat.services.contract.packed_cells import cells
from pageheat.services.contract.pages import PATHS_ALONE, Pages
from pageheat.services.contract.records import Attributes, Frame, Size
from pageheat.services.contract.tokens import issue
from pageheat.services.history import answers as answers_module
from pageheat.services.history.answers import Answers
from pageheat.services.history.engine import READERS, Embedded, EngineFailed
from pageheat.services.history.kinds import ROOT
from pageheat.services.history.layers import HEAT, Layer
from pageheat.services.history.queries import film as films
from pageheat.services.history.queries import grid as module
from pageheat.services.history.queries import source
from pageheat.services.runtime.access import Access
from tests.support.history import MINUTE_MS, NOON_MS, click, frame
from tests.support.history_log import Log, opened, run

HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
NOW_MS = NOON_MS + 2 * DAY_MS
SECRET = "s" * 32
URL = "http://localhost:8005"

NEWS = Attributes(referrer="news.example", campaign="spring")


def of_lamp(session: str, time_ms: int, **options: Any) -> Frame:
    return frame(time_ms, page="/lamp", session=session, **options)


FRAMES = [
    of_lamp("ann", NOON_MS, moves=[(10, 10, 0), (10, 12, 0)], attributes=NEWS, looks=[(0, 700, 4000, 0)]),
    of_lamp("ann", NOON_MS + 2 * MINUTE_MS, moves=[(10, 10, 0)], events=[click(500, 1900, selector="#buy")]),
    of_lamp("bob", NOON_MS + 3 * MINUTE_MS, moves=[(10, 10, 0)], looks=[(1300, 700, 1000, 0)]),
    of_lamp("eve", NOON_MS + HOUR_MS, fixed=[(5, 690, 0)], viewport=Size(390, 700)),
    *(frame(NOON_MS, page=f"/product/{i}", session=f"s{i}", events=[click(1, 1)]) for i in range(9)),
    frame(NOON_MS, page="/product/3/reviews", session="t", moves=[(1, 1, 0)]),
    frame(NOON_MS, page="/=about", session="u", moves=[(1, 1, 0)]),
    frame(NOON_MS, page="/", site="blog", session="w", moves=[(1, 1, 0)]),
]


def app_of(engine: Embedded, pages: Pages = PATHS_ALONE, secret: str = "") -> TestClient:
    answers = Answers(engine, pages, URL, (30, 395), lambda _: None, lambda: NOW_MS)
    return TestClient(Starlette(routes=answers.routes(Access(secret, lambda: NOW_MS, pages))))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """One database for all: nothing here writes to it."""
    found = opened(tmp_path_factory.mktemp("history"))
    log = Log()
    for one in FRAMES:
        log.append(one)
    run(log, found)
    yield found
    found.close()


@pytest.fixture
def client(engine: Embedded) -> TestClient:
    return app_of(engine)


def asked(client: TestClient, path: str, **parameters: str | int) -> Any:
    given: dict[str, str | int] = {"from": NOON_MS - HOUR_MS, "to": NOON_MS + DAY_MS}
    answer = client.get(f"{ROOT}/{path}", params=given | parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def fine(grid: Any, layer: str) -> dict[int, int]:
    places, counts = cells(base64.b64decode(grid["fine"].get(layer, "")))
    return dict(zip(places.tolist(), counts.tolist(), strict=True))


def test_a_grid_counts_moves_and_clicks_by_place(client: TestClient) -> None:
    grid = asked(client, "grid/lamp")
    assert fine(grid, "moves") == {0: 4}
    assert fine(grid, "clicks") == {95 * 50 + 25: 1}
    assert fine(grid, "bottom-moves") == {0: 1}
    assert grid["totals"] == {"moves": 5, "clicks": 1, "unplaced": 0}
    assert grid["value"]["0"]["0"] == 4
    assert grid["clicks"] == {"25": {"47": 1}}
    assert (grid["views"], grid["exact"], grid["grid-size"]) == (3, "to the minute", 50)
    assert grid["page"] == {"width": 1000, "height": 2000}
    assert grid["heights"] == [{"px": 2000, "views": 3}]


def test_a_grid_or_a_comparison_is_of_one_layer_if_one_is_named(client: TestClient) -> None:
    moves, clicks = (asked(client, "grid/lamp", layer=layer) for layer in ("moves", "clicks"))
    assert (moves["totals"], moves["clicks"]) == ({"moves": 5, "clicks": 0, "unplaced": 0}, {})
    assert (clicks["totals"], clicks["value"]) == ({"moves": 0, "clicks": 1, "unplaced": 0}, {})
    of_moves, of_clicks = (
        {place["place"] for place in asked(client, "compare/lamp", layer=layer)["cells"]}
        for layer in ("moves", "clicks")
    )
    assert of_moves
    assert of_clicks
    assert of_moves != of_clicks
    answer = client.get(f"{ROOT}/grid/lamp", params={"layer": "move"})
    assert (answer.status_code, answer.json()["error"]) == (400, "layer=move: should be one of moves, clicks")


def test_a_grid_of_views_counts_each_once(client: TestClient) -> None:
    assert fine(asked(client, "grid/lamp", count="views"), "moves") == {0: 2}


@pytest.mark.parametrize(
    ("begin", "end", "moves"),
    [(0, 1, 2), (0, 2, 2), (0, 3, 3), (1, 4, 2), (0, 60, 4), (0, 61, 5), (-700, 14 * 60, 5), (4, 60, 0)],
)
def test_a_range_has_exactly_its_minutes(client: TestClient, begin: int, end: int, moves: int) -> None:
    span = {"from": NOON_MS + begin * MINUTE_MS, "to": NOON_MS + end * MINUTE_MS}
    assert asked(client, "grid/lamp", **span)["totals"]["moves"] == moves


@pytest.mark.parametrize(
    ("filters", "moves"),
    [
        ({"band": "phone"}, 1),
        ({"band": "desktop"}, 4),
        ({"referrer": "news.example"}, 3),
        ({"referrer": ""}, 2),
        ({"campaign": "spring", "band": "phone"}, 0),
    ],
)
def test_views_are_chosen_by_band_and_attributes(
    client: TestClient, filters: dict[str, str], moves: int
) -> None:
    assert asked(client, "grid/lamp", **filters)["totals"]["moves"] == moves


def test_times_may_be_iso_and_now(client: TestClient) -> None:
    grid = asked(client, "grid/lamp", **{"from": "2026-01-01T13:00+01:00", "to": "now"})
    assert (grid["from"], grid["to"]) == (NOON_MS, NOW_MS)


def test_a_group_adds_up_its_pages(client: TestClient) -> None:
    for pattern in ("product/*", "product/:id"):
        assert asked(client, f"grid/{pattern}")["totals"]["clicks"] == 9
    assert asked(client, "grid/product/**")["totals"]["moves"] == 1


def test_elements_have_spots_and_views(client: TestClient) -> None:
    (buy,) = asked(client, "elements/lamp")["elements"]
    assert buy["selector"] == "#buy"
    assert buy["clicks"] == {"32": {"32": 1}}
    assert buy["views"] == {"clicks": 1}


def test_scroll_says_how_many_views_reached_each_row(client: TestClient) -> None:
    answer = asked(client, "scroll/lamp")
    assert answer["reached"][:35] == [2] * 35
    assert answer["reached"][35:] == [1] * 65
    assert answer["depths"] == {"75": 700, "50": 2000, "25": 2000}
    assert answer["fold"] == {"average": 700, "quarter": 700, "three_quarters": 700}


def test_attention_says_how_long_each_row_was_in_view(client: TestClient) -> None:
    rows = asked(client, "attention/lamp")["ms"]
    assert rows[:35] == [4000] * 35
    assert rows[35:65] == [0] * 30
    assert rows[65:] == [1000] * 35


def test_a_series_adds_up_to_its_range(client: TestClient) -> None:
    by_minute = asked(client, "series/lamp", **{"from": NOON_MS, "to": NOON_MS + 5 * MINUTE_MS})
    assert by_minute["moves"] == [2, 0, 1, 1, 0]
    assert by_minute["clicks"] == [0, 0, 1, 0, 0]
    assert by_minute["views"] == [0, 0, 1, 0, 0]  # a look began before its minute
    for step in ("minute", "hour", "day"):
        whole = asked(client, "series/lamp", step=step)
        assert (sum(whole["moves"]), sum(whole["attention"])) == (5, 5000)


def test_a_series_says_since_when_anything_is_known_and_what_is_not(client: TestClient) -> None:
    answer = asked(client, "series/lamp")
    assert answer["since"] == NOON_MS - MINUTE_MS  # a look began before its minute
    assert answer["gaps"] == [[NOON_MS - HOUR_MS, NOON_MS - MINUTE_MS]]


def test_each_segment_has_the_views_that_it_would_have_if_it_were_chosen(client: TestClient) -> None:
    every = asked(client, "segments/lamp")
    assert every["views"] == 3
    assert every["band"] == [{"value": "desktop", "views": 2}, {"value": "phone", "views": 1}]
    assert every["referrer"] == [{"value": "", "views": 2}, {"value": "news.example", "views": 1}]
    phones = asked(client, "segments/lamp", band="phone")
    assert phones["views"] == 1
    assert phones["band"] == every["band"]
    assert phones["referrer"] == [{"value": "", "views": 1}]
    for name in ("band", "referrer"):
        for each in every[name]:
            assert asked(client, "grid/lamp", **{name: each["value"]})["views"] == each["views"]


def test_pages_are_listed_searched_sorted_and_grouped(client: TestClient) -> None:
    everything = asked(client, "pages")
    assert everything["total"] == 13
    assert everything["pages"][0]["page"] == "/lamp"
    assert [one["page"] for one in asked(client, "pages", search="REVIEW")["pages"]] == ["/product/3/reviews"]
    names = [one["page"] for one in asked(client, "pages", sort="page", limit=2, offset=1)["pages"]]
    assert names == ["/=about", "/lamp"]
    grouped = asked(client, "pages", group="/product/:id", sort="clicks")["pages"][0]
    assert (grouped["page"], grouped["pages"], grouped["clicks"]) == ("/product/:id", 9, 9)


def test_groups_are_proposed_with_their_evidence(client: TestClient) -> None:
    (proposal,) = asked(client, "pages/groups")
    assert (proposal["pattern"], proposal["pages"], proposal["views"]) == ("/product/*", 9, 9)
    assert (proposal["values"], proposal["examples"][0]) == ([9], "/product/0")


def test_lists_come_as_csv_without_formulas(client: TestClient) -> None:
    text = client.get(f"{ROOT}/pages", params={"from": NOON_MS, "to": NOW_MS, "format": "csv"}).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 13
    assert rows[0]["page"] == "/lamp"
    series = client.get(f"{ROOT}/series/lamp", params={"from": NOON_MS, "format": "csv"}).text
    assert series.splitlines()[0] == "time,views,clicks,moves,attention_ms"


@pytest.mark.parametrize(
    ("path", "parameters", "said"),
    [
        ("grid/lamp", {"from": "yesterday"}, "from=yesterday: should be a time from 2000 to 2099 such as"),
        ("grid/lamp", {"from": NOON_MS, "to": NOON_MS}, "from should be before to"),
        ("grid/lamp", {"count": "visits"}, "count=visits: should be one of events, views"),
        ("grid/lamp", {"form": "1"}, "form: there is no such parameter here; there are page, from, to"),
        ("pages", {"limit": "0"}, "limit=0: should be a whole number from 1 to 1000"),
        ("pages", {"group": "/product"}, "group: should be up to 20 patterns"),
        ("grid/lamp", {"from": "1999-12-31"}, "from=1999-12-31: should be a time from 2000 to 2099"),
        ("series/lamp", {"from": "2025-06-01", "step": "minute"}, "step=minute: a series has at most 3,000 "),
        (
            "series/lamp",
            {"from": "2000-01-01", "to": "2099-01-01"},
            "a series has at most 3,000 points, and ",
        ),
    ],
)
def test_wrong_questions_are_refused_with_what_is_allowed(
    client: TestClient, path: str, parameters: dict[str, str], said: str
) -> None:
    answer = client.get(f"{ROOT}/{path}", params=parameters)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_a_token_opens_its_pages_alone(engine: Embedded) -> None:
    client = app_of(engine, secret=SECRET)
    assert client.get(f"{ROOT}/pages").status_code == 401
    token = issue(SECRET, "", "/product", NOW_MS // 1000 + 60)
    client.headers["Authorization"] = f"Bearer {token}"
    listed = asked(client, "pages")
    assert {one["page"].split("/")[1] for one in listed["pages"]} == {"product"}
    assert listed["total"] == 10
    assert client.get(f"{ROOT}/grid/lamp").status_code == 403
    assert client.get(f"{ROOT}/grid/*").status_code == 403
    assert client.get(f"{ROOT}/grid/product/*").status_code == 200
    token = issue(SECRET, "blog", "/", NOW_MS // 1000 + 60)
    client.headers["Authorization"] = f"Bearer {token}"
    assert [one["page"] for one in asked(client, "pages")["pages"]] == ["//blog/"]


def test_an_ended_range_is_asked_for_again_by_its_tag(client: TestClient) -> None:
    parameters = {"from": NOON_MS, "to": NOON_MS + HOUR_MS}
    first = client.get(f"{ROOT}/grid/lamp", params=parameters)
    again = client.get(
        f"{ROOT}/grid/lamp", params=parameters, headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    now = client.get(f"{ROOT}/grid/lamp", params={"to": "now"})
    assert "etag" not in now.headers
    assert now.headers["cache-control"] == "no-store"


def test_the_present_is_stored_before_it_is_answered(engine: Embedded) -> None:
    asked_for: list[float] = []
    answers = Answers(engine, PATHS_ALONE, URL, (30, 395), asked_for.append, lambda: NOW_MS)
    client = TestClient(Starlette(routes=answers.routes(Access("", lambda: NOW_MS))))
    asked(client, "grid/lamp")
    assert asked_for == []
    asked(client, "grid/lamp", to="now")
    assert len(asked_for) == 1


def test_what_exceeds_the_limits_is_told_to_be_asked_for_smaller(
    engine: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: object, **__: object) -> bytes:
        raise EngineFailed("Code: 159. DB::Exception: Timeout exceeded")

    monkeypatch.setattr(engine, "query", slow)
    answer = app_of(engine).get(f"{ROOT}/grid/lamp")
    assert answer.status_code == 503
    assert "ask for a shorter range" in answer.json()["error"]


def test_a_question_beyond_a_real_limit_ends_and_the_next_is_answered(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("max_execution_time = 0.000001", "max_memory_usage = 1000"):
        with monkeypatch.context() as patched:
            patched.setattr(source, "LIMITS", f"{source.LIMITS}, {limit}")
            answer = client.get(f"{ROOT}/pages", params={"from": NOON_MS - 365 * DAY_MS})
        assert answer.status_code == 503, limit
        assert "ask for a shorter range" in answer.json()["error"]
        assert asked(client, "pages")["total"] > 0


def test_questions_beyond_the_limit_are_told_to_come_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers_module, "MAX_WAITING", 0)
    answer = client.get(f"{ROOT}/grid/lamp")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_who_waits_for_the_present_keeps_nobody_from_an_answer(engine: Embedded) -> None:
    stored = threading.Event()
    answers = Answers(engine, PATHS_ALONE, URL, (30, 395), stored.wait, lambda: NOW_MS)
    app = Starlette(routes=answers.routes(Access("", lambda: NOW_MS, PATHS_ALONE)))
    async with AsyncClient(transport=ASGITransport(app), base_url=URL) as client:
        waiting = [asyncio.create_task(client.get(f"{ROOT}/grid/lamp?to=now")) for _ in range(2 * READERS)]
        answer = await client.get(f"{ROOT}/grid/lamp?to={NOW_MS}")
        assert answer.status_code == 200
        assert not any(each.done() for each in waiting)
        stored.set()
        assert {each.status_code for each in await asyncio.gather(*waiting)} == {200}


def test_where_minutes_are_gone_a_range_is_exact_to_the_hour(engine: Embedded) -> None:
    answers = Answers(engine, PATHS_ALONE, URL, (1, 395), lambda _: None, lambda: NOW_MS)
    client = TestClient(Starlette(routes=answers.routes(Access("", lambda: NOW_MS))))
    grid = asked(client, "grid/lamp", **{"from": NOON_MS + MINUTE_MS, "to": NOON_MS + 2 * MINUTE_MS})
    assert (grid["from"], grid["to"], grid["exact"]) == (NOON_MS, NOON_MS + HOUR_MS, "to the hour")
    assert grid["totals"]["moves"] == 4


def test_the_rows_of_a_page_beyond_the_limit_are_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CELLS", 3)
    counted = {layer: (np.array([], np.int64), np.array([], np.int64)) for layer in HEAT}
    counted[Layer.MOVE] = np.array([0, 50, 100, 151]), np.array([1, 2, 3, 4])
    found = module._fine(counted)
    assert found.row == 40
    places, numbers = cells(found.moves)
    assert dict(zip(places.tolist(), numbers.tolist(), strict=True)) == {0: 3, 50: 3, 51: 4}


@pytest.mark.parametrize("at_once", [48, 2], ids=["read at once", "read in parts"])
def test_a_film_has_a_frame_for_each_step_with_heat(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(films, "FRAMES_AT_ONCE", at_once)
    film = asked(client, "film/lamp", **{"from": NOON_MS, "to": NOON_MS + 5 * MINUTE_MS})
    assert (film["step"], film["row"]) == (MINUTE_MS, 20)
    assert [frame["at"] - NOON_MS for frame in film["frames"]] == [0, 2 * MINUTE_MS, 3 * MINUTE_MS]
    moves = [
        dict(zip(*map(list, cells(base64.b64decode(it["moves"]))), strict=True)) for it in film["frames"]
    ]
    assert moves == [{0: 2}, {0: 1}, {0: 1}]
    assert "clicks" in film["frames"][1]


def test_a_film_of_too_many_frames_is_refused(client: TestClient) -> None:
    answer = client.get(f"{ROOT}/film/lamp", params={"from": NOON_MS, "step": "minute"})
    assert answer.status_code == 400
    assert "at most 366 frames" in answer.json()["error"]


def test_a_comparison_with_few_views_says_so(client: TestClient) -> None:
    found = asked(client, "compare/lamp", than_band="phone")
    assert (found["before"]["views"], found["after"]["views"]) == (1, 3)
    assert (found["before"]["from"], found["before"]["to"]) == (found["after"]["from"], found["after"]["to"])
    assert [(it["place"], it["z"], it["differs"]) for it in found["elements"]] == [("#buy", None, False)]
    assert found["too_few"] == 2
    earlier = asked(client, "compare/lamp")["before"]
    assert (earlier["from"], earlier["to"]) == (NOON_MS - 26 * HOUR_MS, NOON_MS - HOUR_MS)


def test_a_range_is_drawn_as_large_as_its_page(client: TestClient) -> None:
    for layer in ("moves", "scroll"):
        parameters = {"from": str(NOON_MS), "layer": layer, "band": "desktop"}
        picture = client.get(f"{ROOT}/png/lamp", params=parameters)
        assert picture.headers["content-type"] == "image/png"
        with Image.open(io.BytesIO(picture.content)) as image:
            assert image.size == (1000, 2000)
    nothing = client.get(f"{ROOT}/png/nowhere", params={"from": NOON_MS})
    assert (nothing.status_code, nothing.json()["error"]) == (404, "/nowhere has nothing in this range")
    wrong = client.get(f"{ROOT}/png/lamp", params={"from": NOON_MS, "radius": "1"})
    assert "radius=1: should be a number from 8" in wrong.json()["error"]


def test_the_openapi_document_names_every_question(client: TestClient) -> None:
    document = client.get(f"{ROOT}/openapi.json").json()
    assert f"{ROOT}/grid/{{path}}" in document["paths"]
    assert f"{ROOT}/pages/groups" in document["paths"]
    for path, methods in document["paths"].items():
        operation = methods["get"]
        if path.startswith(f"{ROOT}/png"):
            continue
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        example = path.replace("{path}", "lamp")
        answer = client.get(example, params={"from": NOON_MS, "to": NOON_MS + HOUR_MS})
        Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json())
