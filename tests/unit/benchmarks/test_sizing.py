"""Sizes calculated from unit costs."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import sizing
from benchmarks.limits_picture import drawn
from benchmarks.sizing import Costs, Limit, limits, short, size
from pageheat.services.aggregator.counting import HEARTBEAT_INTERVAL_MS
from pageheat.services.contract.topics import BY_PAGE, CLICKSTREAM, read_specs
from pageheat.services.runtime.settings import IngestSettings, WindowSettings

COSTS = Costs(
    cpu_us={"ingest": 100, "group_by": 80, "aggregator": 40, "broadcaster": 20, "Kafka": 200},
    frame_bytes=2_650,
    disk_bytes=1_000,
    heat_bytes=7_500,
    hot_us=5,
)


@pytest.mark.parametrize(
    ("process", "visitors", "cores", "instances"),
    [
        ("ingest", 1_000, 0.1, 1),
        ("ingest", 10_000, 1, 2),
        ("aggregator", 100_000, 4, 6),
        ("group_by", 100_000, 8, 12),
    ],
)
def test_cores_grow_with_visitors_and_no_process_is_planned_at_full_load(
    process: str, visitors: int, cores: float, instances: int
) -> None:
    assert COSTS.cores(process, visitors) == pytest.approx(cores)
    assert COSTS.instances(process, visitors) == instances


def test_a_process_full_of_sockets_needs_another_however_little_they_cost() -> None:
    idle = Costs({"ingest": 0.001}, 250, 125, 7_500, 5)
    assert [idle.instances("ingest", visitors) for visitors in (24_000, 24_001, 100_000)] == [1, 2, 5]


def test_a_row_shows_cores_disk_and_network() -> None:
    assert list(size(COSTS, 10_000)) == [
        "10,000",
        "5,000",
        "1 in 2",
        "0.8 in 2",
        "0.4 in 1",
        "0.2",
        "2",
        "4.4",
        "430 GB",
        "48 Mbit/s",
        "110 Mbit/s",
    ]


def test_costs_are_taken_from_the_rows_of_three_benchmarks() -> None:
    visitors = {process: us / 1_000 for process, us in COSTS.cpu_us.items()} | {"moving visitors": 1_000.0}
    sizes = {"frame": 2_650.0, "frame, on disk": 480.0, "frame by page, on disk": 520.0}
    grids = {"grid, on disk": 1_500.0, "detail, on disk": 1_500.0}
    assert Costs.of(visitors, sizes | grids, {"100,000 visitors": 0.5}) == COSTS


def test_limits_are_listed_lowest_first() -> None:
    found = limits(COSTS)
    assert [limit.visitors for limit in found] == sorted(limit.visitors for limit in found)
    by_name = {limit.name: limit.visitors for limit in found}
    assert by_name["one ingest"] == 7_000
    assert by_name["12 aggregators"] == 210_000
    assert by_name["the partition of one page, where a fifth of all visitors are"] == 700_000
    assert by_name["a Kafka node of two cores"] == 7_000
    assert by_name["one ingest's `MAX_SOCKETS`"] == 24_000


def test_assumed_constants_equal_the_real_settings() -> None:
    specs = read_specs()
    for topic in (CLICKSTREAM, BY_PAGE):
        assert specs[topic].partitions == sizing.PARTITIONS
        assert specs[topic].retention_ms == sizing.RETENTION_S * 1000
    assert IngestSettings.model_fields["max_sockets"].default == sizing.MAX_SOCKETS
    assert sizing.GRIDS_PER_S * WindowSettings.model_fields["step_ms"].default == 1000
    assert sizing.DETAILS_PER_S * HEARTBEAT_INTERVAL_MS == 1000
    entry = (Path(__file__).parents[3] / "entry" / "nginx.conf.template").read_text("utf-8")
    assert f"{sizing.ENTRY_SOCKETS:,} WebSockets in both workers" in entry


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0123, "0.012"),
        (0.8, "0.8"),
        (1, "1"),
        (4.44, "4.4"),
        (12.3, "12"),
        (432.1, "430"),
        (43_210, "43,000"),
    ],
)
def test_a_calculated_number_has_two_digits(value: float, text: str) -> None:
    assert short(value) == text


def test_the_picture_has_a_bar_per_limit_longer_for_more_visitors() -> None:
    picture = ElementTree.fromstring(
        drawn([Limit(5_000, "a `core` & more", ""), Limit(50_000, "a disk", ""), Limit(5_000_000, "all", "")])
    )
    bars = [int(bar.attrib["width"]) for bar in picture.iter("{http://www.w3.org/2000/svg}rect")]
    texts = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert len(bars) == 3
    assert bars == sorted(set(bars))
    assert {"a core & more", "5,000", "a disk", "50,000"} <= set(texts)
