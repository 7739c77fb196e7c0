"""Pictures, compared with a recount of their events."""

import io

import numpy as np
import pytest
from PIL import Image

from pageheat.services.picture.drawing import (
    DOT_PX,
    MAX_HEIGHT_PX,
    MAX_WIDTH_PX,
    Picture,
    TooLarge,
    draw,
    size_px,
)
from pageheat.services.picture.options import CORNERS, Options
from pageheat.services.picture.palettes import LEVELS
from pageheat.services.picture.spots import CELL_PX, Field, count_on_cells, spots

WIDTH, HEIGHT = 640, 1200


def field_of(*events: tuple[int, int, int], radius: float = 30, width: int = WIDTH) -> Field:
    """The field of events (x, y, count)."""
    x, y, n = (np.array(column) for column in zip(*events, strict=True))
    counts = count_on_cells(x.astype(np.int32), y.astype(np.int32), n, width, HEIGHT)
    return spots(counts, width, HEIGHT, "gaussian", radius)


def levels(picture: Picture) -> np.ndarray:
    """The picture's palette numbers, shape (height, width)."""
    with Image.open(io.BytesIO(picture.png)) as image:
        assert image.mode == "P"
        return np.asarray(image).astype(int)


def opacity(picture: Picture) -> np.ndarray:
    with Image.open(io.BytesIO(picture.png)) as image:
        return np.asarray(image.convert("RGBA"))[:, :, 3]


def test_a_picture_has_the_pages_size_and_a_description() -> None:
    picture = draw(field_of((100, 100, 3), (101, 101, 2), (500, 900, 1), width=641), Options())
    assert (picture.width_px, picture.height_px) == (641, HEIGHT)
    assert levels(picture).shape == (HEIGHT, 641)
    assert picture.total == 6
    assert picture.maximum == pytest.approx(5)


@pytest.mark.parametrize("scale", ["linear", "sqrt", "log"])
def test_the_hottest_pixels_are_where_most_events_are(scale: str) -> None:
    drawn = levels(draw(field_of((500, 300, 60), (100, 900, 40), (102, 300, 9)), Options(scale=scale)))
    y, x = np.argwhere(drawn == drawn.max()).mean(axis=0)
    assert (x, y) == (pytest.approx(500, abs=CELL_PX), pytest.approx(300, abs=CELL_PX))
    assert drawn.max() > 0.9 * LEVELS
    assert drawn[300, 500] > drawn[900, 100] > drawn[300, 102] > 0


def test_heat_is_in_its_place_even_where_the_last_cells_are_cut_off() -> None:
    drawn = levels(draw(field_of((600, 300, 5), width=641), Options()))
    y, x = np.argwhere(drawn == drawn.max()).mean(axis=0)
    assert (x, y) == (601.5, 301.5), "the middle of its cell"


def test_only_cold_parts_are_transparent() -> None:
    seen = opacity(draw(field_of((300, 600, 5)), Options()))
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    distance = np.hypot(x - 302, y - 602)  # from the middle of the cell
    assert not seen[distance > 30 + 1.5 * CELL_PX].any()
    assert seen[distance < 20].all()


def test_symmetric_events_are_drawn_symmetrically() -> None:
    places = [(37, 200, 3), (250, 555, 9), (310, 800, 1)]
    drawn = levels(draw(field_of(*places, *((WIDTH - 1 - x, y, n) for x, y, n in places)), Options()))
    assert np.abs(drawn - drawn[:, ::-1]).max() <= 1


def test_more_events_are_never_colder_on_any_scale() -> None:
    events = [(40 + 60 * i, 300, 4**i) for i in range(10)]
    for scale in ("linear", "sqrt", "log"):
        row = levels(draw(field_of(*events, radius=20), Options(scale=scale)))[302, 42::60]
        assert (np.diff(row) >= 0).all()
        assert row[9] > max(row[0], 0.9 * LEVELS)


def test_non_linear_scales_show_more_of_rare_events() -> None:
    field = field_of((100, 100, 1), (500, 900, 10_000))
    rare = {scale: levels(draw(field, Options(scale=scale)))[102, 102] for scale in ("linear", "sqrt", "log")}
    assert rare["linear"] < rare["sqrt"] < rare["log"]


def test_a_maximum_makes_pictures_comparable() -> None:
    few = levels(draw(field_of((100, 100, 5)), Options(maximum=20)))
    many = levels(draw(field_of((100, 100, 5), (500, 900, 20)), Options(maximum=20)))
    beyond = levels(draw(field_of((500, 900, 200)), Options(maximum=20)))
    assert few.max() < 0.8 * LEVELS
    assert (few[:300] == many[:300]).all()
    assert beyond.max() == LEVELS - 1


