"""A range's counts by layer and cell, as arrays. The base of most answers. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pageheat.services.history.layers import Integers, Layer
from pageheat.services.history.queries.source import Asks, Selection, counts

_ROW = np.dtype([("layer", "u1"), ("cell", "<u4"), ("events", "<i8"), ("views", "<i8"), ("newest", "<u4")])


@dataclass(frozen=True)
class Cells:
    """A layer's cells in order, and their counts; `newest_s` is the time of each one's newest row."""

    cells: Integers
    events: Integers
    views: Integers
    newest_s: Integers

    def dense(self, values: Integers) -> Integers:
        """`values` by cell from 0 on."""
        length = int(self.cells[-1]) + 1 if len(self.cells) else 0
        found = np.zeros(length, np.int64)
        found[self.cells] = values
        return found


def cells_of(asks: Asks, selection: Selection, layers: Sequence[Layer]) -> dict[Layer, Cells]:
    """The counts of each layer.

    Rows: layer, cell, events, views, and the time of the newest row.
    """
    sql, parameters = counts(
        selection,
        "layer, cell, sum(e), sum(v), max(time)",
        layers,
        group="GROUP BY layer, cell ORDER BY layer, cell",
    )
    found = np.frombuffer(asks.query(sql, parameters, format_="RowBinary"), _ROW)
    return {layer: _of(found[found["layer"] == layer]) for layer in layers}


def _of(rows: "np.ndarray[tuple[int], np.dtype[np.void]]") -> Cells:
    return Cells(
        rows["cell"].astype(np.int64),
        rows["events"].astype(np.int64),
        rows["views"].astype(np.int64),
        rows["newest"].astype(np.int64),
    )
