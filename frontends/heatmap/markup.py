"""Reads markup as browsers do, and tells where in the text each tag is. No I/O.

The rules are those of the HTML standard, 13.2.5 (tokenization), as far as they decide where a tag begins and
ends: what looks like a tag in a script, a comment, a text area or CDATA is none. Python's html.parser follows
older rules (it ends a script in `<!-- <script>` too early, and knows no SVG) and takes ten times as long.

Text may come in pieces: what a piece leaves unfinished is read again together with the next.
"""

import re
from collections.abc import Iterator
from enum import Enum
from string import ascii_letters
from typing import NamedTuple

_SPACE = r"[\t\n\f\r ]"
"""White space in markup; `\\s` would also match bytes of other encodings."""

_VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\t\n\f\r >"'][^\t\n\f\r >]*+|(?=>))"""

_TAG = re.compile(
    rf"""<(?P<end>/?+)(?P<name>[A-Za-z][^\t\n\f\r />]*+)
    (?P<attributes>
        (?: [\t\n\f\r /]++ | =?+[^\t\n\f\r />=]++ (?: {_SPACE}*+={_SPACE}*+{_VALUE} | (?!{_SPACE}*+=) ) )*+
    )>""",
    re.VERBOSE,
)

_ATTRIBUTE = re.compile(
    rf"""(?P<name>=?+[^\t\n\f\r />=]++) (?: {_SPACE}*+={_SPACE}*+
        (?: "(?P<double>[^"]*+)" | '(?P<single>[^']*+)' | (?P<bare>[^\t\n\f\r >]++) )
    )?+""",
    re.VERBOSE,
)

_BARE_SLASH = re.compile(rf"={_SPACE}*+[^\t\n\f\r >\"'][^\t\n\f\r >]*+$")
"""A value without quotes at a tag's end: a slash there is part of it."""

_AFTER_LESS_THAN = f"{ascii_letters}!/?"
_COMMENT_END = re.compile(r"--!?>")
_SCRIPT_MARK = re.compile(r"<!--|-->|<(/?)script(?=[\t\n\f\r />])", re.IGNORECASE)

RAW = frozenset(
    {
        *("script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext", "title", "textarea"),
        "noscript",  # where scripts run, and they do under the overlay
    }
)
"""Elements whose content is text."""

_RAW_IN_XML = frozenset({"script", "style"})
_RAW_END = {name: re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE) for name in RAW - {"plaintext"}}

_FOREIGN = frozenset({"svg", "math"})
_HTML_WITHIN = {
    "svg": frozenset({"foreignobject", "desc", "title"}),
    "math": frozenset({"mi", "mo", "mn", "ms", "mtext"}),
}
"""Elements of SVG and MathML with HTML in them (13.2.6, integration points)."""

_NEVER_FOREIGN = frozenset(
    {
        *(
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "body",
            "head",
            "div",
            "p",
            "br",
            "hr",
            "pre",
            "listing",
            "center",
        ),
        *("ul", "ol", "dl", "li", "dd", "dt", "menu", "table", "img", "embed", "meta", "ruby", "blockquote"),
        *(
            "b",
            "big",
            "code",
            "em",
            "i",
            "nobr",
            "s",
            "small",
            "span",
            "strong",
            "strike",
            "sub",
            "sup",
            "tt",
        ),
        *("u", "var"),
    }
)
"""Tags that end SVG and MathML, wherever they are (13.2.6.5)."""


def _without_address(quote: str) -> str:
    """A pattern for a value in which no address can begin with an origin."""
    return rf"{quote}[^/\\&{quote}]*+(?:(?:/(?!/)|&(?!\#|b?sol|colon))[^/\\&{quote}]*+)*+{quote}"


_STAYS_IN_HTML = rf"(?!(?:{'|'.join(sorted(RAW | _FOREIGN | {'meta', 'link'}))})[\t\n\f\r />])"
_DULL = re.compile(
    rf"""(?: [^<]++ | <(?=[^A-Za-z/!?]) | </?+{_STAYS_IN_HTML}[A-Za-z][^\t\n\f\r />]*+
        (?: {_SPACE}++[^\t\n\f\r />="']++
            (?:= (?: {_without_address('"')} | {_without_address("'")}
                | [^\t\n\f\r >"'/\\&]++(?=[\t\n\f\r >]) ) )?+ )*+
        [\t\n\f\r /]*+> )*+""",
    re.VERBOSE | re.IGNORECASE,
)
"""Text, and tags that hold no address and don't change how the rest is read: most of a page."""


class Kind(Enum):
    """What a token is."""

    TEXT = "text; where it is skimmed, also dull tags"
    START = "start tag"
    END = "end tag"
    RAW = "content of a raw element"
    OTHER = "comment, doctype, CDATA, processing instruction"
    UNFINISHED = "what the text's end cuts off"


class Token(NamedTuple):
    """One token. `name` (lower case) is a tag's, or that of the element with raw content."""

    kind: Kind
    start: int
    end: int
    name: str = ""
    attributes: tuple[int, int] = (0, 0)
    """Where a tag's attributes are."""


class Attribute(NamedTuple):
    """An attribute, its value as it is written, and where the value is, with its quotes."""

    name: str
    value: str
    start: int
    end: int
    quote: str


def attributes(text: str, token: Token, values: str | None = None) -> Iterator[Attribute]:
    """The attributes of a start tag, except those without a value; the values are from `values`, if given."""
    for found in _ATTRIBUTE.finditer(text, *token.attributes):
        if (group := found.lastgroup) is None or group == "name":
            continue
        quote = {"double": '"', "single": "'"}.get(group, "")
        start, end = found.span(group)
        value = (values or text)[start:end]
        yield Attribute(found["name"].lower(), value, start - len(quote), end + len(quote), quote)


