"""Masks hide parts of pages' paths that may name a person. Pure.

In the mask `/user/*` the star matches one part of a path: `/user/42` becomes `/user/*`, and
`/user/42/orders`, like all paths below, becomes `/user/*/orders`. `pages.py` masks all paths in pages' names.
"""

from typing import Self
from urllib.parse import unquote

STAR = "*"


class Masks:
    """A set of masks; several may match one path.

    Args:
        masks: the parts of each, such as `("user", "*")`.
    """

    def __init__(self, *masks: tuple[str, ...]) -> None:
        self._masks = masks

    @classmethod
    def parse(cls, text: str) -> Self:
        """The masks of a setting: `/user/*,/order/*/items`.

        Raises:
            ValueError: a mask is not a path with a star for at least one of its parts.
        """
        return cls(*(_parts(entry) for entry in (part.strip() for part in text.split(",")) if entry))

    def masked(self, path: str) -> str:
        """The path with stars for the hidden parts; it begins with a slash.

        Parts are compared as servers read them: percent-decoded, and repeated slashes count as one.
        """
        if not self._masks:
            return path
        parts = path.split("/")
        places = [place for place, part in enumerate(parts) if part]
        names = [unquote(parts[place]) for place in places]
        for mask in self._masks:
            if len(mask) <= len(names) and all(
                wanted in (STAR, name) for wanted, name in zip(mask, names, strict=False)
            ):
                for place, wanted in zip(places, mask, strict=False):
                    if wanted == STAR:
                        parts[place] = STAR
        return "/".join(parts)


NO_MASKS = Masks()


def _parts(mask: str) -> tuple[str, ...]:
    parts = tuple(unquote(part) for part in mask.strip("/").split("/"))
    starred = [part for part in parts if STAR in part]
    if not mask.startswith("/") or not all(parts) or not starred or any(part != STAR for part in starred):
        raise ValueError(f"'{mask}' should be a path with * for each part to hide, such as /user/*")
    return parts
