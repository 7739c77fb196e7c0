"""Compared with Quix Streams' own hopping window: same histories, identical grids, cell by cell."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import Producer
from hypothesis import HealthCheck, Phase, given, seed, settings
from quixstreams import Application

from pageheat.kafka.node import KafkaNode
from pageheat.services.aggregator.grid import CellNumbers, tile
from pageheat.services.aggregator.window import Window
from pageheat.services.contract.packed_rows import events
from pageheat.services.contract.records import Cells, Event, Frame
from tests.support.frames import BANDS, at, frame
from tests.support.histories import histories
from tests.support.tiles import shown_tiles
from tests.support.topics import new_topic

STEP_MS, GRID_SIZE = 250, 50

Grids = dict[tuple[str, int], Cells]
"""Key and end of a window → its moves."""


def drawn_histories(count: int) -> list[list[Frame]]:
    """The unit tests' histories of the window, with one move per frame, as the library needs."""
    drawn: list[list[Frame]] = []

    @seed(2026)
    @settings(
        max_examples=count,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories(largest_frame=1, with_looks=False))
    def draw(history: list[Frame]) -> None:
        drawn.append([one for one in history if the_event(one).type == "move"])

    draw()
    return drawn


def the_event(one: Frame) -> Event:
    """A frame's only event."""
    (event,) = events(one)
    return event


def library_grids(kafka: KafkaNode, folder: Path, keyed: dict[str, list[Frame]], window_ms: int) -> Grids:
    """The result of `hopping_window(…).reduce(…).final()` for the histories on a real topic."""
    name = new_topic(kafka.broker, f"histories-{window_ms}")
    app = Application(
        broker_address=kafka.broker,
        consumer_group=name,
        auto_offset_reset="earliest",
        state_dir=folder,
        auto_create_topics=False,
        use_changelog_topics=False,
        loglevel=None,
    )
    topic = app.topic(name, value_deserializer="bytes", key_deserializer="str")
    shown: Grids = {}

    def take(window: dict[str, Any], key: str, *_: object) -> None:
        assert window["end"] - window["start"] == window_ms
        shown[key, window["end"]] = window["value"]

    (
        app.dataframe(topic)
        .apply(lambda value: msgspec.json.decode(value, type=Frame))
        .set_timestamp(lambda one, *_: one.received - the_event(one).age)
        .apply(tile_names)
        .hopping_window(window_ms, STEP_MS, on_late=lambda *_: False)
        .reduce(with_another, lambda names: with_another({}, names))
        .final()
        .update(take, metadata=True)
    )
    producer = Producer({"bootstrap.servers": kafka.broker})
    for key, history in keyed.items():
        for one in history:
            producer.produce(name, msgspec.json.encode(one), key)
    assert producer.flush(15) == 0
    app.run(timeout=5)
    return shown


def tile_names(one: Frame) -> list[str]:
    """Column and row of a frame's only event, as JSON keys."""
    event, document = the_event(one), one.page.document
    assert document
    return [
        str(tile(event.x, document.width, GRID_SIZE)),
        str(tile(event.y, document.height, GRID_SIZE)),
    ]


def with_another(cells: Cells, names: list[str]) -> Cells:
    """The cells plus one event."""
    column, row = names
    rows = cells.get(column, {})
    return cells | {column: rows | {row: rows.get(row, 0) + 1}}


def our_grids(keyed: dict[str, list[Frame]], window_ms: int) -> Grids:
    """The result of our window, driven by event time, by key."""
    shown: Grids = {}
    for key, history in keyed.items():
        newest = 0
        window: Window | None = None
        for number, one in enumerate(history):
            newest = max(newest, one.received - the_event(one).age)
            window = window or Window(
                0, 0, newest, window_ms=window_ms, step_ms=STEP_MS, cells=CellNumbers(GRID_SIZE, BANDS)
            )
            window.add(number, (0, number), one)
            for _, grid in window.advance_by_step(newest):
                assert (key, grid.end) not in shown
                shown[key, grid.end] = shown_tiles(grid.value, GRID_SIZE)
    return shown


def one_page(history: Iterable[Frame]) -> list[Frame]:
    """The history as if on one page of one height, all of which scrolls: the library's window has a key, no
    pages, and the tutorial knows no other places."""
    return [
        msgspec.structs.replace(
            one,
            page=frame(at(0)).page,
            moves=one.moves + one.fixed_moves,
            fixed_moves=b"",
            events=[msgspec.structs.replace(event, fixed=False) for event in one.events],
        )
        for one in history
    ]


@pytest.mark.parametrize(
    ("count", "window_ms"),
    [pytest.param(100, 1_500, id="1.5 s"), pytest.param(3, 300_000, id="5 min")],
)
def test_grids_equal_the_librarys(kafka: KafkaNode, tmp_path: Path, count: int, window_ms: int) -> None:
    keyed = {
        f"history {number}": one_page(history)
        for number, history in enumerate(drawn_histories(count))
        if history
    }
    # a last event, late enough to close all earlier windows
    for history in keyed.values():
        end = max(one.received for one in history) + window_ms + 2_000
        history.append(frame(at(end)))
    expected = library_grids(kafka, tmp_path, keyed, window_ms)
    assert len(expected) > 500
    assert our_grids(keyed, window_ms) == expected
