"""The topics by name, and `topics.yaml`, which says how each is set up."""

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
DEAD_LETTER = "dead-letter"

RETENTION_SLACK_MS = 60_000
"""How far back beyond the window a recovery reads, and so what BY_PAGE must keep beyond it."""


class WrongTopics(PageheatError):
    """A topic is missing or not as `topics.yaml` lists it."""


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
        """The settings as Kafka names them."""
        config = {"cleanup.policy": self.cleanup, "retention.ms": str(self.retention_ms)}
        if self.segment_ms is not None:
            config["segment.ms"] = str(self.segment_ms)
        return config


def default_file() -> Path:
    """`topics.yaml` of this installation: beside the packages, or where `PAGEHEAT_TOPICS` says."""
    return Path(os.environ.get("PAGEHEAT_TOPICS") or Path(__file__).parents[2] / "topics.yaml")


def read_specs(file: Path | None = None) -> dict[str, TopicSpec]:
    """Read the list of topics.

    Raises:
        WrongTopics: the file is not there or an entry has an unknown or missing field.
    """
    file = file or default_file()
    try:
        listed: dict[str, dict[str, Any]] = yaml.safe_load(file.read_text())
        return {name: TopicSpec(name=name, **fields) for name, fields in listed.items()}
    except (OSError, yaml.YAMLError, TypeError, AttributeError) as error:
        raise WrongTopics(f"{file}: {error}") from None


def require_window(spec: TopicSpec, window_ms: int) -> None:
    """Refuse a topic from which a window cannot be recovered.

    Raises:
        WrongTopics: it forgets records too early.
    """
    needed_ms = window_ms + RETENTION_SLACK_MS
    if 0 <= spec.retention_ms < needed_ms:
        raise WrongTopics(
            f"{spec.name}: retention_ms is {spec.retention_ms}, but a window of {window_ms} ms needs "
            f"{needed_ms} to be recovered from it: raise it in topics.yaml and in Kafka, or lower "
            "WINDOW_SECONDS"
        )
