"""Until when the history is complete. Pure."""

import msgspec

from pageheat.services.history.queries.source import LIMITS, Asks, rows
from pageheat.services.history.schema import DATABASE

STORED_TO = "Pageheat-Stored-To"
"""A header of all answers, whatever their format: what `stored_to` says; absent if that is None."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename={"stored_to": "stored-to"}):
    """What every answer says.

    Attributes:
        stored_to: all that had come until then is in the answer, ms since the epoch: the range's end, or
            before it, if that is still to come or the history is behind. None if that is not known yet.
    """

    stored_to: int | None = None


def stored_to(asks: Asks) -> int | None:
    """Until when all partitions are stored, by whichever process has them; None if one never was."""
    asked = f"""SELECT toUnixTimestamp64Milli(min(reached)) FROM (
        SELECT max(time) AS reached FROM {DATABASE}.reached GROUP BY partition
    ) SETTINGS {LIMITS}"""
    return rows(asks, (asked, {}))[0][0] or None
