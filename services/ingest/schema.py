"""The JSON Schema of all that ingest takes, made from the types that it is decoded with. Pure.

What a schema cannot say, docs/protocol.md does: which pages may send, how many frames, what is in packed
bytes, and that an event may be at most five seconds ahead of its frame.
"""

import sys
from collections.abc import Callable
from functools import cache
from inspect import cleandoc
from typing import Any

import msgspec

from pageheat.services.contract.records import SentFrame
from pageheat.services.ingest.clicks import SentClick
from pageheat.services.ingest.frames import TutorialEvent

SCHEMA = "/_pageheat/schema.json"
"""Where ingest serves it."""

_TAKEN = {
    SentFrame: "A WebSocket's message, or the body of a POST.",
    TutorialEvent: "The same, from the tutorial's script.",
    SentClick: "The query of a GET, in the form of 2006.",
}

_SOMETHING = {
    "anyOf": [
        {"required": [name], "properties": {name: {least: 1}}}
        for name, least in {
            "moves": "minLength",
            "fixed_moves": "minLength",
            "events": "minItems",
            "looks": "minLength",
        }.items()
    ]
}
"""A tracker's frame has one of these at least."""


@cache
def schema() -> bytes:
    """The schema, JSON."""
    places, types = msgspec.json.schema_components(_TAKEN, ref_template="#/$defs/{name}")
    taken = [place | {"description": how} for place, how in zip(places, _TAKEN.values(), strict=True)]
    taken[0] |= _SOMETHING
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What Pageheat's ingest takes",
        "oneOf": taken,
        "$defs": types,
    }
    return msgspec.json.format(msgspec.json.encode(_each(whole, _for_browsers)), indent=2) + b"\n"


def _each(value: Any, change: Callable[[str, Any], Any]) -> Any:
    """The value with each entry of its objects changed."""
    if isinstance(value, dict):
        return {name: change(name, _each(each, change)) for name, each in value.items()}
    return [_each(each, change) for each in value] if isinstance(value, list) else value


def _for_browsers(name: str, value: Any) -> Any:
    """An entry as readers of the schema need it: patterns of ECMAScript, and texts without an indent."""
    if name == "pattern" and isinstance(value, str):
        return value.replace(r"\A", "^").replace(r"\Z", "$")
    return cleandoc(value) if name == "description" and isinstance(value, str) else value


if __name__ == "__main__":
    sys.stdout.buffer.write(schema())
