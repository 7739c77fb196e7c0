"""The command `pageheat`: what it runs, and how it fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pageheat import __version__
from pageheat.__main__ import PROCESSES, main
from pageheat.services.contract.errors import PageheatError


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "pageheat", *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("name", [*PROCESSES, "up", "topics"])
def test_a_wrong_setting_stops_the_start_with_one_line(name: str, tmp_path: Path) -> None:
    done = run(name, cwd=tmp_path, LOG_LEVEL="loud")
    assert done.returncode == 1
    assert done.stderr.startswith(f"pageheat {name}: LOG_LEVEL=loud: ")
    assert "INFO" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_setting_is_read_from_the_dotenv_file_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=louder\n")
    done = run("topics", cwd=tmp_path)
    assert "LOG_LEVEL=louder" in done.stderr


@pytest.mark.parametrize(
    ("tool", "form", "said"),
    [("token", "auto", "pageheat token: {}\n"), ("ingest", "text", "WARNING  ingest: {}\n")],
)
def test_a_misspelled_setting_is_reported(tmp_path: Path, tool: str, form: str, said: str) -> None:
    (tmp_path / ".env").write_text("PATH_MASK=/user/*\nCOMPOSE_PROFILES=x\nSITES=\n")
    done = run(tool, cwd=tmp_path, LOG_FORMAT=form, KAFKA_BROKER="127.0.0.1:1", PAGEHEAT_TOPICS="nowhere")
    assert said.format(".env: PATH_MASK is no setting; did you mean PATH_MASKS?") in done.stderr
    assert done.stderr.count("is no setting") == 1


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dance"]) == 2
    assert capsys.readouterr().err == "pageheat: there is no 'dance'; see pageheat --help\n"


def test_it_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"pageheat {__version__}\n"


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert "create the topics of topics.yaml" in said
    assert ", ".join(PROCESSES) in said


def test_an_interrupted_command_ends_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("pageheat.commands.topics.run", interrupted)
    assert main(["topics"]) == 130
    assert capsys.readouterr().err == ""


def test_control_characters_quoted_in_an_error_are_escaped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failed(_: object) -> int:
        raise PageheatError("no page \x1b[2J\nbut these")

    monkeypatch.setattr("pageheat.commands.topics.run", failed)
    assert main(["topics"]) == 1
    assert capsys.readouterr().err == "pageheat topics: no page \\x1b[2J\nbut these\n"
