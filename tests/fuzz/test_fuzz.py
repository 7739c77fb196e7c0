"""No input crashes anything: each target with its corpus and what is near it; `make fuzz` searches on."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.mutations import near
from tests.fuzz.targets import CORPUS, TARGETS, corpus

EXAMPLES = 60

INPUTS = [pytest.param(name, file, id=f"{name}-{file.name}") for name in TARGETS for file in corpus(name)]


@pytest.mark.parametrize(("name", "file"), INPUTS)
def test_what_the_corpus_holds_is_accepted_or_refused_as_its_name_says(name: str, file: Path) -> None:
    assert TARGETS[name](file.read_bytes()) is not file.name.startswith("refused")


def test_each_target_has_a_corpus_with_something_to_be_accepted_and_nothing_else_has() -> None:
    accepted = {file.parent.name for file in CORPUS.glob("*/*") if not file.name.startswith("refused")}
    assert accepted == set(TARGETS) == {folder.name for folder in CORPUS.iterdir()}


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_near_the_corpus_is_accepted_within_bounds_or_refused_by_name(name: str) -> None:
    # derandomised: a run of the tests says the same as the last; `make fuzz` looks further
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(near([file.read_bytes() for file in corpus(name)]))
    def holds(data: bytes) -> None:
        TARGETS[name](data)

    holds()
