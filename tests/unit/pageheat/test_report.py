"""What `pageheat up` prints once everything is up."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from pageheat.report import Report
from pageheat.services.runtime.settings import AllSettings


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in AllSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)  # a folder without .env


def said(*running: str, **settings: object) -> str:
    file = io.StringIO()
    Report(Console(file=file, highlight=False)).up(AllSettings.load(**settings), Path("logs"), 1, running)
    return file.getvalue()


def test_the_demo_shop_its_heat_map_and_the_bookmarklet_are_named() -> None:
    text = said(demo_port=9080, heatmap_port=9081)
    assert "Demo shop      http://localhost:9080/\n" in text
    assert "Its heat map   http://localhost:9081/\n" in text
    assert "Bookmarklet    http://localhost:9081/_pageheat/bookmarklet\n" in text
    assert "Move the mouse on the shop," in text


def test_the_heat_map_of_each_further_site_is_named() -> None:
    text = said(sites="blog=https://blog.example,a-long-name.example=https://b.example")
    assert "That of blog   http://blog.localhost:8081/\n" in text
    assert "That of a-long-name.example http://a-long-name.example.localhost:8081/\n" in text


def test_the_history_is_named_where_it_runs() -> None:
    assert "History        http://localhost:9005/_pageheat/history/pages\n" in said(
        "history", history_port=9005
    )
    assert "history" not in said()


def test_a_configured_site_replaces_the_shop() -> None:
    text = said(site_url="https://[fe80::1]", ingest_url="https://in.example")
    assert "Your site      https://[fe80::1]/\n" in text
    assert 'Its tracker    <script async src="https://in.example/_pageheat/page.js"></script>\n' in text
    assert "/_pageheat/bookmarklet\n" in text
    assert "Move the mouse on your site," in text
    assert "shop" not in text.lower()


def test_brackets_of_a_line_are_printed() -> None:
    file = io.StringIO()
    Report(Console(file=file, highlight=False)).say("pip install 'pageheat[history]'")
    assert file.getvalue() == "pip install 'pageheat[history]'\n"
