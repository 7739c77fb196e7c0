"""The JSON Schema of what ingest takes."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from starlette.testclient import TestClient

from pageheat.services.ingest.schema import SCHEMA, schema
from tests.support.ingest import SENT, TUTORIAL

DOCUMENT = Path(__file__).parents[3] / "docs" / "schema.json"

VALIDATOR = Draft202012Validator(json.loads(schema()))


def test_the_documents_have_it() -> None:
    assert DOCUMENT.read_bytes() == schema(), "make schema writes it"


def test_any_page_may_read_it(client: TestClient) -> None:
    answer = client.get(SCHEMA, headers={"Origin": "https://stranger.example"})
    assert answer.content == schema()
    assert answer.headers["access-control-allow-origin"] == "*"


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(json.loads(schema()))
    assert rb"\\A" not in schema(), "a pattern of Python's"


@pytest.mark.parametrize("sent", [SENT, TUTORIAL, {"x": 100, "y": 200, "u": "/lamp"}, {"x": 1, "y": 2}])
def test_it_allows_what_ingest_takes(sent: dict[str, Any]) -> None:
    VALIDATOR.validate(sent)


def without(field: str) -> dict[str, Any]:
    return {"page": {name: value for name, value in SENT["page"].items() if name != field}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"v": 1},
        {"session": "a b"},
        {"seq": -1},
        {"events": [], "moves": "", "fixed_moves": "", "looks": ""},
        {"moves": "A" * 4100},
        {"events": [{"type": "wave", "x": 1, "y": 2}]},
        {"events": [{"type": "click", "x": 1, "y": 2, "target": {"selector": "a b", "x": 0, "y": 0}}]},
        without("document"),
        without("path"),
    ],
    ids=str,
)
def test_it_refuses_what_ingest_refuses(wrong: dict[str, Any], client: TestClient) -> None:
    sent = SENT | wrong
    assert not VALIDATOR.is_valid(sent)
    assert client.post("/_pageheat/post", json=sent).status_code == 400
