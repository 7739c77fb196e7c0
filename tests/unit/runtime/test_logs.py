"""Logs: one JSON object or one line of text per event, whatever its text."""

import json
import logging
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from pageheat.kafka.ports import free_port
from pageheat.services.runtime import logs
from pageheat.services.runtime.logs import JsonFormatter, TextFormatter, printable
from pageheat.services.runtime.settings import Settings
from pageheat.services.runtime.web import answering, serve_beside


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.getLogger("pageheat.services.group_by").makeRecord(
        "pageheat.services.group_by", logging.WARNING, "f", 1, message, args, None, None, extra
    )
    made.created = 1_763_799_299.0625
    return made


@pytest.fixture
def _put_back() -> Iterator[None]:
    """Restore this process's logging."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook
    yield
    root.handlers[:], root.level, sys.excepthook, threading.excepthook = before
    logging.captureWarnings(False)
    for name in ("services", "frontends", "pageheat"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def test_a_json_line_has_time_level_service_logger_message_and_extra_fields() -> None:
    line = JsonFormatter("group_by").format(
        record("unreadable: %s", "no JSON", topic="clickstream", partition=3, offset=8812)
    )
    assert json.loads(line) == {
        "time": "2025-11-22T08:14:59.062Z",
        "level": "WARNING",
        "service": "group_by",
        "logger": "pageheat.services.group_by",
        "message": "unreadable: no JSON",
        "topic": "clickstream",
        "partition": 3,
        "offset": 8812,
    }


def test_a_text_line_has_the_same_in_readable_form() -> None:
    line = TextFormatter("group_by").format(record("unreadable: %s", "no JSON", partition=3, offset=8812))
    assert line == "2025-11-22T08:14:59.062Z WARNING  group_by: unreadable: no JSON  partition=3 offset=8812"


@pytest.mark.parametrize(
    "hostile",
    ["\n2025 INFO forged", "\r\x1b[2J", "\u2028", "\u202egnirts", "\ud800", "\0", '"}\n{"', "é 😀"],
)
def test_quoted_text_can_neither_break_nor_forge_a_line(hostile: str) -> None:
    as_json = JsonFormatter("ingest").format(record("said %s", hostile, field=hostile))
    assert json.loads(as_json)["message"] == f"said {hostile}"
    assert as_json.isascii()
    assert as_json.isprintable()
    as_text = TextFormatter("ingest").format(record("said %s", hostile, field=hostile))
    assert as_text.isprintable()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"\xff", ["a"], object, ValueError("x")])
def test_a_field_that_json_cannot_encode_is_text(value: object) -> None:
    line = json.loads(JsonFormatter("x").format(record("m", value=value)), parse_constant=pytest.fail)
    assert line["value"] == str(value)


def test_extra_fields_do_not_replace_ours() -> None:
    assert json.loads(JsonFormatter("x").format(record("m", service="forged")))["service"] == "x"


def test_printable_leaves_plain_text_unchanged() -> None:
    assert printable("Straße → 東京 😀 100 %") == "Straße → 東京 😀 100 %"


@pytest.mark.usefixtures("_put_back")
@pytest.mark.parametrize(
    ("form", "on_a_terminal", "is_json"),
    [
        ("auto", False, True),
        ("auto", True, False),
        ("json", True, True),
        ("text", False, False),
    ],
)
def test_logs_are_text_on_a_terminal_and_json_elsewhere_unless_the_format_is_set(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    form: str,
    on_a_terminal: bool,
    is_json: bool,
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: on_a_terminal)
    logs.configure("demo", Settings(log_format=form))
    logging.getLogger("pageheat.frontends.demo").info("begun")
    said = capsys.readouterr().err
    assert said.startswith("{") is is_json
    assert "begun" in said


def test_an_unexpected_exception_is_one_json_line_too() -> None:
    script = (
        "from pageheat.services.runtime import logs; from pageheat.services.runtime.settings import Settings;"
        "logs.configure('demo', Settings(log_format='json')); import warnings; warnings.warn('old'); 1/0"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    warned, ended = map(json.loads, done.stderr.splitlines())
    assert "old" in warned["message"]
    assert ended["level"] == "CRITICAL"
    assert "ZeroDivisionError" in ended["exception"]
    assert done.returncode == 1


def test_a_failure_that_users_can_fix_is_one_line_of_the_log() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "pageheat", "demo"],
            env=os.environ | {"DEMO_PORT": port},
            capture_output=True,
            text=True,
            timeout=60,
        )
    (line,) = map(json.loads, done.stderr.splitlines())
    assert done.returncode == 1
    assert (line["level"], line["service"]) == ("CRITICAL", "demo")
    assert line["message"].startswith(f"cannot listen on 127.0.0.1:{port}: ")


@pytest.mark.usefixtures("_put_back")
def test_no_visitors_address_and_no_query_is_logged_at_any_level(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("demo", Settings(log_level="DEBUG"))
    port = free_port()
    serve_beside(answering, answering, "127.0.0.1", port)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz?name=ann", timeout=10) as answer:
        assert answer.status == 200
    with pytest.raises(InvalidStatus, match="403"), connect(f"ws://127.0.0.1:{port}/x?name=ann"):
        pass
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /?name=ann SPDY/9\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400")
    logging.getLogger("pageheat.services").debug("this is logged")
    said = capsys.readouterr().err
    assert "this is logged" in said
    assert "Invalid HTTP request" in said
    assert "ann" not in said
    assert "127.0.0.1" not in said