class Tokenizer:
    """The tokens of one document.

    Args:
        xml: whether it is XML: CDATA anywhere, and tags that close themselves.
    """

    skims = False
    """Whether to tell only tags with addresses or that change how the rest is read: three times faster."""

    def __init__(self, xml: bool = False) -> None:
        self._xml = xml
        self._raw = ""
        self._foreign: list[tuple[str, str]] = []
        """Open elements that tell SVG and MathML from HTML: name, and language of the content ("": HTML)."""

    def tokens(self, text: str, final: bool) -> Iterator[Token]:
        """The tokens of the next piece of text, which together are the whole of it.

        Unless the piece is `final`, the last token may be UNFINISHED: the next piece must begin with it.
        """
        at = 0
        while at < len(text):
            token = self._raw_content(text, at) if self._raw else self._token(text, at)
            if token.kind is Kind.UNFINISHED:
                if not final:
                    yield token
                    return
                if self._raw:  # the document's end ends it
                    token = token._replace(kind=Kind.RAW)
            if token.kind is Kind.START:
                self._opened(token, text)
            elif token.kind is Kind.END:
                self._closed(token.name)
            elif token.kind is Kind.RAW:
                self._raw = ""
            if token.end > at:
                yield token
            at = token.end

    def _token(self, text: str, at: int) -> Token:
        dull = self.skims and not self._foreign and _DULL.match(text, at)
        begin = dull.end() if dull else text.find("<", at)
        if begin != at:
            return Token(Kind.TEXT, at, begin if begin >= 0 else len(text))
        if tag := _TAG.match(text, at):
            kind = Kind.END if tag["end"] else Kind.START
            return Token(kind, at, tag.end(), tag["name"].lower(), tag.span("attributes"))
        if text[at + 1 : at + 2] not in _AFTER_LESS_THAN:
            return Token(Kind.TEXT, at, at + 1)
        end = self._other_end(text, at)
        return Token(Kind.OTHER, at, end) if end else Token(Kind.UNFINISHED, at, len(text))

    def _other_end(self, text: str, at: int) -> int:
        """The end of what begins with `<` and is no complete tag; 0 if it is cut off."""
        if text.startswith("<!--", at):
            for empty in ("<!-->", "<!--->"):
                if text.startswith(empty, at):
                    return at + len(empty)
            found = _COMMENT_END.search(text, at + 4)
            return found.end() if found else 0
        if text.startswith("<![CDATA[", at) and (self._xml or self._is_foreign):
            return _after("]]>", text, at)
        if at + 1 == len(text):
            return 0
        is_tag = text[at + 1] != "/" or text[at + 2 : at + 3] in ascii_letters
        return 0 if is_tag and not text.startswith(("<!", "<?"), at) else _after(">", text, at)

    def _raw_content(self, text: str, at: int) -> Token:
        end = _script_end(text, at) if self._raw == "script" else _raw_end(self._raw, text, at)
        return Token(Kind.UNFINISHED if end < 0 else Kind.RAW, at, len(text) if end < 0 else end, self._raw)

    @property
    def _is_foreign(self) -> bool:
        return bool(self._foreign) and self._foreign[-1][1] != ""

    def _opened(self, token: Token, text: str) -> None:
        name = token.name
        if self._xml:
            self._raw = name if name in _RAW_IN_XML and not _closes_itself(text, token) else ""
            return
        if self._is_foreign and name in _NEVER_FOREIGN:
            self._leave_foreign()
        if self._is_foreign or name in _FOREIGN:
            if _closes_itself(text, token):
                return
            language = self._foreign[-1][1] if self._is_foreign else name
            if name in _HTML_WITHIN[language]:
                self._foreign.append((name, ""))
            elif name in _FOREIGN:
                self._foreign.append((name, language))  # `<svg>` within MathML is no SVG
        elif name in RAW:
            self._raw = name

    def _closed(self, name: str) -> None:
        if any(name == opened for opened, _ in self._foreign):
            while self._foreign.pop()[0] != name:
                pass
        elif self._is_foreign and name in _NEVER_FOREIGN:
            self._leave_foreign()

    def _leave_foreign(self) -> None:
        while self._is_foreign:
            self._foreign.pop()


def _after(mark: str, text: str, at: int) -> int:
    """The end of the next `mark`, 0 if there is none."""
    found = text.find(mark, at)
    return found + len(mark) if found >= 0 else 0


def _closes_itself(text: str, token: Token) -> bool:
    return text[token.end - 2] == "/" and not _BARE_SLASH.search(text, *token.attributes)


def _raw_end(name: str, text: str, at: int) -> int:
    """Where a raw element's end tag begins, -1 if nowhere. Nothing ends `plaintext`."""
    found = _RAW_END[name].search(text, at) if name in _RAW_END else None
    return found.start() if found else -1


def _script_end(text: str, at: int) -> int:
    """Where a script's end tag begins, -1 if nowhere: not within `<!-- <script>`."""
    in_comment = in_inner = False
    while found := _SCRIPT_MARK.search(text, at):
        at = found.end()
        if found[0] == "<!--":
            in_comment, at = True, at - 2  # `<!-->` is a whole comment
        elif found[0] == "-->":
            in_comment = in_inner = False
        elif not found[1]:
            in_inner = in_comment
        elif in_inner:
            in_inner = False
        else:
            return found.start()
    return -1
