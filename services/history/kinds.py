"""The kinds of questions: what may be asked at which path, how it is answered, and by which type. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from pageheat.services.contract.tokens import Grant
from pageheat.services.history.queries.attention import Attention, attention
from pageheat.services.history.queries.compare import Comparison, compare
from pageheat.services.history.queries.elements import MAX_ELEMENTS, Elements, elements_of
from pageheat.services.history.queries.film import Film, film, frame_step
from pageheat.services.history.queries.grid import Grid, grid
from pageheat.services.history.queries.groups import Proposal, proposals
from pageheat.services.history.queries.notes import Note, notes
from pageheat.services.history.queries.pages import MAX_GROUPS, MAX_LISTED, PageList, pages
from pageheat.services.history.queries.png import png
from pageheat.services.history.queries.scroll import Scroll, scroll
from pageheat.services.history.queries.segments import Segments, segments
from pageheat.services.history.queries.series import Series, series, step_of
from pageheat.services.history.queries.source import FILTERS, Asks, Selection, is_pattern
from pageheat.services.history.ranges import other_range_of
from pageheat.services.history.requests import (
    CHOSEN,
    COUNT,
    FORMAT,
    GROUP,
    LAYER,
    OFFSET,
    PAGE,
    PICTURE,
    POINTS,
    RANGE,
    REVERSED,
    SEARCH,
    SORT,
    STEP,
    THAN,
    THAN_TIMES,
    WITHIN,
    ZONE,
    Parameter,
    Question,
    WrongQuestion,
    limit,
)

ROOT = "/_pageheat/history"


@dataclass(frozen=True)
class Kind:
    """A kind of question.

    Attributes:
        path: below ROOT; the page's path follows if `of_page`.
        meaning: what is answered.
        parameters: besides the range's and the page's.
        answer: how; gets a database, a selection and a question.
        shape: type of the answer.
    """

    path: str
    meaning: str
    parameters: Sequence[Parameter]
    answer: Callable[[Asks, Selection, Question, Grant], Any]
    shape: Any
    of_page: bool = True

    @property
    def all_parameters(self) -> list[Parameter]:
        """What may be asked."""
        return [*([PAGE] if self.of_page else []), *RANGE, *CHOSEN, *self.parameters]


def _grid(asks: Asks, chosen: Selection, question: Question, _: Grant) -> Grid:
    count = cast(Literal["events", "views"], question["count"])
    return grid(asks, chosen, count=count, layer=question["layer"])


def _series(asks: Asks, chosen: Selection, question: Question, _: Grant) -> Series:
    return series(asks, chosen, step_of(chosen.range, question.get("step")))


def _pages(asks: Asks, chosen: Selection, question: Question, grant: Grant) -> PageList:
    groups = question.all("group")
    if len(groups) > MAX_GROUPS or not all(map(is_pattern, groups)):
        raise WrongQuestion(
            f"group: should be up to {MAX_GROUPS} patterns such as /product/* or /product/:id"
        )
    within, sort = question["within"], question["sort"]
    if within and not is_pattern(within):
        raise WrongQuestion("within: should be a pattern such as /product/* or /product/:id")
    times = question.get("than_from"), question.get("than_to")
    is_compared = sort == "change" or any(time is not None for time in times)
    return pages(
        asks,
        replace(chosen, page=within),
        covers=grant.expression,
        search=question["search"],
        sort=sort,  # type: ignore[arg-type]
        is_reversed=question["reversed"] == "true",
        groups=groups,
        before=other_range_of(*times, chosen.range, is_same=False) if is_compared else None,
        points=question.number("points") if question["points"] else 0,
        limit=question.number("limit"),
        offset=question.number("offset"),
    )


def _groups(asks: Asks, chosen: Selection, _: Question, grant: Grant) -> list[Proposal]:
    return proposals(asks, chosen, grant.covers)


def _compare(asks: Asks, chosen: Selection, question: Question, _: Grant) -> Comparison:
    """With another range or other views: by default, with the range of the same length before."""
    others = {name: question[f"than_{name}"] for name in FILTERS if question.get(f"than_{name}") is not None}
    begin, end = question.get("than_from"), question.get("than_to")
    other = other_range_of(begin, end, chosen.range, is_same=bool(others))
    before = chosen.during(other).having(**others)
    return compare(asks, before, chosen, cast(Literal["moves", "clicks"], question["layer"] or "clicks"))


def _film(asks: Asks, chosen: Selection, question: Question, _: Grant) -> Film:
    return film(asks, chosen, frame_step(chosen.range, question.get("step")))


def _png(asks: Asks, chosen: Selection, question: Question, _: Grant) -> bytes:
    texts = {each.name: question[each.name] for each in PICTURE if question.get(each.name) is not None}
    return png(asks, chosen, texts, question["zone"])


KINDS = (
    Kind("grid", "a page's heat, in the live grid's form", (COUNT, LAYER), _grid, Grid),
    Kind(
        "elements",
        "what was clicked on, most clicked first",
        (limit(MAX_ELEMENTS, 100), FORMAT),
        lambda asks, chosen, question, _: elements_of(asks, chosen, question.number("limit")),
        Elements,
    ),
    Kind(
        "scroll", "how far down views came", (FORMAT,), lambda asks, chosen, *_: scroll(asks, chosen), Scroll
    ),
    Kind(
        "attention",
        "how long each row was in view",
        (FORMAT,),
        lambda asks, chosen, *_: attention(asks, chosen),
        Attention,
    ),
    Kind("series", "views, clicks, moves and attention over time", (STEP, FORMAT), _series, Series),
    Kind(
        "segments",
        "which views there are to choose from: their numbers by band and attribute",
        (),
        lambda asks, chosen, *_: segments(asks, chosen),
        Segments,
    ),
    Kind(
        "compare",
        "where it differs from another range, or from other views, by more than chance",
        (LAYER, *THAN, FORMAT),
        _compare,
        Comparison,
    ),
    Kind("png", "the heat as a transparent picture", (*PICTURE, ZONE), _png, bytes),
    Kind(
        "notes",
        "what was noted about the page, or its site, at which time",
        (),
        lambda asks, chosen, *_: notes(asks, chosen),
        list[Note],
    ),
    Kind("film", "the heat of each step", (STEP,), _film, Film),
    Kind(
        "pages",
        "the pages with something in the range",
        (SEARCH, WITHIN, SORT, REVERSED, GROUP, *THAN_TIMES, POINTS, limit(MAX_LISTED, 100), OFFSET, FORMAT),
        _pages,
        PageList,
        of_page=False,
    ),
    Kind(
        "pages/groups",
        "groups that the pages' names suggest",
        (FORMAT,),
        _groups,
        list[Proposal],
        of_page=False,
    ),
)
