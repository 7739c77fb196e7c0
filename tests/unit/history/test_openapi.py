"""Questions made from the OpenAPI document itself: none fails, and each answer is as the document says."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from pageheat.services.history.engine import Embedded
from pageheat.services.history.kinds import KINDS, ROOT
from tests.support.history import NOON_MS
from tests.unit.history.test_answers import DAY_MS, HOUR_MS, app_of

QUESTIONS = 15
"""Of each kind; the same in each run."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
"""Not whether a question is accepted: that `from` is before `to` is more than a document can say."""

WHERE = {"from": NOON_MS - HOUR_MS, "to": NOON_MS + DAY_MS}
"""Something happened then."""


@pytest.fixture(scope="module")
def schema(filled: Embedded) -> Any:
    return schemathesis.openapi.from_asgi(f"{ROOT}/openapi.json", app_of(filled).app)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.path)
def test_answers_are_as_the_document_says(schema: Any, kind: Any) -> None:
    operation = schema[f"{ROOT}/{kind.path}{'/{path}' if kind.of_page else ''}"]["GET"]
    modes = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
    asked = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])
    statuses = set()

    @settings(
        max_examples=QUESTIONS,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=asked, page=st.sampled_from(["lamp", "product/*", ""]))
    def ask(case: Any, page: str) -> None:
        if page:
            case.query = {**(case.query or {}), **WHERE}
            case.query.pop("page", None)
            if kind.of_page:
                case.path_parameters = {"path": page}
        answer = case.call()
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    ask()
    assert {200, 400} <= statuses
