"""Answers that servers give and standards forbid, or that few give: each page is served with its overlay."""

import gzip
import logging
import zlib
from collections.abc import Iterator

import backports.zstd
import brotli
import httpx2
import pytest

from pageheat.frontends.heatmap.server import create_app
from pageheat.frontends.heatmap.tidying import tidied
from pageheat.services.runtime.settings import HeatmapSettings
from tests.support.raw_site import RawSite, Reply
from tests.support.server import Server

BODY = b"<!doctype html><body><h1>a page</h1></body>"


@pytest.fixture(scope="module")
def site() -> Iterator[RawSite]:
    with RawSite() as site:
        yield site


@pytest.fixture(scope="module")
def browser(site: RawSite) -> Iterator[httpx2.Client]:
    app = Server(create_app(HeatmapSettings.load(site_url=site.origin)))
    with httpx2.Client(base_url=app.origin, headers={"accept": "text/html"}) as client:
        yield client
    app.stop()


def head(*lines: str | bytes, status: str = "HTTP/1.1 200 OK") -> bytes:
    encoded = [line if isinstance(line, bytes) else line.encode() for line in (status, *lines)]
    return b"\r\n".join([*encoded, b"Connection: close", b"", b""])


HTML = "Content-Type: text/html"
GZIP = "Content-Encoding: gzip"


@pytest.mark.parametrize(
    ("what", "reply"),
    [
        ("http/1.0", head(HTML, status="HTTP/1.0 200 OK") + BODY),
        ("no reason", head(HTML, status="HTTP/1.1 200") + BODY),
        ("a version of one digit", head(HTML, status="HTTP/1 200 OK") + BODY),
        ("ICY", head(HTML, status="ICY 200 OK") + BODY),
        ("spaces in the status line", head(HTML, status="HTTP/1.1  200  OK ") + BODY),
        ("early hints", b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + head(HTML) + BODY),
        ("a name in Latin-1", head(HTML, "X-Author: José".encode("latin-1")) + BODY),
        ("a name in UTF-8", head(HTML, "X-Author: 灯") + BODY),
        ("a control character", head(HTML, b"X-Odd: a\x01b\x7f") + BODY),
        ("a NUL", head(HTML, b"X-Odd: a\x00b") + BODY),
        ("a folded line", head(HTML, "X-Folded: one", " two") + BODY),
        ("a space before the colon", head("Content-Type : text/html") + BODY),
        ("a space in a name", head(HTML, "X Bad: y") + BODY),
        ("a line without a colon", head(HTML, "what is this") + BODY),
        ("an empty name", head(HTML, ": y") + BODY),
        ("line feeds alone", (head(HTML)).replace(b"\r\n", b"\n") + BODY),
        ("empty lines before", b"\r\n\r\n" + head(HTML) + BODY),
        ("a length that is none", head(HTML, "Content-Length: many") + BODY),
        ("a length twice", head(HTML, *[f"Content-Length: {len(BODY)}"] * 2) + BODY),
        (
            "a length and chunks",
            head(HTML, "Content-Length: 3", "Transfer-Encoding: chunked")
            + b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY),
        ),
        ("a large head", head(HTML, "Content-Security-Policy: " + "x" * 200_000) + BODY),
        ("broken off", head(HTML, "Content-Length: 500") + BODY),
        ("two types", head(HTML, "Content-Type: text/html; charset=utf-8") + BODY),
        ("two types in one", head("Content-Type: text/html") + BODY),
        ("another type before", head("Content-Type: text/plain", HTML) + BODY),
        ("no type", head() + BODY),
        ("a type that says nothing", head("Content-Type: */*") + BODY),
        ("an empty type", head("Content-Type:") + BODY),
        ("type in capitals", head("Content-Type: TEXT/HTML;CHARSET=utf-8") + BODY),
        ("gzip", head(HTML, "Content-Encoding: gzip") + gzip.compress(BODY)),
        ("x-gzip", head(HTML, "Content-Encoding: x-gzip") + gzip.compress(BODY)),
        ("brotli", head(HTML, "Content-Encoding: br") + brotli.compress(BODY)),
        ("zstd", head(HTML, "Content-Encoding: zstd") + backports.zstd.compress(BODY)),
        ("gzip in brotli", head(HTML, "Content-Encoding: gzip, br") + brotli.compress(gzip.compress(BODY))),
        ("gzip without a type", head("Content-Encoding: gzip") + gzip.compress(BODY)),
        ("an encoding that is none", head(HTML, "Content-Encoding: none") + BODY),
        ("a charset for an encoding", head(HTML, "Content-Encoding: utf-8") + BODY),
        ("two types in one line", head("Content-Type: text/html, text/html; charset=utf-8") + BODY),
        ("gzip and rubbish behind it", head(HTML, GZIP) + gzip.compress(BODY) + b"rubbish"),
        ("gzip twice", head(HTML, GZIP, GZIP) + gzip.compress(gzip.compress(BODY))),
        ("deflate", head(HTML, "Content-Encoding: deflate") + zlib.compress(BODY)),
        ("deflate without its frame", head(HTML, "Content-Encoding: deflate") + zlib.compress(BODY)[2:-4]),
        ("encoding in capitals", head(HTML, "Content-Encoding: GZIP") + gzip.compress(BODY)),
    ],
)
def test_a_page_has_its_overlay_however_it_is_sent(
    browser: httpx2.Client, site: RawSite, what: str, reply: Reply
) -> None:
    site.replies["/page"] = reply
    answer = browser.get("/page")
    assert answer.status_code == 200, what
    assert "<h1>a page</h1>" in answer.text, what
    assert "overlay.js" in answer.text, what
    assert answer.headers["content-type"].lower().startswith("text/html"), what


