"""Gives the variables of joined modules short names, as the script's size is a cost of each visit. Pure.

In the block or statement that declares it, a name is shortened everywhere or nowhere. It stays if a module
uses it without declaring or importing it, as a global of the browser. Properties keep their names:
`{ x }` is `{x:a}`.

It reads the style of our modules, not all of JavaScript: no comments, labels, `var` or classes; one name or
pattern after `const` or `let`; no parameter that is not used; no braces in a template's expressions; a
regular expression follows one of `( , = ! & | ? :`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
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

_VARIABLES = frozenset({"name", "both"})

Token = tuple[str, str]
"""Kind and text. Kinds are `text`, `name` and `other`; `_roles` tells from names what is a `property`, or
`both`, a variable and a property of its name."""


def shorten(script: str, modules: Iterable[str]) -> str:
    """The script with short names for what its modules declare, the most frequent first.

    Args:
        script: the modules joined in one scope, minified.
        modules: each alone, minified, with its imports.
    """
    parts = [_roles(module) for module in modules]
    declared = set[str]().union(*map(_declared, parts))
    foreign = set[str]().union(*(_names(part) - _declared(part) for part in parts))
    return _shortened(_roles(script), declared - foreign, {})


def _shortened(block: list[Token], names: Set[str], short: Mapping[str, str]) -> str:
    """A block with short names.

    Args:
        block: the inside of its braces, or the script.
        names: what may be shortened, unless it is declared outside.
        short: what is declared outside.
    """
    own = names & _declared_in(block)
    short = {**short, **_short(block, own, short)}
    return "".join(_shortened_statement(it, names - own, short) for it in _statements(block))


def _shortened_statement(statement: list[Token], names: Set[str], short: Mapping[str, str]) -> str:
    """The same of a statement, where functions have parameters."""
    parts = [*_parts(statement)]
    own = names & set[str]().union(*(_names(part) for part, is_block in parts if not is_block))
    short = {**short, **_short(statement, own, short)}
    return "".join(
        _shortened(part, names - own, short)
        if is_block
        else "".join(_written(kind, text, short) for kind, text in part)
        for part, is_block in parts
    )


def _written(kind: str, text: str, short: Mapping[str, str]) -> str:
    if kind not in _VARIABLES or text not in short:
        return text
    return short[text] if kind == "name" else f"{text}:{short[text]}"


def _short(tokens: list[Token], own: Set[str], short: Mapping[str, str]) -> dict[str, str]:
    """A short name for each of `own` that is worth one. It may hide one that is not used here.

    The script's names have theirs by frequency. Others have them in order, so that functions look alike.
    """
    counts = Counter(text for kind, text in tokens if kind in _VARIABLES)
    both = Counter(text for kind, text in tokens if kind == "both")
    ordered = counts if short else (name for name, _ in counts.most_common())
    worth = [name for name in ordered if name in own and counts[name] > 2 * both[name]]
    taken = _WORDS.union(short.get(name, name) for name in counts.keys() - worth)
    free = (name for name in _short_names() if name not in taken)
    return dict(zip(worth, free, strict=False))


def _short_names() -> Iterator[str]:
    return map("".join, chain(product(ascii_letters), product(ascii_letters, repeat=2)))


def _depths(tokens: list[Token]) -> Iterator[tuple[int, Token]]:
    """Each token after the number of brackets that are open around it."""
    depth = 0
    for kind, text in tokens:
        depth -= kind == "other" and text in (")", "]", "}")
        yield depth, (kind, text)
        depth += kind == "other" and text in ("(", "[", "{")


def _statements(block: list[Token]) -> Iterator[list[Token]]:
    """A block's statements, each with its semicolon. What ends without one comes with the next."""
    statement: list[Token] = []
    for depth, token in _depths(block):
        statement.append(token)
        if token[1] == ";" and not depth:
            yield statement
            statement = []
    yield statement


def _parts(statement: list[Token]) -> Iterator[tuple[list[Token], bool]]:
    """A statement's parts inside of blocks and outside of them, and whether it is a block's."""
    part: list[Token] = []
    inside: int | None = None
    before = ""
    for depth, (kind, text) in _depths(statement):
        if inside is None and kind == "other" and text == "{" and before in _BEFORE_BLOCK:
            yield [*part, (kind, text)], False
            part, inside = [], depth
        elif inside == depth and text == "}":
            yield part, True
            part, inside = [(kind, text)], None
        else:
            part.append((kind, text))
        if not text.isspace():
            before = text
    yield part, False


def _declared_in(block: list[Token]) -> set[str]:
    """The names that a block's own `const` and `let` declare."""
    found = set()
    declares = False
    for depth, (kind, text) in _depths(block):
        if not depth and text in ("const", "let"):
            declares = True
        elif not depth and text in ("=", ";"):
            declares = False
        elif declares and kind in _VARIABLES:
            found.add(text)
    return found


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
    return {text for kind, text in tokens if kind in _VARIABLES}


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
            is_function = text == ")" and (after == "=>" or (after == "{" and leading[0] == "property"))
            if is_pattern or is_function:
                found |= _names(code[start:i])
        elif kind == "name" and (after == "=>" or before in ("const", "let")):
            found.add(text)
    return found


def _roles(source: str) -> list[Token]:
    """The source's tokens, with the kinds of names."""
    found: list[Token] = []
    opened: list[str] = []
    tokens = [*tokens_of(source)]
    code = [token for token in tokens if not token[1].isspace()]
    roles = []
    for before, kind, text, after in _between(code):
        role = kind
        if kind == "other" and text in ("(", "[", "{"):
            opened.append("block" if text == "{" and before in _BEFORE_BLOCK else text)
        elif kind == "other" and text in (")", "]", "}"):
            opened.pop()
        elif kind == "name":
            begins = before in ("{", ",") and opened[-1:] == ["{"]
            if before in (".", "?.") or (begins and after in ("(", ":")):
                role = "property"
            elif begins and after in (",", "}", "="):
                role = "both"
        roles.append(role)
    kinds = iter(roles)
    for kind, text in tokens:
        found.append((kind if text.isspace() else next(kinds), text))
    return found