def test_a_field_without_heat_is_a_transparent_picture() -> None:
    cold = Field(WIDTH, HEIGHT, np.zeros((HEIGHT // CELL_PX, WIDTH // CELL_PX)), 0, "")
    assert not opacity(draw(cold, Options())).any()


@pytest.mark.parametrize("corner", CORNERS)
def test_the_legend_is_in_its_corner_and_nowhere_else(corner: str) -> None:
    field = field_of((320, 600, 5))
    bare, explained = (levels(draw(field, Options(legend=legend))) for legend in (None, corner))
    rows, columns = np.nonzero(bare != explained)
    assert (rows.max() < HEIGHT / 2) == corner.startswith("top")
    assert (rows.min() > HEIGHT / 2) == corner.startswith("bottom")
    assert (columns.max() < WIDTH / 2) == corner.endswith("left")
    assert (columns.min() > WIDTH / 2) == corner.endswith("right")
    assert explained.max() == 255, "ink"


def test_a_picture_too_small_for_the_legend_has_none() -> None:
    field = field_of((20, 20, 5), width=200)
    assert draw(field, Options(legend="top-left")).png == draw(field, Options()).png


def test_a_screenshot_is_scaled_to_the_pages_width_and_unchanged_where_cold() -> None:
    screenshot = Image.new("RGBA", (WIDTH // 2, 400), (200, 220, 240))
    picture = draw(field_of((100, 100, 5), (600, 1100, 9)), Options(), screenshot)
    assert (picture.width_px, picture.height_px) == (WIDTH, 800)
    with Image.open(io.BytesIO(picture.png)) as image:
        assert (image.mode, image.size) == ("RGB", (WIDTH, 800))
        assert image.getpixel((500, 500)) == (200, 220, 240)
        assert image.getpixel((102, 102)) != (200, 220, 240)


def test_a_screenshot_longer_than_the_page_is_kept_to_its_end() -> None:
    screenshot = Image.new("RGB", (WIDTH, HEIGHT + 100), (9, 9, 9))
    picture = draw(field_of((100, 100, 5)), Options(legend="bottom-right"), screenshot)
    assert picture.height_px == HEIGHT + 100


def test_a_screenshot_too_long_at_the_pages_width_is_refused() -> None:
    with pytest.raises(TooLarge, match="640 × 64,000 px"):
        draw(field_of((100, 100, 5)), Options(), Image.new("RGB", (1, 100)))


def test_ten_million_clicks_on_a_long_page_are_below_200_kb() -> None:
    random = np.random.default_rng(7)
    width, height = 1280, 4000
    share = random.pareto(1.2, 120)
    per_place = random.multinomial(9_000_000, share / share.sum())
    place_x, place_y = random.uniform(100, 1180, 120), 4000 * random.beta(1, 2.2, 120)
    x = np.concatenate([np.repeat(place_x, per_place), random.uniform(0, width, 1_000_000)])
    y = np.concatenate([np.repeat(place_y, per_place), random.uniform(0, height, 1_000_000)])
    x += random.normal(0, 25, len(x))
    y += random.normal(0, 12, len(y))
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    once = np.ones(len(x), np.int64)
    counts = count_on_cells(x.astype(np.int32), y.astype(np.int32), once, width, height)
    for options in (
        Options(),
        Options(layer="moves", scale="linear"),
        Options(legend="top-right", radius=20),
    ):
        picture = draw(spots(counts, width, height, options.profile, options.radius), options)
        assert picture.total == 10_000_000
        assert len(picture.png) < 200_000


def test_a_noisy_picture_is_drawn_in_dots_and_stays_below_200_kb_too() -> None:
    counts = np.random.default_rng(7).poisson(31, (1000, 320)).astype(float)
    field = spots(counts, 1280, 4000, "gaussian", 30)
    picture = draw(field, Options(scale="linear", legend="top-right"))
    assert len(picture.png) < 200_000
    drawn = levels(picture)
    dots = drawn[::DOT_PX, ::DOT_PX].repeat(DOT_PX, 0).repeat(DOT_PX, 1)
    assert (drawn == dots)[300:].all(), "below the legend"
    assert (drawn != dots)[:200].any(), "the legend's text is as fine as ever"


def test_dots_differ_invisibly_from_the_fine_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    field = field_of((300, 300, 5), (317, 298, 2), (500, 301, 1), width=641)
    fine = levels(draw(field, Options())).astype(int)
    monkeypatch.setattr("pageheat.services.picture.drawing.FINE_BYTES", 0)
    dots = levels(draw(field, Options())).astype(int)
    assert dots.shape == fine.shape
    steepest = max(np.abs(np.diff(fine, axis=axis)).max() for axis in (0, 1))
    assert 0 < np.abs(dots - fine).max() <= steepest, "no dot is further off than a px"


@pytest.mark.parametrize(
    "size", [(MAX_WIDTH_PX + 1, 10), (10, MAX_HEIGHT_PX + 1), (MAX_WIDTH_PX, MAX_HEIGHT_PX), (1e7, 1e7)]
)
def test_a_page_of_excessive_size_is_not_drawn(size: tuple[float, float]) -> None:
    with pytest.raises(TooLarge, match="at most 10,000 × 50,000, and 64 million in all"):
        size_px(*size)


def test_a_pages_size_is_in_whole_pixels() -> None:
    assert size_px(1264.6, 4210.2) == (1265, 4210)
    assert size_px(1280, MAX_HEIGHT_PX) == (1280, MAX_HEIGHT_PX)