@pytest.mark.parametrize("status", [299, 404, 418, 451, 529, 600, 799, 999])
def test_a_page_keeps_its_status(browser: httpx2.Client, site: RawSite, status: int) -> None:
    site.replies["/page"] = head(HTML, status=f"HTTP/1.1 {status} Odd") + BODY
    answer = browser.get("/page")
    assert answer.status_code == status
    assert "overlay.js" in answer.text


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_may_tell_the_length_of_one(
    browser: httpx2.Client, site: RawSite, status: int
) -> None:
    site.replies["/page"] = head(HTML, "Content-Length: 500", status=f"HTTP/1.1 {status} Nothing")
    answer = browser.get("/page")
    assert (answer.status_code, answer.content) == (status, b"")


def test_a_page_of_17_mb_has_its_overlay(browser: httpx2.Client, site: RawSite) -> None:
    site.replies["/page"] = head(HTML) + BODY + b"<!--" + b"x" * 17_000_000 + b"-->"
    assert b"overlay.js" in browser.get("/page").content


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("no tag", b"just text, <h1>later</h1>"),
        ("a picture", b"\x89PNG\r\n\x1a\n<html>"),
        ("another tag", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>"),
        ("nothing", b""),
        ("half a tag", b"<ht"),
    ],
)
def test_bytes_without_a_type_that_are_no_page_pass_unchanged(
    browser: httpx2.Client, site: RawSite, kind: str, body: bytes
) -> None:
    site.replies["/page"] = head() + body
    answer = browser.get("/page")
    assert answer.content == body, kind
    assert "content-type" not in answer.headers


def test_bytes_without_a_type_are_not_guessed_where_the_site_forbids_it(
    browser: httpx2.Client, site: RawSite
) -> None:
    site.replies["/page"] = head("X-Content-Type-Options: nosniff") + BODY
    assert browser.get("/page").content == BODY


def test_the_last_content_type_counts(browser: httpx2.Client, site: RawSite) -> None:
    site.replies["/page"] = head(HTML, "Content-Type: text/plain") + BODY
    assert browser.get("/page").content == BODY


def test_a_page_that_no_browser_can_decode_gives_a_page_that_says_so(
    browser: httpx2.Client, site: RawSite
) -> None:
    site.replies["/page"] = head(HTML, "Content-Encoding: gzip") + b"<body>not gzip at all</body>"
    answer = browser.get("/page")
    assert answer.status_code == 502
    assert "The page cannot be decoded" in answer.text
    assert "Content-Encoding" in answer.text


def test_the_log_says_why_a_page_has_no_overlay(
    browser: httpx2.Client, site: RawSite, caplog: pytest.LogCaptureFixture
) -> None:
    site.replies["/odd"] = head(HTML, "Content-Encoding: br2") + b"\x01\x02"
    with caplog.at_level(logging.WARNING):
        assert browser.get("/odd?secret=1").content == b"\x01\x02"
    assert [record.message for record in caplog.records] == [
        f"no overlay on {site.origin}/odd: its Content-Encoding 'br2' is not known",
    ]


def test_a_second_answer_on_a_connection_is_tidied_too(browser: httpx2.Client, site: RawSite) -> None:
    one = b"HTTP/1.1 200 OK\r\nX Bad: y\r\nContent-Type : text/html\r\nContent-Length: %d\r\n\r\n%s"

    def twice(connection, _: bytes) -> None:  # type: ignore[no-untyped-def]
        connection.sendall(one % (len(BODY), BODY))
        connection.recv(65_536)
        connection.sendall(one % (len(BODY), BODY))

    site.replies["/page"] = twice
    before = len(site.heads)
    for _ in range(2):
        assert "overlay.js" in browser.get("/page").text
    assert len(site.heads) == before + 1, "the connection was kept"


def test_a_head_that_is_none_is_left_to_the_parser() -> None:
    assert tidied(b"SSH-2.0-OpenSSH_9.2\r\n\r\n") == b"SSH-2.0-OpenSSH_9.2\r\n\r\n"
