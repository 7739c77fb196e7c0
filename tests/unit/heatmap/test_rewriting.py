"""The site's addresses in pages and style sheets, and the tag that is added."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pageheat.frontends.heatmap.addresses import addresses
from pageheat.frontends.heatmap.injection import Added
from pageheat.frontends.heatmap.rewriting import rewriter
from tests.support.markup import PIECES

HEAT = "http://localhost:8081"
SITE = "https://www.site.example"
OURS = addresses(SITE, HEAT)
TAG = "<script></script>"
IMPORTS = '"https://site.example/":"http://localhost:8081/"'


def rewritten(body: bytes, content_type: str = "text/html", tag: str = "", size: int = 10_000) -> bytes:
    """What becomes of a body that arrives in pieces of `size` bytes."""
    one = rewriter(content_type, OURS, Added(tag, IMPORTS if tag else ""))
    pieces = [one.feed(body[at : at + size]) for at in range(0, len(body), size)]
    return b"".join([*pieces, one.end()])


def worker(script: str, size: int) -> str:
    """What becomes of a worker's script that arrives in pieces."""
    one = rewriter("text/javascript; charset=utf-8", OURS, Added("", "", "STAY();"))
    body = script.encode()
    return b"".join(
        [*(one.feed(body[at : at + size]) for at in range(0, len(body), size)), one.end()]
    ).decode()


def page(text: str, content_type: str = "text/html", tag: str = "") -> str:
    return rewritten(text.encode(), content_type, tag).decode()


# Policies


@pytest.mark.parametrize(
    ("policy", "turned"),
    [("no-referrer", "same-origin"), ("never", "same-origin"), ("strict-origin", "strict-origin")],
)
def test_a_page_hides_its_origin_from_others_but_not_from_here(policy: str, turned: str) -> None:
    text = "<meta name=referrer content='{}'><meta name=Referrer content={}><meta content=never>"
    assert page(text.format(policy, policy)) == text.format(turned, turned)


# Workers


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(
    "script",
    [
        "",
        "go()",
        "\ufeffgo()\n",
        "/go/.test(a)",
        '/* "use strict" */ go()',
        "// no end",
        "/* no end",
        "import './a.js'",
    ],
)
def test_a_statement_is_put_in_front_of_a_workers_script(script: str, size: int) -> None:
    assert worker(script, size) == f"STAY();{script}"


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(
    "script", ["'use strict';go()", '\ufeff// a\n/*\n * b */ "use strict"\ngo()', '"use strict"']
)
def test_a_workers_script_that_is_strict_stays_strict(script: str, size: int) -> None:
    assert worker(script, size) == f'"use strict";STAY();{script}'


# Where the tag is


@pytest.mark.parametrize(
    "text",
    [
        "<!doctype html><html><head>|<script></script></head><body></body></html>",
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>a</title>|<link rel=x></head>",
        "<!doctype html>\n<!-- <p> -->\n<head><base href='/a/'>|<style></style></head>",
        "<!doctype html><meta charset=utf-8>|<p>no head",
        "<html>|<body>a</body></html>",
        "<head>|</head><body>",
        "|<p>a part",
        "|text</p>",
        "<title></head></title>|</head>",
        "<title>a</title>|\n text",
        "<head>|<noscript><style></style></noscript></head>",
        "<head>|<template><head></head></template></head>",
        "|<svg><title>a</title></svg>",
        "<html><head><title>a</title>|</head><frameset><frame></frameset></html>",
        "|<plaintext><head>",
        "<!-- <head> <script> -->|",
        " |",
        "|",
        "\ufeff<!doctype html>|<p>",
        "<title>a</title>|<p><!-- cut off",
        "<head>|<script>'</body>'</script><body>x</body></head>",
    ],
)
def test_the_tag_comes_before_all_that_runs(text: str) -> None:
    assert page(text.replace("|", ""), tag=TAG) == text.replace("|", TAG)


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0"?>\n<html xmlns="a"><head><title/>|<script src="a"/></head></html>',
        "<html><head><title>a</title>|</head><body/></html>",
        "<html>|<body/></html>",
        "<svg><script/></svg>",
    ],
)
def test_the_tag_in_xml_is_within_its_root(text: str) -> None:
    kind = "application/xhtml+xml; charset=utf-8"
    assert page(text.replace("|", ""), kind, TAG) == text.replace("|", TAG)


def test_a_part_of_a_page_gets_no_tag() -> None:
    assert page(f"<li><a href={SITE}/a>") == f"<li><a href={HEAT}/a>"


