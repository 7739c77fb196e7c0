"""Counters for events that happen 10,000 times a second: counting adds to a number in a dictionary.

The Prometheus client's `Counter` takes a lock and looks up its label each time, which costs half as much as
decoding a frame. A `FastCounter` is used by one thread only; Prometheus reads its numbers on each scrape.
"""

from collections import defaultdict
from collections.abc import Iterator

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector


class FastCounter(Collector):
    """A counter with one label: `clicks.by["left"] += 1`. Create it once, at the top of a module.

    Args:
        name: the metric's name, without `_total`.
        documentation: the metric's help text.
        label: the label's name.
    """

    def __init__(self, name: str, documentation: str, label: str) -> None:
        self.by: defaultdict[str, int] = defaultdict(int)
        self._family = name, documentation, None, (label,)
        REGISTRY.register(self)

    def collect(self) -> Iterator[CounterMetricFamily]:
        """The counter in Prometheus' form."""
        family = CounterMetricFamily(*self._family)
        for value, count in list(self.by.items()):
            family.add_metric([value], count)
        yield family
