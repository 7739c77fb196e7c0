"""Counting and logging dead letters."""

import json
import logging
from typing import Any

import pytest

from pageheat.services.contract.dead_letters import DeadLetter
from pageheat.services.runtime.dead_letters import counted, report
from pageheat.services.runtime.logs import JsonFormatter


def test_it_is_counted_and_logged_once_with_its_origin(caplog: pytest.LogCaptureFixture) -> None:
    before: Any = counted.labels("clickstream")._value.get()
    report(DeadLetter("clickstream", 3, 8812, "no JSON", b"ann", b"{"))
    assert counted.labels("clickstream")._value.get() == before + 1
    (record,) = caplog.records
    line = json.loads(JsonFormatter("group_by").format(record))
    assert record.levelno == logging.WARNING
    assert line["message"] == "a record is unreadable: no JSON"
    assert (line["topic"], line["partition"], line["offset"]) == ("clickstream", 3, 8812)
    assert "ann" not in str(line)
