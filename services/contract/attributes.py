"""The attributes of page views, and the setting that says which of them are kept. Pure."""

from pageheat.services.contract.records import Attributes

NAMES: tuple[str, ...] = Attributes.__struct_fields__

INTERNAL = "internal"
"""The referrer where it is a page of one's own sites."""

OTHER = "other"
"""A value that came after too many different ones."""


def parse_segments(text: str) -> frozenset[str]:
    """The attributes that the setting SEGMENTS names; `none` names none, as an empty setting is not set.

    Raises:
        ValueError: one of them does not exist.
    """
    named = {part.strip() for part in text.split(",")} - {"", "none"}
    if unknown := sorted(named.difference(NAMES)):
        raise ValueError(f"'{unknown[0]}' should be some of {', '.join(NAMES)}, or none")
    return frozenset(named)
