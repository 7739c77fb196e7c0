"""Answers that are lists, as CSV: a line of names, then a line for each entry. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence

import msgspec

from pageheat.services.history.queries.attention import Attention
from pageheat.services.history.queries.compare import Comparison, Difference
from pageheat.services.history.queries.elements import ElementCounts, Elements
from pageheat.services.history.queries.groups import Proposal
from pageheat.services.history.queries.pages import PageList, PageSums
from pageheat.services.history.queries.scroll import Scroll
from pageheat.services.history.queries.series import Series

Listed = Attention | Comparison | Elements | PageList | Scroll | Series | list[Proposal]
"""What has lines."""

Line = Sequence[str | int | float | None]

KINDS = ("clicks", "rage", "dead", "dwell")


def csv_of(found: Listed) -> bytes:
    """The lines. Texts that a spreadsheet would take for formulas are quoted by a `'`."""
    out = io.StringIO()
    names, lines = _table(found)
    write = csv.writer(out)
    write.writerow(names)
    write.writerows([_text(each) if isinstance(each, str) else each for each in line] for line in lines)
    return out.getvalue().encode()


def _table(found: Listed) -> tuple[Sequence[str], Iterable[Line]]:
    match found:
        case Series():
            times = range(found.begin, found.end, found.step)
            columns = (times, found.views, found.clicks, found.moves, found.attention)
            return ("time", "views", "clicks", "moves", "attention_ms"), zip(*columns, strict=True)
        case PageList():
            own = ("views", "clicks", "moves", "attention_ms")
            before = tuple(f"{name}_before" for name in own) if found.before else ()
            return ("page", "pages", *own, *before), map(_page, found.pages)
        case Elements():
            names = ("selector", *(f"{kind}{what}" for kind in KINDS for what in ("", "_views")))
            return names, map(_element, found.elements)
        case Scroll():
            return ("from_px", "views"), _rows(found.row, found.reached)
        case Attention():
            return ("from_px", "ms"), _rows(found.row, found.ms)
        case Comparison():
            return ("of", "place", "before", "after", "difference", "z", "rate", "differs"), (
                _difference(of, one)
                for of, places in (("cell", found.cells), ("element", found.elements))
                for one in places
            )
        case list():
            return ("pattern", "values", "pages", "views", "examples"), (
                (one.pattern, " ".join(map(str, one.values)), one.pages, one.views, " ".join(one.examples))
                for one in found
            )


def _rows(row_px: int, counts: Sequence[int]) -> Iterable[Line]:
    return ((number * row_px, count) for number, count in enumerate(counts))


def _page(one: PageSums) -> Line:
    before = msgspec.structs.astuple(one.before) if one.before else ()
    return one.page, one.pages, one.views, one.clicks, one.moves, one.attention, *before


def _difference(of: str, one: Difference) -> Line:
    differs = "true" if one.differs else "false"
    return of, one.place, one.before, one.after, one.difference, one.z, one.rate, differs


def _element(one: ElementCounts) -> Line:
    line: list[str | int] = [one.selector]
    for kind in KINDS:
        line.append(sum(sum(rows.values()) for rows in getattr(one, kind).values()))
        line.append(one.views.get(kind, 0))
    return line


def _text(value: str) -> str:
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
