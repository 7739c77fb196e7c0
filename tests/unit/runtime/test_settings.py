"""Settings are read once, and a wrong one stops startup with one line."""

from pathlib import Path

import pytest

from pageheat.services.contract.sites import origin_of, parse_origins, parse_sites
from pageheat.services.runtime.settings import (
    AggregatorSettings,
    DemoSettings,
    HistorySettings,
    IngestSettings,
    SimulateSettings,
    WrongSetting,
)


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in AggregatorSettings.model_fields | SimulateSettings.model_fields | IngestSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)  # a folder without .env


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("GRID_SIZE", "many", "should be a whole number, 2 to 200"),
        ("GRID_SIZE", "1.5", "should be a whole number, 2 to 200"),
        ("WINDOW_SECONDS", "0", "should be a whole number, 1 to 3600"),
        ("LOG_LEVEL", "loud", "should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("AGGREGATOR_PORT", "70000", "should be a whole number, 1 to 65535"),
        ("COUNT_ROBOTS", "some", "should be true or false"),
        ("SESSION_TIMEOUT_MS", "100", "should be a whole number, 6000 to 300000"),
    ],
)
def test_a_wrong_value_is_reported_with_name_value_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSetting) as caught:
        AggregatorSettings.load()
    message = str(caught.value)
    assert message.startswith(f"{name}={value}: ")
    assert allowed in message
    assert "\n" not in message


def test_a_number_without_a_maximum_is_reported_with_its_minimum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEED", "-1")
    with pytest.raises(WrongSetting, match=r"^SEED=-1: should be a whole number, 0 or more$"):
        SimulateSettings.load()


@pytest.mark.parametrize(
    "address", ["https://a.example/shop", "https://a.example?x", "https://ann@a.example"]
)
def test_a_site_must_be_a_whole_origin(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("SITE_URL", address)
    with pytest.raises(WrongSetting, match=r"should be an origin alone, such as https://blog\.example$"):
        IngestSettings.load()


def test_a_window_must_be_a_multiple_of_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEP_MS", "7000")
    with pytest.raises(WrongSetting, match=r"^WINDOW_SECONDS=300: should be a multiple of STEP_MS=7000$"):
        AggregatorSettings.load()


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINDOW_SECONDS", "")
    assert AggregatorSettings.load().window_ms == 300_000


def test_settings_cannot_be_changed_after_the_start() -> None:
    with pytest.raises(ValueError, match="frozen"):
        IngestSettings.load().sites = "x"  # type: ignore[misc]


def test_a_dotenv_file_that_is_no_text_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"SITES=\xff")
    with pytest.raises(WrongSetting, match=r"^\.env: not UTF-8 text"):
        IngestSettings.load()


def test_addresses_follow_the_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGEST_PORT", "9001")
    assert DemoSettings.load().ingest_url == "http://localhost:9001"


def test_sites_are_read_by_origin() -> None:
    assert parse_sites("blog=https://Blog.example:443/, shop=http://shop.example:8000") == {
        "https://blog.example": "blog",
        "http://shop.example:8000": "shop",
    }
    assert set(parse_sites("b=https://b.example,b=https://www.b.example").values()) == {"b"}
    assert parse_sites("") == {}


def test_further_origins_are_normalized_as_browsers_write_them() -> None:
    assert parse_origins("https://Shop.example/ , http://[::1]:8080,*") == {
        "https://shop.example",
        "http://[::1]:8080",
        "*",
    }
    assert parse_origins("") == set()


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://shop.example/a?b#c", "https://shop.example"),
        ("HTTP://Shop.example:80", "http://shop.example"),
        ("https://shop.example:80", "https://shop.example:80"),
        ("http://ann:secret@[::1]:8080/", "http://[::1]:8080"),
        ("http://bücher.example/", "http://xn--bcher-kva.example"),
    ],
)
def test_an_address_has_one_origin(address: str, origin: str) -> None:
    assert origin_of(address) == origin


@pytest.mark.parametrize(
    "address",
    [
        "",
        "shop.example",
        "ftp://a",
        "http://",
        "http://[",
        "http://a:x",
        "http://a..b",
        "http://a\x1bc",
        "http://a b",
    ],
)
def test_an_invalid_site_address_has_no_origin(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    with pytest.raises(ValueError, match=r"^an address like http"):
        origin_of(address)
    if address:
        monkeypatch.setenv("SITE_URL", address)
        with pytest.raises(WrongSetting, match=r"^SITE_URL=.*: an address like http"):
            IngestSettings.load()


@pytest.mark.parametrize(
    "origins", ["a", "https://a.example/x", "https://*.a.example", "https://u@a.example", "null"]
)
def test_a_wrong_origin_is_reported(monkeypatch: pytest.MonkeyPatch, origins: str) -> None:
    monkeypatch.setenv("ORIGINS", f"https://a.example,{origins}")
    with pytest.raises(WrongSetting, match=r"^ORIGINS=https://a\.example,"):
        IngestSettings.load()


@pytest.mark.parametrize(
    "sites",
    [
        "blog",
        "blog=",
        "=https://a.example",
        "b/g=https://a.example",
        "b=a",
        "b=https://a.example/x",
        "b=http://a,c=http://a/",
    ],
)
def test_a_wrong_site_is_reported(monkeypatch: pytest.MonkeyPatch, sites: str) -> None:
    monkeypatch.setenv("SITES", sites)
    with pytest.raises(WrongSetting, match=f"^SITES={sites}: "):
        IngestSettings.load()


@pytest.mark.parametrize(
    ("variables", "counted"),
    [
        ({}, True),  # the demo shop, which programs may try
        ({"DEMO_PORT": "9000"}, True),
        ({"SITE_URL": "https://www.example.org"}, False),
        ({"SITE_URL": "https://www.example.org", "COUNT_ROBOTS": "true"}, True),
        ({"COUNT_ROBOTS": "false"}, False),
    ],
)
def test_robots_count_on_the_demo_shop_and_on_other_sites_only_if_set(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], counted: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert AggregatorSettings.load().count_robots is counted


def test_hours_that_are_kept_shorter_than_minutes_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HISTORY_HOURS_DAYS", "20")
    with pytest.raises(
        WrongSetting, match="HISTORY_HOURS_DAYS=20: should be at least HISTORY_MINUTES_DAYS=30;"
    ):
        HistorySettings.load()
