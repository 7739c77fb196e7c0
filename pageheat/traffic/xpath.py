"""Translates an element's XPath, as evtrack records it, into a selector as in the tracker. Pure.

evtrack writes the path from the nearest id, or from the root, child by child. A step without a number is the
only child of its type.
"""

import re

import msgspec

from pageheat.services.contract.records import Selector

_FROM_ID = re.compile(r"//\*\[@id=(?P<quote>['\"])(?P<id>.+?)(?P=quote)\](?P<steps>(/[^/]+)*)")
_FROM_BODY = re.compile(r"/html(\[1\])?/body(\[1\])?(?P<steps>(/[^/]+)+)")
_STEP = re.compile(r"(?P<tag>[A-Za-z][A-Za-z0-9-]*)(\[(?P<nth>[0-9]+)\])?")
_PLAIN_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


def selector_of(xpath: str) -> str | None:
    """The selector of an XPath's element; None for the page itself, and if there is no valid selector."""
    if found := _FROM_ID.fullmatch(xpath):
        name = found["id"]
        root = f"#{name}" if _PLAIN_ID.fullmatch(name) else f'[id="{name}"]'
    elif found := _FROM_BODY.fullmatch(xpath):
        root = "body"
    else:
        return None
    steps = [_STEP.fullmatch(step) for step in found["steps"].split("/")[1:]]
    selector = ">".join(
        [root, *(f"{step['tag'].lower()}:nth-of-type({step['nth'] or 1})" if step else "" for step in steps)]
    )
    try:
        return msgspec.convert(selector, Selector)
    except msgspec.ValidationError:
        return None
