"""Grids as the tutorial's viewers get them: JSON, with tiles as column → row → count. Pure.

The JSON of many grids is written at once: a table has the text of each column, row and count.
"""

from collections.abc import Iterable, Sequence
from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from pageheat.services.contract.packed_cells import cells
from pageheat.services.contract.records import (
    Grid,
    GridSize,
    GridSummary,
    PackedCells,
    UnreadableRecord,
    decode_grid,
)
from pageheat.services.contract.varints import numbers


class _TutorialGrid(GridSummary, frozen=True, rename={"grid_size": "grid-size"}):
    value: msgspec.Raw
    clicks: msgspec.Raw
    grid_size: GridSize


FEW_GRIDS = 2
"""Up to here, Python's loop over the tiles is faster than numpy's calls."""

COUNTS = 10_000
"""Counts below this have their text in a table, 160 kB."""

Integers = NDArray[np.int64]
_ONE_BYTE = 1 << 7  # the first number whose varint needs two
_encoder = msgspec.json.Encoder()
_SUMMARY = GridSummary.__struct_fields__


def tutorial_json(record: bytes) -> bytes:
    """The JSON of a record of `heatmap`.

    Raises:
        UnreadableRecord: it is not a valid grid.
    """
    grid = decode_grid(record)
    size = grid.grid_size
    return _json(grid, *(_encoder.encode(tile_counts(layer, size)) for layer in (grid.value, grid.clicks)))


def tutorial_jsons(records: Sequence[bytes]) -> list[bytes | UnreadableRecord]:
    """The JSON of each record, or why it has none."""
    found: list[bytes | UnreadableRecord] = [b""] * len(records)
    together: dict[int, list[tuple[int, Grid]]] = {}  # by grid size
    for at, record in enumerate(records):
        try:
            grid = decode_grid(record)
        except UnreadableRecord as error:
            found[at] = error
            continue
        if len(records) > FEW_GRIDS and _is_by_cell(grid.value) and _is_by_cell(grid.clicks):
            together.setdefault(grid.grid_size, []).append((at, grid))
    for size, grids in together.items():
        texts = _texts([layer for _, grid in grids for layer in (grid.value, grid.clicks)], size)
        for (at, grid), value, clicks in zip(grids, texts[::2], texts[1::2], strict=True):
            if value and clicks:
                found[at] = _json(grid, value, clicks)
    for at, record in enumerate(records):
        if not found[at]:
            try:
                found[at] = tutorial_json(record)
            except UnreadableRecord as error:
                found[at] = error
    return found


def tile_counts(packed: PackedCells, grid_size: int) -> dict[int, dict[int, int]]:
    """The tiles with events: column → row → count.

    Raises:
        UnreadableRecord: the bytes have another form, or a tile is not on the grid.
    """
    try:
        places, counts = cells(packed)
    except ValueError as error:
        raise UnreadableRecord(str(error)) from None
    if len(places) and places[-1] >= grid_size * grid_size:
        raise UnreadableRecord(f"tile {places[-1]} on a grid of {grid_size}")
    columns: dict[int, dict[int, int]] = {}
    for number, count in zip(places.tolist(), counts.tolist(), strict=True):
        column, row = divmod(number, grid_size)
        if (rows := columns.get(column)) is None:
            columns[column] = {row: count}
        else:
            rows[row] = count
    return columns


def _json(grid: Grid, value: bytes, clicks: bytes) -> bytes:
    fields = {name: getattr(grid, name) for name in _SUMMARY}
    return _encoder.encode(
        _TutorialGrid(
            **fields, value=msgspec.Raw(value), clicks=msgspec.Raw(clicks), grid_size=grid.grid_size
        )
    )


def _is_by_cell(layer: PackedCells) -> bool:
    """Whether it is packed by cell, and its last number ends: most small pages' are."""
    return not layer or (layer[1:2] != b"\0" and layer[-1] < _ONE_BYTE)


def _texts(layers: Sequence[PackedCells], size: int) -> list[bytes]:
    """The JSON of layers that are packed by cell; b"" for those that are invalid or have large counts."""
    data = b"".join(layers)
    ends = np.cumsum([len(layer) for layer in layers])
    ends = np.concatenate(([0], np.cumsum(np.frombuffer(data, np.uint8) < _ONE_BYTE)))[ends]  # in numbers
    try:
        pairs = numbers(data)
    except ValueError:
        return [b""] * len(layers)
    if not len(pairs) or (ends % 2).any():
        return [b"" if len(pairs) else b"{}"] * len(layers)
    counts, after, ends = pairs[1::2], np.cumsum(pairs[::2] + 1), ends // 2
    layer = np.repeat(np.arange(len(layers)), np.diff(ends, prepend=0))
    begins = np.concatenate(([0], ends[:-1]))
    tile = after - 1 - np.concatenate(([0], after))[begins][layer]
    is_odd = (counts == 0) | (counts >= COUNTS) | (tile < 0) | (tile >= size * size)
    odd = set(layer[is_odd].tolist())
    tile[is_odd] = counts[is_odd] = 0
    parts = _parts(layer, *np.divmod(tile, size), counts, size)
    text = parts.tobytes().translate(None, b"\0")
    lengths = np.concatenate(([0], np.cumsum(np.count_nonzero(parts.view(np.uint8), axis=1))))
    starts, stops = lengths[begins].tolist(), lengths[ends].tolist()
    return [
        b"" if i in odd else b"{" + text[start + 1 : stop] + b"}"
        for i, (start, stop) in enumerate(zip(starts, stops, strict=True))
    ]


def _parts(layer: Integers, column: Integers, row: Integers, counts: Integers, size: int) -> Integers:
    """The text of each tile, in three parts of 8 bytes."""
    begins = np.ones(len(layer) + 1, bool)  # a column, or after the last one
    begins[1:-1] = (column[1:] != column[:-1]) | (layer[1:] != layer[:-1])
    of_column, of_row, of_count = _tables(size)
    parts = np.empty((len(layer), 3), np.int64)
    parts[:, 0] = of_column[np.where(begins[:-1], column, size)]
    parts[:, 1] = of_row[row]
    parts[:, 2] = of_count[counts + begins[1:] * COUNTS]
    return parts


@cache
def _tables(size: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The text of each column's beginning, then of none; of each row; of each count, then of a last one."""
    columns = [*(f',"{column}":{{' for column in range(size)), ","]
    counts = [f"{count}{end}" for end in ("", "}") for count in range(COUNTS)]
    return _table(columns), _table(f'"{row}":' for row in range(size)), _table(counts)


def _table(texts: Iterable[str]) -> NDArray[np.int64]:
    """Texts of at most 8 bytes, filled up with zeros."""
    return np.frombuffer(b"".join(text.encode().ljust(8, b"\0") for text in texts), np.int64)
