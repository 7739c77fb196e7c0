"""No input crashes a target: its corpus, and mutations of it; `make fuzz` searches further."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.mutations import near
from tests.fuzz.targets import CORPUS, TARGETS, corpus

EXAMPLES = 60

INPUTS = [pytest.param(name, file, id=f"{name}-{file.name}") for name in TARGETS for file in corpus(name)]


@pytest.mark.parametrize(("name", "file"), INPUTS)
def test_inputs_of_the_corpus_are_accepted_or_refused_as_their_names_say(name: str, file: Path) -> None:
    assert TARGETS[name](file.read_bytes()) is not file.name.startswith("refused")


def test_each_target_and_nothing_else_has_a_corpus_with_an_accepted_input() -> None:
    accepted = {file.parent.name for file in CORPUS.glob("*/*") if not file.name.startswith("refused")}
    assert accepted == set(TARGETS) == {folder.name for folder in CORPUS.iterdir()}


@pytest.mark.parametrize("name", TARGETS)
def test_mutated_inputs_are_accepted_within_bounds_or_refused_by_name(name: str) -> None:
    # derandomised, so that test runs are reproducible; `make fuzz` searches further
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
