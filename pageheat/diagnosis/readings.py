"""What a running system tells of itself: metrics of each process, read twice, and topics. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from prometheus_client.parser import text_string_to_metric_families


class Samples:
    """The samples of one answer of `/_pageheat/metrics`."""

    def __init__(self, samples: Mapping[str, Sequence[tuple[Mapping[str, str], float]]]) -> None:
        self._samples = samples

    @classmethod
    def parse(cls, text: str) -> Self:
        """The samples of Prometheus' text format.

        Raises:
            ValueError: it is not in that format.
        """
        found: dict[str, list[tuple[Mapping[str, str], float]]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found.setdefault(sample.name, []).append((sample.labels, sample.value))
        return cls(found)

    def of(self, metric: str, **labels: str) -> list[float]:
        """The values of a metric's series with these labels."""
        return [
            value
            for has, value in self._samples.get(metric, ())
            if labels.items() <= {key: str(text) for key, text in has.items()}.items()
        ]

    def sum(self, metric: str, **labels: str) -> float:
        """Their sum, 0 if there is none."""
        return sum(self.of(metric, **labels))

    def values_of_label(self, metric: str, label: str) -> list[str]:
        """The values of a label among a metric's series above 0."""
        return sorted({has[label] for has, value in self._samples.get(metric, ()) if value and label in has})


NOTHING = Samples({})


@dataclass(frozen=True, eq=False)
class Process:
    """One process, as it answered.

    Args:
        name: in the table of processes.
        address: host:port that was asked.
        down: why it does not answer, "" if it does.
        dead: why it should be restarted, "" if it should not.
        unready: why it cannot work, "" if it can.
        before, after: its metrics, `seconds` apart.
        clock_ahead_s: its clock minus ours, to the second; None if it did not say.
    """

    name: str
    address: str
    down: str = ""
    dead: str = ""
    unready: str = ""
    before: Samples = NOTHING
    after: Samples = NOTHING
    seconds: float = 1
    clock_ahead_s: float | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.address})"

    def now(self, metric: str, **labels: str) -> float:
        """The last value of a metric, all its series together."""
        return self.after.sum(metric, **labels)

    def highest(self, metric: str) -> float:
        """The highest of its series: with several workers, that of the one which is closest to a limit."""
        return max(self.after.of(metric), default=0)

    def rate(self, metric: str, **labels: str) -> float:
        """By how much a counter grew each second."""
        was, is_ = self.before.sum(metric, **labels), self.after.sum(metric, **labels)
        return (is_ - was if is_ >= was else is_) / self.seconds  # it has restarted, and counts anew

    def quantile(self, share: float, histogram: str) -> float:
        """The upper edge of the bucket with that share of what was counted meanwhile; 0 if nothing was."""
        edges = sorted({float(edge) for edge in self.after.values_of_label(f"{histogram}_bucket", "le")})
        counts = [
            (edge, self.rate(f"{histogram}_bucket", le=_as_written(edge)) * self.seconds) for edge in edges
        ]
        total = counts[-1][1] if counts else 0
        return next((edge for edge, count in counts if total and count >= share * total), 0)


def _as_written(edge: float) -> str:
    return "+Inf" if edge == float("inf") else str(edge)


@dataclass(frozen=True)
class System:
    """All processes, and Kafka.

    Args:
        processes: those that were asked.
        kafka_trouble: why Kafka does not answer, "" if it does.
        brokers: how many brokers Kafka has.
        topics: differences from topics.yaml by topic.
        settings: what the doctor's own settings are, by name in capitals.
    """

    processes: Sequence[Process]
    kafka_trouble: str = ""
    brokers: int = 1
    topics: Mapping[str, list[str]] = field(default_factory=dict)
    settings: Mapping[str, int] = field(default_factory=dict)

    def answering(self, *names: str) -> Iterator[Process]:
        """The processes of these names that answer; without names, all."""
        return (one for one in self.processes if not one.down and (not names or one.name in names))
