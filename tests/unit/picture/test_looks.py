"""Pictures of what was in view, compared with a plain recount, and their lines and labels."""

import io
import random

import numpy as np
import pytest
from PIL import Image

from pageheat.services.contract.records import MAX_ROWS, ROW_PX, LookCounts
from pageheat.services.picture.drawing import Picture, draw
from pageheat.services.picture.lines import Line
from pageheat.services.picture.looks import ms_in_view, rows_of, views_reaching
from pageheat.services.picture.options import Options
from pageheat.services.picture.palettes import INKS, LEVELS
from pageheat.services.picture.spots import CELL_PX
from tests.support.fine import packed
from tests.support.looks import Look, look_counts

SIZE = (640, 3000)
VIEWS: list[list[Look]] = [
    [(0, 600, 2_000)],
    [(0, 600, 500), (400, 600, 9_500)],
    [(0, 600, 2_000)],
    [(0, 800, 500), (2_200, 800, 250)],
]


def levels(picture: Picture) -> np.ndarray:
    """The picture's palette numbers, shape (height, width)."""
    with Image.open(io.BytesIO(picture.png)) as image:
        return np.asarray(image).astype(int)


@pytest.mark.parametrize("seed", range(20))
def test_seconds_and_page_views_are_those_of_a_plain_recount(seed: int) -> None:
    rng = random.Random(seed)
    page_px = rng.randrange(1_300, 6_000)
    views: list[list[Look]] = [
        [
            (rng.randrange(page_px - 1_200), rng.randrange(300, 1_200), rng.randrange(250, 2**36))
            for _ in range(rng.randint(1, 6))
        ]
        for _ in range(rng.randint(1, 30))
    ]
    looks = look_counts(*views, page_px=page_px)
    ms, reached = ms_in_view(looks), views_reaching(looks, page_px)
    for row in range(len(ms)):
        seen = came = 0
        for view in views:
            lasts = [(min(top + height, page_px) - 1) // ROW_PX for top, height, _ in view]
            for (top, _, took), last in zip(view, lasts, strict=True):
                seen += took if top // ROW_PX <= row <= last else 0
            came += max(lasts) >= row
        assert (ms[row], reached[row]) == (seen, came)


def test_attention_is_in_rows_across_the_page_where_it_was_in_view() -> None:
    field = rows_of("attention", look_counts(*VIEWS, page_px=3000), SIZE)
    drawn = levels(draw(field, Options(layer="attention")))
    assert (drawn == drawn[:, :1]).all(), "the same from the left to the right"
    column = drawn[:, 0]
    assert column[402:598].min() == LEVELS - 1, "the longest time has the hottest colour"
    assert column[620:780].max() < column[500]
    assert column[1_010:2_190].max() == 0
    assert column[2_210:2_990].min() > 0


def test_a_share_of_all_is_always_the_hottest_colour() -> None:
    field = rows_of("scroll", look_counts(*VIEWS, page_px=3000), SIZE)
    assert field.values[: 580 // CELL_PX].min() == 100
    assert field.values[2_000 // CELL_PX, 0] == 25
    assert field.total == 4
    assert draw(field, Options(layer="scroll")).maximum == 100


def test_scroll_has_lines_and_labels_where_75_50_and_25_percent_came_and_windows_end() -> None:
    field = rows_of("scroll", look_counts(*VIEWS, page_px=3000), SIZE)
    assert field.lines == [
        Line(600, "75 %"),
        Line(1000, "50 %"),
        Line(3000, "25 %"),
        Line(640, "Average fold, 640 px", dashed=True),
    ]
    assert field.spread_px == (590, 790)
    drawn = levels(draw(field, Options(layer="scroll")))
    light = LEVELS + INKS - 1
    for y in (600, 1000, 2998):
        assert (drawn[y, 300:] == light).all()
        assert (drawn[[y - 1, y + 1], 300:] == LEVELS).all(), "a dark edge, for light pages"
    assert set(drawn[640, 300:]) == {light, drawn[645, 300]}, "dashed"
    assert (drawn[700, 3:6] == light).all()
    assert (drawn[500, 3:6] != light).all()
    assert (drawn[575:598, 10:30] >= LEVELS).sum() > 200, "a label"


def test_labels_of_lines_at_the_same_place_are_side_by_side() -> None:
    field = rows_of("scroll", look_counts([(0, 600, 250)], page_px=3000), SIZE)
    drawn = levels(draw(field, Options(layer="scroll")))
    inked = np.flatnonzero((drawn[580:586, 10:] > LEVELS + INKS // 2).any(axis=0))
    assert (np.diff(inked) > 12).sum() == 3, "between three shares and the fold"


def test_a_page_that_fits_all_windows_is_reached_by_all() -> None:
    looks = look_counts([(0, 720, 250)], [(0, 900, 250)], page_px=700)
    assert views_reaching(looks, 712).tolist() == [2] * 36


def test_the_legend_names_the_page_views_the_layer_and_its_unit() -> None:
    for layer, unit in (("attention", " s"), ("scroll", " %")):
        field = rows_of(layer, look_counts(*VIEWS, page_px=3000), SIZE)
        assert (field.total, field.unit) == (4, unit)
        assert field.meaning.startswith(layer)
        bare, explained = (levels(draw(field, Options(layer=layer, legend=it))) for it in (None, "top-right"))
        assert (bare != explained)[:200, 320:].any()
        assert (bare == explained)[200:].all()


def test_without_looks_nothing_is_drawn() -> None:
    for layer in ("attention", "scroll"):
        assert not levels(draw(rows_of(layer, LookCounts(ROW_PX), SIZE), Options(layer=layer))).any()


@pytest.mark.parametrize(
    "looks",
    [
        LookCounts(30),
        LookCounts(ROW_PX, 1, packed({(1, 0): 1}, 1), packed({(MAX_ROWS, 0): 1}, 1)),
        LookCounts(ROW_PX, 1, b"\xff"),
    ],
)
def test_counts_of_another_form_are_refused(looks: LookCounts) -> None:
    with pytest.raises(ValueError, match=r"."):
        rows_of("attention", looks, SIZE)
