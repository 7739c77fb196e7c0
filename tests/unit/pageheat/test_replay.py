"""`pageheat replay` when it cannot replay."""

from pathlib import Path

import pytest

from pageheat.__main__ import main
from pageheat.commands import replay
from pageheat.kafka.ports import free_port


def test_it_ends_before_replaying_anything_if_ingest_is_unreachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(replay, "REACH_S", 0.1)
    monkeypatch.setattr(replay, "AT_ONCE", 1)
    for name in "abc":
        (tmp_path / f"{name}.csv").write_text("timestamp,xpos,ypos,event\n0,1,1,mousemove\n")
        (tmp_path / f"{name}.xml").write_text("<data><document>9x9</document><window>9x9</window></data>")
    nobody = free_port()
    assert main(["replay", str(tmp_path), "--ingest", f"http://localhost:{nobody}"]) == 1
    said = capsys.readouterr().out
    assert "0 of 3 recordings: 0 frames, 0 events (none); 0 refused, 0 not sent" in said
    assert said.endswith(f"ingest at ws://localhost:{nobody} was not reachable: start it, or set --ingest\n")


def test_a_recording_without_metadata_is_skipped_and_the_searched_places_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "README.md").write_text("What this is.")
    assert main(["replay", str(tmp_path / "README.md")]) == 1
    said = capsys.readouterr().out
    told = "left out: README.md: its metadata is missing: README.xml is neither beside it nor in ../"
    assert told in said
    assert "ingest" not in said
