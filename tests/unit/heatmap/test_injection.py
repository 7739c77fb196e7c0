"""The overlay's tag in a page's bytes."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pageheat.frontends.heatmap.injection import add_to_page, script_tag
from pageheat.services.contract.pages import Pages

TAG = "<script></script>"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<body>x</body></html>", f"<body>x{TAG}</body></html>"),
        ("<BODY>x</BODY >", f"<BODY>x{TAG}</BODY >"),
        ("<script>'</body>'</script>x</body>", f"<script>'</body>'</script>x{TAG}</body>"),
        ("<p>no end", f"<p>no end{TAG}"),
        ("", TAG),
        ("</bodyguard>", f"</bodyguard>{TAG}"),
    ],
)
def test_the_tag_is_inserted_before_the_last_end_of_the_body(page: str, expected: str) -> None:
    assert add_to_page(page.encode(), "text/html", TAG) == expected.encode()


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("utf-8", "utf-8"),
        ("iso-8859-15", "iso-8859-15"),
        ("windows-1251", "cp1251"),
        ("Shift_JIS", "shift_jis"),
        ("gb18030", "gb18030"),
        ('"utf-16le"', "utf-16-le"),
        ("UTF-16BE", "utf-16-be"),
    ],
)
def test_a_page_keeps_its_encoding(charset: str, codec: str) -> None:
    text = {"iso-8859-15": "5 €", "cp1251": "лампы", "shift_jis": "ソ表", "gb18030": "灯"}.get(codec, "ä灯")
    page = f"<body>{text}</body>".encode(codec)
    changed = add_to_page(page, f"text/html; charset={charset}", TAG)
    assert changed.decode(codec) == f"<body>{text}{TAG}</body>"


def test_a_byte_order_mark_overrides_the_declared_encoding() -> None:
    page = codecs.BOM_UTF16_LE + "<body>ä</body>".encode("utf-16-le")
    changed = add_to_page(page, "text/html; charset=utf-8", TAG)
    assert changed.decode("utf-16") == f"<body>ä{TAG}</body>"


@given(st.binary(), st.sampled_from(["text/html", "text/html; charset=utf-16", "text/html;charset=x"]))
def test_any_bytes_are_preserved(page: bytes, content_type: str) -> None:
    changed = add_to_page(page, content_type, "|")
    wide = changed.endswith(b"|\x00") and len(changed) == len(page) + 2
    assert changed in (page + b"|", page + b"|\x00", page + b"\x00|") or wide


@pytest.mark.parametrize(
    "policy",
    [
        '<meta http-equiv="Content-Security-Policy" content="script-src \'none\'">',
        "<META content='x' HTTP-EQUIV = 'content-security-policy' />",
        "<meta http-equiv=content-security-policy content=x>",
    ],
)
def test_a_policy_in_the_page_is_removed(policy: str) -> None:
    page = f'<head>{policy}<meta http-equiv="refresh" content="9"></head><body></body>'
    changed = add_to_page(page.encode(), "text/html", TAG).decode()
    assert changed == f'<head><meta http-equiv="refresh" content="9"></head><body>{TAG}</body>'


def test_the_tag_says_where_the_broadcaster_is_and_keeps_the_tracker_silent() -> None:
    assert script_tag("http://localhost:8002", "http://localhost:8080") == (
        '<script type="module" src="/_pageheat/overlay.js" data-pageheat-overlay '
        'data-broadcaster="http://localhost:8002" data-site="http://localhost:8080"></script>'
    )


def test_on_another_origin_the_tag_names_the_front_ends_origin() -> None:
    assert script_tag("https://live.example", frontend="https://heat.example") == (
        '<script type="module" src="https://heat.example/_pageheat/overlay.js" data-pageheat-overlay '
        'data-broadcaster="https://live.example"></script>'
    )


def test_the_tag_says_what_tells_pages_apart() -> None:
    pages = Pages.parse(query='id,a"b', hash_routes=True)
    assert script_tag("https://live.example", pages=pages).endswith(
        'data-broadcaster="https://live.example" data-page-query="id,a&quot;b" data-hash-routes></script>'
    )


def test_an_address_cannot_break_out_of_its_attribute() -> None:
    tag = script_tag('http://a"><script>', "http://b'&", 'http://c"')
    assert 'src="http://c&quot;/_pageheat/overlay.js"' in tag
    assert 'data-broadcaster="http://a&quot;&gt;&lt;script&gt;"' in tag
    assert 'data-site="http://b&#x27;&amp;"' in tag
