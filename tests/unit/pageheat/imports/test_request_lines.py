"""Structured logs as tables: which request a line has, or why it cannot be read."""

import json

import pytest

from pageheat.imports.positions import Unreadable
from pageheat.imports.request_lines import Request, W3CLines, json_request

CLICK = Request(b"GET", b"/c", b"x=1&y=2", b"204", b"http://shop.example/a")

IIS = "#Fields: date time cs-method cs-uri-stem cs-uri-query cs(User-Agent) cs(Referer) sc-status"


def w3c(*lines: str) -> list[Request]:
    """The requests in a log's lines."""
    log = W3CLines()
    requests = []
    for line in lines:
        if line.startswith("#"):
            log.directive(line.encode())
        else:
            requests.append(log.request(line.encode())._replace(time=b"", agent=b""))
    return requests


@pytest.mark.parametrize(
    "lines",
    [
        (
            "#Software: Microsoft Internet Information Services 10.0",
            IIS,
            "2025-10-10 13:55:36 GET /c x=1&y=2 Mozilla/5.0+(X11) http://shop.example/a 204",
        ),
        (
            "#Version: 1.0",
            "#Fields: cs-method cs-uri sc-status cs(Referer)",
            "GET /c?x=1&y=2 204 http://shop.example/a",
        ),
        (
            "#fields: time cs-method cs-uri-stem cs-uri-query cs(User-Agent) sc-status cs(Referer)",
            "13:55\tGET\t/c\tx=1&y=2\tMozilla (X11)\t204\thttp://shop.example/a",
        ),
        (
            "#Fields: cs-uri-stem sc-status",
            IIS,
            "2025-10-10 13:55:36 GET /c x=1&y=2 - http://shop.example/a 204\r",
        ),
        (
            IIS,
            '2025-10-10 13:55:36 GET /c x=1&y=2 "Mozilla ""5.0"" (X11)" "http://shop.example/a" 204',
        ),
    ],
    ids=["IIS", "whole address", "tabs", "later fields", "quoted"],
)
def test_a_w3c_log_names_its_columns(lines: tuple[str, ...]) -> None:
    assert w3c(*lines) == [CLICK]


def test_a_w3c_log_without_addresses_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="#Fields has no cs-uri-stem; log cs-uri-stem, cs-uri-q"):
        w3c("#Fields: date time c-ip")


def test_what_a_w3c_line_leaves_out_is_empty() -> None:
    assert w3c("#Fields: cs-uri-stem cs-uri-query cs(Referer)", "/c - -") == [
        Request(b"", b"/c", b"", b"", b"")
    ]


def test_a_w3c_line_with_too_few_values_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="2 values for 8 #Fields: 'GET /c'"):
        w3c(IIS, "GET /c")


@pytest.mark.parametrize(
    "logged",
    [
        {
            "level": "info",
            "request": {
                "method": "GET",
                "host": "shop.example",
                "uri": "/c?x=1&y=2",
                "headers": {"Referer": ["http://shop.example/a"], "User-Agent": ["Mozilla"]},
            },
            "status": 204,
        },
        {
            "remote_addr": "203.0.113.9",
            "request": "GET /c?x=1&y=2 HTTP/1.1",
            "status": "204",
            "http_referer": "http://shop.example/a",
        },
        {
            "RequestMethod": "GET",
            "RequestPath": "/c?x=1&y=2",
            "DownstreamStatus": 204,
            "OriginStatus": 500,
            "request_Referer": "http://shop.example/a",
        },
        {
            "url": {"path": "/c", "query": "x=1&y=2"},
            "http": {
                "request": {"method": "GET", "referrer": "http://shop.example/a"},
                "response": {"status_code": 204},
            },
        },
    ],
    ids=["Caddy", "nginx", "Traefik", "Elastic"],
)
def test_the_json_of_known_servers_is_read(logged: dict[str, object]) -> None:
    found = json_request(json.dumps(logged).encode())
    assert isinstance(found, Request)
    assert found._replace(agent=b"") == CLICK


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"uri": "/c?x=1"}, {', "objects must have a line each: try jq -c"),
        (b'{"uri": "/c?x=1', 'not JSON .Input data was truncated.: \'."uri"'),
        (b'{"msg": "started"}', "no request's address; expected uri, path, url or request"),
        (b"[1]", "no request's address"),
        (b'{"uri": ' + b'{"a": ' * 5_000, "not JSON"),
    ],
)
def test_json_without_a_request_is_unreadable(line: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        json_request(line)
