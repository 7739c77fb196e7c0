import pytest

from pageheat.services.checking.page import Tag, read_page, tracker_tag

URL = "https://shop.example/a/lamp"
SRC = "https://heat.example/_pageheat/tracker.js"


@pytest.mark.parametrize(
    ("html", "tag"),
    [
        (tracker_tag("https://heat.example", "/_pageheat/tracker.js"), Tag(SRC, "https://heat.example")),
        (f"<SCRIPT SRC='{SRC}?v=2' nonce=abc>", Tag(f"{SRC}?v=2", "https://heat.example", "abc")),
        (
            "<script src=/heat/_pageheat/tracker.js></script>",
            Tag("https://shop.example/heat/_pageheat/tracker.js", "https://shop.example/heat"),
        ),
        (
            f'<script src="{SRC}" data-ingest="https://in.example/" integrity="sha256-A"></script>',
            Tag(SRC, "https://in.example", integrity="sha256-A"),
        ),
        (
            "<base href='https://heat.example/x'><script src='_pageheat/tracker.js'></script>",
            Tag(SRC, "https://heat.example"),
        ),
    ],
)
def test_the_tag_is_found(html: str, tag: Tag) -> None:
    assert read_page(html, URL).tags == [tag]


@pytest.mark.parametrize(
    "html",
    [
        "",
        f"<!-- <script src='{SRC}'></script> -->",
        f"<noscript><script src='{SRC}'></script></noscript>",
        f"<template><script src='{SRC}'></script></template>",
        f"<script>const it = \"<script src='{SRC}'>\"</script>",
        f"<p>{SRC}</p><script src='https://heat.example/other.js'></script>",
        "<script src='http://[/_pageheat/tracker.js'></script>",
    ],
)
def test_what_does_not_run_is_no_tag(html: str) -> None:
    assert read_page(html, URL).tags == []


def test_policies_in_the_page_are_found() -> None:
    html = '<META http-equiv=" Content-Security-Policy " content="script-src &#39;self&#39;"><meta name=x>'
    assert read_page(html, URL).policies == ["script-src 'self'"]
