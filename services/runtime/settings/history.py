"""What the history keeps, where, and for how long."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from pageheat.services.runtime.settings.pipeline import GroupMemberSettings, WindowSettings
from pageheat.services.runtime.settings.sites import PageSettings
from pageheat.services.runtime.settings.viewers import ViewerSettings

MAX_DAYS = 7_300
"""Twenty years."""


def _server(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    if text and (urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname):
        raise ValueError("should be an address such as http://user:password@clickhouse:8123")
    return url


class HistorySettings(ViewerSettings, GroupMemberSettings, WindowSettings, PageSettings):
    """Settings of `history`."""

    history_folder: Path = Field(
        Path(".pageheat/history"), description="folder of the history's database; of one process alone"
    )
    clickhouse_url: Annotated[SecretStr, AfterValidator(_server)] = Field(
        SecretStr(""),
        description="address of a ClickHouse server that keeps the history instead of HISTORY_FOLDER, as "
        "http://user:password@host:8123; several processes of history may then share the work",
    )
    history_minutes_days: int = Field(
        30, ge=1, le=MAX_DAYS, description="days for which the history keeps each minute"
    )
    history_hours_days: int = Field(
        395, ge=1, le=MAX_DAYS, description="days for which it keeps each hour; days are kept for ever"
    )
    history_rows_days: int = Field(
        90, ge=1, le=MAX_DAYS, description="days for which it keeps each click and each page view"
    )

    @model_validator(mode="after")
    def _hours_outlive_minutes(self) -> Self:
        hours, minutes = self.history_hours_days, self.history_minutes_days
        if hours < minutes:
            raise ValueError(
                f"HISTORY_HOURS_DAYS={hours}: should be at least HISTORY_MINUTES_DAYS={minutes}; a range is "
                "made of minutes at its ends, and of hours and days between"
            )
        return self
