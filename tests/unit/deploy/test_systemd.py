"""`pageheat systemd` writes units that systemd accepts, for the processes that this host runs."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pageheat.__main__ import main
from pageheat.processes import read_processes
from pageheat.systemd import SETTINGS_FILE, unit_name, units

TABLE = read_processes()
UNITS = units(TABLE, "/opt/page heat/100%/bin/python")


def fields(unit: str, name: str) -> list[str]:
    """The words of a field of a unit."""
    found = re.findall(rf"^{name}=(.*)$", UNITS[unit], re.MULTILINE)
    return " ".join(found).split()


def test_each_process_has_a_unit_and_the_target_starts_them_all() -> None:
    assert set(UNITS) == {*map(unit_name, TABLE), "pageheat.target"}
    assert fields("pageheat.target", "Wants") == list(map(unit_name, TABLE))


@pytest.mark.parametrize("name", TABLE)
def test_a_unit_starts_after_what_its_process_waits_for(name: str) -> None:
    before = ["network-online.target", *map(unit_name, TABLE[name].after)]
    assert fields(unit_name(name), "After") == fields(unit_name(name), "Wants") == before


@pytest.mark.parametrize("name", TABLE)
def test_a_unit_has_no_rights_and_starts_again(name: str) -> None:
    unit = unit_name(name)
    assert fields(unit, "DynamicUser") == ["yes"]
    assert "\nCapabilityBoundingSet=\n" in UNITS[unit]
    assert fields(unit, "Restart") == ["always" if TABLE[name].port else "on-failure"]
    assert fields(unit, "EnvironmentFile") == [f"-{SETTINGS_FILE}"]


def test_a_path_with_special_characters_is_quoted() -> None:
    assert 'ExecStart="/opt/page heat/100%%/bin/python" -m pageheat ingest\n' in UNITS[unit_name("ingest")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "units").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "units"


def test_systemd_accepts_the_units(folder: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed (Debian: apt install systemd)")
    assert main(["systemd", str(folder)]) == 0
    files = sorted(folder.iterdir())
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, files)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_runs_elsewhere_has_no_unit(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KAFKA_BROKER", "kafka.example:9092")
    monkeypatch.setenv("SITE_URL", "https://www.example.org")
    assert main(["systemd", str(folder), "--without", "history"]) == 0
    left_out = {"kafka", "demo", "history"}
    assert {file.name for file in folder.iterdir()} == set(units(TABLE, "")) - set(map(unit_name, left_out))
    assert "kafka" not in (folder / unit_name("topics")).read_text()
    assert "without kafka: KAFKA_BROKER is kafka.example:9092\n" in capsys.readouterr().out


def test_settings_are_read_as_systemd_reads_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder.parent / "pageheat.env"
    secret = "a$b&c" * 8
    file.write_text(f"KAFKA_BROKER=kafka.example:9092\nWIDTH_BANDS=phone<600,wide\nVIEW_SECRET={secret}\n")
    assert main(["systemd", str(folder), "--settings", str(file)]) == 0
    assert "without kafka: KAFKA_BROKER is kafka.example:9092\n" in capsys.readouterr().out
    assert main(["systemd", str(folder), "--settings", "none.env"]) == 1
    assert "none.env: No such file or directory; " in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["systemd", str(folder / "none")]) == 1
    assert "No such file or directory; name a folder that you may write to" in capsys.readouterr().err
