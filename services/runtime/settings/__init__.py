"""Settings, read once from the environment or `.env` into one frozen object per process.

Each setting is declared once, in the smallest class that all its readers share. Its description is its
documentation: `make settings` writes docs/settings.md and `.env.example` from it.
"""

from difflib import get_close_matches

from pydantic import Field
from pydantic_settings import DotEnvSettingsSource

from pageheat.services.runtime.settings.base import Settings
from pageheat.services.runtime.settings.errors import WrongSetting
from pageheat.services.runtime.settings.history import HistorySettings
from pageheat.services.runtime.settings.kafka import KafkaSettings
from pageheat.services.runtime.settings.pipeline import (
    AggregatorSettings,
    GroupBySettings,
    GroupMemberSettings,
    IngestPort,
    IngestSettings,
    IngestUrl,
    WindowSettings,
)
from pageheat.services.runtime.settings.sites import (
    DemoPort,
    OriginSettings,
    PageSettings,
    SiteSettings,
    demo_shop,
)
from pageheat.services.runtime.settings.viewers import (
    MIN_SECRET_CHARS,
    BroadcasterPort,
    BroadcasterSettings,
    HeatmapSettings,
    HistoryPort,
    TokenSettings,
    ViewerSettings,
)

__all__ = [
    "MIN_SECRET_CHARS",
    "AggregatorSettings",
    "AllSettings",
    "BroadcasterPort",
    "BroadcasterSettings",
    "DemoPort",
    "DemoSettings",
    "GroupBySettings",
    "GroupMemberSettings",
    "HeatmapSettings",
    "HistoryPort",
    "HistorySettings",
    "IngestPort",
    "IngestSettings",
    "IngestUrl",
    "KafkaSettings",
    "OriginSettings",
    "PageSettings",
    "PastSettings",
    "Settings",
    "SimulateSettings",
    "SiteSettings",
    "TokenSettings",
    "ViewerSettings",
    "WindowSettings",
    "WrongSetting",
    "demo_shop",
    "misspelt",
]


class DemoSettings(IngestUrl, DemoPort):
    """Settings of the demo shop."""


class SimulateSettings(DemoSettings):
    """Settings of `pageheat simulate`."""

    seed: int = Field(1, ge=0, description="seed of `pageheat simulate`: the same seed makes the same visits")


class PastSettings(SimulateSettings, IngestSettings, ViewerSettings):
    """Settings of what puts old events into the history: `pageheat import` and `pageheat simulate`."""


class AllSettings(
    HeatmapSettings,
    BroadcasterSettings,
    SimulateSettings,
    AggregatorSettings,
    GroupBySettings,
    IngestSettings,
    HistorySettings,
):
    """All settings of all processes and tools, read by `pageheat up`."""


SIMILARITY = 0.85
"""Least similarity of a misspelt name: about one letter is missing, wrong or added."""


def misspelt() -> list[str]:
    """A warning for each name in `.env` that has no effect, but looks like a setting's name."""
    names = [name.upper() for name in AllSettings.model_fields]
    try:
        given = [name.upper() for name in DotEnvSettingsSource(AllSettings).env_vars]
    except (OSError, ValueError):
        return []  # `load` reports it
    return [
        f".env: {name} is no setting; did you mean {near[0]}?"
        for name in given
        if name not in names and (near := get_close_matches(name, names, 1, SIMILARITY))
    ]
