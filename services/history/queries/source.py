"""What a question is about, and the rows that it reads. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import msgspec

from pageheat.services.contract.errors import PageheatError
from pageheat.services.history.layers import Layer
from pageheat.services.history.masks import MAX_HIDDEN, Hidden, condition
from pageheat.services.history.ranges import Range, Span, up_to
from pageheat.services.history.schema import DATABASE, LABELS, LEVELS, table_of

Parameters = dict[str, str | int]

FILTERS = LABELS
"""What rows can be chosen by: width band and attributes of the view."""

QUERY_S = 10
"""Longest time of a query: a reader should not wait longer, and the writer not share its processor for
longer."""

QUERY_BYTES = 400_000_000
"""Memory of a query: four at once, the engine and a batch fit 2 GB."""

LIMITS = (
    # one thread needs no groups divided among threads: that doubles the time of many groups
    "max_threads = 1, group_by_two_level_threshold = 0, group_by_two_level_threshold_bytes = 0, "
    f"max_execution_time = {QUERY_S}, max_memory_usage = {QUERY_BYTES}, "
    "output_format_json_quote_64bit_integers = 0"
)


class TooMuch(PageheatError):
    """The question can't be answered within the limits; the message names what to ask instead."""


class Deleting(PageheatError):
    """So much was forgotten just now that only single pages can be asked for."""


class Asks(Protocol):
    """A database that can be asked."""

    def query(self, sql: str, parameters: Parameters | None = None, *, format_: str) -> bytes:
        """The answer in one of ClickHouse's formats."""


@dataclass(frozen=True)
class Selection:
    """Which rows: of a page, or of a group of pages by its pattern, in a range, of some views."""

    page: str
    range: Range
    filters: Mapping[str, str] = field(default_factory=dict)
    hidden: Hidden = field(default_factory=dict)
    """What was forgotten and is still on the disk."""

    def having(self, **filters: str) -> "Selection":
        """The same with further filters."""
        return replace(self, filters={**self.filters, **filters})

    def without(self, name: str) -> "Selection":
        """The same whatever a band or attribute is."""
        return replace(self, filters={key: value for key, value in self.filters.items() if key != name})

    def during(self, range_: Range) -> "Selection":
        """The same in another range."""
        return replace(self, range=range_)


def is_pattern(page: str) -> bool:
    """Whether it names a group of pages: `/product/*`, `/product/:id`, `/docs/**`."""
    return bool(re.search(r"/(?:\*\*?|:[A-Za-z_]\w*)(?=/|$)", page))


def expression(pattern: str) -> str:
    """The regular expression of a group's pattern. `*` and `:name` are one part of a path, `**` is any."""
    parts = [
        ".*" if part == "**" else "[^/?#]+" if part == "*" or part.startswith(":") else re.escape(part)
        for part in pattern.split("/")
    ]
    return "^" + "/".join(parts) + "$"


def of_page(page: str) -> tuple[str, Parameters]:
    """The condition on `page`, and its parameters. A page of that very name belongs to its pattern."""
    if not is_pattern(page):
        return "page = {page:String}", {"page": page}
    prefix = re.split(r"/(?:\*|:)", page, maxsplit=1)[0] + "/"
    return (
        "startsWith(page, {prefix:String}) AND match(page, {pattern:String})",
        {"prefix": prefix, "pattern": expression(page)},
    )


def counts(
    selection: Selection, columns: str, layers: Sequence[Layer], *, group: str
) -> tuple[str, Parameters]:
    """SQL that sums counts by cell: `columns` of `layer`, `time`, `page`, FILTERS, `cell`, `e`vents and
    `v`iews.

    Args:
        selection: which rows.
        columns: what to select.
        layers: which layers.
        group: what to group by.
    """
    cells = "ARRAY JOIN cellMap.cell AS cell, cellMap.events AS e, cellMap.views AS v"
    return _counted(selection, columns, "cell, e, v", cells, layers, group)


