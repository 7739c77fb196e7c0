"""A grid as the tutorial's viewers get it: JSON, with its tiles as column → row → count. Pure."""

import msgspec

from pageheat.services.contract.packed_cells import cells
from pageheat.services.contract.records import (
    GridSize,
    GridSummary,
    PackedCells,
    UnreadableRecord,
    decode_grid,
)


class _TutorialGrid(GridSummary, frozen=True, rename={"grid_size": "grid-size"}):
    value: dict[int, dict[int, int]]
    clicks: dict[int, dict[int, int]]
    grid_size: GridSize


_encoder = msgspec.json.Encoder()


def tutorial_json(record: bytes) -> bytes:
    """The JSON of a record of `heatmap`.

    Raises:
        UnreadableRecord: it is not a valid grid.
    """
    grid = decode_grid(record)
    fields = {name: getattr(grid, name) for name in GridSummary.__struct_fields__}
    value, clicks = (tile_counts(layer, grid.grid_size) for layer in (grid.value, grid.clicks))
    return _encoder.encode(_TutorialGrid(**fields, value=value, clicks=clicks, grid_size=grid.grid_size))


def tile_counts(packed: PackedCells, grid_size: int) -> dict[int, dict[int, int]]:
    """The tiles with events: column → row → count.

    Raises:
        UnreadableRecord: the bytes have another form, or a tile is not on the grid.
    """
    try:
        numbers, counts = cells(packed)
    except ValueError as error:
        raise UnreadableRecord(str(error)) from None
    if len(numbers) and numbers[-1] >= grid_size * grid_size:
        raise UnreadableRecord(f"tile {numbers[-1]} on a grid of {grid_size}")
    columns: dict[int, dict[int, int]] = {}
    for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
        column, row = divmod(number, grid_size)
        if (rows := columns.get(column)) is None:
            columns[column] = {row: count}
        else:
            rows[row] = count
    return columns
