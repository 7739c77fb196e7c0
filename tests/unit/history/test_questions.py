"""What may be asked, and in which forms it is answered, from a real engine with few frames."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from pageheat.services.history.kinds import ROOT
from pageheat.services.history.lines import csv_of
from pageheat.services.history.queries.groups import Proposal, proposed
from tests.support.history import MINUTE_MS, NOON_MS
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


def test_pages_have_their_numbers_in_the_range_before(client: TestClient) -> None:
    later = {"from": NOON_MS + 30 * MINUTE_MS, "to": NOON_MS + 90 * MINUTE_MS}
    found = asked(client, "pages", **later, than_from=NOON_MS, sort="change")
    assert found["before"] == [NOON_MS, NOON_MS + HOUR_MS]
    lamp, *others = found["pages"]
    assert (lamp["page"], lamp["views"], lamp["before"]["views"], lamp["before"]["clicks"]) == (
        "/lamp",
        1,
        1,
        1,
    )
    # what had something only then is told to be gone
    assert {(one["views"], one["before"]["views"]) for one in others} == {(0, 1)}
    assert asked(client, "pages", **later)["pages"][0]["before"] is None


def test_a_change_is_ordered_from_the_largest_gain_to_the_largest_loss(client: TestClient) -> None:
    span = {"from": NOON_MS + MINUTE_MS, "to": NOON_MS + 2 * HOUR_MS, "than_to": NOON_MS + MINUTE_MS}

    def changes(**order: str) -> list[int]:
        return [
            one["views"] - one["before"]["views"] for one in asked(client, "pages", **span, **order)["pages"]
        ]

    assert changes(sort="change") == sorted(changes(sort="page"), reverse=True)
    assert changes(sort="change", reversed="true") == sorted(changes(sort="page"))


def test_pages_and_groups_have_their_views_over_time(client: TestClient) -> None:
    found = asked(client, "pages", to=NOON_MS + 2 * HOUR_MS, points=3, group="/product/*")
    assert found["step"] == HOUR_MS
    series = {one["page"]: one["series"] for one in found["pages"]}
    # the first view began some seconds before noon
    assert series["/lamp"] == [1, 1, 1]
    assert series["/product/*"] == [0, 9, 0]
    assert series["/product/3/reviews"] == [0, 1, 0]
    assert [sum(one["series"]) for one in found["pages"]] == [one["views"] for one in found["pages"]]
    long = asked(client, "pages", **{"from": NOON_MS - 13 * DAY_MS, "points": 14})
    assert (long["step"], long["pages"][0]["series"][-2:]) == (DAY_MS, [1, 2])


def test_a_group_names_one_of_its_pages_and_lists_them_alone(client: TestClient) -> None:
    group = next(
        one for one in asked(client, "pages", group="/product/*")["pages"] if one["page"] == "/product/*"
    )
    assert group["example"] in {f"/product/{number}" for number in range(9)}
    inside = asked(client, "pages", within="/product/*")
    assert {one["page"] for one in inside["pages"]} == {f"/product/{number}" for number in range(9)}
    refused = client.get(f"{ROOT}/pages", params={"within": "/product"})
    assert (refused.status_code, refused.json()["error"][:7]) == (400, "within:")


def test_a_list_with_changes_has_them_as_csv(client: TestClient) -> None:
    span = {"from": NOON_MS + 30 * MINUTE_MS, "to": NOON_MS + 90 * MINUTE_MS}
    question: dict[str, Any] = {**span, "than_from": NOON_MS, "search": "lamp", "format": "csv"}
    names, lamp = client.get(f"{ROOT}/pages", params=question).text.splitlines()
    assert names.endswith("attention_ms,views_before,clicks_before,moves_before,attention_ms_before")
    assert lamp.startswith("/lamp,1,1,0,1,0,1,1,")
