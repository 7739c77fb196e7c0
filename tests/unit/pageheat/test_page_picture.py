"""Which of a page's events are on its picture, and how large the picture is."""

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from pageheat.counts import PageCounts
from pageheat.page_picture import NothingToDraw, PagePicture, picture_of, require_band
from pageheat.services.contract.bands import Bands
from pageheat.services.contract.records import Size
from pageheat.services.picture.drawing import MAX_HEIGHT_PX, MAX_WIDTH_PX, TooLarge
from pageheat.services.picture.options import Options, WrongOption
from pageheat.services.picture.palettes import LEVELS
from tests.support.looks import look_counts

BANDS = Bands.parse("phone<600,desktop")
MOVE, CLICK, RAGE = 0, 1, 2
PAGE, FIRST = 0, 1

Row = tuple[int, int, int, int, int, int]
"""x, y, n, layer, origin, viewport."""


def counts(*rows: Row, document: Size | None = Size(500, 800)) -> PageCounts:  # noqa: B008
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    types = (np.int32, np.int32, np.int64, np.int8, np.int8, np.int32)
    return PageCounts("/lamp", document, *(c.astype(t) for c, t in zip(columns, types, strict=True)))


LOOKS = look_counts([(0, 300, 2_000)], [(0, 300, 500), (400, 300, 9_500)], page_px=800)


def test_what_was_in_view_is_drawn_in_rows_by_its_page_views() -> None:
    page = dataclasses.replace(counts(*ROWS), looks=LOOKS)
    for layer, place in (("attention", 550), ("scroll", 150)):
        drawn = picture_of(page, Options(layer=layer), BANDS)
        assert (drawn.picture.width_px, drawn.picture.height_px) == (500, 800)
        assert (drawn.picture.total, drawn.outside, drawn.elsewhere) == (2, 0, 0)
        with Image.open(io.BytesIO(drawn.picture.png)) as image:
            levels = np.asarray(image).astype(int)
        assert levels[place, 250] == LEVELS - 1
        assert levels[750, 250] == 0


def test_without_looks_or_a_size_the_error_says_what_to_do() -> None:
    with pytest.raises(NothingToDraw, match="has no page views; it has 9 moves"):
        picture_of(counts(*ROWS), Options(layer="scroll"), BANDS)
    unknown = dataclasses.replace(counts(*ROWS, document=None), looks=LOOKS)
    with pytest.raises(NothingToDraw, match="--size sets it"):
        picture_of(unknown, Options(layer="scroll"), BANDS)
    with pytest.raises(NothingToDraw, match=r"it has .*2 page views .--layer attention or scroll"):
        picture_of(unknown, Options(layer="dead"), BANDS)


def hottest(drawn: PagePicture) -> tuple[float, float]:
    """Middle of the hottest pixels."""
    with Image.open(io.BytesIO(drawn.picture.png)) as image:
        levels = np.asarray(image)
    y, x = np.argwhere(levels == levels.max()).mean(axis=0)
    return float(x), float(y)


ROWS: list[Row] = [
    (100, 100, 5, CLICK, PAGE, 1280),
    (300, 600, 3, CLICK, PAGE, 390),
    (50, 700, 9, MOVE, PAGE, 1280),
    (20, 30, 7, CLICK, FIRST, 0),
]


@pytest.mark.parametrize(
    ("options", "total", "place"),
    [
        (Options(), 8, (100, 100)),
        (Options(layer="moves"), 9, (50, 700)),
        (Options(band="phone"), 3, (300, 600)),
        (Options(band="desktop"), 5, (100, 100)),
        (Options(origin="first"), 7, (20, 30)),
        (Options(band="unknown", origin="first"), 7, (20, 30)),
    ],
)
def test_layer_band_and_origin_select_the_events_drawn(
    options: Options, total: int, place: tuple[int, int]
) -> None:
    drawn = picture_of(counts(*ROWS), options, BANDS)
    assert drawn.picture.total == total
    assert hottest(drawn) == pytest.approx(place, abs=4)


