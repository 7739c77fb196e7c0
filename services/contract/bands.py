"""Width bands: visitors by the width of their viewport, as the layout depends on it."""

import re
from bisect import bisect_right
from dataclasses import dataclass

from pageheat.services.contract.records import Frame

MAX_BANDS = 7
"""Eight with "unknown": three bits of a packed number."""

UNKNOWN = "unknown"
"""The band of events without a width: requests in the form of 2006."""


@dataclass(frozen=True)
class Bands:
    """Bands from narrow to wide, then UNKNOWN.

    `edges` are the viewport widths, px, at which the second and later bands begin.
    """

    names: tuple[str, ...]
    edges: tuple[float, ...]

    def __post_init__(self) -> None:
        assert len(self.names) == len(self.edges) + 2  # noqa: S101

    @property
    def unknown(self) -> int:
        """Index of UNKNOWN."""
        return len(self.names) - 1

    def of(self, frame: Frame) -> int:
        """Index of the band of a frame's viewport, or of its document if only that is known."""
        size = frame.page.viewport or frame.page.document
        if size is None or frame.origin == "first":
            return self.unknown
        return bisect_right(self.edges, size.width)

    @classmethod
    def parse(cls, text: str) -> "Bands":
        """Read the setting: `phone<600,tablet<1024,desktop`.

        Raises:
            ValueError: the setting does not have this form.
        """
        *narrow, widest = [part.strip() for part in text.split(",")]
        bands = [re.fullmatch(r"([a-z][a-z0-9-]{0,15})<([1-9][0-9]{0,4})", part) for part in narrow]
        names = [band[1] for band in bands if band] + [widest]
        edges = [int(band[2]) for band in bands if band]
        if (
            None in bands
            or not re.fullmatch(r"[a-z][a-z0-9-]{0,15}", widest)
            or edges != sorted(set(edges))
            or len({*names, UNKNOWN}) <= len(names)
            or len(names) > MAX_BANDS
        ):
            raise ValueError(
                f"should be up to {MAX_BANDS} names with rising widths, the widest without a width, "
                "such as phone<600,tablet<1024,desktop"
            )
        return cls((*names, UNKNOWN), tuple(map(float, edges)))
