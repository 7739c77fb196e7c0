"""Lines of click logs as tables: what each means, or why it cannot be read."""

import json

import pytest

from pageheat.counts import Kind
from pageheat.imports.click_log import ClickLog
from pageheat.imports.page_names import PageKeys
from pageheat.imports.positions import NoEvent, Unreadable
from pageheat.services.contract.origins import Origins
from pageheat.services.ingest.clicks import read_click

ORIGINS = Origins("http://shop.example", {"https://blog.example": "blog"}, {"http://www.shop.example"})


def read(line: str | bytes, **options: object) -> object:
    """Page, x and y of a click, or what else the line is."""
    log = ClickLog(PageKeys(ORIGINS), **options)  # type: ignore[arg-type]
    match log.read(line if isinstance(line, bytes) else line.encode()):
        case (Kind(page, 1, 1, 0), x, y):
            return page, x, y
        case other:
            return other


def combined(
    target: str = "/c?x=1&y=2",
    referer: str = "http://shop.example/a",
    *,
    status: int = 204,
    method: str = "GET",
    size: str = "-",
) -> str:
    return (
        f'203.0.113.9 - ann [10/Oct/2006:13:55:36 +0200] "{method} {target} HTTP/1.1" {status} {size} '
        f'"{referer}" "Mozilla/5.0 (X11; \\"quoted\\")"'
    )


