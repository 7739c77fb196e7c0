"""docs/privacy.md lists every stored field, and each topic's retention."""

import re
from pathlib import Path

import msgspec
import pytest

from pageheat.services.contract.records import Attributes, Event, Frame, Page, Target
from pageheat.services.contract.topics import read_specs

PAGE = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
STORED = PAGE[PAGE.index("## What is stored") : PAGE.index("## Where")]


@pytest.mark.parametrize("struct", [Frame, Attributes, Page, Event, Target])
def test_every_stored_field_is_listed(struct: type[msgspec.Struct]) -> None:
    prefix = "page." if struct is Page else ""
    told = set(re.findall(r"`([a-z._]+)`", STORED)) | {"page"}
    assert {prefix + field.name for field in msgspec.structs.fields(struct)} <= told


@pytest.mark.parametrize("topic", read_specs())
def test_each_topics_retention_is_stated(topic: str) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| Kafka") and f"`{topic}`" in line)
    assert row.endswith(f"| {read_specs()[topic].retention_ms // 3_600_000} h |")