# Addresses in markup


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="@/a?b=1&amp;c#d">',
        "<a href='@/a'>",
        "<a href=@/a>",
        "<a\nHREF = @>",
        '<A Href="@/a ">',
        "<base href=@/shop/>",
        "<form action=@/login><button formaction=@/b></form>",
        "<script type=module crossorigin src=@/a.js></script>",
        "<link rel=stylesheet href=@/a.css>",
        '<link rel="alternate stylesheet" href=@/a.css>',
        "<link rel=preload as=font crossorigin href=@/a.woff2>",
        "<link rel=manifest href=@/a.webmanifest>",
        "<img srcset='@/a 1x, @/b 2x,@/c 3x' src=@/a>",
        "<link rel=preload as=image imagesrcset='@/a 1x'>",
        "<video poster=@/a><source src=@/b><track src=@/c></video>",
        "<iframe src=@/a></iframe><frame src=@/b><embed src=@/c><object data=@/d></object>",
        "<svg><use href=@/a.svg#b /><image xlink:href='@/c'/></svg>",
        "<svg><rect fill=\"url('@/a.svg#b')\"/></svg>",
        "<area href=@/a><a ping='@/a @/b'>",
        "<p style='background:url(@/a)'>",
        "<p style=\"background:url('@/a')\">",
        "<p style='background:url(&quot;@/a&quot;)'>",
        '<p style="background:url(&#039;@/a&#039;)">',
        '<meta http-equiv="refresh" content="0; url=@/a">',
        "<meta content=\"3;URL='@/a'\" http-equiv=Refresh>",
        "<style>@import '@/a.css'; @font-face{src:url(@/b) format('woff2'),url('@/c')}</style>",
        '<script type="importmap">{"imports":{"a":"@/a.js","@/b/":"@/c/"}}</script>',
        '<script type=importmap>{"imports":{"a":"@/a.js"}}</script>',
        '<script type=speculationrules>{"prefetch":[{"urls":["@/a"]}]}</script>',
        "<iframe srcdoc=\"<a href='@/a'></body>\"></iframe>",
        "<iframe srcdoc='&lt;a href=&quot;@/a&quot;&gt;'></iframe>",
        "<turbo-frame src=@/a></turbo-frame>",
        "<template><a href=@/a></template>",
        "<svg><style>a{fill:url(#b)}</style></svg><a href=@/a>",
        "<svg><style>@import '@/a.css'; a{fill:url(@/b#c)}</style><text>https://www.site.example/d</text>",
        "<svg><style><![CDATA[a{fill:url('@/b#c')}]]></style><style/>https://www.site.example/d</svg>",
        "<textarea></textarea><a href=@/a>",
        "<body background=@/a>",
    ],
)
@pytest.mark.parametrize(
    "written", [SITE, "//www.site.example", "http://site.example", "HTTPS://Site.Example:443"]
)
def test_addresses_of_the_site_lead_here(markup: str, written: str) -> None:
    assert page(markup.replace("@/", f"{written}/")) == markup.replace("@/", f"{HEAT}/")


@pytest.mark.parametrize(
    "value",
    [
        "https:&#47;&#x2F;site.example/a",
        "https&colon;&sol;&sol;site&period;example/a",
        "&#104;ttps://site.example/a",
    ],
)
def test_an_address_in_character_references_leads_here(value: str) -> None:
    assert page(f'<a href="{value}?b&amp;c&#38;&quot;&auml;">') == (
        f'<a href="{HEAT}/a?b&amp;c&#38;&quot;&auml;">'
    )


@pytest.mark.parametrize(
    "text",
    [
        "<p>https://www.site.example/a",
        "<!-- <a href=https://www.site.example/a> -->",
        "<script>fetch('https://www.site.example/a')</script>",
        "<script>\"<a href='https://www.site.example/a'></body>\"</script>",
        '<script type=application/ld+json>{"@id":"https://www.site.example/a"}</script>',
        r'<script>var a = {"ajaxurl":"https:\/\/www.site.example\/wp-admin\/admin-ajax.php"}</script>',
        "<textarea><a href='https://www.site.example/a'></textarea>",
        "<input name=back value=https://www.site.example/a>",
        "<title>https://www.site.example/a</title>",
        "<link rel=canonical href=https://www.site.example/a>",
        "<link rel=alternate hreflang=de href=https://www.site.example/a>",
        "<meta property=og:url content=https://www.site.example/a>",
        "<a data-url=https://www.site.example/a title='//www.site.example/a'>",
        "<a href='/a' alt=\"href='https://www.site.example/a'\">",
        "<a href='https://evil.example/?u=https://www.site.example/a'>",
        "<a href='https://www.site.example.evil.example/'>",
        "<img srcset='https://cdn.example/?u=https://www.site.example/a 1x'>",
        "<svg><![CDATA[ <a href=https://www.site.example/a> ]]></svg>",
        "<noscript><a href=https://www.site.example/a></noscript>",
        "<plaintext><a href=https://www.site.example/a>",
        "<script async src=https://www.site.example/_pageheat/tracker.js></script>",
        "<script src=/a.js integrity=sha256-a></script>",
        "<link rel=stylesheet href=https://cdn.example/a.css integrity=sha256-a>",
        "<a href='https://www.site.example/a",
    ],
)
def test_texts_and_other_addresses_stay(text: str) -> None:
    assert page(text) == text


