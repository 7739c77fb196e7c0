"""What a request asks: its parameters, described once for reading and for the OpenAPI document. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from pageheat.services.contract.errors import PageheatError
from pageheat.services.contract.records import MAX_LABEL_CHARS
from pageheat.services.history.queries.pages import MAX_POINTS
from pageheat.services.history.queries.png import LAYERS
from pageheat.services.history.queries.source import FILTERS
from pageheat.services.history.ranges import FIRST_MS, LAST_MS
from pageheat.services.picture.options import Options

MAX_TEXT = 1_024
"""Characters of a parameter's value: a page's longest name."""


class WrongQuestion(PageheatError):
    """A parameter is unknown, or has a value that is not allowed; the message says what is."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of the query string.

    `most` makes it a whole number from `least` to `most`; `one_of` names its values; else it is any text, or
    what `pattern` matches, or what `form` says: a JSON Schema of what is read elsewhere.
    """

    name: str
    meaning: str
    one_of: Sequence[str] = ()
    least: int = 0
    most: int = 0
    default: str = ""
    many: bool = False
    longest: int = MAX_TEXT
    form: Mapping[str, object] | None = None
    pattern: str = ""

    def checked(self, text: str) -> str:
        """A value as given.

        Raises:
            WrongQuestion: it is not allowed.
        """
        allowed = ""
        if self.one_of and text not in self.one_of:
            allowed = f"one of {', '.join(self.one_of)}"
        elif self.most and not (re.fullmatch("[0-9]{1,7}", text) and self.least <= int(text) <= self.most):
            allowed = f"a whole number from {self.least} to {self.most}"
        elif self.pattern and not re.fullmatch(self.pattern, text):
            allowed = self.meaning
        elif len(text) > self.longest:
            allowed = f"{self.longest} characters at most"
        if allowed:
            raise WrongQuestion(f"{self.name}={text[:40]}: should be {allowed}")
        return text

    @property
    def schema(self) -> dict[str, object]:
        """Its JSON Schema."""
        schema: dict[str, object] = dict(self.form or {"type": "string", "maxLength": self.longest})
        if self.pattern:
            schema = {"type": "string", "pattern": f"^{self.pattern}$"}
        if self.one_of:
            schema = {"type": "string", "enum": list(self.one_of)}
        if self.most:
            schema = {"type": "integer", "minimum": self.least, "maximum": self.most}
        if self.default:
            schema["default"] = int(self.default) if self.most else self.default
        return {"type": "array", "items": schema} if self.many else schema


_TIME = "ISO 8601 (UTC, if it has no zone), or ms since the epoch, or now"
_DAY = "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"  # of each month
_TIME_OF_DAY = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{3})?)?(Z|[+-]0[0-9]:[0-5][0-9])?"
_TIME_FORM = {
    "anyOf": [
        {"const": "now"},
        {"type": "string", "pattern": f"^{_DAY}(T{_TIME_OF_DAY})?$"},
        {"type": "integer", "minimum": FIRST_MS, "maximum": LAST_MS},
    ]
}
RANGE = (
    Parameter("from", f"begin of the range: {_TIME}; by default, a day before its end", form=_TIME_FORM),
    Parameter(
        "to",
        f"end of the range: {_TIME}; with now, the answer has the present",
        default="now",
        form=_TIME_FORM,
    ),
)
CHOSEN = tuple(
    Parameter(name, "only views of this width band" if name == "band" else f"only views with this {name}",
              longest=MAX_LABEL_CHARS)
    for name in FILTERS
)  # fmt: skip
THAN_TIMES = (
    Parameter("than_from", f"begin of the range to compare with: {_TIME}", form=_TIME_FORM),
    Parameter(
        "than_to",
        f"end of the range to compare with: {_TIME}. With one of both, that is as long as the range; with "
        "none, it is the one before, or the same for other views",
        form=_TIME_FORM,
    ),
)
THAN = (
    *THAN_TIMES,
    *(
        Parameter(f"than_{name}", f"{name} of the views to compare with", longest=MAX_LABEL_CHARS)
        for name in FILTERS
    ),
)
PAGE = Parameter("page", "the page's key, for what a path cannot carry; wins over the path")
COUNT = Parameter(
    "count", "what happened, or the views that came to a place", ("events", "views"), default="events"
)
LAYER = Parameter("layer", "only moves or clicks", ("moves", "clicks"))
STEP = Parameter("step", "length of a point", ("minute", "hour", "day"))
FORMAT = Parameter("format", "form of the answer", ("json", "csv"), default="json")
SEARCH = Parameter("search", "part of the pages' names")
SORT = Parameter(
    "sort",
    "order of the list, largest first; change: of the views since the range before; pages by name",
    ("views", "clicks", "moves", "attention", "change", "page"),
    default="views",
)
REVERSED = Parameter(
    "reversed", "whether the order is the other way round", ("false", "true"), default="false"
)
WITHIN = Parameter("within", "only pages of this group")
GROUP = Parameter("group", "pattern of pages to list together: /product/*, /product/:id, /docs/**", many=True)
POINTS = Parameter(
    "points", "each page's views over time, in so many steps at most", least=1, most=MAX_POINTS
)
OFFSET = Parameter("offset", "entries to leave out", least=0, most=1_000_000, default="0")

PICTURE = tuple(
    Parameter(option.name, option.metadata["meaning"], LAYERS if option.name == "layer" else ())
    for option in fields(Options)
    if option.name not in ("band", "origin")  # a band is chosen as in all questions
)
"""A picture's options, checked by itself."""

ZONE = Parameter(
    "zone",
    "offset from UTC of the times in a picture's legend, such as +01:00",
    default="+00:00",
    pattern="[+-](0[0-9]|1[0-4]):[0-5][0-9]",
)


def limit(most: int, default: int) -> Parameter:
    """How many entries are answered."""
    return Parameter("limit", "entries in the answer", least=1, most=most, default=str(default))


@dataclass(frozen=True)
class Question:
    """The parameters of a request, checked: what is missing has its default."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.values[name][0] if self.values.get(name) else ""

    def get(self, name: str) -> str | None:
        """A value, None if it was not given and has no default."""
        return self.values[name][0] if name in self.values else None

    def number(self, name: str) -> int:
        """A whole number."""
        return int(self[name])

    def all(self, name: str) -> Sequence[str]:
        """All values of a parameter that may be repeated."""
        return self.values.get(name, ())

    @property
    def filters(self) -> dict[str, str]:
        """The chosen band and attributes; an empty one asks for views without it."""
        return {name: self[name] for name in FILTERS if name in self.values}


def read(given: Sequence[tuple[str, str]], known: Sequence[Parameter], pages: Sequence[str] = ()) -> Question:
    """A request's question.

    Args:
        given: the parameters of the query string, in order.
        known: what may be asked here.
        pages: parameters that tell pages apart.

    Raises:
        WrongQuestion: a parameter is unknown, repeated, or has a value that is not allowed.
    """
    by_name = {parameter.name: parameter for parameter in known}
    values: dict[str, list[str]] = {}
    for name, text in given:
        parameter = by_name.get(name)
        if parameter is None and name in pages:
            continue
        if parameter is None:
            raise WrongQuestion(
                f"{name[:40]}: there is no such parameter here; there are {', '.join(by_name)}"
            )
        values.setdefault(name, []).append(parameter.checked(text))
        if len(values[name]) > 1 and not parameter.many:
            raise WrongQuestion(f"{name}: should be given once")
    for parameter in known:
        if parameter.default:
            values.setdefault(parameter.name, [parameter.default])
    return Question(values)
