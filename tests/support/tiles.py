"""The tutorial's tiles, as in a grid's record and as its viewers get them."""

from typing import Any

import msgspec
import numpy as np

from pageheat.services.contract.packed_cells import packed_by_cell
from pageheat.services.contract.records import Cells, Grid, encode
from pageheat.services.contract.tutorial import tile_counts, tutorial_json


def packed_tiles(tiles: Cells, grid_size: int = 50) -> bytes:
    """Pack column → row → count."""
    numbers = {int(x) * grid_size + int(y): n for x, rows in tiles.items() for y, n in rows.items()}
    order = sorted(numbers)
    return packed_by_cell(np.array(order, np.int64), np.array([numbers[at] for at in order], np.int64))


def shown_tiles(packed: bytes, grid_size: int = 50) -> Cells:
    """Return packed tiles as column → row → count."""
    columns = tile_counts(packed, grid_size)
    return {str(x): {str(y): n for y, n in rows.items()} for x, rows in columns.items()}


def in_tutorials_form(grid: Grid) -> dict[str, Any]:
    """Return a grid as the tutorial's viewers get it."""
    found: dict[str, Any] = msgspec.json.decode(tutorial_json(encode(grid)))
    return found
