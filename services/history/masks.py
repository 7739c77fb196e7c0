"""What was forgotten, and is still on the disk: answers leave it out. Pure.

A tombstone is written to each partition of the log, and is about rows of earlier eras in its own. So what one
command forgets is as many masks, one for each partition, which have a condition in common.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pageheat.services.contract.forgetting import Forgotten
from pageheat.services.history.ranges import LENGTHS

LAST_S = 2**32 - 1
"""The last time that the database has, in 2106."""

MAX_HIDDEN = 100
"""Limit of what one statement leaves out or deletes: each is tested for each row that is not of one page
alone."""

Parameters = dict[str, str | int]


@dataclass(frozen=True)
class What:
    """Rows of a page, or of a site's pages, in [`begin_s`, `end_s`)."""

    key: str
    of_site: bool
    begin_s: int
    end_s: int

    @classmethod
    def of(cls, forgotten: Forgotten) -> "What":
        """What a tombstone is about, to the second."""
        end_s = min(-(-forgotten.end_ms // 1000), LAST_S)
        return cls(forgotten.key, forgotten.of_site, forgotten.begin_ms // 1000, end_s)

    def covers(self, page: str) -> bool:
        """Whether it is about this page."""
        return page.startswith(self.key) if self.of_site else page == self.key


@dataclass(frozen=True)
class Mask:
    """Hides rows of a partition that are of an earlier era than `batch`."""

    what: What
    partition: int
    batch: int


Hidden = Mapping[What, Mapping[int, int]]
"""What is hidden, and in each partition before which era."""

NOTHING: Hidden = {}


def hidden(masks: Iterable[Mask]) -> Hidden:
    """The masks, those about the same together."""
    found: dict[What, dict[int, int]] = defaultdict(dict)
    for mask in masks:
        of = found[mask.what]
        of[mask.partition] = max(mask.batch, of.get(mask.partition, 0))
    return found


def of_table(table: str) -> tuple[str, int]:
    """A table's column of time, and how long its times are, s."""
    column = "began" if table == "views" else "time"
    return column, next((ms // 1_000 for level, ms in LENGTHS.items() if table.endswith(level)), 1)


def condition(hidden: Hidden, table: str) -> tuple[str, Parameters]:
    """SQL that is true for a table's hidden rows, and its parameters.

    What has coarser times than the span's ends is hidden if it has any minute of the span.
    """
    column, length_s = of_table(table)
    parameters: Parameters = {}
    found = []
    for number, (what, batches) in enumerate(hidden.items()):
        parameters[f"hidden{number}"] = what.key
        page = f"{{hidden{number}:String}}"
        first_s = what.begin_s // length_s * length_s
        found.append(
            f"({f'startsWith(page, {page})' if what.of_site else f'page = {page}'} "
            f"AND {column} >= toDateTime({first_s}, 'UTC') AND {column} < toDateTime({what.end_s}, 'UTC') "
            f"AND era < transform(partition, {[*batches]}, {[*batches.values()]}, 0))"
        )
    return " OR ".join(found) or "0", parameters