@pytest.mark.parametrize(
    ("line", "click"),
    [
        ("?x=100&y=200,http://shop.example/page", ("/page", 100, 200)),
        ("x=100&y=200,http://shop.example/page", ("/page", 100, 200)),
        ("?y=200&x=100,http://shop.example/page", ("/page", 100, 200)),
        ("?x=100&y=200,http://shop.example/page\r", ("/page", 100, 200)),
        ("  ?x=100&y=200,http://shop.example/page  ", ("/page", 100, 200)),
        ('"?x=100&y=200","http://shop.example/page"', ("/page", 100, 200)),
        ('"?x=100&y=200",http://shop.example/page\r', ("/page", 100, 200)),
        ("?x=100&y=200&w=1024&t=7,http://shop.example/page", ("/page", 100, 200)),
        ("?r=1&x=100&amp;y=200,http://shop.example/page", ("/page", 100, 200)),
        ("?x=100.9&y=200.0,http://shop.example/page", ("/page", 100, 200)),
        ("?x=-3&y=-3.2,http://shop.example/page", ("/page", -3, -4)),
        ("?x=+3&y=2e2,http://shop.example/page", ("/page", 3, 200)),
        ("?x=%31&y=2,http://shop.example/page", ("/page", 1, 2)),
        ("?x=1&x=7&y=2,http://shop.example/page", ("/page", 1, 2)),
        ("?x=1&y=2&u=%2Fcart,http://shop.example/", ("/cart", 1, 2)),
        ("?x=1&y=2,http://shop.example/a,b?c,d", ("/a,b", 1, 2)),
        (f"?x=1&y=2,http://shop.example/a?{'b' * 9999}", ("/a", 1, 2)),
        ("?x=10000000&y=-10000000,http://shop.example/", ("/", 10_000_000, -10_000_000)),
    ],
)
def test_a_line_of_2006_is_a_click(line: str, click: tuple[str, int, int]) -> None:
    assert read(line) == click


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "not a click log line: ''"),
        ("hello", "not a click log line: 'hello'"),
        ("?x=1&y=2", "not a click log line"),
        ("?x=1&y=2,", "no page"),
        ("?x=1&y=2,-", "no page"),
        ('"?x=1&y=2","-"', "no page"),
        ("?x=1&y=2,about:blank", "the page is 'about:blank', not a web address"),
        ("?x=1&y=2,http://[::1/", "not a web address"),
        (f"?x=1&y=2,http://{'a.' * 150}example/", "not a web address"),
        ("?x=1,http://shop.example/", "no x and y in 'x=1'"),
        ("name=a,b", "no x and y in 'name=a'"),
        ("?x=&y=2,http://shop.example/", "x is ''"),
        ("?x=many&y=2,http://shop.example/", "x is 'many': expected px from -10000000 to 10000000"),
        ("?x=1&y=nan,http://shop.example/", "y is 'nan'"),
        ("?x=1&y=inf,http://shop.example/", "y is 'inf'"),
        ("?x=1&y=1e8,http://shop.example/", "y is '1e8'"),
        ("?x=1_0&y=1,http://shop.example/", "x is '1_0'"),
        ("?x=99999999&y=1,http://shop.example/", "x is '99999999'"),
        (f"?x=1&y=2,http://shop.example/{'a' * 1024}", "has 1025 bytes; 1024 at most"),
        (b"\x00\xff\x1b[31m", r"not a click log line: '\\x00\\xff\\x1b[31m'"),
        ("h" * 100, "'" + "h" * 60 + "…'"),
    ],
)
def test_an_invalid_line_has_a_reason(line: str | bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as error:
        read(line)
    assert reason.replace("\\\\", "\\") in str(error.value)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (combined(), ("/a", 1, 2)),
        (combined(status=200, size="43"), ("/a", 1, 2)),
        (combined(status=304), ("/a", 1, 2)),
        (combined(status=404), NoEvent.REFUSED),
        (combined(status=302), NoEvent.REFUSED),
        (combined("/c?y=2&x=1&t=99"), ("/a", 1, 2)),
        (combined("/any/path.gif?x=1.5&y=2.5"), ("/a", 1, 2)),
        (combined("http://shop.example/c?x=1&y=2"), ("/a", 1, 2)),
        (combined("/c?x=1&y=2&u=/b"), ("/b", 1, 2)),
        (combined("/c?x=1&y=2&u=http%3A%2F%2Fshop.example%2Fb%3Fq%3D1"), ("/b", 1, 2)),
        (combined("/c?x=1&y=2&u=http://shop.example/b?x=8&y=9"), ("/b", 1, 2)),
        (combined("/c?u=http://blog.example/&x=1&y=2", "-"), ("//blog.example/", 1, 2)),
        (combined("/c?x=1&y=2&u=/b", "-"), ("/b", 1, 2)),
        (combined("/c?x=1&y=2&u=/b", "https://blog.example/"), ("//blog/b", 1, 2)),
        (combined(referer='http://shop.example/say\\"hi\\"'), ("/say%22hi%22", 1, 2)),
        (combined(referer="http://shop.example/caf\\xc3\\xa9"), ("/caf%C3%A9", 1, 2)),
        (combined(referer="http://shop.example/caf\\xe9"), ("/caf%C3%A9", 1, 2)),
        (combined().rsplit(' "', 1)[0], ("/a", 1, 2)),  # no user agent
        (combined("/c?x=1&y=2&u=/b").rsplit(' "', 2)[0], ("/b", 1, 2)),  # "common": no Referer either
        ("shop.example:80 " + combined(), ("/a", 1, 2)),
        (combined().replace("203.0.113.9", "2001:db8::1"), ("/a", 1, 2)),
        (combined().replace("203.0.113.9", "[fe80::a%eth0]"), ("/a", 1, 2)),
        (combined().replace("HTTP/1.1", "HTTP/2.0"), ("/a", 1, 2)),
        (combined("*", method="OPTIONS"), NoEvent.LINE),
        ("2025-10-10T13:55:36.1Z stdout F " + combined(), ("/a", 1, 2)),  # Kubernetes
        ("<190>Oct 10 13:55:36 web nginx: " + combined(), ("/a", 1, 2)),  # syslog
        (combined() + "\r", ("/a", 1, 2)),
        (combined().replace(" HTTP/1.1", ""), ("/a", 1, 2)),  # HTTP/0.9
        (combined("/"), NoEvent.LINE),
        (combined("/search?q=lamp"), NoEvent.LINE),
        (combined("/c?x=1"), NoEvent.LINE),
        (combined("/c?max=1&may=2"), NoEvent.LINE),
        (combined("/", status=500), NoEvent.LINE),
        (combined("/c?max=1&may=2", status=404), NoEvent.LINE),
        (combined("/c?x=1&y=2&u=/a b"), ("/a%20b", 1, 2)),
        (combined(method="POST"), NoEvent.LINE),
        (combined().replace("GET /c?x=1&y=2 HTTP/1.1", "\\x16\\x03\\x01"), NoEvent.LINE),
        (combined().replace("GET /c?x=1&y=2 HTTP/1.1", "-"), NoEvent.LINE),
    ],
)
def test_a_line_of_a_servers_log_is_a_click_or_another_request(line: str, found: object) -> None:
    assert read(line) == found


JSON = '{"method":"GET","uri":"/c?x=1&y=2","referer":"http://shop.example/a","status":204}'


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (JSON, ("/a", 1, 2)),
        (f"  {JSON},", ("/a", 1, 2)),
        (f"[{JSON}]", ("/a", 1, 2)),
        ("[", NoEvent.LINE),
        ("]", NoEvent.LINE),
        (json.dumps({"log": combined() + "\n", "stream": "stdout"}), ("/a", 1, 2)),
        (json.dumps({"log": combined("/") + "\n", "stream": "stdout"}), NoEvent.LINE),
        (json.dumps({"message": JSON, "kubernetes": {"pod": "web"}}), ("/a", 1, 2)),
        (json.dumps({"log": "?x=1&y=2,http://shop.example/a"}), ("/a", 1, 2)),
    ],
)
@pytest.mark.parametrize("options", [{}, {"forms": ("json",)}])
def test_an_object_is_a_click_as_an_item_of_a_list_or_around_another_logs_line(
    line: str, found: object, options: dict[str, object]
) -> None:
    assert read(line, **options) == found


