"""What larger sites need, reckoned from measured unit costs. Pure: rows of the results in, tables out.

Everything is taken to grow with the visitors, as `system` has them: four frames of one event a second each,
75 visitors a page. What is shared stays as it is: a process has one core, a topic twelve partitions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor, log10

from benchmarks.harness import number

SIZES = (100, 1_000, 3_000, 10_000, 30_000, 100_000)
"""Visitors who all move at the same time."""

FRAMES_PER_S = 4
VISITORS_A_PAGE = 75
GRIDS_PER_S, DETAILS_PER_S = 4, 1
"""Of a page that somebody moves on."""

BUSY = 0.7
"""Of a core that a process is planned to use: what is more belongs to bursts, and to one that takes over."""

PARTITIONS = 12
MAX_SOCKETS = 10_000
ENTRY_SOCKETS = 24_000
RETENTION_S = 86_400
OVERHEAD_BYTES = 100
"""Of a small WebSocket frame on the line: its own header, TLS, TCP, IP, Ethernet."""

DISK_BYTES, LINE_BYTES_PER_S = 1e12, 125e6
"""1 TB, 1 Gbit/s: what limits are told for."""

HOT_SHARE = 5
"""Each fifth visitor is on the first page."""

SHARED = ("ingest", "group_by", "aggregator")
"""Processes of which several share the work."""

PROCESSES = (*SHARED, "broadcaster", "Kafka")


@dataclass(frozen=True)
class Costs:
    """Unit costs, as `system` and `costs` measure them.

    Args:
        cpu_us: of a process for each frame that comes in; grids and details of its pages are in it.
        frame_bytes: of a frame as sent.
        disk_bytes: of a frame on both clickstream topics.
        heat_bytes: of a page's grids and details on Kafka, a second.
    """

    cpu_us: Mapping[str, float]
    frame_bytes: float
    disk_bytes: float
    heat_bytes: float

    @classmethod
    def of(cls, system: Mapping[str, float], costs: Mapping[str, float]) -> "Costs":
        """From medians by row."""
        return cls(
            {process: system[f"{process}, a frame"] for process in PROCESSES},
            costs["frame"],
            costs["frame, on disk"] + costs["frame by page, on disk"],
            GRIDS_PER_S * costs["grid, on disk"] + DETAILS_PER_S * costs["detail, on disk"],
        )

    def cores(self, process: str, visitors: float) -> float:
        """Of all instances of a process; of each broadcaster, as each reads all grids."""
        return visitors * FRAMES_PER_S * self.cpu_us[process] / 1e6

    def instances(self, process: str, visitors: float) -> int:
        """Processes that share this, none busier than BUSY."""
        least = ceil(visitors / MAX_SOCKETS) if process == "ingest" else 1
        return max(least, ceil(self.cores(process, visitors) / BUSY))

    def disk_per_s(self, visitors: float) -> float:
        """Bytes that both clickstream topics grow by."""
        return visitors * FRAMES_PER_S * self.disk_bytes

    def into_kafka(self, visitors: float) -> float:
        """Bytes a second that Kafka is given; it hands on as much, the heat to each broadcaster."""
        return self.disk_per_s(visitors) + visitors / VISITORS_A_PAGE * self.heat_bytes

    def from_visitors(self, visitors: float) -> float:
        """Bytes a second that ingest gets."""
        return visitors * FRAMES_PER_S * (self.frame_bytes + OVERHEAD_BYTES)


SIZE_HEADINGS = (
    "moving visitors",
    "frames/s",
    *SHARED,
    "broadcaster, each",
    "Kafka",
    "cores in all",
    "Kafka's disk a day",
    "into Kafka",
    "from visitors",
)


def size(costs: Costs, visitors: int) -> Iterator[str]:
    """The cells of a size: cores, and of what can be shared how many processes."""
    yield f"{visitors:,}"
    yield f"{visitors * FRAMES_PER_S:,}"
    for process in SHARED:
        cores, instances = costs.cores(process, visitors), costs.instances(process, visitors)
        yield f"{short(cores)} in {instances}"
    yield short(costs.cores("broadcaster", visitors))
    yield short(costs.cores("Kafka", visitors))
    yield short(sum(costs.cores(process, visitors) for process in costs.cpu_us))
    yield f"{short(costs.disk_per_s(visitors) * RETENTION_S / 1e9)} GB"
    yield f"{short(costs.into_kafka(visitors) * 8 / 1e6)} Mbit/s"
    yield f"{short(costs.from_visitors(visitors) * 8 / 1e6)} Mbit/s"


@dataclass(frozen=True)
class Limit:
    """What is full at how many visitors, and what helps."""

    visitors: int
    name: str
    remedy: str


def limits(costs: Costs) -> list[Limit]:
    """First things first."""
    found = [Limit(_two_digits(1 / share), name, remedy) for name, share, remedy in _shares(costs)]
    return sorted(found, key=lambda limit: limit.visitors)


def _shares(costs: Costs) -> Iterator[tuple[str, float, str]]:
    """Name, how much of it one visitor takes, and what helps: all of this is in proportion to visitors."""
    ingest, group_by, aggregator, broadcaster, kafka = (costs.cores(name, 1) for name in PROCESSES)
    yield "one ingest", ingest / BUSY, "more of them: they share nothing, any number"
    yield (
        "one ingest's `MAX_SOCKETS`",
        1 / MAX_SOCKETS,
        "more of them, or a higher limit and some 20 kB of memory a socket",
    )
    yield (
        "in containers, the entry's WebSockets",
        1 / ENTRY_SOCKETS,
        "a load balancer of your own in front of ingests and broadcasters",
    )
    yield "one group_by", group_by / BUSY, "more of them, up to 12"
    yield "one aggregator", aggregator / BUSY, "more of them, up to 12"
    yield (
        "a broadcaster",
        broadcaster / BUSY,
        "more do not help, as each reads all grids: a longer `STEP_MS`; a Pageheat for each part of the site",
    )
    yield (
        "the partition of one page, where a fifth of all visitors are",
        aggregator / HOT_SHARE / BUSY,
        "nothing in the settings: all of a page is counted in one place; a faster core",
    )
    yield "12 group_bys", group_by / PARTITIONS / BUSY, "a `clickstream` with more partitions, made anew"
    yield (
        "12 aggregators",
        aggregator / PARTITIONS / BUSY,
        "a `clickstream-group-by-page` and a `heatmap` with more partitions, made anew",
    )
    yield "a Kafka node of two cores", kafka / 2 / BUSY, "more cores; a cluster of three nodes"
    yield (
        "1 TB of Kafka's disk",
        costs.disk_per_s(1) * RETENTION_S / DISK_BYTES,
        "`retention_ms` of an hour instead of a day: to count, the window and a minute are enough",
    )
    yield "1 Gbit/s into Kafka", costs.into_kafka(1) / LINE_BYTES_PER_S, "10 Gbit/s; a cluster"
    yield (
        "1 Gbit/s from visitors",
        costs.from_visitors(1) / LINE_BYTES_PER_S,
        "ingests on several machines, behind a load balancer",
    )


def _two_digits(value: float) -> int:
    """What a reckoning can say."""
    return int(float(f"{value:.2g}"))


def short(value: float) -> str:
    """With two digits that say something."""
    digits = 1 - floor(log10(value))
    return number(round(value, digits)) if digits > 0 else f"{round(value, digits):,.0f}"