def sums(
    selection: Selection,
    columns: str,
    layers: Sequence[Layer],
    *,
    group: str,
    is_labelled: bool = False,
    other: Range | None = None,
) -> tuple[str, Parameters]:
    """The same without cells, which need not be read then; band and attributes are columns if asked for.

    Rows of an `other` range are read, too, if it is given: a column `is_own` tells them apart.
    """
    labels = f"{', '.join(FILTERS)}, " if is_labelled else ""
    return _counted(selection, columns, f"{labels}events AS e, views AS v", "", layers, group, other)


def _counted(
    selection: Selection,
    columns: str,
    of_row: str,
    cells: str,
    layers: Sequence[Layer],
    group: str,
    other: Range | None = None,
) -> tuple[str, Parameters]:
    chosen, parameters = _chosen(selection)
    numbers = ", ".join(str(int(layer)) for layer in layers)
    needs_labels = bool(selection.filters) or FILTERS[0] in of_row
    kind = "counts" if needs_labels else "whole"
    ranges = [(selection.range, of_row)]
    if other:
        ranges = [(selection.range, f"{of_row}, 1 AS is_own"), (other, f"{of_row}, 0 AS is_own")]
    read = " UNION ALL ".join(
        f"""SELECT page, layer, time, {row} FROM {DATABASE}.{table} {cells}
        WHERE {chosen} AND layer IN ({numbers}) AND {_within(selection, span, table, parameters)}"""
        for range_, row in ranges
        for span in up_to(LEVELS[kind][-1], range_.spans)
        for table in [table_of(kind, span.level)]
    )
    return f"SELECT {columns} FROM ({read}) {group} SETTINGS {LIMITS}", parameters


def elements(selection: Selection, columns: str, *, group: str) -> tuple[str, Parameters]:
    """The same of counts on elements: `columns` of `selector`, `kind`, `spot`s, `events` and `views`."""
    chosen, parameters = _chosen(selection)
    read = " UNION ALL ".join(
        f"""SELECT page, selector, kind, spotMap.spot AS spots, spotMap.events AS events, views
        FROM {DATABASE}.elements_{span.level}
        WHERE {chosen} AND {_within(selection, span, f"elements_{span.level}", parameters)}"""
        for span in up_to(LEVELS["elements"][-1], selection.range.spans)
    )
    return f"SELECT {columns} FROM ({read}) {group} SETTINGS {LIMITS}", parameters


def rows(asks: Asks, asked: tuple[str, Parameters]) -> list[list[Any]]:
    """The rows of an answer."""
    sql, parameters = asked
    answer = asks.query(sql, parameters, format_="JSONCompactEachRow")
    return [msgspec.json.decode(line) for line in answer.splitlines() if line]


def _chosen(selection: Selection) -> tuple[str, Parameters]:
    """The condition on page, band and attributes."""
    condition, parameters = of_page(selection.page) if selection.page else ("1", {})
    for name, value in selection.filters.items():
        condition += f" AND {name} = {{{name}:String}}"
        parameters[name] = value
    return condition, parameters


def _within(selection: Selection, span: Span, table: str, parameters: Parameters) -> str:
    """The condition on time, and that rows are not hidden; adds its parameters."""
    times = f"time >= {span.begin_ms // 1000} AND time < {span.end_ms // 1000}"
    found = hidden_from(selection)
    if not found:
        return times
    is_hidden, own = condition(found, table)
    parameters |= own
    return f"{times} AND NOT ({is_hidden})"


def hidden_from(selection: Selection) -> Hidden:
    """What is hidden of the pages that are asked for.

    Raises:
        Deleting: it is more than a question can leave out.
    """
    page, found = selection.page, selection.hidden
    if page and not is_pattern(page):
        return {what: batches for what, batches in found.items() if what.covers(page)}
    if len(found) > MAX_HIDDEN:
        raise Deleting(
            f"{len(found)} pages and spans are being deleted: ask for a single page, or again in a minute"
        )
    return found
