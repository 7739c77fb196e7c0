"""The tokens of markup, as browsers see them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pageheat.frontends.heatmap.markup import RAW, Kind, Tokenizer, attributes


def tags(text: str, xml: bool = False) -> list[str]:
    """What is a tag, as it is written."""
    tokens = Tokenizer(xml).tokens(text, final=True)
    return [text[token.start : token.end] for token in tokens if token.kind in (Kind.START, Kind.END)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<b>c</b>d", ["<b>", "</b>"]),
        ("1 < 2 <3 <\xe9>", []),
        ("<a href='>'><p title=\">\">", ["<a href='>'>", '<p title=">">']),
        ("<a b=c>d", ["<a b=c>"]),
        ("<a =b>c", ["<a =b>"]),
        ("<a b=>c", ["<a b=>"]),
        ("<a b = 'c>'>", ["<a b = 'c>'>"]),
        ("<a'>'>", ["<a'>"]),
        ("<a b'>'>", ["<a b'>"]),
        ("<a 'b>'>", ["<a 'b>"]),
        ("<a b=c'>'>", ["<a b=c'>"]),
        ("<a b='c'd='>'>", ["<a b='c'd='>'>"]),
        ("<a/b/>", ["<a/b/>"]),
        ("<br/><A\nB></A >", ["<br/>", "<A\nB>", "</A >"]),
        ("<o:p></o:p>", ["<o:p>", "</o:p>"]),
        ("</ b><b></><i>", ["<b>", "<i>"]),
        ("<a href='never closed><b>", []),
        ("<a <b>", ["<a <b>"]),
        # Comments and the like
        ("<!-- <a> --><b>", ["<b>"]),
        ("<!-- <a> --!><b>", ["<b>"]),
        ("<!--><b>", ["<b>"]),
        ("<!---><b>", ["<b>"]),
        ("<!--a--><b><!-- <c>", ["<b>"]),
        ("<!doctype html [<a]><b>", ["<b>"]),
        ("<?php <a ?><b>", ["<b>"]),
        ("<![CDATA[ <a> ]]><b>", ["<b>"]),
        # Text in elements
        ("<script>'<a></b>'</script><b>", ["<script>", "</script>", "<b>"]),
        ("<script>'</scripts>'</script ><b>", ["<script>", "</script >", "<b>"]),
        ("<SCRIPT></a></Script/><b>", ["<SCRIPT>", "</Script/>", "<b>"]),
        ("<script><!-- <script> </script> --></script><b>", ["<script>", "</script>", "<b>"]),
        ("<script><!-- <script> </script> </script><b>", ["<script>", "</script>", "<b>"]),
        ("<script><!-- </script><b>", ["<script>", "</script>", "<b>"]),
        ("<script><!--><script></script><b>", ["<script>", "</script>", "<b>"]),
        ("<script/></a></script><b>", ["<script/>", "</script>", "<b>"]),
        ("<textarea><a></textarea><b>", ["<textarea>", "</textarea>", "<b>"]),
        ("<title><a></title><b>", ["<title>", "</title>", "<b>"]),
        ("<style>a>b{content:'</b>'}</style><b>", ["<style>", "</style>", "<b>"]),
        ("<noscript><a></noscript><b>", ["<noscript>", "</noscript>", "<b>"]),
        ("<iframe><a></iframe><xmp><a></xmp>", ["<iframe>", "</iframe>", "<xmp>", "</xmp>"]),
        ("<plaintext><a></plaintext><b>", ["<plaintext>"]),
        ("<template><a></template>", ["<template>", "<a>", "</template>"]),
        # SVG and MathML
        ("<svg><![CDATA[ <a> ]]><b/></svg>", ["<svg>", "<b/>", "</svg>"]),
        ("<svg><style><g></style></svg>", ["<svg>", "<style>", "<g>", "</style>", "</svg>"]),
        ("<svg/><![CDATA[ <a> ]]>", ["<svg/>"]),
        ("<svg></svg><style><g></style>", ["<svg>", "</svg>", "<style>", "</style>"]),
        (
            "<svg><foreignObject><style><g></style></foreignObject><title><i></title></svg>",
            [
                *("<svg>", "<foreignObject>", "<style>", "</style>", "</foreignObject>"),
                *("<title>", "<i>", "</title>", "</svg>"),
            ],
        ),
        ("<svg><p><style><g></style>", ["<svg>", "<p>", "<style>", "</style>"]),
        ("<div><svg></div><style><g></style>", ["<div>", "<svg>", "</div>", "<style>", "</style>"]),
        (
            "<math><mi><style><g></style></mi></math>",
            ["<math>", "<mi>", "<style>", "</style>", "</mi>", "</math>"],
        ),
    ],
)
def test_what_is_a_tag(text: str, expected: list[str]) -> None:
    assert tags(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p><![CDATA[ <a> ]]></p>", ["<p>", "</p>"]),
        ("<script src='a'/><p/>", ["<script src='a'/>", "<p/>"]),
        ("<script>//<![CDATA[\n'<a>'\n//]]></script>", ["<script>", "</script>"]),
        ("<title/><p/>", ["<title/>", "<p/>"]),
    ],
)
def test_what_is_a_tag_in_xml(text: str, expected: list[str]) -> None:
    assert tags(text, xml=True) == expected


def test_attributes_and_their_places() -> None:
    text = "<a HREF='x>y' b c = d e=\"\" =f='g' h=i/>"
    [token] = Tokenizer().tokens(text, final=True)
    found = [(name, value, text[start:end]) for name, value, start, end, _ in attributes(text, token)]
    assert found == [
        ("href", "x>y", "'x>y'"),
        ("c", "d", "d"),
        ("e", "", '""'),
        ("=f", "g", "'g'"),
        ("h", "i/", "i/"),
    ]


PARTS = [
    *(
        "<",
        ">",
        "</",
        "/>",
        "=",
        "'",
        '"',
        "<!--",
        "-->",
        "--!>",
        "<![CDATA[",
        "]]>",
        "<!",
        "<?",
        " ",
        "x",
        "\xe9",
    ),
    *("<script>", "</script>", "<script", "</script", "<style>", "</style>", "<svg>", "</svg>", "<title>"),
    *("</title>", "<p>", "<a b=", "<plaintext>", "<foreignObject>", "<svg/>", "<math>", "<mi>"),
]
MARKUP = st.lists(st.sampled_from(PARTS), max_size=30).map("".join)


@given(MARKUP, st.booleans())
def test_tokens_are_the_whole_text_in_order(text: str, xml: bool) -> None:
    tokens = list(Tokenizer(xml).tokens(text, final=True))
    assert "".join(text[token.start : token.end] for token in tokens) == text


@given(MARKUP, st.lists(st.integers(0, 200)), st.booleans())
def test_a_text_in_pieces_has_the_same_tags(text: str, cuts: list[int], xml: bool) -> None:
    tokenizer, rest, found = Tokenizer(xml), "", []
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    for start, end in zip(places, places[1:] + places[-1:], strict=True):
        piece, rest = rest + text[start:end], ""
        for token in tokenizer.tokens(piece, final=end == start):
            if token.kind in (Kind.START, Kind.END):
                found.append(piece[token.start : token.end])
            elif token.kind is Kind.UNFINISHED:
                rest = piece[token.start :]
    assert found == tags(text, xml)


@given(MARKUP | st.text("<>/ab=\"' &#\\\n", max_size=40))
def test_skimming_finds_the_same_tags_but_dull_ones(text: str) -> None:
    skimming = Tokenizer()
    skimming.skims = True
    found = [token for token in skimming.tokens(text, final=True) if token.kind is not Kind.TEXT]
    every = [token for token in Tokenizer().tokens(text, final=True) if token.kind is not Kind.TEXT]
    assert set(found) <= set(every)
    for token in set(every) - set(found):
        written = text[token.start : token.end]
        assert token.kind in (Kind.START, Kind.END)
        assert "//" not in written
        assert "&#" not in written
        assert token.name not in RAW
