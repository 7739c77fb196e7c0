"""Recorded sessions in evtrack's form, and the expected content of their files.

Ours are in `tests/data/recordings`, made by `make recordings`. If the environment variable RECORDINGS names
the folder of the AdSERP data set, the same tests read its five sessions of real people.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from pageheat.services.contract.records import Size


@dataclass(frozen=True)
class Click:
    """A press of the mouse button: page coordinates, px; ms since the page's load; its element."""

    x: float
    y: float
    at_ms: int
    selector: str


@dataclass(frozen=True)
class Session:
    """The content of a session's files; `document` and `viewport` in px."""

    moves: int
    document: Size
    viewport: Size
    clicks: tuple[Click, ...]


@dataclass(frozen=True)
class Recordings:
    """A folder of recordings; `lines` is the number of lines of all its CSV files."""

    folder: Path
    pages: str
    """Name of the folder of saved pages."""
    picture: str
    """Suffix of the screenshots' names."""
    lines: int
    sessions: dict[str, Session]

    @property
    def rows(self) -> list[Path]:
        """The CSV files, in the order of their names."""
        return [self.folder / "mouse-movement-data" / f"{name}.csv" for name in sorted(self.sessions)]

    @property
    def moves(self) -> int:
        return sum(session.moves for session in self.sessions.values())

    @property
    def clicks(self) -> int:
        return sum(len(session.clicks) for session in self.sessions.values())

    def path(self, name: str) -> str:
        """Return the path of a session's page."""
        return f"/{self.folder.name}/{name}"


OURS = Recordings(
    folder=Path(__file__).parents[1] / "data" / "recordings",
    pages="pages",
    picture="jpg",
    lines=2_212,
    sessions={
        "basket-1000": Session(
            96,
            Size(985, 979),
            Size(1000, 600),
            (
                Click(84, 261, 2_005, "#lines>li:nth-of-type(1)>a:nth-of-type(1)>img:nth-of-type(1)"),
                Click(913, 404, 7_554, "#lines>li:nth-of-type(2)>button:nth-of-type(1)"),
            ),
        ),
        "list-1280": Session(
            266,
            Size(1265, 3474),
            Size(1280, 720),
            (Click(471, 1512, 20_447, "#products>a:nth-of-type(6)>img:nth-of-type(1)"),),
        ),
        "list-1900": Session(
            295,
            Size(1885, 4038),
            Size(1900, 980),
            (
                Click(1169, 568, 3_119, "#hero"),
                Click(894, 3129, 15_228, "#workshop>ol:nth-of-type(1)>li:nth-of-type(2)>p:nth-of-type(1)"),
                Click(1607, 2542, 18_091, "#products>a:nth-of-type(12)>img:nth-of-type(1)"),
            ),
        ),
        "mug-390": Session(85, Size(375, 5286), Size(390, 844), (Click(188, 250, 18_607, "#picture"),)),
        "vase-1440": Session(
            654,
            Size(1425, 3265),
            Size(1440, 900),
            (
                Click(
                    421,
                    991,
                    8_279,
                    "#main>article:nth-of-type(1)>div:nth-of-type(1)>div:nth-of-type(1)"
                    ">button:nth-of-type(2)>img:nth-of-type(1)",
                ),
                Click(
                    643,
                    1015,
                    10_083,
                    "#main>article:nth-of-type(1)>div:nth-of-type(1)>div:nth-of-type(1)"
                    ">button:nth-of-type(3)>img:nth-of-type(1)",
                ),
                Click(932, 525, 32_938, "#add"),
            ),
        ),
    },
)

DIV, LINK = "div:nth-of-type(1)", "a:nth-of-type(1)"
"""Parts of AdSERP's selectors."""


def _adserp(folder: Path) -> Recordings:
    def session(moves: int, height: int, x: float, y: float, at_ms: int, selector: str) -> Session:
        return Session(moves, Size(1403, height), Size(1422, 1137), (Click(x, y, at_ms, selector),))

    five, six, eight = (">".join([DIV] * levels) for levels in (5, 6, 8))
    return Recordings(
        folder=folder,
        pages="serps",
        picture="png",
        lines=2_756,
        sessions={
            "p004-b1-t3": session(59, 3380, 420, 806, 8_736, f"#rso>{six}>{LINK}>{DIV}"),
            "p007-b3-t8": session(
                619,
                3017,
                380,
                493,
                38_662,
                f"#tads>{five}>{LINK}>{DIV}>span:nth-of-type(1)",
            ),
            "p013-b5-t7": session(
                115, 3621, 377, 1027, 3_685, f"#rso>div:nth-of-type(2)>{six}>{LINK}>h3:nth-of-type(1)"
            ),
            "p031-b1-t9": session(171, 3354, 397, 1053, 13_809, f"#rso>{eight}>{LINK}>h3:nth-of-type(1)"),
            "p035-b1-t5": session(
                476,
                2826,
                566,
                1315,
                24_339,
                f"#rso>div:nth-of-type(6)>{DIV}>{DIV}>{DIV}>{DIV}>{LINK}>h3:nth-of-type(1)",
            ),
        },
    )


_FOLDER = os.environ.get("RECORDINGS")
CHOSEN = _adserp(Path(_FOLDER)) if _FOLDER else OURS
"""The recordings that the tests read."""

SINGLE = next(
    name
    for name, session in CHOSEN.sessions.items()
    if len(session.clicks) == 1 and session.viewport.width >= 1_024
)
"""A desktop session with one click."""