def test_a_w3c_log_that_lost_its_first_lines_says_so() -> None:
    with pytest.raises(Unreadable, match="no #Fields line before it names its columns"):
        read("2025-10-10 13:55:36 192.0.2.1 GET /c x=1&y=2 443 - http://shop.example/a 200")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (combined(referer="-"), "no page"),
        (combined(referer=""), "no page"),
        (combined("/c?x=a&y=2"), "x is 'a'"),
        (combined()[:60], "not a click log line"),
    ],
)
def test_an_incomplete_click_in_a_servers_log_names_what_is_missing(line: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(line)


def test_if_a_beacon_is_named_other_requests_with_x_and_y_are_skipped() -> None:
    assert read(combined("/beacon?x=1&y=2"), beacon="/beacon") == ("/a", 1, 2)
    assert read(combined("/search?x=1&y=2"), beacon="/beacon") is NoEvent.LINE


def test_only_the_requested_form_is_read() -> None:
    with pytest.raises(Unreadable, match="not a click log line"):
        read("?x=1&y=2,http://shop.example/", forms=("server",))
    with pytest.raises(Unreadable, match="not a click log line"):
        read(combined(), forms=("2006",))


@pytest.mark.parametrize(
    ("query", "referer"),
    [
        ("x=1&y=2", "http://shop.example/a/b?c#d"),
        ("x=1&y=2", "http://shop.example"),
        ("x=1&y=2", "http://shop.example//a"),
        ("x=-1.5&y=2&u=%2Fb%2520c", "http://shop.example/"),
        ("u=http://shop.example/p?x=5&x=1&y=2", "-"),
        ("x=7&y=2&u=/a+b", "-"),
    ],
)
def test_a_click_is_on_the_page_where_ingest_would_have_counted_it(query: str, referer: str) -> None:
    live = read_click(query, "" if referer == "-" else referer)
    assert read(combined(f"/c?{query}", referer)) == (live.path, live.x // 1, live.y // 1)


def test_w3c_and_json_lines_are_read_among_the_others() -> None:
    log = ClickLog(PageKeys(ORIGINS))
    lines = [
        b"#Fields: cs-method cs-uri-stem cs-uri-query cs(Referer) sc-status",
        b"GET /c x=1&y=2 http://shop.example/a 204",
        b"POST /c x=1&y=2 http://shop.example/a 204",
        b"GET /c x=1&y=2 http://shop.example/a 500",
        b'{"uri": "/c?x=1&y=2", "referer": "http://shop.example/a", "status": 204}',
    ]
    click = (Kind("/a", 1, 1, 0), 1, 2)
    assert [log.read(line) for line in lines] == [NoEvent.LINE, click, NoEvent.LINE, NoEvent.REFUSED, click]


def test_the_columns_of_a_w3c_log_end_with_its_file() -> None:
    log = ClickLog(PageKeys(ORIGINS))
    log.read(b"#Fields: cs-uri-stem")
    log.begin()
    with pytest.raises(Unreadable, match="not a click log line"):
        log.read(b"/c")


IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"


@pytest.mark.parametrize(
    ("lines", "agent"),
    [
        ([combined()], 'Mozilla/5.0 (X11; \\"quoted\\")'),
        ([combined().replace('"Mozilla', '"-" "Mozilla')], "-"),  # the third text in quotes
        ([combined().rpartition(' "')[0]], ""),
        (["?x=1&y=2,http://shop.example/page"], ""),
        ([f'{{"request": {{"uri": "/c?x=1&y=2&u=/a", "headers": {{"User-Agent": ["{IPHONE}"]}}}}}}'], IPHONE),
        ([f'{{"request_uri": "/c?x=1&y=2&u=/a", "http_user_agent": "{IPHONE}"}}'], IPHONE),
        ([json.dumps({"log": combined()})], 'Mozilla/5.0 (X11; \\"quoted\\")'),
        (
            [
                "#Fields: cs-uri-stem cs-uri-query cs(User-Agent)",
                "/c x=1&y=2&u=/a Mozilla/5.0+(compatible;+Bot/1.0)",
            ],
            "Mozilla/5.0+(compatible;+Bot/1.0)",
        ),
        (
            ["#Fields: cs-uri-stem cs-uri-query cs(User-Agent)", "/c x=1&y=2&u=/a Mozilla/5.0%2520(Linux)"],
            "Mozilla/5.0 (Linux)",
        ),
    ],
)
def test_a_click_has_the_user_agent_of_its_line(lines: list[str], agent: str) -> None:
    log = ClickLog(PageKeys(ORIGINS))
    for line in (combined(), *lines):
        log.read(line.encode())
    assert log.agent() == agent
