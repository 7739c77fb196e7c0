"""Fine counts of records, made and read as {(row, column): count}."""

from typing import Any

import msgspec
import numpy as np

from pageheat.services.contract.packed_cells import cells, packed_by_cell
from pageheat.services.contract.records import ROW_PX, FineCounts

Rows = dict[tuple[int, int], int]

LAYERS = ("moves", "clicks", "top_moves", "top_clicks", "bottom_moves", "bottom_clicks")


def fine(row_px: int = ROW_PX, *, columns: int = 50, **layers: Rows) -> FineCounts:
    """Make fine counts; layers are named as in LAYERS."""
    return FineCounts(row_px, **{name: packed(rows, columns) for name, rows in layers.items()})


def as_json(counts: FineCounts) -> dict[str, Any]:
    """Return them as in a record's JSON."""
    made: dict[str, Any] = msgspec.to_builtins(counts)
    return made


def packed(rows: Rows, columns: int = 50) -> bytes:
    """Pack one layer."""
    numbers = {row * columns + column: count for (row, column), count in rows.items() if count}
    order = sorted(numbers)
    return packed_by_cell(
        np.array(order, np.int64), np.array([numbers[number] for number in order], np.int64)
    )


def read(counts: FineCounts, columns: int = 50) -> dict[str, Rows]:
    """Return the layers that have events."""
    found = {}
    for name, layer in zip(LAYERS, counts.layers, strict=True):
        if layer:
            numbers, values = cells(layer)
            found[name] = {
                divmod(number, columns): count
                for number, count in zip(numbers.tolist(), values.tolist(), strict=True)
            }
    return found
