"""Random histories of a page, step by step, as grids and breakdowns."""

import random
from collections.abc import Iterator

from pageheat.services.contract.records import (
    Band,
    Breakdown,
    Cells,
    ElementCounts,
    FineCounts,
    Grid,
    LookCounts,
    Size,
    Totals,
)
from tests.support.fine import LAYERS, fine, packed, read
from tests.support.tiles import packed_tiles

WINDOW_MS, STEP_MS = 300_000, 250
END = 1_800_000_000_000
SELECTORS = [
    "",
    "#buy",
    "body>main",
    '[data-part="Größe"]',
    *(f"#item-{i}" for i in range(20)),
]
KINDS = ("clicks", "rage", "dead", "dwell")
NAMES = ["phone", "desktop", "unknown"]


def some_cells(rng: random.Random, size: int, most: int) -> Cells:
    """Return up to `most` cells of a grid; most counts are small."""
    cells: Cells = {}
    for _ in range(rng.randint(0, most)):
        rows = cells.setdefault(str(rng.randrange(size)), {})
        rows[str(rng.randrange(size))] = rng.choice([1, 1, 1, 2, 3, 70_000])
    return cells


def some_spots(rng: random.Random, spots: int) -> Cells:
    """Return up to four spots: fractions, parts of a wide box, px of a high one."""
    columns, rows = (spots, 2 * spots, 5 * spots), (spots, 2 * spots, 8192)
    return {
        str(rng.randrange(rng.choice(columns))): {
            str(rng.randrange(rng.choice(rows))): rng.choice([1, 2, 300])
        }
        for _ in range(rng.randint(0, 4))
    }


def changed(rng: random.Random, cells: Cells, size: int) -> Cells:
    """Return the cells a step later: some are added, some removed, most unchanged."""
    later = {x: dict(rows) for x, rows in cells.items()}
    for x in rng.sample(sorted(later), min(3, len(later))):
        del later[x][rng.choice(sorted(later[x]))]
        if not later[x]:
            del later[x]
    for x, rows in some_cells(rng, size, 8).items():
        later.setdefault(x, {}).update(rows)
    return later


def some_fine(rng: random.Random, size: int, most: int) -> FineCounts:
    """Return fine counts with up to `most` cells in each layer."""
    rows = [
        {(rng.randrange(400), rng.randrange(size)): rng.choice([1, 1, 2, 70_000]) for _ in range(number)}
        for number in (
            rng.randint(0, most),
            rng.randint(0, most // 10),
            *(rng.randint(0, 3) for _ in range(4)),
        )
    ]
    return fine(rng.choice([20, 20, 20, 40]), columns=size, **dict(zip(LAYERS, rows, strict=True)))


def changed_fine(rng: random.Random, counts: FineCounts, size: int) -> FineCounts:
    """Return the counts a step later: some cells are added, some removed, most unchanged."""
    layers = {name: dict(rows) for name, rows in read(counts, size).items()}
    for rows in layers.values():
        for cell in rng.sample(sorted(rows), min(3, len(rows))):
            del rows[cell]
    for name, rows in read(some_fine(rng, size, 8), size).items():
        layers.setdefault(name, {}).update(rows)
    return fine(counts.row, columns=size, **layers)


def some_looks(rng: random.Random) -> LookCounts:
    """Return looks of up to 30 rows each, also more ms than 32 bits hold; or none."""
    if rng.random() < 0.3:
        return LookCounts(20)

    def rows(counts: list[int]) -> bytes:
        return packed({(rng.randrange(500), 0): rng.choice(counts) for _ in range(rng.randint(1, 30))}, 1)

    ms = [250, 5_000, 7_123, 2**33, 2**51]
    return LookCounts(rng.choice([20, 20, 40]), 9, rows(ms), rows(ms), rows([1, 2, 300]), rows([1, 2]))


def _total(cells: Cells) -> int:
    return sum(sum(rows.values()) for rows in cells.values())


def _page(rng: random.Random) -> Size | None:
    return rng.choice([None, Size(1265, 4210), Size(360, 9000)])


def grids(rng: random.Random, length: int) -> Iterator[Grid]:
    """Yield a page's grids; halfway GRID_SIZE changes, and the last grid is empty."""
    size, moves = 50, some_cells(rng, 50, 300)
    clicks, rows = some_cells(rng, 50, 20), some_fine(rng, 50, 300)
    for step in range(length):
        if step == length // 2:
            size, moves, clicks = 10, some_cells(rng, 10, 50), {}
            rows = some_fine(rng, 10, 50)
        if step == length - 1:
            moves, clicks, rows = {}, {}, fine()
        end = END + step * STEP_MS
        unplaced = rng.choice([0, 0, 3]) if moves else 0
        yield Grid(
            start=end - WINDOW_MS,
            end=end,
            value=packed_tiles(moves, size),
            clicks=packed_tiles(clicks, size),
            grid_size=size,
            visitors=rng.randint(0, 300),
            totals=Totals(_total(moves), _total(clicks), unplaced),
            newest=end - rng.randint(1, 9) * STEP_MS if moves else None,
            page=_page(rng),
            partition=4,
            position=8812 + 7 * step,
            fine=rows,
            looks=some_looks(rng) if moves else LookCounts(20),
        )
        moves, clicks = changed(rng, moves, size), changed(rng, clicks, size)
        rows = changed_fine(rng, rows, size)


def details(rng: random.Random, length: int) -> Iterator[Breakdown]:
    """Yield a page's breakdowns: elements and the band "unknown" appear and vanish, spots change size."""
    elements: list[dict[str, dict[str, Cells]]] = [{} for _ in NAMES]
    for step in range(length):
        spots = 16 if length // 3 < step < length // 2 else 64
        for each in elements:
            for selector in rng.sample(sorted(each), len(each) // 4):
                del each[selector]
            for selector in rng.sample(SELECTORS, 3):
                each[selector] = {
                    kind: some_spots(rng, spots) for kind in ("clicks", "rage", "dead", "dwell")
                }
            if spots != 64 or step == length // 2:
                each.clear()
        end = END + step * 1000
        yield Breakdown(
            start=end - WINDOW_MS,
            end=end,
            page=_page(rng),
            partition=4,
            position=8812 + step,
            grid_size=50,
            spots=spots,
            spot_px=512 // spots,
            bands=[
                Band(
                    name,
                    rng.randint(0, 9),
                    some_fine(rng, 50, 30),
                    [
                        ElementCounts(selector, **kinds)
                        for selector, kinds in each.items()
                        if any(kinds.values())
                    ],
                    some_looks(rng),
                )
                for name, each in zip(NAMES, elements, strict=True)
                if name != "unknown" or rng.random() < 0.5
            ],
        )
