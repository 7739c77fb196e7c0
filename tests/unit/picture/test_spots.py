"""Fields of heat, compared with a recount event by event."""

import numpy as np
import pytest

from pageheat.services.picture.spots import CELL_PX, PROFILES, count_on_cells, rows, spots, spread

SIZE = 400, 600


def events(seed: int, number: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places on a page of SIZE, and the number of events there."""
    random = np.random.default_rng(seed)
    x, y = (random.integers(0, length, number).astype(np.int32) for length in SIZE)
    return x, y, random.integers(1, 50, number)


def test_every_event_is_counted_in_its_cell() -> None:
    x, y, n = events(1)
    counts = count_on_cells(x, y, n, *SIZE)
    assert counts.shape == (SIZE[1] // CELL_PX, SIZE[0] // CELL_PX)
    assert counts.sum() == n.sum()
    for row, column in np.argwhere(counts):
        here = (x // CELL_PX == column) & (y // CELL_PX == row)
        assert counts[row, column] == n[here].sum()


def test_cells_cover_a_page_whose_sides_are_no_multiple_of_a_cell() -> None:
    corner = np.array([0, 12], np.int32), np.array([0, 8], np.int32), np.array([1, 1])
    assert count_on_cells(*corner, 13, 9).tolist() == [[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("radius_px", [8, 30, 77])
def test_each_place_has_the_events_around_it_weighted_by_distance(profile: str, radius_px: int) -> None:
    counts = count_on_cells(*events(2), *SIZE)
    field = spots(counts, *SIZE, profile, radius_px)
    rows, columns = np.nonzero(counts)
    for row, column in np.random.default_rng(3).integers(0, counts.shape, (50, 2)):
        distance = np.hypot(rows - row, columns - column) * CELL_PX / radius_px
        expected = float((PROFILES[profile](distance) * (distance <= 1) * counts[rows, columns]).sum())
        assert field.values[row, column] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_lone_event_is_one_at_its_place_and_zero_beyond_the_radius(profile: str) -> None:
    counts = np.zeros((101, 101))
    counts[50, 50] = 1
    values = spread(counts, profile, 40)
    y, x = np.mgrid[-50:51, -50:51] * CELL_PX
    assert values[50, 50] == pytest.approx(1)
    assert values.max() == pytest.approx(1)
    assert not values[np.hypot(x, y) > 40].any()
    assert values[np.hypot(x, y) < 36].all()


def test_a_spot_at_one_edge_of_the_page_does_not_wrap_around() -> None:
    counts = np.zeros((50, 50))
    counts[0, 49] = 1
    values = spread(counts, "disc", 40)
    assert not values[:, :38].any()
    assert not values[12:].any()


def test_the_hottest_place_is_where_most_events_are() -> None:
    x, y, n = events(4)
    x, y, n = np.append(x, np.int32(333)), np.append(y, np.int32(77)), np.append(n, 5_000)
    field = spots(count_on_cells(x, y, n, *SIZE), *SIZE, "gaussian", 30)
    row, column = np.unravel_index(field.values.argmax(), field.values.shape)
    assert [column, row] == [333 // CELL_PX, 77 // CELL_PX]
    assert field.total == n.sum()


NOTHING = np.zeros((200, 50))


def row_of(*counts: tuple[int, int, float]) -> np.ndarray:
    """Counts on a page of 1280 × 4000 in rows of 20 px, as (row, column, count)."""
    layer = NOTHING.copy()
    for row, column, count in counts:
        layer[row, column] = count
    return layer


def test_rows_are_spread_over_their_areas_and_the_hottest_keeps_its_count() -> None:
    field = rows(row_of((50, 40, 7), (150, 5, 2)), NOTHING, NOTHING, (1280, 4000), 20, "gaussian", 30)
    row, column = np.unravel_index(field.values.argmax(), field.values.shape)
    assert column * CELL_PX == pytest.approx(40.5 * 1280 / 50, abs=CELL_PX)
    assert row * CELL_PX == pytest.approx(50.5 * 20, abs=CELL_PX)
    assert field.values.max() == pytest.approx(7)
    assert field.values[150 * 20 // CELL_PX + 2, round(5.5 * 25.6) // CELL_PX] == pytest.approx(2, rel=0.05)
    assert field.total == 9


@pytest.mark.parametrize("height", [400, 4000, 20_000])
def test_a_spot_is_round_however_high_the_page(height: int) -> None:
    page = np.zeros((height // 20, 50))
    page[10, 25] = 1
    field = rows(page, page[:0], page[:0], (1280, height), 20, "gaussian", 30)
    wide, high = ((field.values > 0.5).any(axis=axis).sum() * CELL_PX for axis in (0, 1))
    assert wide == pytest.approx(high, rel=0.15)


def test_what_does_not_scroll_is_drawn_at_the_pictures_top_and_bottom() -> None:
    top, bottom = row_of((2, 5, 4)), row_of((1, 40, 4))
    field = rows(NOTHING, top, bottom, (1280, 4000), 20, "gaussian", 30)
    left, right = field.values[:, :100], field.values[:, 200:]
    assert left.argmax() // 100 * CELL_PX == pytest.approx(50, abs=CELL_PX)
    assert right.argmax() // right.shape[1] * CELL_PX == pytest.approx(4000 - 30, abs=CELL_PX)
    assert field.total == 8


def test_rows_below_the_page_are_left_out() -> None:
    field = rows(row_of((10, 1, 1), (190, 1, 1)), NOTHING, NOTHING, (1280, 2000), 20, "gaussian", 30)
    assert field.total == 1


def test_rows_without_events_give_a_cold_field() -> None:
    field = rows(NOTHING, NOTHING, NOTHING, (1280, 4000), 20, "gaussian", 30)
    assert field.total == 0
    assert not field.values.any()
