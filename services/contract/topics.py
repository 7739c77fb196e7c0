"""The names of the topics, and `topics.yaml`, which configures them."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pageheat.services.contract.errors import PageheatError

CLICKSTREAM = "clickstream"
BY_PAGE = "clickstream-group-by-page"
HEATMAP = "heatmap"
HEATMAP_DETAIL = "heatmap-detail"
WATCHED = "watched"
DEAD_LETTER = "dead-letter"

RETENTION_SLACK_MS = 60_000
"""A recovery reads this much more than the window, so BY_PAGE must keep this much more."""


class WrongTopics(PageheatError):
    """A topic is missing or differs from `topics.yaml`."""


@dataclass(frozen=True)
class TopicSpec:
    """One entry of `topics.yaml`."""

    name: str
    partitions: int
    cleanup: str
    retention_ms: int
    segment_ms: int | None = None

    @property
    def config(self) -> dict[str, str]:
        """The topic's settings under Kafka's names."""
        config = {"cleanup.policy": self.cleanup, "retention.ms": str(self.retention_ms)}
        if self.segment_ms is not None:
            config["segment.ms"] = str(self.segment_ms)
        return config


def default_file() -> Path:
    """This installation's `topics.yaml`: `PAGEHEAT_TOPICS`, or the one beside the packages."""
    return Path(os.environ.get("PAGEHEAT_TOPICS") or Path(__file__).parents[2] / "topics.yaml")


def read_specs(file: Path | None = None) -> dict[str, TopicSpec]:
    """Read the list of topics.

    Raises:
        WrongTopics: the file cannot be read, or an entry has an unknown or missing field.
    """
    file = file or default_file()
    try:
        listed: dict[str, dict[str, Any]] = yaml.safe_load(file.read_text())
        return {name: TopicSpec(name=name, **fields) for name, fields in listed.items()}
    except (OSError, yaml.YAMLError, TypeError, AttributeError) as error:
        raise WrongTopics(f"{file}: {error}") from None


def require_window(spec: TopicSpec, window_ms: int) -> None:
    """Check that a window can be recovered from a topic.

    Raises:
        WrongTopics: the topic's retention is too short.
    """
    needed_ms = window_ms + RETENTION_SLACK_MS
    if 0 <= spec.retention_ms < needed_ms:
        raise WrongTopics(
            f"{spec.name}: retention_ms is {spec.retention_ms}, but a window of {window_ms} ms needs "
            f"{needed_ms} for recovery: raise retention_ms in topics.yaml and in Kafka, or lower "
            "WINDOW_SECONDS"
        )
