import pytest

from pageheat.services.checking.page import Known, Tag, read_page, tracker_tag

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


@pytest.mark.parametrize(
    ("attributes", "waits"),
    [
        ("", ""),
        ("type=module", ""),
        ("type='text/javascript'", ""),
        ("type=application/x-javascript", ""),
        ("type=text/plain data-category=statistics", "text/plain"),
        ("type=a1b2-text/javascript", "a1b2-text/javascript"),
    ],
)
def test_a_tag_of_another_type_waits_for_a_script_that_changes_it(attributes: str, waits: str) -> None:
    assert [tag.waits for tag in read_page(f"<script {attributes} src={SRC}></script>", URL).tags] == [waits]


def test_a_tag_that_runs_comes_before_one_that_waits() -> None:
    html = f"<script type=text/plain src={SRC}></script><script src={SRC}></script>"
    assert [tag.waits for tag in read_page(html, URL).tags] == ["", "text/plain"]


@pytest.mark.parametrize(
    ("src", "ingest", "is_tag"),
    [
        ("https://heat.example/tracker.min.js", "https://heat.example", True),
        ("https://heat.example/_pageheat/more.js", "https://heat.example", False),
        ("https://cdn.example/tracker.min.js", "https://heat.example", False),
        ("/main.js", "https://shop.example", False),
        ("/_pageheat/tracking.js", "https://shop.example", True),
    ],
)
def test_a_script_of_ingest_at_a_wrong_path_is_meant_to_be_the_tracker(
    src: str, ingest: str, is_tag: bool
) -> None:
    tags = read_page(f"<script src={src}></script>", URL, Known(ingest=ingest)).tags
    assert [tag.ingest for tag in tags] == ([ingest] if is_tag else [])
