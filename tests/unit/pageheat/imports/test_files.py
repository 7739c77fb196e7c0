"""Files given to a command: odd names, pipes and missing files."""

import os
from pathlib import Path

import pytest

from pageheat.imports.files import STANDARD_INPUT, name_of, opened, size_of
from pageheat.imports.lines import NotRead


def test_a_file_name_of_any_bytes_can_be_printed() -> None:
    assert name_of(Path(os.fsdecode(b"caf\xe9.log"))) == "caf\\xe9.log"
    assert name_of(Path("café.log")) == "café.log"
    assert name_of(STANDARD_INPUT) == "standard input"


def test_a_pipe_and_a_missing_file_have_no_size(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("four")
    assert [size_of(tmp_path / name) for name in ("pipe", "file", "nowhere")] == [None, 4, 0]


def test_a_file_that_cannot_be_opened_has_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    for file, reason in ((STANDARD_INPUT, "it is closed"), (tmp_path, "Is a directory")):
        with pytest.raises(NotRead, match=f"cannot be read: {reason}"), opened(file):
            pass
