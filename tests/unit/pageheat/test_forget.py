"""`pageheat forget`: what it refuses before it looks for Kafka."""

import pytest

from pageheat.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([""], "the page or site is empty"),
        (["--site", ""], "the page or site is empty"),
        (["--from", "2026-03-01"], "give a page, or --site NAME"),
        (["/lamp", "--site", "blog"], "give a page, or --site NAME"),
        (["/lamp", "--from", "2026-03-02", "--to", "2026-03-01"], "--from should be before --to"),
    ],
)
def test_what_names_nothing_is_refused_and_nothing_is_deleted(
    arguments: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("KAFKA_BROKER", "127.0.0.1:1")
    assert main(["forget", *arguments, "--yes"]) == 1
    assert said in capsys.readouterr().err
