"""Calculates what larger sites need from measured unit costs. Pure: rows of the results in, tables out.

Assumes that everything grows in proportion to visitors like those of `visitor-costs`: a fifth of them on the
first page, 75 for each page in all, and the same share on pages that are watched. Bytes are those of pages
that nobody watches. Fixed are: one core per process, twelve partitions per topic.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor, log10

from benchmarks.harness import number

SIZES = (100, 1_000, 3_000, 10_000, 20_000, 30_000, 100_000)
"""Visitors who all move at the same time."""

FRAMES_PER_S = 0.5
"""Of a visitor on a page that nobody watches."""

VISITORS_A_PAGE = 75
GRIDS_PER_S, DETAILS_PER_S = 4, 1
"""Of a page with a moving visitor."""

BUSY = 0.7
"""Planned load of a core: the remainder is for bursts, and for taking over from a dead instance."""

PARTITIONS = 12
MAX_SOCKETS = 24_000
ENTRY_SOCKETS = 24_000
RETENTION_S = 86_400
OVERHEAD_BYTES = 100
"""Of a small WebSocket frame on the wire: its own header, TLS, TCP, IP, Ethernet."""

DISK_BYTES, LINE_BYTES_PER_S = 1e12, 125e6
"""1 TB, 1 Gbit/s: the assumed disk and network."""

HOT_SHARE = 5
"""Every fifth visitor is on the first page."""

HOT_VISITORS = 100_000
"""Of one page, for which `hot-page` has measured what its aggregator needs."""

SHARED = ("ingest", "group_by", "aggregator")
"""Services whose instances share the work."""

PROCESSES = (*SHARED, "broadcaster", "Kafka")


@dataclass(frozen=True)
class Costs:
    """Unit costs, as `visitor-costs` and `costs` measure them.

    Args:
        cpu_us: CPU time of a process per second and moving visitor, with the pages' grids and breakdowns.
        frame_bytes: size of a frame as sent.
        disk_bytes: size of a frame on both clickstream topics.
        heat_bytes: size of a page's grids and breakdowns on Kafka, per second.
        hot_us: CPU time of an aggregator per second and moving visitor of a page with very many.
    """

    cpu_us: Mapping[str, float]
    frame_bytes: float
    disk_bytes: float
    heat_bytes: float
    hot_us: float

    @classmethod
    def of(
        cls, visitors: Mapping[str, float], costs: Mapping[str, float], hot_page: Mapping[str, float]
    ) -> "Costs":
        """Build from row → median."""
        return cls(
            {process: visitors[process] / visitors["moving visitors"] * 1e6 for process in PROCESSES},
            costs["frame"],
            costs["frame, on disk"] + costs["frame by page, on disk"],
            GRIDS_PER_S * costs["grid, on disk"] + DETAILS_PER_S * costs["detail, on disk"],
            hot_page[f"{HOT_VISITORS:,} visitors"] / HOT_VISITORS * 1e6,
        )

    def cores(self, process: str, visitors: float) -> float:
        """Return the cores of all instances together; of each broadcaster, as each reads all grids."""
        return visitors * self.cpu_us[process] / 1e6

    def instances(self, process: str, visitors: float) -> int:
        """Return the number of instances, so that none is busier than BUSY."""
        least = ceil(visitors / MAX_SOCKETS) if process == "ingest" else 1
        return max(least, ceil(self.cores(process, visitors) / BUSY))

    def disk_per_s(self, visitors: float) -> float:
        """Return the growth of both clickstream topics, bytes/s."""
        return visitors * FRAMES_PER_S * self.disk_bytes

    def into_kafka(self, visitors: float) -> float:
        """Return the bytes/s written to Kafka; as much is read again, the heat by each broadcaster."""
        return self.disk_per_s(visitors) + visitors / VISITORS_A_PAGE * self.heat_bytes

    def from_visitors(self, visitors: float) -> float:
        """Return the bytes/s that ingest receives."""
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
    """Yield a row of the sizes table: cores, and the number of instances of what can be shared."""
    yield f"{visitors:,}"
    yield f"{visitors * FRAMES_PER_S:,.0f}"
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
    """A resource, the number of visitors at which it is full, and the remedy."""

    visitors: int
    name: str
    remedy: str


def limits(costs: Costs) -> list[Limit]:
    """Return the limits, the first to be reached first."""
    found = [Limit(_two_digits(1 / share), name, remedy) for name, share, remedy in _shares(costs)]
    return sorted(found, key=lambda limit: limit.visitors)


def _shares(costs: Costs) -> Iterator[tuple[str, float, str]]:
    """Yield each limit's name, the share of it that one visitor uses, and the remedy."""
    ingest, group_by, aggregator, broadcaster, kafka = (costs.cores(name, 1) for name in PROCESSES)
    yield "one ingest", ingest / BUSY, "more instances: they share nothing, any number"
    yield (
        "one ingest's `MAX_SOCKETS`",
        1 / MAX_SOCKETS,
        "more instances, or a higher limit and about 20 kB of memory per socket",
    )
    yield (
        "in containers, the entry's WebSockets",
        1 / ENTRY_SOCKETS,
        "your own load balancer in front of ingests and broadcasters",
    )
    yield "one group_by", group_by / BUSY, "more instances, up to 12"
    yield "one aggregator", aggregator / BUSY, "more instances, up to 12"
    yield (
        "a broadcaster",
        broadcaster / BUSY,
        "more do not help, as each reads all grids: a longer `STEP_MS`; a Pageheat for each part of the site",
    )
    yield (
        "the partition of one page, where a fifth of all visitors are",
        costs.hot_us / 1e6 / HOT_SHARE / BUSY,
        "one process counts a page: a faster core, or a smaller `PAGE_FRAMES_PER_S`",
    )
    yield "12 group_bys", group_by / PARTITIONS / BUSY, "recreate `clickstream` with more partitions"
    yield (
        "12 aggregators",
        aggregator / PARTITIONS / BUSY,
        "recreate `clickstream-group-by-page` and `heatmap` with more partitions",
    )
    yield "a Kafka node of two cores", kafka / 2 / BUSY, "more cores; a cluster of three nodes"
    yield (
        "1 TB of Kafka's disk",
        costs.disk_per_s(1) * RETENTION_S / DISK_BYTES,
        "`retention_ms` of an hour instead of a day: counting needs only the window and a minute",
    )
    yield "1 Gbit/s into Kafka", costs.into_kafka(1) / LINE_BYTES_PER_S, "10 Gbit/s; a cluster"
    yield (
        "1 Gbit/s from visitors",
        costs.from_visitors(1) / LINE_BYTES_PER_S,
        "ingests on several machines, behind a load balancer",
    )


def _two_digits(value: float) -> int:
    """Round to the precision of this calculation."""
    return int(float(f"{value:.2g}"))


def short(value: float) -> str:
    """Format with two significant digits."""
    digits = 1 - floor(log10(value))
    return number(round(value, digits)) if digits > 0 else f"{round(value, digits):,.0f}"
