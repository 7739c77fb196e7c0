"""The settings as text: `.env.example` and `docs/settings.md`.

`python -m pageheat.settings_table` writes both; a test fails when they are out of date.
"""

from dataclasses import dataclass
from pathlib import Path

from pageheat.services.runtime.settings import AllSettings

ROOT = Path(__file__).parents[1]

PAGE = """# Settings

Every process reads its settings from the environment, or from `.env` in the folder where it is started. Copy
`.env.example` to `.env`, and uncomment what should differ. A wrong value ends the process with one line that
names the variable, its value and what is allowed.

{table}

To reach Pageheat from other machines, set `BIND_ADDRESS=0.0.0.0`, and set `INGEST_URL`, `BROADCASTER_URL`,
`HISTORY_URL` and `HEATMAP_URL` to addresses that browsers there can reach. In containers, a site that runs
on the host itself is fetched by `SITE_FETCH_URL=http://host.docker.internal:PORT`.

`make settings` writes this page from `services/runtime/settings/`.
"""


@dataclass(frozen=True)
class Setting:
    """One variable: name, default ("" for none), and meaning."""

    name: str
    default: str
    description: str


def settings() -> list[Setting]:
    """Every setting, with its default where no other setting is changed."""
    fields = AllSettings.model_fields
    defaults: dict[str, object] = {}
    for name, field in fields.items():
        defaults[name] = field.get_default(call_default_factory=True, validated_data=defaults)
    return [
        Setting(name.upper(), shown(defaults[name]), field.description or "")
        for name, field in fields.items()
    ]


def shown(value: object) -> str:
    """A setting's value as it is written in `.env`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def markdown() -> str:
    """`docs/settings.md`."""
    rows = [
        f"| `{one.name}` | {f'`{one.default}`' if one.default else ''} | {one.description} |"
        for one in settings()
    ]
    return PAGE.format(table="\n".join(["| variable | default | meaning |", "| --- | --- | --- |", *rows]))


def env_example() -> str:
    """`.env.example`: each setting with its meaning and default, commented out."""
    head = "# Copy to .env, and uncomment what should differ. Shown are the defaults.\n"
    entries = [f"# {one.description}\n#{one.name}={one.default}\n" for one in settings()]
    return "\n".join([head, *entries])


if __name__ == "__main__":
    (ROOT / ".env.example").write_text(env_example())
    (ROOT / "docs" / "settings.md").write_text(markdown())
