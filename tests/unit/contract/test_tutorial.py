"""A grid in the tutorial's form."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pageheat.services.contract.records import Cells, Grid, UnreadableRecord, encode
from pageheat.services.contract.tutorial import tutorial_json, tutorial_jsons
from tests.support.heatmap_records import grid
from tests.support.tiles import packed_tiles

sizes = st.sampled_from([1, 7, 50, 200])


@st.composite
def grids(draw: st.DrawFn) -> tuple[Grid, tuple[Cells, Cells]]:
    size, most = draw(sizes), draw(st.sampled_from([1, 127, 10_001, 2**40]))
    tile, count = st.integers(0, size - 1).map(str), st.integers(1, most)
    layers = st.dictionaries(tile, st.dictionaries(tile, count, min_size=1, max_size=9), max_size=9)
    value, clicks = draw(layers), draw(layers)
    packed = {"value": packed_tiles(value, size), "clicks": packed_tiles(clicks, size), "grid_size": size}
    return msgspec.structs.replace(grid(1_000_000, 5), **packed), (value, clicks)


@given(st.lists(grids(), max_size=6))
def test_grids_written_together_are_as_each_alone(given_: list[tuple[Grid, tuple[Cells, Cells]]]) -> None:
    records = [encode(made) for made, _ in given_]
    assert tutorial_jsons(records) == [tutorial_json(record) for record in records]
    for record, (made, tiles) in zip(records, given_, strict=True):
        shown = msgspec.json.decode(tutorial_json(record))
        assert (shown["value"], shown["clicks"]) == tiles
        assert shown.keys() - {"value", "clicks"} == {
            *("start", "end", "visitors", "totals", "newest", "page", "partition", "position", "grid-size")
        }
        assert (shown["position"], shown["grid-size"]) == (made.position, made.grid_size)


def test_a_wrong_one_among_them_does_not_harm_the_others() -> None:
    good = encode(grid(1_000_000, 5))
    outside, zero = (
        encode(msgspec.structs.replace(grid(1_000_000, 5), clicks=layer))
        for layer in (b"\x63\x01" * 99, b"\5\1\1\0")
    )
    first, *wrong, last = tutorial_jsons([good, b"{", outside, zero, good])
    assert first == last == tutorial_json(good)
    assert all(isinstance(each, UnreadableRecord) for each in wrong)
