"""Mutations of corpus inputs: tokens made hostile, repeated, left out; bytes changed; truncated."""

import json
import re
from collections.abc import Sequence

from hypothesis import strategies as st

TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|[A-Za-z]+|.', re.DOTALL)

_NUMBERS = (
    b"NaN Infinity -Infinity 1e308 -1e308 1e999 5e-324 -0 -0.0 -1 0 1 1.5 256 -5001 10000001 0x10 "
    b"9007199254740993 18446744073709551616 01 1_0"
).split()

_VALUES = rb'''null true false {} [] "" "\ud800" "\u0000" "\u001b[2J" "\ud83d\ude00" "/" "//" "/\n" "?" "/%zz"
    "#a" "body>p" "[id=\"a\"]" "a,b{}" "__proto__"'''.split()

_ADDRESSES = (
    b"x=1&y=2 u=// u=http://[::1 u=http://\xc3\xa9.example:99999/ %00 %ff & + http://[ http://a..b/ null "
    b"https://shop.example:0 javascript:0"
).split()

HOSTILE = (
    *_NUMBERS,
    *_VALUES,
    *_ADDRESSES,
    *(b"9" * 400, b"-" + b"9" * 5000, "١".encode(), b"http://" + b"a" * 300),
    *(b'"\xff\xfe"', b'"\xed\xa0\x80"', b'"/' + b"a" * 1100 + b'"', b'"' + "é".encode() * 600 + b'"'),
    *(b"[" * 3000, b'{"a":' * 3000, b"[" * 500 + b"]" * 500, b"[" * 100_000),
    *(b"\xef\xbb\xbf", b"\0", b"\r", b"\n", b"\x1e", b"\x1b[2J", "\u2028".encode(), b"\xff"),
)
"""Values that break decoders: invalid or too large numbers, invalid text, deep nesting, addresses."""


@st.composite
def _tokens(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    tokens = TOKEN.findall(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(tokens) - 1, 0)))
        size = draw(st.sampled_from([0, 1, 1, 1, 2, 4, 9]))
        kind = draw(st.integers(0, 5))
        if kind <= 1:
            tokens[at : at + size] = [draw(st.sampled_from(HOSTILE))]
        elif kind <= 3:
            tokens[at : at + 1] = [draw(_like(token)) for token in tokens[at : at + 1]]
        elif kind == 4:
            tokens[at:at] = tokens[at : at + size] * draw(st.integers(1, 3))
        else:
            del tokens[at : at + size]
    return b"".join(tokens)


def _like(token: bytes) -> st.SearchStrategy[bytes]:
    """Another token of the same kind, which may be valid."""
    if token[:1].isdigit() or token[:1] == b"-":
        return (st.integers(-2000, 2000) | st.integers() | st.floats()).map(lambda it: str(it).encode())
    if token.startswith(b'"'):
        return st.text(max_size=12).map(lambda it: json.dumps(it).encode())
    return st.just(token)


@st.composite
def _bytes(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


def near(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Inputs like these, partly hostile."""
    return st.one_of(_tokens(seeds), _tokens(seeds), _bytes(seeds), st.binary(max_size=64))
