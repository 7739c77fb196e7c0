"""JavaScript tests that need no browser, run by Node."""

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.rglob("*.test.js"))
SCRIPTS = sysconfig.get_path("scripts")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(FOLDER)))
def test_the_javascript_tests_of_a_file_pass(file: Path) -> None:
    ours = os.environ | {"PATH": SCRIPTS + os.pathsep + os.environ["PATH"]}
    run = subprocess.run([f"{SCRIPTS}/node", "--test", file], capture_output=True, text=True, env=ours)
    assert run.returncode == 0, f"\n{run.stdout}{run.stderr}"
