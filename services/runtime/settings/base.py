"""What all settings are: how they are read, and the types of their values."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import SettingsConfigDict

from pageheat.services.contract.sites import origin_alone, origin_of
from pageheat.services.runtime.settings.errors import WrongSetting
from pageheat.services.runtime.settings.kafka import KafkaSettings


def _web_origin(url: str) -> str:
    origin_of(url)
    return url.rstrip("/")


def _site(url: str) -> str:
    origin_alone(url)
    return url.rstrip("/")


WebOrigin = Annotated[str, AfterValidator(_web_origin)]
Site = Annotated[str, AfterValidator(_site)]


class Settings(KafkaSettings):
    """Settings of every process."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
    )

    bind_address: str = Field(
        "127.0.0.1",
        description="address that all ports listen on; 0.0.0.0 makes them reachable from other machines",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="DEBUG, INFO, WARNING or ERROR"
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto",
        description="json: one object per line; text: for people; auto: text on a terminal and in the "
        "logs of `pageheat up`, json otherwise",
    )

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read the settings.

        Raises:
            WrongSetting: a value is not allowed.
        """
        try:
            return cls(**overrides)
        except UnicodeDecodeError as error:
            raise WrongSetting(f".env: not UTF-8 text: {error.reason} at byte {error.start}") from None
        except ValidationError as error:
            first = error.errors()[0]
            reason = re.sub(r"^(Value error, |Input (?=should))", "", first["msg"])
            if not first["loc"]:
                raise WrongSetting(reason) from None
            name = str(first["loc"][0])
            field = cls.model_fields[name]
            value = "***" if field.annotation is SecretStr else first["input"]
            reason = _allowed_values(field) or reason
            raise WrongSetting(f"{name.upper()}={value}: {reason}") from None


def _allowed_values(field: FieldInfo) -> str | None:
    """The allowed values of an integer or boolean setting, in words; None for others."""
    if field.annotation is bool:
        return "should be true or false"
    if field.annotation is not int:
        return None
    least, most = (
        next((getattr(bound, name) for bound in field.metadata if hasattr(bound, name)), None)
        for name in ("ge", "le")
    )
    return f"should be a whole number, {least}" + (" or more" if most is None else f" to {most}")