@pytest.mark.parametrize("address", ["/a.css", "a.css", f"{SITE}/a.css"])
def test_a_style_sheet_that_may_be_changed_is_not_checked_by_its_hash(address: str) -> None:
    here = address.replace(SITE, HEAT)
    assert page(f"<link rel=stylesheet integrity=sha256-a href={address}>") == (
        f'<link rel=stylesheet integrity="" href={here}>'
    )


@pytest.mark.parametrize(
    "policy",
    [
        '<meta http-equiv="Content-Security-Policy" content="script-src \'none\'">',
        "<META content='x' HTTP-EQUIV = ' content-security-policy' />",
        "<meta http-equiv=content-security-policy content=x>",
    ],
)
def test_a_policy_in_the_page_is_removed(policy: str) -> None:
    text = f"<head>{policy}<meta http-equiv=refresh content=9><!-- {policy} --></head>"
    assert page(text) == text.replace(policy, "", 1)


def test_xml_is_read_as_xml() -> None:
    text = (
        f'<html><head><script src="{SITE}/"/><p href="{SITE}"/><![CDATA[<a href="{SITE}/">]]></head></html>'
    )
    assert page(text, "application/xhtml+xml") == text.replace(SITE, HEAT, 2)
    picture = f'<svg xmlns:xlink="http://www.w3.org/1999/xlink"><style>a{{fill:url({SITE}/a)}}</style></svg>'
    assert page(picture, "image/svg+xml") == picture.replace(SITE, HEAT)


# Style sheets and other texts


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_addresses_in_style_sheets_and_manifests_lead_here(size: int) -> None:
    css = '@import "@/a.css";\n@font-face{src:url(@/b)}p{background:url(data:a;base64,a//site.example/=)}'
    assert rewritten(css.replace("@/", f"{SITE}/").encode(), "text/css", size=size) == (
        css.replace("@/", f"{HEAT}/").encode()
    )
    manifest = '{"start_url":"@/app","icons":[{"src":"@/a.png"}]}'
    assert (
        rewritten(manifest.replace("@/", f"{SITE}/").encode(), "application/manifest+json", size=size)
        == manifest.replace("@/", f"{HEAT}/").encode()
    )


# Import maps


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<link rel=x>@<script type=module></script>", '{"imports":{+}}'),
        (
            "<script></script>@<script type=' Module '></script><script type=module></script>",
            '{"imports":{+}}',
        ),
        ("@<link rel='modulepreload' href=/a.js>", '{"imports":{+}}'),
    ],
)
def test_the_first_module_finds_an_import_map(text: str, expected: str) -> None:
    written = f'<script type="importmap">{expected.replace("+", IMPORTS)}</script>'
    assert page(text.replace("@", ""), tag=TAG) == TAG + text.replace("@", written)
    assert page(text.replace("@", "")) == text.replace("@", "")


@pytest.mark.parametrize(
    "import_map",
    [
        '{"imports": {+,"a":"/a.js"}}',
        '{"imports":{+}}',
        '{ "scopes":{}, "imports" : {+,\n"a":"/a.js"}}',
        '{"imports":{+},"scopes":{"/a/":{}}}',
        "+ no JSON",
    ],
)
def test_the_sites_import_map_gets_the_entries(import_map: str) -> None:
    text = f"<script type=importmap>{import_map}</script><script type=module></script>"
    given = text.replace("+,", "").replace("+", "")
    if "no JSON" in import_map:
        assert page(given, tag=TAG) == TAG + given
    elif '"imports":{+},"scopes"' in import_map:
        assert page(given.replace('"imports":{},', ""), tag=TAG) == TAG + text.replace("+", IMPORTS)
    else:
        assert page(given, tag=TAG) == TAG + text.replace("+", IMPORTS)
    assert page("<script type=importmap>{}</script>", tag=TAG) == (
        f'{TAG}<script type=importmap>{{"imports":{{{IMPORTS}}}}}</script>'
    )


