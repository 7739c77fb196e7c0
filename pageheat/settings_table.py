"""The settings as text: `.env.example`, and the table between the README's two marks.

`python -m pageheat.settings_table` writes both anew; a test fails when they are behind.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from pageheat.services.runtime.settings import AllSettings

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- settings: written by make settings -->", "<!-- end of settings -->"


@dataclass(frozen=True)
class Setting:
    """One variable: name, value unless it is set ("" for none), and meaning."""

    name: str
    default: str
    description: str


def settings() -> list[Setting]:
    """Every setting, with the defaults that nothing else that is set would change."""
    fields = AllSettings.model_fields
    defaults: dict[str, object] = {}
    for name, field in fields.items():
        defaults[name] = field.get_default(call_default_factory=True, validated_data=defaults)
    return [
        Setting(name.upper(), shown(defaults[name]), field.description or "")
        for name, field in fields.items()
    ]


def shown(value: object) -> str:
    """A setting's value as one writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def markdown() -> str:
    """The table of the README."""
    rows = [
        f"| `{one.name}` | {f'`{one.default}`' if one.default else ''} | {one.description} |"
        for one in settings()
    ]
    return "\n".join(["| variable | default | meaning |", "| --- | --- | --- |", *rows])


def env_example() -> str:
    """`.env.example`: each setting with its meaning and default, commented out."""
    head = "# Copy to .env and set what should differ; everything has the default that is shown.\n"
    entries = [f"# {one.description}\n#{one.name}={one.default}\n" for one in settings()]
    return "\n".join([head, *entries])


def replace_table(readme: str) -> str:
    """The README with its table anew."""
    return re.sub(
        f"(?s){re.escape(BEGIN)}.*{re.escape(END)}",
        lambda _: f"{BEGIN}\n{markdown()}\n{END}",
        readme,
    )


if __name__ == "__main__":
    (ROOT / ".env.example").write_text(env_example())
    readme = ROOT / "README.md"
    readme.write_text(replace_table(readme.read_text()))
