"""What may be asked, and in which forms it is answered, from a real engine with few frames."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from pageheat.services.history.kinds import ROOT
from pageheat.services.history.lines import csv_of
from pageheat.services.history.queries.pages import Proposal, proposed
from tests.support.history import NOON_MS
from tests.unit.history.test_answers import DAY_MS, HOUR_MS, NOW_MS, asked


def test_a_group_of_two_variables_has_the_evidence_of_each() -> None:
    names = [f"/shop/{place}/item/{item}" for place in range(8) for item in range(10)]
    names += [f"//site{number}/about" for number in range(20)]
    (proposal,) = proposed((name, 1) for name in names)
    assert (proposal.pattern, proposal.values, proposal.pages) == ("/shop/*/item/*", [8, 10], 80)


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("pages", ["page,pages,views,clicks,moves,attention_ms", "/lamp,1,2,1,5,5000"]),
        ("pages/groups", ["pattern,values,pages,views,examples"]),
        ("elements/lamp", ["selector,clicks,clicks_views,rage,rage_views,dead,dead_views,dwell,dwell_views"]),
        ("elements/lamp", ["", "#buy,1,1,0,0,0,0,0,0"]),
        ("scroll/lamp", ["from_px,views", "0,2", "20,2"]),
        ("attention/lamp", ["from_px,ms", "0,4000", "20,4000"]),
        ("series/lamp", ["time,views,clicks,moves,attention_ms", f"{NOON_MS},0,0,2,4000"]),
        ("compare/lamp", ["of,place,before,after,difference,z,rate,differs"]),
        ("compare/lamp", ["", "cell,4775,0.0,0.5,0.5,,,false"]),
    ],
)
def test_lists_come_as_csv(client: TestClient, path: str, lines: list[str]) -> None:
    question: dict[str, Any] = {"from": NOON_MS, "to": NOON_MS + DAY_MS, "format": "csv"}
    answer = client.get(f"{ROOT}/{path}", params=question)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    begins = answer.text.splitlines()[: len(lines)]
    assert [line for line, wanted in zip(begins, lines, strict=True) if wanted] == [*filter(None, lines)]


def test_a_text_that_a_spreadsheet_would_calculate_is_quoted() -> None:
    groups = [Proposal("=1+1", [8], 8, 8, ["@a"])]
    assert csv_of(groups).splitlines()[1] == b"'=1+1,8,8,8,'@a"


def test_texts_are_found_as_they_are(client: TestClient) -> None:
    for text in ("\\", "\t", "a\nb", "\0", "'", "\\N", "%", "{x:String}", "é"):
        assert asked(client, "pages", search=text)["total"] == 0
        assert asked(client, "grid/lamp", campaign=text)["totals"]["moves"] == 0


def test_a_page_may_be_named_without_a_path(client: TestClient) -> None:
    assert asked(client, "grid", page="/lamp")["totals"]["moves"] == 5
    assert asked(client, "grid/", page="/lamp")["totals"]["moves"] == 5


def test_an_unknown_question_is_answered_by_those_that_there_are(client: TestClient) -> None:
    answer = client.get(f"{ROOT}/heat/lamp")
    assert answer.status_code == 404
    assert answer.json()["error"].startswith("heat/lamp: there is no such question; there are grid/<path>, ")


@pytest.mark.parametrize(
    ("given", "begin_ms", "end_ms"),
    [
        ({}, NOON_MS - HOUR_MS, NOON_MS),
        ({"than_segment": "a"}, NOON_MS, NOON_MS + HOUR_MS),
        ({"than_from": NOON_MS - DAY_MS}, NOON_MS - DAY_MS, NOON_MS - DAY_MS + HOUR_MS),
        ({"than_to": NOON_MS - DAY_MS}, NOON_MS - DAY_MS - HOUR_MS, NOON_MS - DAY_MS),
        ({"than_to": "now", "than_segment": "a"}, NOW_MS - HOUR_MS, NOW_MS),
        ({"than_from": NOON_MS, "than_to": NOW_MS}, NOON_MS, NOW_MS),
    ],
)
def test_what_a_range_is_compared_with(
    client: TestClient, given: dict[str, Any], begin_ms: int, end_ms: int
) -> None:
    own = {"from": NOON_MS, "to": NOON_MS + HOUR_MS}
    before = asked(client, "compare/lamp", **own, **given)["before"]
    assert (before["from"], before["to"]) == (begin_ms, end_ms)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"than_from": "then"}, "than_from=then: should be a time"),
        ({"than_from": NOON_MS, "than_to": 10**12}, "than_from should be before than_to"),
    ],
)
def test_a_wrong_range_to_compare_with_is_refused_by_its_own_name(
    client: TestClient, question: dict[str, Any], said: str
) -> None:
    answer = client.get(f"{ROOT}/compare/lamp", params={"from": NOON_MS, **question})
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_a_film_of_nothing_has_no_frames(client: TestClient) -> None:
    assert asked(client, "film/nowhere")["frames"] == []


def test_a_comparison_says_by_how_much_a_place_differs(client: TestClient) -> None:
    (buy,) = asked(client, "compare/lamp", than_band="phone")["elements"]
    assert (buy["before"], buy["difference"]) == (0, buy["after"])
    assert buy["after"] > 0
