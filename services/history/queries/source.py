"""What a question is about, and the rows that it reads. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import msgspec

from pageheat.services.contract.errors import PageheatError
from pageheat.services.history.layers import Layer
from pageheat.services.history.ranges import Range
from pageheat.services.history.schema import DATABASE

Parameters = dict[str, str | int]

FILTERS = ("band", "referrer", "source", "medium", "campaign", "segment")
"""What rows can be chosen by: width band and attributes of the view."""

QUERY_S = 10
"""Longest time of a query: a reader should not wait longer, and the writer not share its processor for
longer."""

QUERY_BYTES = 400_000_000
"""Memory of a query: four at once, the engine and a batch fit 2 GB."""

LIMITS = (
    f"max_threads = 1, max_execution_time = {QUERY_S}, max_memory_usage = {QUERY_BYTES}, "
    "output_format_json_quote_64bit_integers = 0"
)


class TooMuch(PageheatError):
    """The question can't be answered within the limits; the message names what to ask instead."""


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
    condition, parameters = _where(selection)
    chosen = f"{condition} AND layer IN ({', '.join(str(int(layer)) for layer in layers)})"
    read = " UNION ALL ".join(
        f"""SELECT page, layer, time, {", ".join(FILTERS)}, cell, e, v FROM {DATABASE}.counts_{span.level}
        ARRAY JOIN cellMap.cell AS cell, cellMap.events AS e, cellMap.views AS v
        WHERE {chosen} AND time >= {span.begin_ms // 1000} AND time < {span.end_ms // 1000}"""
        for span in selection.range.spans
    )
    return f"SELECT {columns} FROM ({read}) {group} SETTINGS {LIMITS}", parameters


def elements(selection: Selection, columns: str, *, group: str) -> tuple[str, Parameters]:
    """The same of counts on elements: `columns` of `selector`, `kind`, `spot`s, `events` and `views`."""
    condition, parameters = _where(selection)
    read = " UNION ALL ".join(
        f"""SELECT page, selector, kind, spotMap.spot AS spots, spotMap.events AS events, views
        FROM {DATABASE}.elements_{span.level}
        WHERE {condition} AND time >= {span.begin_ms // 1000} AND time < {span.end_ms // 1000}"""
        for span in selection.range.spans
    )
    return f"SELECT {columns} FROM ({read}) {group} SETTINGS {LIMITS}", parameters


def rows(asks: Asks, asked: tuple[str, Parameters]) -> list[list[Any]]:
    """The rows of an answer."""
    sql, parameters = asked
    answer = asks.query(sql, parameters, format_="JSONCompactEachRow")
    return [msgspec.json.decode(line) for line in answer.splitlines() if line]


def _where(selection: Selection) -> tuple[str, Parameters]:
    condition, parameters = of_page(selection.page) if selection.page else ("1", {})
    for name, value in selection.filters.items():
        condition += f" AND {name} = {{{name}:String}}"
        parameters[name] = value
    return condition, parameters
