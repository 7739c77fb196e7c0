"""Takes out of joined modules what only readers need, as the script's size is a cost of each visit. Pure.

Numbers stand where their constants were used. `const` is written `let`: one word compresses better than two.
A comma or semicolon before a closing bracket goes. Modules are written in the style that renaming.py reads.
"""

import re

from pageheat.frontends.tracker.renaming import tokens_of

_NUMBER = re.compile(r"^(?:export )?const ([A-Z][A-Z_]*) = (\d[\d_]*);", re.MULTILINE)
_SPARE = frozenset({",)", ",]", ",}", ";}"})


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
    texts = [text for _, text in tokens]
    return "".join(
        numbers.get(text, text) if kind == "name" else "let" if text == "const" else text
        for (kind, text), after in zip(tokens, [*texts[1:], ""], strict=True)
        if kind != "other" or text + after not in _SPARE
    )
