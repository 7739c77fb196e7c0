"""Gives the variables of joined modules short names, as the script's size is a cost of each visit. Pure.

It knows no scopes: a name is shortened everywhere or nowhere. It stays if it is a property anywhere, also in
a literal or a pattern, or if a module uses it without declaring or importing it, as a global of the browser.

It reads the style of our modules, not all of JavaScript: no comments, labels, `var` or classes; no braces in
a template's expressions; a regular expression follows one of `( , = ! & | ? :`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, product
from string import ascii_letters

_TOKEN = re.compile(
    r"""
    (?P<text> "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*'
        | (?<=[(,=!&|?:])/(?:\\.|\[(?:\\.|[^]])*]|[^/\\\n])+/[a-z]* )
    | (?P<template> `(?:\\.|[^`\\])*` )
    | (?P<name> [A-Za-z_$][\w$]* )
    | (?P<other> \s+ | \.\.\. | \?\. | => | \d[\w.]* | . )
    """,
    re.VERBOSE,
)
_EXPRESSION = re.compile(r"(\$\{)([^{}]*)(\})")

_WORDS = frozenset(
    """
    async await break case catch const continue default delete do else export false finally for from function
    if import in instanceof let new null of return super switch this throw true try typeof undefined void
    while
    """.split()  # noqa: SIM905 - a list of words reads better as text
)

_BEFORE_BLOCK = frozenset({"", ")", ";", "=>", "catch", "else", "finally", "try", "{", "}"})
"""Tokens after which a brace opens a block, not a literal or a pattern."""

Token = tuple[str, str]
"""Kind (`name`, or another) and text."""


def shorten(script: str, modules: Iterable[str]) -> str:
    """The script with short names for what its modules declare, the most frequent first.

    Args:
        script: the modules joined in one scope, minified.
        modules: each alone, minified, with its imports.
    """
    tokens = [*tokens_of(script)]
    parts = [[*tokens_of(module)] for module in modules]
    declared = set[str]().union(*map(_declared, parts))
    kept = _properties(tokens).union(*(_names(part) - _declared(part) for part in parts))
    counts = Counter(text for kind, text in tokens if kind == "name")
    free = (name for name in _short_names() if name not in counts and name not in _WORDS)
    long = (name for name, _ in counts.most_common() if name in declared - kept and len(name) > 2)
    short = dict(zip(long, free, strict=False))
    return "".join(short.get(text, text) if kind == "name" else text for kind, text in tokens)


def _short_names() -> Iterator[str]:
    return map("".join, chain(product(ascii_letters), product(ascii_letters, repeat=2)))


def tokens_of(source: str) -> Iterator[Token]:
    """The script's tokens, spaces included. What is not a name, a text or a template is `other`."""
    for match in _TOKEN.finditer(source):
        kind, text = str(match.lastgroup), match.group()
        if kind != "template":
            yield ("other" if text in _WORDS else kind), text
            continue
        for i, part in enumerate(_EXPRESSION.split(text)):
            # Text, `${`, expression, `}`, text, …
            if i % 4 == 2:
                yield from tokens_of(part)
            else:
                yield "text", part


def _names(tokens: list[Token]) -> set[str]:
    return {text for kind, text in tokens if kind == "name"}


def _between(code: list[Token]) -> Iterator[tuple[str, str, str, str]]:
    """Each token's kind and text, between the texts before and after it."""
    texts = ["", *(text for _, text in code), ""]
    for (kind, text), before, after in zip(code, texts, texts[2:], strict=False):
        yield before, kind, text, after


def _declared(tokens: list[Token]) -> set[str]:
    """Names after `const`, `let`, `import` and `catch`, and those of parameters, also in patterns."""
    code = [token for token in tokens if not token[1].isspace()]
    found = set()
    opened: list[int] = []
    for i, (before, kind, text, after) in enumerate(_between(code)):
        if text in ("(", "[", "{"):
            opened.append(i)
        elif text in (")", "]", "}") and opened:
            start = opened.pop()
            leading = code[start - 1] if start else ("", "")
            is_pattern = leading[1] in ("const", "let", "import", "catch")
            is_function = text == ")" and (after == "=>" or (after == "{" and leading[0] == "name"))
            if is_pattern or is_function:
                found |= _names(code[start:i])
        elif kind == "name" and (after == "=>" or before in ("const", "let")):
            found.add(text)
    return found


def _properties(tokens: list[Token]) -> set[str]:
    """Names after a dot or before a colon, and those directly in the braces of a literal or pattern."""
    code = [token for token in tokens if not token[1].isspace()]
    found = set()
    opened: list[str] = []
    for before, kind, text, after in _between(code):
        if text in ("(", "[", "{"):
            opened.append("block" if text == "{" and before in _BEFORE_BLOCK else text)
        elif text in (")", "]", "}") and opened:
            opened.pop()
        elif kind == "name":
            begins = before in ("{", ",") and opened[-1:] == ["{"]
            if before in (".", "?.") or (begins and after in (",", "}", "=", "(", ":")):
                found.add(text)
    return found