# Encodings


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("utf-8", "utf-8"),
        ("iso-8859-15", "iso-8859-15"),
        ("windows-1251", "cp1251"),
        ("Shift_JIS", "shift_jis"),
        ("gb18030", "gb18030"),
        ("iso-2022-jp", "iso2022_jp"),
        ('"utf-16le"', "utf-16-le"),
        ("UTF-16BE", "utf-16-be"),
    ],
)
@pytest.mark.parametrize("size", [1, 10_000])
def test_a_page_keeps_its_encoding(charset: str, codec: str, size: int) -> None:
    names = {
        "iso-8859-15": "5 €",
        "cp1251": "лампы",
        "shift_jis": "ソ表",
        "gb18030": "灯",
        "iso2022_jp": "表 灯",
    }
    text = f"<title>{names.get(codec, 'ä灯😀')}</title>|<a href='{SITE}/a'>{names.get(codec, 'ä')}</a>"
    changed = rewritten(text.replace("|", "").encode(codec), f"text/html; charset={charset}", TAG, size)
    assert changed.decode(codec) == text.replace("|", TAG).replace(SITE, HEAT)


def test_what_looks_like_a_tag_within_two_byte_text_is_none() -> None:
    text = f"<p title='鼻<a href={SITE}/>'>"
    body = b"<p>\x1b$B!<a href='https://site.example/'>\x1b(B" + f"<a href={SITE}/b>".encode()
    assert rewritten(body, "text/html; charset=iso-2022-jp") == body.replace(SITE.encode(), HEAT.encode())
    assert page(text) == text


@pytest.mark.parametrize("size", [1, 10_000])
def test_a_byte_order_mark_overrides_the_declared_encoding(size: int) -> None:
    text = codecs.BOM_UTF16_LE + "<p>ä</p>".encode("utf-16-le")
    changed = rewritten(text, "text/html; charset=utf-8", TAG, size)
    assert changed.decode("utf-16") == f"{TAG}<p>ä</p>"
    assert (
        rewritten(codecs.BOM_UTF8 + b"<p>", "text/html", TAG, size) == codecs.BOM_UTF8 + f"{TAG}<p>".encode()
    )


# Anything

PARTS = [
    *PIECES,
    *("<![CDATA[", "é", "&", "\x1b$B", "\x1b(B", "<style/>", "<head>"),
    *("<a href=", "<img srcset='", "//cdn.example/a", "url(", "<meta http-equiv=refresh content='0;url="),
    *("<link integrity=a rel=canonical href=/a>", "<iframe srcdoc='", "</body>", "\x00", "\r\n"),
]
MARKUP = st.lists(st.sampled_from(PARTS), max_size=40).map("".join)
KINDS = st.sampled_from(
    ["text/html", "text/html; charset=utf-16", "text/html;charset=x", "application/xhtml+xml", "text/css"]
)


@given(MARKUP.map(str.encode) | st.binary(), KINDS, st.integers(1, 50))
def test_a_page_without_addresses_of_the_site_is_unchanged(body: bytes, kind: str, size: int) -> None:
    assert rewritten(body, kind, size=size) == body


@given(MARKUP.map(str.encode) | st.binary(), KINDS, st.integers(1, 50))
def test_only_the_tag_is_added_and_once(body: bytes, kind: str, size: int) -> None:
    changed = rewritten(body, kind, tag="|", size=size)
    wide = "utf-16" in kind or body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    added = {b"|\x00", b"\x00|"} if wide and "html" in kind else {b"|"}
    at = next((at for at, (a, b) in enumerate(zip(body, changed, strict=False)) if a != b), len(body))
    longest = max(len(one) for one in added)
    assert changed == body or any(
        changed == body[:place] + one + body[place:]
        for one in added
        for place in range(max(0, at - longest), at + 1)
    )
    assert changed != body or kind in ("application/xhtml+xml", "text/css")


@given(
    st.lists(
        st.sampled_from([*PARTS, f"{SITE}/a", "//site.example/b", f'<a href="{SITE}">']), max_size=30
    ).map("".join),
    st.integers(1, 30),
)
def test_pieces_make_no_difference(text: str, size: int) -> None:
    body = text.encode()
    assert rewritten(body, tag=TAG, size=size) == rewritten(body, tag=TAG)
