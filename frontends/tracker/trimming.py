"""Takes out of joined modules what only readers need, as the script's size is a cost of each visit. Pure.

Numbers stand where their constants were used. `const` is written `let`: one word compresses better than two,
and declarations that follow each other share one. A comma or semicolon before a closing bracket goes, and
spaces but between words. Modules are written in the style that renaming.py reads, each statement with its
semicolon.
"""

import re
from collections.abc import Iterator

from pageheat.frontends.tracker.renaming import Token, tokens_of

_NUMBER = re.compile(r"^(?:export )?const ([A-Z][A-Z_]*) = (\d[\d_]*);", re.MULTILINE)
_SHORTER = {"const": "let", "true": "!0", "false": "!1"}
_SPARE = frozenset({",)", ",]", ",}", ";}"})
_WORDLIKE = re.compile(r"[\w$]{2}")


def numbers_of(source: str) -> dict[str, str]:
    """A module's constants that are whole numbers, by their names, which are in capitals."""
    return {name: number.replace("_", "") for name, number in _NUMBER.findall(source)}


def without_numbers(source: str) -> str:
    """The module without the declarations that `numbers_of` reads."""
    return _NUMBER.sub("", source)


def trim(script: str, numbers: dict[str, str]) -> str:
    """The same script, shorter.

    Args:
        script: minified.
        numbers: what to write in place of names.
    """
    tokens = [*tokens_of(script)]
    texts = ["", *(text for _, text in tokens), ""]
    return "".join(
        numbers.get(text, text) if kind == "name" else _SHORTER.get(text, text) if kind == "other" else text
        for (kind, text), before, after in zip(tokens, texts, texts[2:], strict=False)
        if kind != "other" or not (text + after in _SPARE or (text.isspace() and _are_apart(before, after)))
    )


def _are_apart(before: str, after: str) -> bool:
    """Whether two tokens are two without a space between them."""
    return not _WORDLIKE.fullmatch(before[-1:] + after[:1]) and not (before == after and before in ("+", "-"))


def join_declarations(script: str) -> str:
    """The script with one `let` for declarations that follow each other."""
    return "".join(_joined([*tokens_of(script)]))


def _joined(tokens: list[Token]) -> Iterator[str]:
    declares = [False]  # whether the current statement does, in each open bracket
    texts = [text for _, text in tokens]
    skipped = 0
    for i, (kind, text) in enumerate(tokens):
        if skipped:
            skipped -= 1
        elif text == ";" and declares[-1] and texts[i + 1 : i + 2] == ["let"]:
            skipped = 2 if texts[i + 2].isspace() else 1
            yield ","
        else:
            if text == "let":
                declares[-1] = True
            elif text == ";":
                declares[-1] = False
            elif kind == "other" and text in ("(", "[", "{"):
                declares.append(False)
            elif kind == "other" and text in (")", "]", "}"):
                declares.pop()
            yield text