def test_events_of_the_other_origin_are_left_out_and_reported() -> None:
    drawn = picture_of(counts(*ROWS), Options(), BANDS)
    assert (drawn.origin, drawn.elsewhere, drawn.outside) == ("page", 7, 0)


def test_a_log_with_only_first_element_positions_is_drawn_from_there() -> None:
    drawn = picture_of(counts(ROWS[3]), Options(), BANDS)
    assert (drawn.origin, drawn.picture.total, drawn.elsewhere) == ("first", 7, 0)


def test_events_beyond_the_page_are_left_out_and_reported() -> None:
    beyond: list[Row] = [
        (500, 10, 2, CLICK, PAGE, 0),
        (10, 800, 2, CLICK, PAGE, 0),
        (-1, 10, 2, CLICK, PAGE, 0),
        (499, 799, 1, CLICK, PAGE, 0),
    ]
    drawn = picture_of(counts(*beyond), Options(), BANDS)
    assert (drawn.picture.total, drawn.outside) == (1, 6)


def test_a_pictures_size_is_the_option_the_page_the_screenshot_or_the_extent_of_the_spots() -> None:
    def size(**how: object) -> tuple[int, int]:
        page = counts(*ROWS, document=how.pop("document", None))  # type: ignore[arg-type]
        drawn = picture_of(page, Options(radius=20), BANDS, **how)  # type: ignore[arg-type]
        return drawn.picture.width_px, drawn.picture.height_px

    assert size(document=Size(499.6, 800)) == (500, 800)
    assert size(document=Size(500, 800), size=(640, 900)) == (640, 900)
    shot = Image.new("RGB", (320, 900))
    assert size(document=Size(640, 800), over=shot) == (640, 1800)
    assert size(over=shot) == (320, 900)
    assert size() == (321, 621)


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        (ROWS, Options(layer="rage"), "/lamp has no rage clicks; it has 9 moves (--layer moves), 15 clicks"),
        (
            ROWS,
            Options(layer="moves", band="phone"),
            "no moves by visitors of the band phone; it has 3 clicks",
        ),
        (ROWS[:2], Options(origin="first"), "/lamp: all clicks count from the other origin: --origin page"),
        ([(900, 900, 1, CLICK, PAGE, 0)], Options(), "/lamp: no clicks are on its 500 × 800 px"),
    ],
)
def test_if_nothing_can_be_drawn_the_error_says_what_there_is(
    rows: list[Row], options: Options, said: str
) -> None:
    with pytest.raises(NothingToDraw) as told:
        picture_of(counts(*rows), options, BANDS)
    assert said in str(told.value)


def test_one_outlier_does_not_make_a_page_of_unknown_size_too_large() -> None:
    stray: list[Row] = [(9_000_000, 60, 1, CLICK, PAGE, 0), (60, 9_000_000, 1, CLICK, PAGE, 0)]
    drawn = picture_of(counts((50, 60, 1, CLICK, PAGE, 0), *stray, document=None), Options(radius=20), BANDS)
    assert (drawn.picture.width_px, drawn.picture.height_px) == (81, 81)
    assert (drawn.picture.total, drawn.outside) == (1, 2)


def test_if_events_reach_too_far_the_error_says_how_to_give_the_size() -> None:
    far: Row = (MAX_WIDTH_PX - 1, MAX_HEIGHT_PX - 1, 1, CLICK, PAGE, 0)
    with pytest.raises(TooLarge, match=r"10,000 × 50,000 px are too many.*--size sets its real size"):
        picture_of(counts(far, document=None), Options(), BANDS)


def test_a_band_missing_from_the_setting_is_reported() -> None:
    require_band(Options(band="unknown"), BANDS)
    with pytest.raises(WrongOption, match="band=tablet: should be one of phone, desktop, unknown"):
        require_band(Options(band="tablet"), BANDS)
